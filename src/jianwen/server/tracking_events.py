"""What happens among the tracked objects of one run, and the table it happens on. Finds neither: `Events` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwen.tracking import Events, find_table

if TYPE_CHECKING:
    from jianwen.tracking import Event, TableView, Track
    from jianwen.video import Frame

__all__ = ["Happenings"]


SMALLEST_PX = 16  # a side, in which a table can be looked for


class Happenings:
    """From the first frame that is seen; one that goes on elsewhere begins anew."""

    def __init__(self) -> None:
        self._events: Events | None = None
        self._told: list[Event] = []
        self._seen_s = -1.0

    def see(self, frame: Frame, tracks: tuple[Track, ...]) -> None:
        """The next frame. The table is looked for in the first one."""
        if frame.time_s <= self._seen_s:  # two frames of one moment, which some cameras write
            return
        if self._events is None:
            self._events = Events(_table_in(frame))
        self._seen_s = frame.time_s
        self._told += self._events.step(frame.time_s, tracks)

    def finish(self) -> None:
        """The video is over: what was still in doubt is decided."""
        if self._events is not None:
            self._told += self._events.finish()
            self._events = None

    def take(self) -> tuple[Event, ...]:
        """What was found since the last call."""
        told, self._told = tuple(self._told), []
        return told


def _table_in(frame: Frame) -> TableView | None:
    return find_table(frame.picture) if min(frame.picture.shape[:2]) >= SMALLEST_PX else None
