"""Prompts in, tokens out: points and boxes as sparse tokens, an earlier mask as a map.

A box is two points, labelled 2 and 3. Does not scale places: they come in pixels of the network's square picture.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from jianwen.tracking.layers import ChannelNorm, plain

if TYPE_CHECKING:
    from jianwen.tracking.config import TrackerConfig

__all__ = ["PromptEncoder"]


class PromptEncoder(nn.Module):
    """Keys are named as in the official files, hence `pe_layer` and the rest."""

    def __init__(self, config: TrackerConfig) -> None:
        super().__init__()
        width = config.width
        self.pe_layer = _Waves(width)
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, width) for _ in range(4))  # off, on, two corners
        self.not_a_point_embed = nn.Embedding(1, width)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, 4, 2, stride=2),
            ChannelNorm(4),
            nn.GELU(),
            nn.Conv2d(4, 16, 2, stride=2),
            ChannelNorm(16),
            nn.GELU(),
            nn.Conv2d(16, width, 1),
        )
        self.no_mask_embed = nn.Embedding(1, width)

    def points(self, places: Tensor, labels: Tensor, picture_px: int) -> Tensor:
        """(n, k, 2) pixels x, y and (n, k) labels → (n, k + 1, width); label −1 is no point, and so is the last."""
        places = torch.cat((places, torch.zeros_like(places[:, :1])), dim=1)
        labels = torch.cat((labels, torch.full_like(labels[:, :1], -1)), dim=1)
        waves = self.pe_layer((places + 0.5) / picture_px)
        kinds = torch.cat([self.not_a_point_embed.weight, *self.point_embeddings.parameters()])
        is_point = (labels >= 0).unsqueeze(-1).to(waves)
        out: Tensor = waves * is_point + kinds[(labels + 1).long()]
        return out

    def mask(self, logits: Tensor) -> Tensor:
        """(n, 1, mask side, mask side) → (n, width, cells, cells)."""
        out: Tensor = self.mask_downscaling(logits)
        return out

    def no_mask(self) -> Tensor:
        """(1, width, 1, 1)."""
        return self.no_mask_embed.weight.reshape(1, -1, 1, 1)

    def positions(self, side: int) -> Tensor:
        """Where the map's cells are: (1, side², width)."""
        steps = (torch.arange(side, device=self.no_mask_embed.weight.device) + 0.5) / side
        columns, rows = steps.expand(side, -1), steps.unsqueeze(1).expand(-1, side)
        waves: Tensor = self.pe_layer(torch.stack((columns, rows), dim=-1))
        return waves.reshape(1, side * side, plain(waves.shape)[-1])


class _Waves(nn.Module):
    """Random Fourier features; the directions are kept in the file."""

    positional_encoding_gaussian_matrix: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, width // 2))

    def forward(self, shares: Tensor) -> Tensor:
        """(…, 2) x, y on 0–1 → (…, width)."""
        angles = 2 * math.pi * ((2 * shares - 1) @ self.positional_encoding_gaussian_matrix)
        return torch.cat((angles.sin(), angles.cos()), dim=-1)
