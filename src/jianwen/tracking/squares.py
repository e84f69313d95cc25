"""A few squares that together show some objects closely, each at the scale that close looks are made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.regions import Region
from jianwen.tracking.spots import CLOSE_DIAMETERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["holds", "squares_round"]

_MARGIN = 1.5  # diameters from an object's place to the edge of its square
_ALIKE = 1.6  # times larger or smaller: another scale


def squares_round(places: NDArray[np.float64], diameters: Sequence[float], *, most: int) -> list[Region]:
    """Squares of `CLOSE_DIAMETERS` a side, those with most objects first; what `most` squares cannot hold is left out.

    Args:
        places: (n, 2) pixels of the frame.
        diameters: (n,) pixels.
        most: squares at most.
    """
    sizes = np.asarray(diameters, np.float64)
    left = np.arange(len(places))
    found: list[Region] = []
    while len(left) and len(found) < most:
        middle, index, inside = max(
            (_square(one, left, places, sizes) for one in left.tolist()), key=lambda one: len(one[2])
        )
        found.append(Region.round_place(*middle, CLOSE_DIAMETERS * float(sizes[index])))
        left = np.setdiff1d(left, inside)
    return found


def holds(square: Region, x: float, y: float) -> bool:
    """Whether what lies at a place is in a square whole."""
    return bool(np.abs(square.inward(np.array((x, y))) - 0.5).max() <= 0.5 - _MARGIN / CLOSE_DIAMETERS + 1e-9)


def _square(
    one: int, left: NDArray[np.int64], places: NDArray[np.float64], sizes: NDArray[np.float64]
) -> tuple[tuple[float, float], int, NDArray[np.int64]]:
    """The middle of a square that begins round one object and moves to hold its neighbours as well, and who is in."""
    reach = (CLOSE_DIAMETERS / 2 - _MARGIN) * sizes[one]
    near = left[np.abs(np.log(sizes[left] / sizes[one])) < np.log(_ALIKE)]
    middle = places[one]
    inside = near[(np.abs(places[near] - middle) < reach).all(axis=1)]
    moved = (places[inside].max(axis=0) + places[inside].min(axis=0)) / 2
    held = near[(np.abs(places[near] - moved) < reach).all(axis=1)]
    if len(held) >= len(inside):
        middle, inside = moved, held
    return (float(middle[0]), float(middle[1])), one, inside
