"""Equal balls that were dropped into a box, one after the other, and rolled to where three things hold them.

Every place is exact: it touches three of floor, walls and balls, the pull of gravity lies between them, and nothing is
inside of anything else. Balls that lie do not give way to later ones, and nothing bounces.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jianwen.billiards.boxlook import Box

Array = NDArray[Any]

_TOUCH = 1e-7  # metres that count as touching


def settle(box: Box, count: int, radius_m: float, rng: np.random.Generator) -> Array | None:
    """Centres (count, 3), or None when that many do not fit below the box's number of layers."""
    columns, rows = box.cells
    heaps = [_Heap(box, radius_m) for _ in range(columns * rows)]
    # A wish for low places far away against one for near places: a swept box, or one that was just filled.
    sweep = float(np.exp(rng.uniform(np.log(0.5), np.log(6.0))))
    in_turn = rng.random() < 0.5
    start = int(rng.integers(len(heaps)))
    cells = []
    for _ in range(count):
        order = (np.arange(len(heaps)) + start) % len(heaps) if in_turn else rng.permutation(len(heaps))
        for cell in order:
            if heaps[cell].add(rng, sweep):
                cells.append(int(cell))
                break
        else:
            return None
    return _placed(box, heaps)


def _placed(box: Box, heaps: list[_Heap]) -> Array:
    columns = box.cells[0]
    found = [np.zeros((0, 3))]
    for index, heap in enumerate(heaps):
        offset = cell_centre(box, index % columns, index // columns)
        found.append(heap.centres + np.array((*offset, 0.0)))
    return np.concatenate(found)


def cell_centre(box: Box, column: int, row: int) -> tuple[float, float]:
    """Where a cell's own origin lies in the box."""
    return (column - (box.cells[0] - 1) / 2) * box.pitch_m[0], (row - (box.cells[1] - 1) / 2) * box.pitch_m[1]


@lru_cache(maxsize=256)
def edges_of(outline_m: tuple[tuple[float, float], ...]) -> tuple[Array, Array]:
    """Outward normals (k, 2) and offsets (k,) of a convex outline: inside is where normal . place < offset."""
    corners = np.array(outline_m)
    along = np.roll(corners, -1, axis=0) - corners
    normals = np.column_stack([along[:, 1], -along[:, 0]])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return normals, (normals * corners).sum(1)


class _Heap:
    """One cell's balls, and all places in which the next could come to rest."""

    def __init__(self, box: Box, radius: float) -> None:
        self._box, self._radius = box, radius
        normals, offsets = edges_of(box.outline_m)
        # Inward planes that a centre may not pass: floor first, then the walls.
        self._normals = np.vstack([(0.0, 0.0, 1.0), np.column_stack([-normals, np.zeros(len(normals))])])
        self._offsets = np.concatenate([[radius], radius - offsets])
        pull = np.array([*box.slope, -1.0])
        self._pull = pull / np.linalg.norm(pull)
        self._highest = radius * (1 + 1.8 * (box.layers - 1) + 0.01)
        self._corners = np.array(box.outline_m)
        self.centres = np.zeros((0, 3))
        self._places = self._in_corners(normals, offsets)

    def add(self, rng: np.random.Generator, sweep: float) -> bool:
        """Drops one ball somewhere; False when there is no room."""
        low, high = self._corners.min(0), self._corners.max(0)
        drop = rng.uniform(low, high)
        loose = rng.random() < self._box.loose
        place = self._where_it_fell(rng, low, high) if loose else None
        if place is None:
            if not len(self._places):
                return False
            height = -(self._places @ self._pull)
            far = np.hypot(*(self._places[:, :2] - drop).T)
            place = self._places[np.argmin(height * sweep * 4 + far)]
        self._take(place)
        return True

    def _where_it_fell(self, rng: np.random.Generator, low: Array, high: Array) -> Array | None:
        tried = np.column_stack([rng.uniform(low, high, (24, 2)), np.full(24, self._radius)])
        good = np.flatnonzero(self._free(tried))
        return tried[good[0]] if len(good) else None

    def _take(self, place: Array) -> None:
        new = self._beside(place)
        self.centres = np.vstack([self.centres, place])
        old = self._places[self._clear(self._places, place[None])]
        self._places = np.vstack([old, new[self._clear(new, place[None])]])

    def _in_corners(self, normals: Array, offsets: Array) -> Array:
        """Rests on the floor between two walls."""
        other, other_offset = np.roll(normals, -1, axis=0), np.roll(offsets, -1)
        pairs = np.stack([normals, other], axis=1)
        flat = np.linalg.solve(pairs, np.stack([offsets, other_offset], axis=1)[..., None] - self._radius)[..., 0]
        places = np.column_stack([flat, np.full(len(flat), self._radius)])
        walls = -np.pad(pairs, ((0, 0), (0, 0), (0, 1)))
        held = np.concatenate([walls, np.broadcast_to((0.0, 0.0, 1.0), (len(flat), 1, 3))], axis=1)
        return np.asarray(places[self._holds(held) & self._free(places)])

    def _beside(self, ball: Array) -> Array:
        """Rests that touch a new ball and two other things."""
        gap = self._normals @ ball - self._offsets
        planes = gap < 2 * self._radius + _TOUCH
        away = self.centres - ball
        far = np.sqrt((away * away).sum(1))
        near = far < 4 * self._radius - _TOUCH
        # A centre that touches both of two balls lies in the plane between them: every partner is a plane.
        ways = np.vstack([self._normals[planes], away[near] / far[near, None]])
        levels = np.concatenate([-gap[planes], far[near] / 2])
        first, second = np.triu_indices(len(ways), 1)
        line = _cross(ways[first], ways[second])
        size = (line * line).sum(1)
        real = size > 1e-9
        first, second, line, size = first[real], second[real], line[real], size[real]
        foot = (
            levels[first, None] * _cross(ways[second], line) + levels[second, None] * _cross(line, ways[first])
        ) / size[:, None]
        left = 4 * self._radius**2 - (foot * foot).sum(1)
        real = left > 0
        reach = (np.sqrt(left[real]) / np.sqrt(size[real]))[:, None] * line[real]
        places = ball + np.concatenate([foot[real] + reach, foot[real] - reach])
        first, second = np.tile(first[real], 2), np.tile(second[real], 2)
        good = np.flatnonzero((places[:, 2] <= self._highest) & self._free(places))
        places, first, second = places[good], first[good], second[good]
        held = np.stack([places - ball, self._push(places, ways, planes, near, first),
                         self._push(places, ways, planes, near, second)], axis=1)  # fmt: skip
        return np.asarray(places[self._holds(held)])

    def _push(self, places: Array, ways: Array, planes: Array, near: Array, which: Array) -> Array:
        """The direction in which partners push a ball at places: a plane along its normal, a ball from its centre."""
        walls = int(planes.sum())
        pushes = ways[which].copy()
        balls = which >= walls
        pushes[balls] = places[balls] - self.centres[near][which[balls] - walls]
        return pushes

    def _holds(self, held: Array) -> Array:
        """Whether three pushes (n, 3, 3), one a row, bear the weight between them."""
        held = held / np.linalg.norm(held, axis=2, keepdims=True)
        one, two, three = held[:, 0], held[:, 1], held[:, 2]
        volume = (one * _cross(two, three)).sum(1)
        against = -self._pull
        parts = np.stack([_cross(two, three) @ against, _cross(three, one) @ against, _cross(one, two) @ against])
        safe = np.where(np.abs(volume) < 1e-6, 1.0, volume)
        return np.asarray((np.abs(volume) >= 1e-6) & (parts / safe >= -1e-9).all(0))

    def _free(self, places: Array) -> Array:
        inside = (places @ self._normals.T >= self._offsets - _TOUCH).all(1)
        return np.asarray(inside & self._clear(places, self.centres))

    def _clear(self, places: Array, balls: Array) -> Array:
        if not len(balls):
            return np.ones(len(places), bool)
        apart = places[:, None] - balls[None]
        return np.asarray(((apart * apart).sum(2) >= (2 * self._radius - _TOUCH) ** 2).all(1))


def _cross(one: Array, other: Array) -> Array:
    """Of vectors (n, 3); numpy's own takes several times as long for so few."""
    x, y, z = one[:, 0], one[:, 1], one[:, 2]
    u, v, w = other[:, 0], other[:, 1], other[:, 2]
    product = np.empty_like(one)
    product[:, 0], product[:, 1], product[:, 2] = y * w - z * v, z * u - x * w, x * v - y * u
    return product
