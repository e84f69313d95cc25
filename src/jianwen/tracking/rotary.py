"""Rotary positions on a square map, real-valued: a quarter of the channels pairs turn with x, a quarter with y.

No complex numbers, since ONNX has none. Channels 2i and 2i + 1 are one pair.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["turned"]

_THETA = 10_000.0


def turned(tokens: Tensor, side: int) -> Tensor:
    """(n, heads, maps · side², c) → the same shape, each token turned by its place in its own map."""
    cos, sin = (torch.from_numpy(part).to(tokens) for part in _angles(tokens.shape[-1], side))
    n, heads, _, channels = tokens.shape
    even, odd = tokens.reshape(n, heads, -1, side * side, channels // 2, 2).unbind(-1)
    both = torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1)
    return both.flatten(-2).flatten(2, 3)


@lru_cache(maxsize=16)
def _angles(channels: int, side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cosine and sine, (side², channels / 2) each; the first half of the pairs follows x, the second y."""
    # in single precision from the start, as the weights were trained: a late angle differs by a few millionths
    speeds = (1 / np.float32(_THETA) ** (np.arange(0, channels, 4, dtype=np.float32) / channels)).astype(np.float32)
    place = np.arange(side * side, dtype=np.float32)
    angles = np.concatenate((np.outer(place % side, speeds), np.outer(place // side, speeds)), axis=1)
    return np.cos(angles), np.sin(angles)
