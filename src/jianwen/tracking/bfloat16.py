"""Half-size floats that keep the exponent. Memories are kept so, on a processor too: it is part of what SAM 2 computes.

NumPy has no such type, hence bits in uint16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jianwen.tracking.graphs import Floats

__all__ = ["Bits", "from_bits", "to_bits"]

Bits = NDArray[np.uint16]


def to_bits(values: Floats) -> Bits:
    """Rounded to the nearest, halves to even. Finite numbers only."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    odd = (bits >> 16) & 1
    return ((bits + np.uint32(0x7FFF) + odd) >> 16).astype(np.uint16)


def from_bits(bits: Bits) -> Floats:
    return (bits.astype(np.uint32) << 16).view(np.float32)
