"""Which spots are parts of streaks, and the whole streaks in their place: `streaks.py` fits them.

A ball that goes on as before is looked for where it is expected, before spots are shared out. One that was struck or
hit may be anywhere, so its share is made whole after that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.imprint import colour_of
from jianwen.tracking.launches import gone_on
from jianwen.tracking.spots import SAME_SPOT, Spot, is_apart
from jianwen.tracking.streaks import MIXED, fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.backdrop import Backdrop
    from jianwen.tracking.hunt import Hunt
    from jianwen.tracking.motion import Motion
    from jianwen.tracking.sights import Sight
    from jianwen.tracking.streaks import Streak

__all__ = ["CERTAIN", "as_streaks", "slim_streaks", "with_streaks", "without_parts"]

CERTAIN = 0.6  # score from which what a close look shows is a ball, though it hardly differs from the cloth
# Found on rendered shots 1000 to 1011: see dev/log.md.
_FAST = 0.8  # diameters a frame from which a spot may be a part of a streak
_EXPLAINED, _EXPLAINED_SHORT = 0.7, 0.88  # of what differs, by which a streak is one: over and under a diameter
_EXPLAINED_FREELY = 0.9  # … and where no colour is known: two balls that touch are slim too
_STRAIGHT = 0.8  # cosine between its way and the one expected
_SHORTEST = 0.6  # diameters of its way
_LATEST = 2  # frames since it was seen, after which it goes on no more
_FREE = 1.5  # diameters off any other object, where a streak is nobody else's
_LONGER = 1.3  # times as long as it went in a frame


@dataclass(frozen=True, slots=True)
class _Fitter:
    """Objects in a frame, and balls beside them that are no part of their streaks."""

    hunt: Hunt
    backdrop: Backdrop
    others: Sequence[tuple[float, float, float]]  # middle and radius

    @classmethod
    def beside(cls, hunt: Hunt, backdrop: Backdrop, spots: Sequence[Spot]) -> _Fitter:
        known: list[Spot | Sight] = [*spots, *hunt.taken]
        return cls(hunt, backdrop, [(one.x, one.y, one.diameter / 2) for one in known])

    def near(
        self,
        index: int,
        place: tuple[float, float],
        ways: Sequence[tuple[float, float]],
        asides: Sequence[float] = (-0.5, 0.0, 0.5),
    ) -> Spot | None:
        """What fits an object best near a place, given some ways that it may have gone in the frame.

        `asides` are parts of a way by which the middle may lie off the place.
        """
        motion, imprint = self.hunt.motions[index], self.hunt.masklets[index].imprint
        starts = [
            (place[0] + aside * right, place[1] + aside * down, part * right, part * down)
            for right, down in ways
            if math.hypot(right, down) > _FAST * motion.diameter
            for aside in asides
            for part in (0.5, 1.0)
        ]
        if imprint is None or not starts:
            return None
        picture, empty, radius = self.hunt.seen.picture, self.backdrop.picture, motion.diameter / 2
        fit = fitted(picture, empty, imprint.colour, radius, starts, others=self.others)
        # the shutter is open for a frame at most
        longest = _LONGER * max(math.hypot(*way) for way in ways) + radius
        if fit is None or not _SHORTEST * motion.diameter < fit.length < longest:
            return None
        # a short one must fit better: a ball that is larger than it was thought to be does as well
        least = _EXPLAINED if fit.length > motion.diameter else _EXPLAINED_SHORT
        return _spot(fit, motion.diameter) if fit.explained >= least else None

    def onward(self, index: int) -> Spot | None:
        """What fits a fast object that goes on as before: by its looks at rest if nothing is near, or by colour."""
        motion, frame = self.hunt.motions[index], self.hunt.seen.frame
        smeared = gone_on(self.hunt, self.backdrop, index, self.others)
        if smeared and math.hypot(*smeared.way) > _SHORTEST * motion.diameter and self._is_far(smeared, index):
            return smeared
        return self.near(index, motion.at(frame), (motion.velocity,), asides=(-0.25, 0.0, 0.25))

    def _is_far(self, streak: Spot, own: int) -> bool:
        """Whether no other object is so near to a streak that both may touch."""
        others = [(one.x, one.y) for index, one in enumerate(self.hunt.motions) if index != own]
        others += [(sight.x, sight.y) for sight in self.hunt.taken]
        return all(streak.away(x, y) > _FREE * streak.diameter for x, y in others)

    def along(self, pixels: NDArray[np.int64]) -> Spot | None:
        """What fits slim pixels (k, 2) of the frame, whoever that is."""
        diameter = self.hunt.usual_diameter
        middle = pixels.mean(axis=0)
        axis = np.linalg.eigh(np.cov(pixels.T))[1][:, -1]
        along = (pixels - middle) @ axis
        length = float(np.ptp(along)) - diameter
        inner = pixels[np.abs(along) < diameter / 2]
        if length < _SHORTEST * diameter or not len(inner):
            return None
        picture, empty = self.hunt.seen.picture, self.backdrop.picture
        colour = np.median(colour_of(picture[inner[:, 1], inner[:, 0]]), axis=0).tolist()
        x, y = (middle + 0.5).tolist()
        starts = [(x, y, *(part * length * axis).tolist()) for part in (0.7, 1.0, 1.3)]
        fit = fitted(picture, empty, colour, diameter / 2, starts, others=self.others, strength=MIXED)
        if fit is None or fit.length < _SHORTEST * diameter or fit.explained < _EXPLAINED_FREELY:
            return None
        spot = _spot(fit, diameter)
        return spot if self.is_of_one(spot) else None

    def is_of_one(self, streak: Spot, own: int | None = None) -> bool:
        """Whether no other object is expected on it, or lay there: two that touch are as slim as a streak."""
        frame = self.hunt.seen.frame
        on = [
            index
            for index, motion in enumerate(self.hunt.motions)
            if index != own and frame - motion.frame <= _LATEST
            if min(streak.away(*motion.at(frame)), streak.away(motion.x, motion.y)) < motion.diameter / 2
        ]
        return len(on) <= (own is None)


def slim_streaks(
    hunt: Hunt, backdrop: Backdrop, parts: Sequence[NDArray[np.int64]], known: Sequence[Spot]
) -> list[Spot]:
    """Streaks that slim patches are, whoever they are of. Pixels (k, 2) of the frame; `known` are balls beside them."""
    fitter = _Fitter.beside(hunt, backdrop, known)
    found = [fitter.along(part) for part in parts]
    return [spot for spot in found if spot is not None]


def without_parts(spots: Sequence[Spot], streaks: Sequence[Spot]) -> list[Spot]:
    """Spots without those whose middles lie on streaks, but for certain ones."""
    return [
        spot
        for spot in spots
        if _is_certain(spot) or all(one.away(spot.x, spot.y) > one.diameter / 2 for one in streaks)
    ]


def _is_certain(spot: Spot) -> bool:
    return spot.is_close and spot.score >= CERTAIN


def _spot(fit: Streak, diameter: float) -> Spot:
    return Spot(fit.x, fit.y, diameter, diameter, fit.explained, way=fit.way, colour=fit.colour)


def with_streaks(hunt: Hunt, backdrop: Backdrop, spots: Sequence[Spot]) -> list[Spot]:
    """The spots, and where fast objects go on as before their streaks in place of what spots lie on these."""
    fitter = _Fitter.beside(hunt, backdrop, [spot for spot in spots if _is_certain(spot)])
    streaks: list[Spot] = []
    for index, motion in enumerate(hunt.motions):
        if math.hypot(*motion.velocity) < _FAST * motion.diameter or hunt.seen.frame - motion.frame > _LATEST:
            continue
        fit = fitter.onward(index)
        if (
            fit
            and _goes_on(motion, fit, hunt.seen.frame)
            and fitter.is_of_one(fit, index)
            and is_apart(fit, streaks, SAME_SPOT * motion.diameter)
        ):
            streaks.append(fit)
    return [*without_parts(spots, streaks), *streaks]


def as_streaks(hunt: Hunt, backdrop: Backdrop, spots: Sequence[Spot], shares: Sequence[int | None]) -> list[Spot]:
    """The spots, those of objects that jumped as the whole streaks that they are parts of."""
    found = list(spots)
    given = [(index, share) for index, share in enumerate(shares) if share is not None]
    fast = [(index, share) for index, share in given if _jumped(hunt, index, spots[share])]
    fitter = _Fitter.beside(hunt, backdrop, [spots[share] for index, share in given if (index, share) not in fast])
    for index, share in fast:
        spot, motion = spots[share], hunt.motions[index]
        fit = fitter.near(index, (spot.x, spot.y), (_jump(hunt, index, spot), motion.velocity))
        if fit and math.hypot(fit.x - spot.x, fit.y - spot.y) < math.hypot(*fit.way) / 2 + motion.diameter:
            found[share] = fit
    return found


def _goes_on(motion: Motion, streak: Spot, frame: int) -> bool:
    """Whether a streak lies about where an object is expected, and along its way."""
    x, y = motion.at(frame)
    speed, length = math.hypot(*motion.velocity), math.hypot(*streak.way)
    along = abs(streak.way[0] * motion.velocity[0] + streak.way[1] * motion.velocity[1])
    is_near = math.hypot(streak.x - x, streak.y - y) < motion.diameter + speed / 4
    return is_near and along > _STRAIGHT * speed * length


def _jump(hunt: Hunt, index: int, spot: Spot) -> tuple[float, float]:
    """Pixels a frame."""
    motion = hunt.motions[index]
    gap = max(1, hunt.seen.frame - motion.frame)
    return (spot.x - motion.x) / gap, (spot.y - motion.y) / gap


def _jumped(hunt: Hunt, index: int, spot: Spot) -> bool:
    """Whether a spot may be a part of a streak, and is not known to be a whole one."""
    fastest = max(math.hypot(*_jump(hunt, index, spot)), math.hypot(*hunt.motions[index].velocity))
    return not any(spot.way) and fastest > _FAST * hunt.motions[index].diameter
