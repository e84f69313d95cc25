"""How far a place on the table's level is from its edges: signed distances in metres, negative inside.

A table is its own mirror image in x and in y, so places are folded into one quarter first. Does not know colours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jianwen.billiards.table import Cushion, Table

Array = NDArray[Any]

RUBBER_M = 0.051  # from a nose back to the wood, 2 inches
_SIGHT_M = 0.0937  # from a nose to the middle of a sight, 3 11/16 inches
_MOUTH_M = 0.075  # how far from a hole's edge the gap between two cushions belongs to its mouth


@dataclass(frozen=True, slots=True)
class Edges:
    """Distances (H, W) float32 of many places at one level."""

    x: Array
    y: Array
    body: Array  # of the table's outer edge, a rectangle with round corners
    between: Array  # of the rectangle between the noses
    holes: Array  # of the pockets' round edges
    rubber: Array  # of the cushions
    opening: Array  # of all that lies deeper than the rails: playing surface, mouths and holes


class Outline:
    """A table's edges; `margin_m` is from a nose to the wood's outer edge, `rounding_m` the radius of its corners."""

    def __init__(self, table: Table, *, margin_m: float, rounding_m: float) -> None:
        self.table = table
        self._margin_m, self._rounding_m = margin_m, rounding_m
        noses = [cushion for cushion in table.cushions if cushion.kind == "nose"]
        jaws = [cushion for cushion in table.cushions if cushion.kind == "jaw"]
        # Those of the quarter x > 0, y > 0: half of the short rail there, and one piece of the long one.
        quarter = [nose for nose in noses if _middle(nose)[0] > 0.1 and _middle(nose)[1] > -0.1]
        self._rubbers = [(nose, _ends(nose, jaws)) for nose in quarter]
        self._pockets = [p for p in table.pockets if p.centre_m[0] > -0.1 and p.centre_m[1] > 0]

    def edges(self, x: Array, y: Array) -> Edges:
        """All distances of places x, y (H, W) float32."""
        right, up = np.abs(x), np.abs(y)
        half = self.table.length_m / 2, self.table.width_m / 2
        body = _round_box(right, up, (half[0] + self._margin_m, half[1] + self._margin_m), self._rounding_m)
        between = np.maximum(right - np.float32(half[0]), up - np.float32(half[1]))
        holes = _least([_circle(right, up, p.centre_m, p.radius_m) for p in self._pockets])
        rubber = _least([_piece(right, up, nose, ends) for nose, ends in self._rubbers])
        mouths = _most([between - np.float32(RUBBER_M), -rubber, holes - np.float32(_MOUTH_M)])
        opening = _least([between, mouths, holes])
        return Edges(x, y, body, between, holes, rubber, opening)

    def sights(self, x: Array, y: Array) -> Array:
        """Distance to the middle of the nearest of the eighteen inlays on the wood."""
        table = self.table
        right, up = np.abs(x), np.abs(y)
        beyond_x, beyond_y = table.length_m / 2 + _SIGHT_M, table.width_m / 2 + _SIGHT_M
        quarter = [(k * table.length_m / 8, beyond_y) for k in (1, 2, 3)]
        quarter += [(beyond_x, k * table.width_m / 4) for k in (0, 1)]
        return _least([_circle(right, up, centre, 0.0) for centre in quarter])


def _least(arrays: list[Array]) -> Array:
    least = arrays[0]
    for array in arrays[1:]:
        least = np.minimum(least, array)
    return least


def _most(arrays: list[Array]) -> Array:
    return -_least([-array for array in arrays])


def _circle(x: Array, y: Array, centre: tuple[float, float], radius: float) -> Array:
    return np.asarray(np.hypot(x - np.float32(centre[0]), y - np.float32(centre[1])) - np.float32(radius))


def _piece(x: Array, y: Array, nose: Cushion, ends: tuple[Cushion, Cushion]) -> Array:
    """Of one cushion: behind its nose, between its jaws, in front of the wood."""
    front = _beyond(x, y, nose)
    return _most([front, *(_beyond(x, y, jaw) for jaw in ends), -front - np.float32(RUBBER_M)])


def _beyond(x: Array, y: Array, edge: Cushion) -> Array:
    """Distance in front of an edge's line; negative in the rubber."""
    nx, ny = (np.float32(value) for value in edge.inward)
    return np.asarray(x * nx + y * ny - np.float32(edge.start_m[0] * nx + edge.start_m[1] * ny))


def _middle(edge: Cushion) -> tuple[float, float]:
    return (edge.start_m[0] + edge.end_m[0]) / 2, (edge.start_m[1] + edge.end_m[1]) / 2


def _ends(nose: Cushion, jaws: list[Cushion]) -> tuple[Cushion, Cushion]:
    """The two jaws that a nose turns into."""

    def gap(end: tuple[float, float], jaw: Cushion) -> float:
        return min(math.hypot(end[0] - p[0], end[1] - p[1]) for p in (jaw.start_m, jaw.end_m))

    return min(jaws, key=lambda jaw: gap(nose.start_m, jaw)), min(jaws, key=lambda jaw: gap(nose.end_m, jaw))


def _round_box(x: Array, y: Array, half: tuple[float, float], radius_m: float) -> Array:
    dx, dy = x - np.float32(half[0] - radius_m), y - np.float32(half[1] - radius_m)
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    return np.asarray(outside + np.minimum(np.maximum(dx, dy), 0) - np.float32(radius_m))
