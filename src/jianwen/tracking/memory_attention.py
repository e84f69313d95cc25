"""Memory attention: the frame's map looks at itself, then at what is remembered of one object.

Knows nothing of frames or times: memories come as tokens with their positions already made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor, nn

from jianwen.tracking.layers import Attention, attended, plain
from jianwen.tracking.rotary import halved, turned, turns

if TYPE_CHECKING:
    from jianwen.tracking.config import TrackerConfig

__all__ = ["MemoryAttention"]

_POSITION_SHARE = 0.1  # of the map's own positions at the entry


class MemoryAttention(nn.Module):
    """One map for all objects, or one for each; each object has its own memories."""

    def __init__(self, config: TrackerConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.memory_layers))
        self.norm = nn.LayerNorm(config.width)

    def forward(
        self, cells: Tensor, positions: Tensor, memory: Tensor, memory_positions: Tensor, *, maps: int, side: int
    ) -> Tensor:
        """Cells of one frame → those of each object.

        Args:
            cells: (1 or objects, side², width).
            positions: (1, side², width).
            memory: (objects, tokens, memory width); maps first, then pointers, which have no place to turn by.
            memory_positions: the same shape.
            maps: how many remembered maps of side² tokens there are.
            side: of the map.

        Returns:
            (objects, side², width).
        """
        cells = cells + _POSITION_SHARE * positions
        keys, by = memory + memory_positions, turns(plain(cells.shape)[-1], side, cells)
        for layer in self.layers:
            # The first layer looks at itself before any memory: once for all objects, then it spreads to each.
            cells = layer(cells, keys, memory, by, maps * side * side)
        out: Tensor = self.norm(cells)
        return out


class _Layer(nn.Module):
    def __init__(self, config: TrackerConfig) -> None:
        super().__init__()
        self.self_attn = _RotaryAttention(config.width)
        self.cross_attn_image = _RotaryAttention(config.width, key_width=config.memory_width)
        self.linear1 = nn.Linear(config.width, config.feedforward)
        self.linear2 = nn.Linear(config.feedforward, config.width)
        self.norm1 = nn.LayerNorm(config.width)
        self.norm2 = nn.LayerNorm(config.width)
        self.norm3 = nn.LayerNorm(config.width)

    def forward(self, cells: Tensor, keys: Tensor, memory: Tensor, by: tuple[Tensor, Tensor], placed: int) -> Tensor:
        normed = self.norm1(cells)
        cells = cells + self.self_attn(normed, normed, normed, by)
        query = self.norm2(cells).expand(memory.shape[0], -1, -1)
        cells = cells + self.cross_attn_image(query, keys, memory, by, placed)
        normed = self.norm3(cells)
        out: Tensor = cells + self.linear2(F.relu(self.linear1(normed)))
        return out


class _RotaryAttention(Attention):
    """Attention of one head whose queries and keys are turned by their place; of keys all, or the first `placed`."""

    def __init__(self, width: int, *, key_width: int | None = None) -> None:
        super().__init__(width, heads=1, key_width=key_width)

    def forward(  # type: ignore[override]  # it needs places besides
        self, query: Tensor, key: Tensor, value: Tensor, by: tuple[Tensor, Tensor], placed: int | None = None
    ) -> Tensor:
        keys = halved(self.k_proj, key)
        if placed is None:
            keys = turned(keys, by)
        else:
            keys = torch.cat((turned(keys[:, :placed], by), keys[:, placed:]), dim=1)
        # Weights of one head sum to 1, so values may be projected after they are mixed: memories are narrow before.
        mixed = attended(turned(halved(self.q_proj, query), by), keys, value, heads=1)
        out: Tensor = self.out_proj(self.v_proj(mixed))
        return out
