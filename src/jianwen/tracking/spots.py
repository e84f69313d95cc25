"""Where something is in a frame, not which object. Who finds balls comes from outside this room, as a `Spotter`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Spot", "Spotter"]


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


Spotter = Callable[[NDArray[np.uint8]], Sequence[Spot]]  # RGB (H, W, 3) → the balls in it
