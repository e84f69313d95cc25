"""Where a table is in the picture: the four corners of its cushions' noses, and from them metres for every place.

Knows tables twice as long as wide with six pockets. Does not know lenses: a wide one's bend is not taken out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["TableView"]

LENGTH_M, WIDTH_M = 2.54, 1.27  # a nine-foot pool table between the noses
# Where the holes' middles lie beyond the noses, and how wide the holes are; in tables of the usual build.
CORNER_BEYOND_M, SIDE_BEYOND_M, HOLE_M = 0.024, 0.063, 0.060

Corner = tuple[float, float]


@dataclass(frozen=True)
class TableView:
    """A table in a picture.

    Attributes:
        corners: where the noses' lines meet, as fractions of the picture, once round; from the first to the second
            leads a long side.
        length_m: between the noses, the long way.
        width_m: the short way.
        hole_m: a ball whose centre is nearer to the middle of a hole falls in.
        confidence: 0-1, that this is the table; 1 when a person said so.
    """

    corners: tuple[Corner, Corner, Corner, Corner]
    length_m: float = LENGTH_M
    width_m: float = WIDTH_M
    hole_m: float = HOLE_M
    confidence: float = 1.0

    def __post_init__(self) -> None:
        turns = _turns(np.array(self.corners, np.float64))
        if not (np.isfinite(turns).all() and ((turns > 1e-6).all() or (turns < -1e-6).all())):
            raise BadRequest(
                detail="The four corners of a table must be given once round, with no three on a line.",
                detail_zh="球台的四个角应按顺序围成一圈，且任意三点不共线。",
            )
        if not (0 < self.width_m < np.inf and 0 < self.length_m < np.inf):
            raise BadRequest(detail="A table has a length and a width.", detail_zh="球台应有长度和宽度。")

    def metres(self, places: Floats) -> Floats:
        """Fractions of the picture (n, 2) to metres (n, 2) from the table's middle: x the long way, y the short."""
        return mapped(self._to_metres, places)

    def places(self, points_m: Floats) -> Floats:
        """The inverse of `metres`."""
        return mapped(self._to_picture, points_m)

    @property
    def pockets_m(self) -> Floats:
        """(6, 2): middles of the holes."""
        x, y = self.length_m / 2 + CORNER_BEYOND_M, self.width_m / 2 + CORNER_BEYOND_M
        side = self.width_m / 2 + SIDE_BEYOND_M
        return np.array([(-x, y), (0.0, side), (x, y), (-x, -y), (0.0, -side), (x, -y)])

    @property
    def pockets(self) -> Floats:
        """(6, 2): where the pockets are in the picture, as fractions."""
        return self.places(self.pockets_m)

    def slope(self, place: Floats) -> Floats:
        """(2, 2): metres a whole picture's width and height, at one place in it."""
        x, y, w = self._to_metres @ (*place, 1.0)
        rows = self._to_metres[:2, :2] - np.outer((x / w, y / w), self._to_metres[2, :2])
        return np.asarray(rows / w)

    @cached_property
    def _to_metres(self) -> Floats:
        return np.asarray(np.linalg.inv(self._to_picture), np.float64)

    @cached_property
    def _to_picture(self) -> Floats:
        x, y = self.length_m / 2, self.width_m / 2
        return homography(np.array([(-x, -y), (x, -y), (x, y), (-x, y)]), np.array(self.corners, np.float64))


def homography(points: Floats, places: Floats) -> Floats:
    """(3, 3) that takes four points (4, 2) to four places (4, 2)."""
    rows, right = [], []
    for (x, y), (u, v) in zip(points, places, strict=True):
        rows += [(x, y, 1, 0, 0, 0, -u * x, -u * y), (0, 0, 0, x, y, 1, -v * x, -v * y)]
        right += [u, v]
    return np.append(np.linalg.solve(np.array(rows), np.array(right)), 1.0).reshape(3, 3)


def mapped(matrix: Floats, points: Floats) -> Floats:
    flat = np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(flat[..., :2] / flat[..., 2:])


def _turns(corners: Floats) -> Floats:
    """(4,): twice the area of the triangle at each corner, by the sense of the turn."""
    onward = np.roll(corners, -1, axis=0) - corners
    back = np.roll(onward, 1, axis=0)
    return np.asarray(back[:, 0] * onward[:, 1] - back[:, 1] * onward[:, 0])
