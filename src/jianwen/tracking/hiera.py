"""Hiera, the trunk of the image encoder: attention in windows over four stages, four maps out.

Stages halve the sides by pooling queries. Maps are (n, h, w, c) inside and (n, c, h, w) outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor, nn

from jianwen.tracking.layers import Perceptron, attended, plain

if TYPE_CHECKING:
    from jianwen.tracking.config import Block, TrackerConfig

__all__ = ["Hiera"]


class Hiera(nn.Module):
    """Forward: (n, 3, side, side) → four maps at strides 4, 8, 16, 32."""

    def __init__(self, config: TrackerConfig) -> None:
        super().__init__()
        dim, grid, window = config.embed_dim, config.position_grid, config.windows[0]
        self.patch_embed = _Patches(dim)
        self.pos_embed = nn.Parameter(torch.zeros(1, dim, grid, grid))
        self.pos_embed_window = nn.Parameter(torch.zeros(1, dim, window, window))
        self.blocks = nn.ModuleList(_Block(block) for block in config.blocks())
        self._ends = config.stage_ends

    def forward(self, picture: Tensor) -> list[Tensor]:
        cells = self.patch_embed(picture)
        cells = cells + self._positions(*plain(cells.shape)[1:3])
        maps: list[Tensor] = []
        for index, block in enumerate(self.blocks):
            cells = block(cells)
            if index in self._ends:
                maps.append(cells.permute(0, 3, 1, 2))
        return maps

    def _positions(self, height: int, width: int) -> Tensor:
        """The coarse grid over the whole picture plus one window's pattern, repeated. (1, height, width, c)."""
        coarse = F.interpolate(self.pos_embed, size=(height, width), mode="bicubic")
        side = self.pos_embed_window.shape[-1]
        tall, wide = _windows(height, side), _windows(width, side)
        fine = self.pos_embed_window.repeat(1, 1, tall, wide)[:, :, :height, :width]
        return (coarse + fine).permute(0, 2, 3, 1)


class _Patches(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, dim, 7, stride=4, padding=3)

    def forward(self, picture: Tensor) -> Tensor:
        cells: Tensor = self.proj(picture)
        return cells.permute(0, 2, 3, 1)


class _Block(nn.Module):
    def __init__(self, block: Block) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(block.dim_in, eps=1e-6)
        self.attn = _WindowAttention(block)
        self.norm2 = nn.LayerNorm(block.dim_out, eps=1e-6)
        self.mlp = Perceptron(block.dim_out, 4 * block.dim_out, block.dim_out, gelu=True)
        self.proj = nn.Linear(block.dim_in, block.dim_out) if block.dim_in != block.dim_out else None
        self._block = block

    def forward(self, cells: Tensor) -> Tensor:
        normed = self.norm1(cells)
        kept = cells if self.proj is None else self.proj(normed)
        kept = _pooled(kept) if self._block.pools else kept
        cells = kept + self.attn(normed)
        out: Tensor = cells + self.mlp(self.norm2(cells))
        return out


class _WindowAttention(nn.Module):
    def __init__(self, block: Block) -> None:
        super().__init__()
        self.qkv = nn.Linear(block.dim_in, 3 * block.dim_out)
        self.proj = nn.Linear(block.dim_out, block.dim_out)
        self._heads, self._step, self._window = block.heads, 2 if block.pools else 1, block.window

    def forward(self, cells: Tensor) -> Tensor:
        """(n, side, side, c) → the same, or half the side where it pools; window by window, or all at once."""
        whole, channels = plain(cells.shape)[1], self.proj.in_features
        side = self._window or whole
        # Projected before the map is cut, so that filling up its edge costs nothing: there keys are the bias alone.
        qkv = _cut(F.linear(cells, self.qkv.weight), side) + self.qkv.bias
        query, key, value = torch.split(qkv, channels, dim=-1)  # (windows, side, side, c) each
        key, value = (tokens.reshape(-1, side * side, channels) for tokens in (key, value))
        query = _pooled(query) if self._step == 2 else query
        left = side // self._step
        mixed = attended(query.reshape(-1, left * left, channels), key, value, heads=self._heads)
        out: Tensor = self.proj(_joined(mixed, left, whole // self._step))
        return out


def _pooled(cells: Tensor) -> Tensor:
    """The larger of each 2 × 2 cells."""
    return F.max_pool2d(cells.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)


def _cut(cells: Tensor, side: int) -> Tensor:
    """(n, whole, whole, c) → (n · windows, side, side, c). What is missing at the edge is zeros, which keys do see."""
    _, whole, _, c = plain(cells.shape)
    count = _windows(whole, side)
    if count * side > whole:
        cells = F.pad(cells, (0, 0, 0, count * side - whole, 0, count * side - whole))
    return cells.reshape(-1, count, side, count, side, c).transpose(2, 3).reshape(-1, side, side, c)


def _joined(windows: Tensor, side: int, whole: int) -> Tensor:
    """The reverse of `_cut`, of tokens (n · windows, side², c)."""
    count, channels = _windows(whole, side), plain(windows.shape)[-1]
    cells = windows.reshape(-1, count, count, side, side, channels).transpose(2, 3)
    return cells.reshape(-1, count * side, count * side, channels)[:, :whole, :whole]


def _windows(whole: int, side: int) -> int:
    """How many windows cover a side."""
    return (whole + side - 1) // side
