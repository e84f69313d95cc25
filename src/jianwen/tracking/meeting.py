"""Balls that meet full on within a frame: neither can pass through the other, so each goes on as the other came.

Equal balls exchange what of their speeds lies along the line of centres: in a full hit all of it. Only such hits are
told, since from low a camera shortens what lies along the view, and the line of a fine hit is not known. Looks at no
picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.motion import Motion

    Floats = NDArray[np.float64]

__all__ = ["Outlook", "outlooks", "push"]

# Found on rendered shots 7 and 18; from a camera 17 degrees over the cloth half a radius is a whole ball.
_FULL = 0.6  # radii between the other's centre and the way of a ball that hits it full
_TOUCH = 1.6  # radii between two centres that touch, as cameras see it; from above 2
_FAST = 1.0  # radii a frame by which they must near each other
_AHEAD = 0.5  # radii that the other lies ahead: nearer, and they have met


@dataclass(slots=True)
class Outlook:
    """What becomes of one ball.

    Attributes:
        afterwards: where it would be after a hit, pixels of the frame.
        is_stopped: it would have to pass through another to be where it is expected.
    """

    afterwards: list[Floats] = field(default_factory=list)
    is_stopped: bool = False


def outlooks(motions: Sequence[Motion], frame: int) -> list[Outlook]:
    """For each object of a frame, with those alone that were seen in the frame before."""
    told = [Outlook() for _ in motions]
    seen = [index for index, motion in enumerate(motions) if frame - motion.frame == 1]
    for one, other in permutations(seen, 2):
        _meet(motions[one], motions[other], told[one], told[other])
    return told


def _meet(one: Motion, other: Motion, its: Outlook, others: Outlook) -> None:
    """Adds what a hit of the faster `one` on `other` makes of both."""
    radius = one.diameter / 2
    place, velocity = np.array((one.x, one.y)), np.array(one.velocity)
    target, away = np.array((other.x, other.y)), np.array(other.velocity)
    nearing = velocity - away
    speed = float(np.hypot(*nearing))
    if np.hypot(*velocity) < np.hypot(*away) or speed < _FAST * radius:
        return
    x, y = target - place
    along, aside = (x * nearing[0] + y * nearing[1]) / speed, abs(x * nearing[1] - y * nearing[0]) / speed
    touch = max(0.0, (along - _TOUCH * radius) / speed)  # share of the frame until they touch
    if aside > _FULL * radius or along <= _AHEAD * radius or touch >= 1:
        return
    its.afterwards.append(place + touch * velocity + (1 - touch) * away)
    others.afterwards.append(target + touch * away + (1 - touch) * velocity)
    its.is_stopped |= bool(along < speed)


def push(index: int, motions: Sequence[Motion], frame: int) -> float:
    """How far a fast neighbour may push an object that it reaches in this frame, pixels."""
    own = motions[index]
    x, y = own.at(frame)
    most = 0.0
    for place, other in enumerate(motions):
        speed = float(np.hypot(*other.velocity))
        if place == index or frame - other.frame > 2 or speed < 0.3 * own.diameter:
            continue
        start, way = np.array((other.x, other.y)), np.array(other.velocity) * (frame - other.frame)
        share = float(np.clip(((np.array((x, y)) - start) @ way) / max(float(way @ way), 1e-6), 0, 1))
        if np.hypot(*(start + share * way - (x, y))) < 1.5 * own.diameter:
            most = max(most, speed)
    return most
