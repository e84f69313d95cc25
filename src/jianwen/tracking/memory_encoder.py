"""The memory encoder: a mask at picture size and the frame's map, fused into one narrow map to remember."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor, nn

from jianwen.tracking.layers import ChannelNorm

if TYPE_CHECKING:
    from jianwen.tracking.config import TrackerConfig

__all__ = ["MemoryEncoder"]


class MemoryEncoder(nn.Module):
    """Forward: cells (1 or n, width, h, w), masks (n, 1, 16h, 16w) → (n, memory width, h, w)."""

    def __init__(self, config: TrackerConfig) -> None:
        super().__init__()
        self.mask_downsampler = _Downsampler(config.width)
        self.pix_feat_proj = nn.Conv2d(config.width, config.width, 1)
        self.fuser = _Fuser(config.width, config.fuser_layers)
        self.out_proj = nn.Conv2d(config.width, config.memory_width, 1)

    def forward(self, cells: Tensor, masks: Tensor) -> Tensor:
        fused = self.fuser(self.pix_feat_proj(cells) + self.mask_downsampler(masks))
        out: Tensor = self.out_proj(fused)
        return out


class _Downsampler(nn.Module):
    """Four halvings, each with four times the channels; then to the width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        for channels in (1, 4, 16, 64):
            down = nn.Conv2d(channels, 4 * channels, 3, stride=2, padding=1)
            steps += [down, ChannelNorm(4 * channels), nn.GELU()]
        self.encoder = nn.Sequential(*steps, nn.Conv2d(256, width, 1))

    def forward(self, masks: Tensor) -> Tensor:
        out: Tensor = self.encoder(masks)
        return out


class _Fuser(nn.Module):
    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_ConvNeXt(width) for _ in range(layers))

    def forward(self, cells: Tensor) -> Tensor:
        for layer in self.layers:
            cells = layer(cells)
        return cells


class _ConvNeXt(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = ChannelNorm(width)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)
        self.gamma = nn.Parameter(torch.full((width,), 1e-6))

    def forward(self, cells: Tensor) -> Tensor:
        inner = self.norm(self.dwconv(cells)).permute(0, 2, 3, 1)
        inner = self.gamma * self.pwconv2(F.gelu(self.pwconv1(inner)))
        out: Tensor = cells + inner.permute(0, 3, 1, 2)
        return out
