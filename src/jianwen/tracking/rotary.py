"""Rotary positions on a square map, real-valued: a quarter of the channels turns with x, a quarter with y.

No complex numbers, since ONNX has none. The official channels 2i and 2i + 1 are one pair; here the first ones of all
pairs come before the second ones (`halved`), which changes no product of a query and a key, and reads memory in order.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor, nn

from jianwen.tracking.layers import plain

__all__ = ["halved", "turned", "turns"]

_THETA = 10_000.0


def halved(projection: nn.Linear, tokens: Tensor) -> Tensor:
    """The projected tokens (…, c), first ones of pairs before second ones."""
    weight, bias = (
        value.reshape(value.shape[0] // 2, 2, -1).transpose(0, 1) for value in (projection.weight, projection.bias)
    )
    return F.linear(tokens, weight.reshape(projection.weight.shape), bias.reshape(-1))


def turned(tokens: Tensor, by: tuple[Tensor, Tensor]) -> Tensor:
    """Halved (n, maps · side², c) → the same shape, each token turned by its place in its own map."""
    cos, sin = by
    area, half = plain(cos.shape)
    first, second = torch.split(tokens.reshape(-1, area, 2 * half), half, dim=-1)  # (n · maps, side², c / 2) each
    both = torch.cat((first * cos - second * sin, first * sin + second * cos), dim=-1)
    return both.reshape(tokens.shape[0], -1, 2 * half)


def turns(channels: int, side: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines and sines (side², channels / 2); the first half of the pairs follows x, the second y."""
    # in single precision from the start, as the weights were trained: a late angle differs by a few millionths
    speeds = 1 / _THETA ** (torch.arange(0, channels, 4, device=like.device).to(like) / channels)
    along = torch.arange(side, device=like.device).to(like).unsqueeze(1) * speeds  # (side, channels / 4)
    columns, rows = along.unsqueeze(0).expand(side, -1, -1), along.unsqueeze(1).expand(-1, side, -1)
    angles = torch.cat((columns, rows), dim=-1).reshape(side * side, channels // 2)
    return angles.cos(), angles.sin()
