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
    """Forward: (n, 3, H, W) → four maps at strides 4, 8, 16, 32."""

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
        cells = kept + self._attended(normed, *plain(kept.shape)[1:3])
        out: Tensor = cells + self.mlp(self.norm2(cells))
        return out

    def _attended(self, normed: Tensor, height: int, width: int) -> Tensor:
        """Attention window by window; `height` and `width` are those of the result."""
        side = self._block.window
        if side == 0:
            out: Tensor = self.attn(normed)
            return out
        _, h, w, _ = plain(normed.shape)
        windows = self.attn(_cut(normed, side))
        side_out = side // 2 if self._block.pools else side
        cells = _joined(windows, _windows(h, side), _windows(w, side), side_out)
        return cells if h % side == w % side == 0 else cells[:, :height, :width]


class _WindowAttention(nn.Module):
    def __init__(self, block: Block) -> None:
        super().__init__()
        self.qkv = nn.Linear(block.dim_in, 3 * block.dim_out)
        self.proj = nn.Linear(block.dim_out, block.dim_out)
        self._heads, self._pools = block.heads, block.pools

    def forward(self, cells: Tensor) -> Tensor:
        _, h, w, _ = plain(cells.shape)
        channels = self.proj.in_features
        query, key, value = self.qkv(cells).split(channels, dim=-1)  # (n, h, w, c) each
        key, value = (tokens.reshape(-1, h * w, channels) for tokens in (key, value))
        if self._pools:
            query, h, w = _pooled(query), h // 2, w // 2
        mixed = attended(query.reshape(-1, h * w, channels), key, value, heads=self._heads)
        out: Tensor = self.proj(mixed).reshape(-1, h, w, channels)
        return out


def _pooled(cells: Tensor) -> Tensor:
    """The larger of each 2 × 2 cells."""
    return F.max_pool2d(cells.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)


def _cut(cells: Tensor, side: int) -> Tensor:
    """(n, h, w, c) → (n · windows, side, side, c). What is missing at the edge is zeros, which keys do see."""
    _, h, w, c = plain(cells.shape)
    tall, wide = _windows(h, side), _windows(w, side)
    if h % side or w % side:
        cells = F.pad(cells, (0, 0, 0, wide * side - w, 0, tall * side - h))
    cells = cells.reshape(-1, tall, side, wide, side, c).transpose(2, 3)
    return cells.reshape(-1, side, side, c)


def _joined(windows: Tensor, tall: int, wide: int, side: int) -> Tensor:
    """The reverse of `_cut`, edges still padded."""
    channels = plain(windows.shape)[-1]
    cells = windows.reshape(-1, tall, wide, side, side, channels).transpose(2, 3)
    return cells.reshape(-1, tall * side, wide * side, channels)


def _windows(cells: int, side: int) -> int:
    """How many windows cover so many cells."""
    return (cells + side - 1) // side
