"""How many of the true events were said, and how many of those said are true, kind by kind.

`score_events` matches one to one within a number of frames. `true_events` turns what the simulator logged into what a
camera could see of it: touches that change no ball's way, and touches again within the tolerance, are no events.
Does not simulate: whatever has `events` and `at` will do.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from jianwen.tracking.event import KINDS, Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jianwen.tracking.event import EventKind

__all__ = ["EventScore", "score_events", "true_events"]

LEAST_M_S = 0.03  # a change of speed below it moves a ball by half a pixel at most before it is at rest
LEAST_WAY_RADII = 0.25  # a ball that went less far since it was touched has not visibly come to rest
AROUND_S = 1e-7  # before and after an instant
HALVINGS = 40
_KINDS: dict[str, EventKind] = {
    "strike": "strike", "collision": "ball_ball", "cushion": "ball_cushion", "pot": "potted",
}  # fmt: skip


class Happening(Protocol):
    """What the simulator logs."""

    @property
    def kind(self) -> str: ...
    @property
    def time_s(self) -> float: ...
    @property
    def balls(self) -> tuple[int, ...]: ...
    @property
    def place_m(self) -> tuple[float, float]: ...


class Played(Protocol):
    """A shot that was simulated."""

    @property
    def events(self) -> Sequence[Any]: ...  # of `Happening`
    @property
    def duration_s(self) -> float: ...
    def at(self, time_s: float, /) -> Any: ...  # has `position_m` (n, 3), `velocity_m_s` (n, 3)


@dataclass(frozen=True, slots=True)
class EventScore:
    """Counts of one kind, or of all."""

    said: int = 0
    true: int = 0
    matched: int = 0

    @property
    def precision(self) -> float:
        """Of what was said; 1 when nothing was said."""
        return self.matched / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        """Of what is true; 1 when nothing is."""
        return self.matched / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.matched / (self.said + self.true) if self.said + self.true else 1.0

    def __add__(self, other: EventScore) -> EventScore:
        return EventScore(self.said + other.said, self.true + other.true, self.matched + other.matched)


def score_events(
    said: Iterable[Event], true: Iterable[Event], *, fps: float, frames: float = 2.0
) -> dict[str, EventScore]:
    """For each kind, and for "all" together. Matches have the same kind and objects, nearest in time first."""
    said, true = list(said), list(true)
    scores: dict[str, EventScore] = {kind: _score(_of(said, kind), _of(true, kind), frames / fps) for kind in KINDS}
    return {**scores, "all": sum(scores.values(), EventScore())}


def _of(events: list[Event], kind: EventKind) -> list[Event]:
    return [event for event in events if event.kind == kind]


def _score(said: list[Event], true: list[Event], within_s: float) -> EventScore:
    apart = [
        (abs(one.time_s - other.time_s), i, j)
        for i, one in enumerate(said)
        for j, other in enumerate(true)
        if set(one.objects) == set(other.objects)
    ]
    taken: set[int] = set()
    found: set[int] = set()
    for gap_s, i, j in sorted(apart):
        if gap_s <= within_s + 1e-9 and i not in taken and j not in found:
            taken.add(i)
            found.add(j)
    return EventScore(len(said), len(true), len(taken))


def true_events(
    shot: Played,
    names: Sequence[str],
    place: Callable[[tuple[float, float]], tuple[float, float]],
    *,
    fps: float,
    radius_m: float = 0.028575,
    frames: float = 2.0,
) -> list[Event]:
    """What could be seen of a shot, in the words of the tracker.

    Args:
        shot: as simulated.
        names: of the balls' objects, in the shot's order.
        place: metres on the table to fractions of the picture.
        fps: of the film.
        radius_m: of the balls.
        frames: touches of the same things again within this many frames are one.
    """
    events: list[Event] = []
    latest: dict[tuple[str, tuple[int, ...]], float] = {}
    for happening in shot.events:
        kind = _KINDS.get(happening.kind)
        if kind is None or not _is_seen(shot, happening):
            continue
        key = (kind, tuple(sorted(happening.balls)))
        again = happening.time_s - latest.get(key, -1e9) <= frames / fps
        latest[key] = happening.time_s
        if not again:
            objects = tuple(names[ball] for ball in happening.balls)
            events.append(Event(kind, happening.time_s, place(happening.place_m), objects, 1.0))
    rests = [_rests(shot, ball, radius_m) for ball in range(len(names))]
    for name, found in zip(names, rests, strict=True):
        events += [Event("at_rest", time_s, place((x, y)), (name,), 1.0) for time_s, x, y in found]
    return sorted(events, key=lambda event: event.time_s)


def _is_seen(shot: Played, happening: Happening) -> bool:
    if happening.kind not in {"collision", "cushion"}:
        return True
    balls = list(happening.balls)
    before = shot.at(happening.time_s - AROUND_S).velocity_m_s[balls, :2]
    after = shot.at(happening.time_s + AROUND_S).velocity_m_s[balls, :2]
    return bool(np.linalg.norm(after - before, axis=1).max() >= LEAST_M_S)


def _rests(shot: Played, ball: int, radius_m: float) -> list[tuple[float, float, float]]:
    """When and where a ball came to rest; one that spins on the spot is at rest."""
    times = [event.time_s for event in shot.events if ball in event.balls and event.kind != "stop"]
    if any(event.kind == "pot" and ball in event.balls for event in shot.events):
        times = times[:-1] if len(times) > 1 else []
        ends = [event.time_s for event in shot.events if event.kind == "pot" and ball in event.balls]
    else:
        ends = [shot.duration_s + 1.0]
    found, gone = [], 0.0
    for start_s, end_s in pairwise([*times, *ends]):
        at = shot.at(start_s + AROUND_S).position_m[ball, :2]
        if _speed(shot, ball, start_s + AROUND_S) <= 0 or _speed(shot, ball, end_s - AROUND_S) > 1e-6:
            gone += float(np.linalg.norm(shot.at(end_s).position_m[ball, :2] - at))
            continue
        low, high = start_s + AROUND_S, end_s - AROUND_S
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if _speed(shot, ball, middle) > 1e-6 else (low, middle)
        x, y = shot.at(high).position_m[ball, :2]
        gone += float(np.hypot(x - at[0], y - at[1]))
        if gone >= LEAST_WAY_RADII * radius_m:
            found.append((high, float(x), float(y)))
            gone = 0.0
    return found


def _speed(shot: Played, ball: int, time_s: float) -> float:
    return float(np.linalg.norm(shot.at(time_s).velocity_m_s[ball, :2]))
