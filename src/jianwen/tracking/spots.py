"""Where something is in a frame, not which object. Who finds balls comes from outside this room, as a `Spotter`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jianwen.tracking.regions import Region

if TYPE_CHECKING:
    from jianwen.tracking.sights import Sight

__all__ = ["CLOSE_DIAMETERS", "SAME_SPOT", "Spot", "Spotter", "is_apart"]

SAME_SPOT = 0.7  # usual diameters from a spot within which what is left of its patch is no other object
CLOSE_DIAMETERS = 12.0  # of a ball: the side of the square that is looked at closely


@dataclass(frozen=True, slots=True)
class Spot:
    """In pixels of the frame."""

    x: float
    y: float
    width: float
    height: float
    score: float  # that something is there, 0–1
    is_close: bool = False  # seen in a close look
    way: tuple[float, float] = (0.0, 0.0)  # of a streak: how far a disc went in the exposure, …
    colour: tuple[float, float, float] | None = None  # … and its colour without the backdrop's
    came: tuple[float, float] | None = None  # how far it went since the frame before, where a close look tells that

    @property
    def diameter(self) -> float:
        return (self.width + self.height) / 2

    def away(self, x: float, y: float) -> float:
        """Pixels from a place to its middle, or to the nearest middle that it had on its way."""
        right, down = self.way
        square = right**2 + down**2
        along = min(0.5, max(-0.5, ((x - self.x) * right + (y - self.y) * down) / square)) if square else 0.0
        return math.hypot(x - self.x - along * right, y - self.y - along * down)


# RGB (H, W, 3) → the balls in it; given a region of `CLOSE_DIAMETERS` a side, those in it, looked at closely beside
# the frame before and the picture without balls
Spotter = Callable[[NDArray[np.uint8], Region | None, Sequence[NDArray[np.uint8]]], Sequence[Spot]]


def is_apart(spot: Spot, others: Sequence[Spot | Sight], far: float) -> bool:
    """Whether it lies farther than `far` pixels from each of them."""
    return all(
        (one.away(spot.x, spot.y) if isinstance(one, Spot) else math.hypot(spot.x - one.x, spot.y - one.y)) > far
        for one in others
    )
