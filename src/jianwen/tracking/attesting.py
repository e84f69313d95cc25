"""Whether what is held is an object: a spotter looks closely now and then, and who is not there twice is let go.

An object that was lost among others may come to stand on empty cloth, where nothing changes, so it would be held for
ever. One that was let go is found again where a ball of its colour lies that nobody follows.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.imprint import colour_at
from jianwen.tracking.pairing import assigned
from jianwen.tracking.sights import blank
from jianwen.tracking.squares import holds, squares_round

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.backdrop import Backdrop
    from jianwen.tracking.hunt import Hunt
    from jianwen.tracking.imprint import Imprint
    from jianwen.tracking.masklet import Drawing, Masklet
    from jianwen.tracking.motion import Motion
    from jianwen.tracking.spots import Spot, Spotter

__all__ = ["attested", "claimed", "is_let_go", "is_sought"]

# Found on rendered shots: see dev/log.md.
_LOOKED_AT = (1, 3, 6, 10, 16, 24, 40)  # frames held, after which a spotter is asked, …
_AT_FIRST = 3  # … and up to which for what no spotter has seen yet
_SQUARES = 2  # looked at in a frame
_UNSEEN = 0.05  # score of a close look below which nothing is there: of balls in place 2 %, of places without one 91 %
_LOOKS = 2  # in a row that do not see it
_NEAR = 0.5  # diameters off its place
_EVERY, _OFTEN, _SELDOM = 6, 12, 30  # frames between two looks for one that was let go; after so many, fewer
_ALIKE = 25.0  # grey levels off its colour
_NEVER = 1e6


def is_let_go(masklet: Masklet) -> bool:
    return masklet.drawing is not None and masklet.drawing.doubts >= _LOOKS


def attested(held: Sequence[Drawing | None], hunt: Hunt, backdrop: Backdrop, spotter: Spotter) -> list[Drawing | None]:
    """What is held in a frame, with its doubts counted; blank where an object is let go.

    Nothing is let go that a spotter never saw, for it may be no ball, or that has not moved since a person pointed at
    it.
    """
    motions, told, beside = hunt.motions, list(held), hunt.beside(backdrop)
    asked = {index: one for index, one in enumerate(held) if one is not None and _is_asked(one, index, hunt)}
    places = np.array([(motions[index].x, motions[index].y) for index in asked]).reshape(-1, 2)
    for square in squares_round(places, [motions[index].diameter for index in asked], most=_SQUARES):
        spots = [spot for spot in spotter(hunt.seen.picture, square, beside) if spot.score >= _UNSEEN]
        for index in [index for index in asked if holds(square, motions[index].x, motions[index].y)]:
            told[index] = _judged(asked.pop(index), hunt.masklets[index], motions[index], spots)
    return told


def _is_asked(held: Drawing, index: int, hunt: Hunt) -> bool:
    if not hunt.motions[index].is_small(hunt.seen.size[0]):
        return False
    if hunt.masklets[index].is_ball:
        return not hunt.motions[index].is_new and (held.doubts > 0 or held.rested in _LOOKED_AT)
    return held.rested <= _AT_FIRST or held.rested in _LOOKED_AT


def _judged(held: Drawing, masklet: Masklet, motion: Motion, spots: Sequence[Spot]) -> Drawing:
    if any(math.hypot(spot.x - motion.x, spot.y - motion.y) < _NEAR * motion.diameter for spot in spots):
        return replace(held, doubts=0, is_ball=True)
    doubts = held.doubts + 1 if masklet.is_ball and not motion.is_new else 0
    return replace(held, doubts=doubts) if doubts < _LOOKS else replace(blank(held), doubts=doubts, rested=0)


def is_sought(motion: Motion, frame: int) -> bool:
    """Whether one that was let go is looked for in the whole frame."""
    gap = frame - motion.frame - 2  # the next frame after the one in which it was let go
    return gap % (_EVERY if gap <= _OFTEN else _SELDOM) == 0


def claimed(
    free: Sequence[Spot], let_go: Sequence[Masklet], everyone: Sequence[Masklet], hunt: Hunt
) -> dict[int, Spot]:
    """By index of those that were let go: the spot of its colour, where no other object's colour is nearer to it.

    Args:
        free: places of balls that nobody follows.
        let_go: as said.
        everyone: all objects.
        hunt: whose frame it is.
    """
    picture, colours = hunt.seen.picture, {one.name: _colour(one.imprint) for one in everyone}
    costs = np.full((len(let_go), len(free) + len(let_go)), _NEVER)
    for row, one in enumerate(let_go):
        others = np.array([colour for name, colour in colours.items() if name != one.name]).reshape(-1, 3)
        for column, spot in enumerate(free):
            seen = colour_at(picture, spot.x, spot.y, spot.diameter)
            off = float(np.linalg.norm(seen - colours[one.name]))
            if off < min(_ALIKE, np.linalg.norm(others - seen, axis=1).min(initial=np.inf)):
                costs[row, column] = off
        costs[row, len(free) + row] = _ALIKE
    return {row: free[column] for row, column in enumerate(assigned(costs).tolist()) if column < len(free)}


def _colour(imprint: Imprint | None) -> NDArray[np.float64]:
    return np.full(3, np.inf) if imprint is None else np.array(imprint.colour)
