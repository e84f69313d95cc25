"""Small parts that several boxes of the network share: a norm, a perceptron, positions. Nothing here knows tracking."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor, nn

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Attention", "ChannelNorm", "Perceptron", "resized", "sine_map", "sine_times"]

_TEMPERATURE = 10_000.0


class ChannelNorm(nn.Module):
    """LayerNorm over the channels of (n, c, h, w)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, maps: Tensor) -> Tensor:
        # Written out: the fused norm differs in the last bits, which four channels of little variance make much of.
        centred = maps - maps.mean(1, keepdim=True)
        spread = (centred.square().mean(1, keepdim=True) + 1e-6).sqrt()
        return self.weight[:, None, None] * (centred / spread) + self.bias[:, None, None]


class Perceptron(nn.Module):
    """Linear layers with ReLU (or GELU) between them: `widths` names every width, first and last included."""

    def __init__(self, *widths: int, gelu: bool = False) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(widths))
        self._is_gelu = gelu

    def forward(self, values: Tensor) -> Tensor:
        *inner, last = self.layers
        for layer in inner:
            values = F.gelu(layer(values)) if self._is_gelu else F.relu(layer(values))
        out: Tensor = last(values)
        return out


class Attention(nn.Module):
    """Multi-head attention with separate projections; `inner` may be narrower than `width`."""

    def __init__(self, width: int, *, heads: int, inner: int | None = None, key_width: int | None = None) -> None:
        super().__init__()
        inner, key_width = inner or width, key_width or width
        self.heads = heads
        self.q_proj = nn.Linear(width, inner)
        self.k_proj = nn.Linear(key_width, inner)
        self.v_proj = nn.Linear(key_width, inner)
        self.out_proj = nn.Linear(inner, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """(n, q, width), (n, k, key width) twice → (n, q, width)."""
        heads = (self._split(self.q_proj(query)), self._split(self.k_proj(key)), self._split(self.v_proj(value)))
        mixed = F.scaled_dot_product_attention(*heads)
        out: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return out

    def _split(self, tokens: Tensor) -> Tensor:
        n, count, _ = tokens.shape
        return tokens.reshape(n, count, self.heads, -1).transpose(1, 2)


def resized(maps: Tensor, side: int) -> Tensor:
    """(n, c, h, w) → (n, c, side, side), bilinear, cell centres aligned."""
    return F.interpolate(maps, size=(side, side), mode="bilinear", align_corners=False)


def sine_map(channels: int, height: int, width: int, like: Tensor) -> Tensor:
    """(1, channels, height, width): where a cell is, as waves; rows in the first half, columns in the second."""
    return torch.from_numpy(_sine_map(channels, height, width)).to(like)


@lru_cache(maxsize=32)
def _sine_map(channels: int, height: int, width: int) -> NDArray[np.float32]:
    # NumPy, since a cached tensor would carry the mode (inference, tracing) it was first made in.
    rows = _interleaved(channels // 2, height)  # (height, channels / 2)
    columns = _interleaved(channels // 2, width)
    out = np.empty((1, channels, height, width), np.float32)
    out[0, : channels // 2] = rows.T[:, :, None]
    out[0, channels // 2 :] = columns.T[:, None, :]
    return out


def _interleaved(channels: int, length: int) -> NDArray[np.float32]:
    """Sine and cosine in turn, of a way 0–2π along the picture. In single precision, as the weights were trained."""
    way = np.arange(1, length + 1, dtype=np.float32) / np.float32(length + 1e-6) * np.float32(2 * np.pi)
    angles = way[:, None] / np.float32(_TEMPERATURE) ** (np.arange(0, channels, 2, dtype=np.float32) / channels)
    waves = np.empty((length, channels), np.float32)
    waves[:, 0::2], waves[:, 1::2] = np.sin(angles), np.cos(angles)
    return waves


def sine_times(times: Tensor, channels: int) -> Tensor:
    """(…) times → (…, channels): all sines, then all cosines; neighbours share a wavelength."""
    half = channels // 2
    steps = 2 * torch.div(torch.arange(half, device=times.device), 2, rounding_mode="floor") / half
    angles = times.unsqueeze(-1) / _TEMPERATURE**steps
    return torch.cat((angles.sin(), angles.cos()), dim=-1)
