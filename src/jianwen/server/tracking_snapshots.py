"""Where a tracking session stood at some frames of its video, on disk, so that going back need not begin anew.

A few only: the last ones close together, since most corrections come right after a pause, and older ones further and
further apart. Does not know what was said of the objects: `forget` is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen.tracking import Session

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jianwen.tracking import Graphs, Spotter

__all__ = ["Live", "Snapshots"]

# Each takes up to 4 MB an object, with a network of the official size.
CLOSE = 8  # frames between the last ones
CLOSE_KEPT = 3
FIRST_SPACING = 32  # frames between the older ones, at first
OLDER_KEPT = 6


@dataclass(slots=True)
class Live:
    """A session and the frame of the video that it saw first."""

    session: Session
    start: int

    @property
    def at(self) -> int:
        """The frame of the video that it saw last."""
        return self.start + self.session.newest


class Snapshots:
    """Those of one video, in a folder of its own that exists."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._spacing = FIRST_SPACING
        self._starts: dict[int, int] = {}  # the frame each was taken at → the first frame of its session

    def keep(self, live: Live) -> None:
        """Take one if this is a frame for it."""
        if live.at % CLOSE or live.at in self._starts:
            return
        live.session.save(self._path(live.at))
        self._starts[live.at] = live.start
        while sum(at % self._spacing == 0 for at in self._starts) > OLDER_KEPT:
            self._spacing *= 2
        last = sorted(self._starts)[-CLOSE_KEPT:]
        self._drop(at for at in list(self._starts) if at % self._spacing and at not in last)

    def nearest(self, frame: int) -> int:
        """The last frame up to this one that has a snapshot; −1 if there is none."""
        return max((at for at in self._starts if at <= frame), default=-1)

    def restore(self, at: int, graphs: Graphs, spotter: Spotter | None) -> Live:
        """The session as it was at a frame that `nearest` gave."""
        return Live(Session.load(self._path(at), graphs, spotter=spotter), self._starts[at])

    def forget(self, frame: int) -> None:
        """Drop those of this frame and later ones: something else is said now."""
        self._drop(at for at in list(self._starts) if at >= frame)

    def _drop(self, frames: Iterable[int]) -> None:
        for at in frames:
            del self._starts[at]
            self._path(at).unlink(missing_ok=True)

    def _path(self, at: int) -> Path:
        return self._folder / f"{at}.session"
