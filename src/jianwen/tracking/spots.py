"""Where something is in a frame, not which object. Who finds balls comes from outside this room, as a `Spotter`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jianwen.tracking.regions import Region

__all__ = ["CLOSE_DIAMETERS", "Spot", "Spotter"]

CLOSE_DIAMETERS = 12.0  # of a ball: the side of the square that is looked at closely


@dataclass(frozen=True, slots=True)
class Spot:
    """In pixels of the frame."""

    x: float
    y: float
    width: float
    height: float
    score: float  # that something is there, 0–1

    @property
    def diameter(self) -> float:
        return (self.width + self.height) / 2


# RGB (H, W, 3) → the balls in it; given a region of `CLOSE_DIAMETERS` a side, those in it, looked at closely
Spotter = Callable[[NDArray[np.uint8], Region | None], Sequence[Spot]]
