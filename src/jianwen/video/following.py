"""A video and what was pointed at in it → tracks, frame after frame, in memory that does not grow. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen.errors import BadRequest, JianwenError
from jianwen.tracking import Session
from jianwen.video.pointing import check_pointings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwen.tracking import Graphs, Prompt, Spotter, Track
    from jianwen.video.footage import Footage, Frame
    from jianwen.video.pointing import Pointing

__all__ = ["Followed", "follow"]

_SAME_S = 0.6e-3  # a second that was rounded to three digits still names its frame


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """One frame, and where everything is in it that was pointed at so far."""

    frame: Frame
    tracks: tuple[Track, ...]


def follow(
    footage: Footage,
    graphs: Graphs,
    pointings: Sequence[Pointing],
    *,
    until_s: float | None = None,
    spotter: Spotter | None = None,
) -> Iterator[Followed]:
    """From the first frame that was pointed at to the end, or to the frame shown at `until_s`.

    `spotter` finds balls, as a session uses it.

    Raises:
        BadRequest: nothing fit was pointed at, or a second is past the end; the latter perhaps only at the end.
        DamagedDocument: after the last good frame of a damaged video.
    """
    check_pointings(pointings, until_s=until_s)
    waiting = sorted(pointings, key=lambda pointing: pointing.time_s)  # stable: said first, heard first
    _check_end(footage, waiting[-1])
    session = Session.open(graphs, spotter=spotter)
    last_s = 0.0
    for frame, next_s in _with_next(footage.frames(waiting[0].time_s), footage):
        if until_s is not None and frame.time_s > until_s + _SAME_S:
            return
        tracks, last_s = session.step(frame.picture), frame.time_s
        said = _said(waiting, next_s)
        del waiting[: len(said)]
        for name, prompt in _joined(said).items():
            session.prompt(name, prompt)
        yield Followed(frame, session.tracks() if said else tracks)
    if waiting:
        raise _past_end(waiting[0], footage, last_s)


def _with_next(frames: Iterator[Frame], footage: Footage) -> Iterator[tuple[Frame, float]]:
    """Each frame with the second at which the next one is shown: it is on the screen until then."""
    frame = next(frames, None)
    while frame is not None:
        try:
            coming = next(frames, None)
        except JianwenError:
            yield frame, frame.time_s + 1 / footage.fps
            raise
        end_s = max(frame.time_s + 1.5 / footage.fps, footage.duration_s or 0.0) + _SAME_S
        yield frame, end_s if coming is None else coming.time_s
        frame = coming


def _said(waiting: Sequence[Pointing], next_s: float) -> list[Pointing]:
    """What is said of the frame that is shown until `next_s`."""
    return [pointing for pointing in waiting if pointing.time_s < next_s - _SAME_S]


def _joined(pointings: Sequence[Pointing]) -> dict[str, Prompt]:
    """All that is said of each object in one frame, in one prompt: its box stays when clicks come."""
    found: dict[str, Prompt] = {}
    # boxes first: a box after clicks would begin anew
    for pointing in sorted(pointings, key=lambda pointing: pointing.prompt.box is None):
        earlier = found.get(pointing.object)
        found[pointing.object] = earlier.joined(pointing.prompt) if earlier else pointing.prompt
    return found


def _check_end(footage: Footage, last: Pointing) -> None:
    """Where the file says how long it is, hours of work are not begun in vain."""
    if footage.duration_s is not None and last.time_s > footage.duration_s + 1 / footage.fps:
        raise _past_end(last, footage, footage.duration_s)


def _past_end(pointing: Pointing, footage: Footage, end_s: float) -> BadRequest:
    return BadRequest(
        detail=f"{pointing.object} is pointed at in second {pointing.time_s:g}; {footage.name} ends at {end_s:.2f}.",
        detail_zh=f"{pointing.object} 的提示在第 {pointing.time_s:g} 秒，而 {footage.name} 只到 {end_s:.2f} 秒。",
    )
