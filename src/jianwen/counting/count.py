"""What the counter says about one picture. Does not look at pictures: `counter.py` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Count"]


@dataclass(frozen=True, slots=True, eq=False)
class Count:
    """The balls seen in one picture.

    Attributes:
        number: the likeliest count; only a guess when `abstained`.
        confidence: the calibrated probability that `number` is right, 0–1.
        abstained: True when the confidence is below the bound that was set on held-out pictures: "cannot tell".
        density: (h, w) float32 over the whole picture; balls per cell, so its sum is about `number`.
        probabilities: (most + 1,) float32; the calibrated probability of each count.
    """

    number: int
    confidence: float
    abstained: bool
    density: NDArray[np.float32]
    probabilities: NDArray[np.float32]
