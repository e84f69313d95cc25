"""A video tracked into a folder, from the first frame pointed at to the end, a stop, or the damage."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jianwen.errors import DamagedDocument, JianwenError
from jianwen.video.following import follow
from jianwen.video.happenings import happening_json
from jianwen.video.pointing import check_pointings, objects_of
from jianwen.video.results import Results

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from jianwen.tracking import Graphs, Spotter
    from jianwen.video.following import Followed
    from jianwen.video.footage import Footage
    from jianwen.video.happenings import Happening, Happenings
    from jianwen.video.pointing import Pointing

__all__ = ["Ended", "Tracked", "TrackedObject", "track_video"]

Ended = Literal["end", "until", "stopped", "damaged"]


@dataclass(slots=True)
class TrackedObject:
    """One object through the whole video."""

    name: str
    index: int
    frames: int = 0  # since it was first pointed at
    lost_frames: int = 0
    found_again: int = 0  # times
    confidence: float = 0.0  # mean, of the frames in which it was seen


@dataclass(slots=True)
class Tracked:
    """How it went."""

    objects: tuple[TrackedObject, ...]
    ended: Ended = "end"
    frames: int = 0
    last_s: float = 0.0
    frames_per_s: float = 0.0
    events: int | None = None
    error: JianwenError | None = None  # why it ended early, or what of the video could not be used

    def heard(self, followed: Followed) -> None:
        """Count one frame."""
        self.frames += 1
        self.last_s = followed.frame.time_s
        objects = {known.name: known for known in self.objects}
        for track in followed.tracks:
            known = objects[track.object]
            known.frames += 1
            known.lost_frames += track.is_lost
            known.found_again += track.is_found_again
            seen = known.frames - known.lost_frames
            known.confidence += 0.0 if track.is_lost else (track.confidence - known.confidence) / seen

    def as_json(self) -> dict[str, Any]:
        return {
            "frames": self.frames,
            "last_s": round(self.last_s, 6),
            "ended": self.ended,
            "frames_per_s": round(self.frames_per_s, 2),
            "events": self.events,
            "objects": [
                {
                    "name": known.name,
                    "index": known.index,
                    "frames": known.frames,
                    "lost_frames": known.lost_frames,
                    "found_again": known.found_again,
                    "confidence": round(known.confidence, 4),
                }
                for known in self.objects
            ],
        }


def track_video(
    footage: Footage,
    graphs: Graphs,
    pointings: Sequence[Pointing],
    out: Path,
    *,
    until_s: float | None = None,
    spotter: Spotter | None = None,
    overwrite: bool = False,
    progress: Callable[[Tracked], None] | None = None,
    stopped: threading.Event | None = None,
    happenings: Callable[[NDArray[np.uint8]], Happenings] | None = None,
) -> Tracked:
    """Write all files of `results.py`. What was done is kept when `stopped` is set, and when an error ends it.

    With `happenings`, which is given the first picture, what happens is written to events.json.

    Raises:
        BadRequest: what was pointed at or the folder is not fit.
        DocumentError: the video could not be read at all.
    """
    check_pointings(pointings, until_s=until_s)
    objects = objects_of(pointings)
    tracked = Tracked(tuple(TrackedObject(name, index) for index, name in enumerate(objects, start=1)))
    followed = follow(footage, graphs, pointings, until_s=until_s, spotter=spotter)
    first = next(followed)  # what cannot be begun leaves no folder
    begun_s = time.perf_counter()
    witness = _Witness(happenings(first.frame.picture)) if happenings else None
    with Results(out, footage, objects, overwrite=overwrite) as results:
        for one in _whole(first, followed, tracked):
            results.add(one)
            tracked.heard(one)
            if witness:
                witness.see(one)
            tracked.frames_per_s = tracked.frames / max(time.perf_counter() - begun_s, 1e-9)
            if progress:
                progress(tracked)
            if stopped is not None and stopped.is_set():
                tracked.ended = "stopped"
                break
        if until_s is not None and tracked.ended == "end":
            tracked.ended = "until"
        if witness:
            events = witness.told()
            tracked.events = len(events)
            results.write("events.json", {"events": events})
        results.finish(tracked.ended)
    return tracked


class _Witness:
    """Keeps what was said to have happened. An event is a line, so even hours of them are little."""

    def __init__(self, happenings: Happenings) -> None:
        self._happenings = happenings
        self._said: list[Happening] = []
        self._last_s = -1.0

    def see(self, followed: Followed) -> None:
        if followed.frame.time_s > self._last_s:  # some cameras repeat a time stamp
            self._last_s = followed.frame.time_s
            self._said += self._happenings.step(self._last_s, followed.tracks)

    def told(self) -> list[dict[str, Any]]:
        """All of it, by time."""
        self._said += self._happenings.finish()
        return [happening_json(one) for one in sorted(self._said, key=lambda one: one.time_s)]


def _whole(first: Followed, others: Iterator[Followed], tracked: Tracked) -> Iterator[Followed]:
    """All frames there are. What ends them early is noted: the frames before it are worth keeping."""
    yield first
    try:
        yield from others
    except JianwenError as error:
        tracked.error = error
        tracked.ended = "damaged" if isinstance(error, DamagedDocument) else "end"
