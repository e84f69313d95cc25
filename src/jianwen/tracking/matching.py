"""Which object is where: the places where something was found in a frame, shared out one to one at the least cost.

A place costs an object what it lies off the expected way and what its colour is off the object's own; where a close
look tells how far a place's ball came since the frame before, that says more than what was expected. Finds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.imprint import colour_at
from jianwen.tracking.meeting import outlooks
from jianwen.tracking.untangling import untangled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.imprint import Imprint
    from jianwen.tracking.motion import Motion
    from jianwen.tracking.spots import Spot

__all__ = ["matched"]

# Found on simulated shots 2000 to 2047 with perfect places: see dev/log.md. None is among those of the test.
_WAY = 2.0  # weight of the way's surprise, a Student's t: a ball goes as expected, or was hit and goes anywhere
_USUAL = 0.5  # radii off the expected place that are usual
_STAYS = 0.7  # radii by which lying where it was is less expected than going on
_THROUGH = 1.5  # … by which being where another ball had to be passed through is, …
_HIT = 0.3  # … and by which being where a full hit leads to is
_TOLD_WAY, _TOLD_OFF = 2.0, 0.4  # weight and usual radii of what a close look tells of where a place's ball was, …
_EXPECTED_WAY = 0.5  # … beside which the way that was expected counts for less
_COLOUR = 1 / 20  # cost of a grey level off the own colour, …
_TURNED = 12.0  # … and of any other colour: a stripe shows its white side
_MIXED = 4.0  # … at most, where a streak has the cloth's colour as well
_LONG = 1.3  # diameters from which a place is a streak
_DOUBT = 4.0  # … of a place that is not sure at all
_MISS = 18.0  # … of being nowhere: dearer than a jump, as a ball that is hit makes one
_REACH = 16.0  # radii in a frame: 10 m/s at 30 frames a second is 12
_STOOD = 1.4  # radii off where it was, within which it may be still
_LONGEST = 5  # frames unseen after which nothing is thought to have gone any further
_NEVER = 1e6


def matched(
    places: Sequence[Spot],
    motions: Sequence[Motion],
    imprints: Sequence[Imprint | None],
    *,
    picture: NDArray[np.uint8],
    frame: int,
    unchanged: NDArray[np.bool_] | None = None,
) -> list[int | None]:
    """The index of each object's place, None where it is nowhere.

    Args:
        places: where something was found.
        motions: of the objects.
        imprints: their looks, where these are known.
        picture: the frame.
        frame: its number.
        unchanged: (places,) where the picture is as it was a frame ago; whoever was elsewhere then is not there.
    """
    count = len(places)
    costs = np.full((len(motions), count + len(motions)), _NEVER)
    where = np.array([(place.x, place.y) for place in places]).reshape(-1, 2)
    unsure = _DOUBT * (1 - np.array([place.score for place in places]))
    back = where - np.array([place.came or (np.nan, np.nan) for place in places]).reshape(-1, 2)
    ahead = outlooks(motions, frame)
    for row, (motion, imprint) in enumerate(zip(motions, imprints, strict=True)):
        gap = max(1, min(frame - motion.frame, 1 + _LONGEST))
        costs[row, count + row] = _MISS
        radius = motion.diameter / 2
        expected = np.hypot(*(where - motion.at(motion.frame + gap)).T) / radius / gap
        rest = np.hypot(*(where - (motion.x, motion.y)).T) / radius / gap
        away = np.minimum(expected + _THROUGH * ahead[row].is_stopped, rest + _STAYS)
        for place in ahead[row].afterwards:
            away = np.minimum(away, np.hypot(*(where - place).T) / radius + _HIT)
        surprise = np.log1p((away / _USUAL) ** 2)
        cost = _WAY * surprise + unsure
        if gap == 1:
            off = np.hypot(*(back - (motion.x, motion.y)).T) / radius
            told = _EXPECTED_WAY * surprise + _TOLD_WAY * np.log1p((off / _TOLD_OFF) ** 2) + unsure
            cost = np.where(np.isnan(off), cost, told)
        can_be = (away <= _REACH) & motion.may_be(where, frame, picture.shape[:2])
        if unchanged is not None and frame - motion.frame == 1:
            can_be &= ~unchanged | (rest <= _STOOD)
        near = np.flatnonzero(can_be)
        if imprint is not None and len(near):
            colours = np.array([_colour(places[index], picture, motion.diameter) for index in near.tolist()])
            off = np.sqrt(((colours - imprint.colour) ** 2).sum(axis=1))
            longest = np.array([max(places[index].width, places[index].height) for index in near.tolist()])
            cost[near] += np.minimum(_COLOUR * off, np.where(longest < _LONG * motion.diameter, _TURNED, _MIXED))
        costs[row, near] = cost[near]
    return [int(column) if column < count else None for column in untangled(costs, where, motions, frame)]


def _colour(place: Spot, picture: NDArray[np.uint8], diameter: float) -> NDArray[np.float64]:
    return colour_at(picture, place.x, place.y, diameter) if place.colour is None else np.array(place.colour)
