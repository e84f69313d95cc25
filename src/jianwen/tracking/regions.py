"""A square of a frame that is looked at closely, and the way there and back. `motion.py` says where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Region"]


@dataclass(frozen=True, slots=True)
class Region:
    """In pixels of the frame, edges at whole numbers; it may reach beyond the frame, where the frame's edge goes on."""

    left: float
    top: float
    side: float

    @classmethod
    def round_place(cls, x: float, y: float, side: float) -> Region:
        return cls(x - side / 2, y - side / 2, side)

    def cut(self, picture: NDArray[Any], side: int) -> NDArray[Any]:
        """The part of a picture, (H, W) float32 or (H, W, 3) uint8, at (side, side) and smoothed where it shrinks."""
        left, top = math.floor(self.left), math.floor(self.top)
        right, bottom = math.ceil(self.left + self.side), math.ceil(self.top + self.side)
        rows = np.arange(top, bottom).clip(0, picture.shape[0] - 1)
        columns = np.arange(left, right).clip(0, picture.shape[1] - 1)
        box = (self.left - left, self.top - top, self.left - left + self.side, self.top - top + self.side)
        part = Image.fromarray(np.ascontiguousarray(picture[rows[:, None], columns]))
        return np.asarray(part.resize((side, side), Image.Resampling.BILINEAR, box=box))

    def inward(self, points: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Pixels of the frame (…, 2) as shares of the region."""
        return (np.asarray(points, np.float64) - (self.left, self.top)) / self.side

    def outward(self, points: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Shares of the region (…, 2) as pixels of the frame."""
        return np.asarray(points, np.float64) * self.side + (self.left, self.top)
