"""Places in the picture to metres on the cloth, and how well they are known: by a table, or by the balls' own size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.tracking.tableview import TableView
    from jianwen.tracking.trajectories import Sighting

    Floats = NDArray[np.float64]

__all__ = ["Plane"]


class Plane:
    """The cloth. Without a table every picture counts as taken from straight above."""

    def __init__(self, table: TableView | None, ball_radius_m: float) -> None:
        self.table = table
        self._radius_m = ball_radius_m
        self._metres_a_pixel = 0.0
        self._size = (1, 1)

    def sighted(self, sighting: Sighting) -> tuple[Floats, Floats]:
        """Metres (2,), and what one radius in the picture amounts to there along both axes (2,)."""
        place = np.array(sighting.centre, np.float64)
        self._size = height, width = sighting.picture_size
        if self.table is None:
            return place * (width, height) * self._scale(sighting), np.full(2, self._radius_m)
        slope = self.table.slope(place) / (width, height)  # metres a pixel
        radius_px = self._radius_m / _least_stretch(slope)
        return self.table.metres(place), radius_px * np.linalg.norm(slope, axis=1)

    def place(self, point_m: Floats) -> tuple[float, float]:
        """Fractions of the picture."""
        if self.table is not None:
            x, y = self.table.places(point_m)
            return float(x), float(y)
        height, width = self._size
        x, y = point_m / max(self._metres_a_pixel, 1e-12)
        return float(x / width), float(y / height)

    def _scale(self, sighting: Sighting) -> float:
        """From the first ball seen; later ones must not move those before."""
        if not self._metres_a_pixel:
            height, width = sighting.picture_size
            box = sighting.box
            across = 0.0 if box is None else min((box.x1 - box.x0) * width, (box.y1 - box.y0) * height)
            self._metres_a_pixel = 2 * self._radius_m / max(across, 1.0)
        return self._metres_a_pixel


def _least_stretch(slope: Floats) -> float:
    """The smaller singular value of a (2, 2): across the view nothing is foreshortened."""
    square, area = float((slope**2).sum()), abs(float(slope[0, 0] * slope[1, 1] - slope[0, 1] * slope[1, 0]))
    return area / math.sqrt(0.5 * (square + math.sqrt(max(0.0, square**2 - 4 * area**2))))
