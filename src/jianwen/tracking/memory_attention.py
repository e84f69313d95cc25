"""Memory attention: the frame's map looks at itself, then at what is remembered of one object.

Knows nothing of frames or times: memories come as tokens with their positions already made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor, nn

from jianwen.tracking.layers import Attention
from jianwen.tracking.rotary import turned

if TYPE_CHECKING:
    from jianwen.tracking.config import TrackerConfig

__all__ = ["MemoryAttention"]

_POSITION_SHARE = 0.1  # of the map's own positions at the entry


class MemoryAttention(nn.Module):
    """One map for all objects, each with its own memories."""

    def __init__(self, config: TrackerConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.memory_layers))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, cells: Tensor, positions: Tensor, memory: Tensor, memory_positions: Tensor, maps: int) -> Tensor:
        """Cells of one frame → those of each object.

        Args:
            cells: (1, side², width).
            positions: the same shape.
            memory: (objects, tokens, memory width); maps first, then pointers, which have no place to turn by.
            memory_positions: the same shape.
            maps: how many remembered maps of side² tokens there are.

        Returns:
            (objects, side², width).
        """
        cells = cells + _POSITION_SHARE * positions
        keys = memory + memory_positions
        for layer in self.layers:
            # The first layer looks at itself before any memory: once for all objects, then it spreads to each.
            cells = layer(cells, keys, memory, maps)
        out: Tensor = self.norm(cells)
        return out


class _Layer(nn.Module):
    def __init__(self, config: TrackerConfig) -> None:
        super().__init__()
        self.self_attn = _RotaryAttention(config.width, heads=1)
        self.cross_attn_image = _RotaryAttention(config.width, heads=1, key_width=config.memory_width)
        self.linear1 = nn.Linear(config.width, config.feedforward)
        self.linear2 = nn.Linear(config.feedforward, config.width)
        self.norm1 = nn.LayerNorm(config.width)
        self.norm2 = nn.LayerNorm(config.width)
        self.norm3 = nn.LayerNorm(config.width)

    def forward(self, cells: Tensor, keys: Tensor, memory: Tensor, maps: int) -> Tensor:
        side = round(cells.shape[1] ** 0.5)
        normed = self.norm1(cells)
        cells = cells + self.self_attn(normed, normed, normed, side=side, maps=1)
        query = self.norm2(cells).expand(len(memory), -1, -1)
        cells = cells + self.cross_attn_image(query, keys, memory, side=side, maps=maps)
        normed = self.norm3(cells)
        out: Tensor = cells + self.linear2(F.relu(self.linear1(normed)))
        return out


class _RotaryAttention(Attention):
    """Attention whose queries, and keys of maps, are turned by their place."""

    def forward(self, query: Tensor, key: Tensor, value: Tensor, *, side: int = 0, maps: int = 0) -> Tensor:
        queries = turned(self._split(self.q_proj(query)), side)
        keys = self._split(self.k_proj(key))
        placed = maps * side * side
        keys = torch.cat((turned(keys[:, :, :placed], side), keys[:, :, placed:]), dim=2)
        mixed = F.scaled_dot_product_attention(queries, keys, self._split(self.v_proj(value)))
        out: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return out
