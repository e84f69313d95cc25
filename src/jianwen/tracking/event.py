"""Something that happened to tracked balls. Does not find it: `events.py` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["KINDS", "Event", "EventKind"]

EventKind = Literal["potted", "ball_ball", "ball_cushion", "strike", "at_rest"]
KINDS: tuple[EventKind, ...] = get_args(EventKind)


@dataclass(frozen=True, slots=True)
class Event:
    """One touch, strike, pot or rest.

    Attributes:
        kind: what happened.
        time_s: when, finer than a frame.
        place: fractions of the picture: the point of touch, or the ball's centre.
        objects: names of the balls; two for ball_ball, else one.
        confidence: 0-1.
    """

    kind: EventKind
    time_s: float
    place: tuple[float, float]
    objects: tuple[str, ...]
    confidence: float
