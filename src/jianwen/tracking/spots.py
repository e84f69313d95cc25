"""What a finder of balls says of a frame: where some are, not which. The finder itself comes from outside this room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

__all__ = ["Spot", "Spotter"]


@dataclass(frozen=True, slots=True)
class Spot:
    """Something round, in pixels of the frame."""

    x: float
    y: float
    width: float
    height: float
    score: float  # 0–1

    @property
    def diameter(self) -> float:
        return (self.width + self.height) / 2


Spotter = Callable[["Picture"], Sequence[Spot]]  # RGB (H, W, 3) in
