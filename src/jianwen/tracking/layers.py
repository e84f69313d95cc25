"""Small parts that several boxes of the network share: a norm, a perceptron, positions. Nothing here knows tracking."""

from __future__ import annotations

import itertools
import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor, nn

__all__ = ["Attention", "ChannelNorm", "Perceptron", "attended", "plain", "sine_map", "sine_times"]

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
        mixed = attended(self.q_proj(query), self.k_proj(key), self.v_proj(value), heads=self.heads)
        out: Tensor = self.out_proj(mixed)
        return out


def attended(query: Tensor, key: Tensor, value: Tensor, *, heads: int) -> Tensor:
    """Projected tokens (n, q, c), (n, k, c), (n, k, v) → (n, q, v); the channels of a head lie together."""
    if torch.onnx.is_in_onnx_export():
        out: Tensor = _Fused.apply(query, key, value, heads)  # type: ignore[no-untyped-call]
        return out
    return _attended(query, key, value, heads)


def _attended(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
    query, key, value = (tokens.reshape(*tokens.shape[:2], heads, -1).transpose(1, 2) for tokens in (query, key, value))
    return F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)


class _Fused(torch.autograd.Function):
    """Attention as one node of ONNX Runtime's, which never lays out all products of queries and keys at once."""

    @staticmethod
    def forward(_: Any, query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
        return _attended(query, key, value, heads)

    @staticmethod
    def symbolic(graph: Any, query: Any, key: Any, value: Any, heads: int) -> Any:
        node = graph.op("com.microsoft::MultiHeadAttention", query, key, value, num_heads_i=heads)
        node.setType(query.type().with_sizes([None, None, None]))
        return node


def plain(lengths: torch.Size) -> list[int]:
    """Lengths as plain numbers, which an exported graph takes for constants.

    A graph for any side would work them out at every run, which makes a small network's encoder twice as slow.
    """
    return [int(length) for length in lengths]


def sine_map(channels: int, side: int, like: Tensor) -> Tensor:
    """(1, side², channels): where a cell is, as waves; rows in the first half, columns in the second."""
    waves = _interleaved(channels // 2, side, like)
    rows, columns = waves.unsqueeze(1).expand(-1, side, -1), waves.unsqueeze(0).expand(side, -1, -1)
    return torch.cat((rows, columns), dim=-1).reshape(1, side * side, channels)


def _interleaved(channels: int, length: int, like: Tensor) -> Tensor:
    """Sine and cosine in turn, of a way 0–2π along the picture. In single precision, as the weights were trained."""
    places = torch.arange(1, length + 1, device=like.device).to(like)
    way = places / (length + 1e-6) * (2 * math.pi)
    powers = torch.arange(0, channels, 2, device=like.device).to(like) / channels
    angles = way.unsqueeze(1) / _TEMPERATURE**powers
    return torch.stack((angles.sin(), angles.cos()), dim=-1).reshape(length, channels)


def sine_times(times: Tensor, channels: int) -> Tensor:
    """(…) times → (…, channels): all sines, then all cosines; neighbours share a wavelength."""
    half = channels // 2
    steps = 2 * torch.div(torch.arange(half, device=times.device), 2, rounding_mode="floor") / half
    angles = times.unsqueeze(-1) / _TEMPERATURE**steps
    return torch.cat((angles.sin(), angles.cos()), dim=-1)
