"""What changed in a picture, as features: against the frame before, and against the place without its balls.

A ball is a blob in the second difference, and a pair of blobs, where it is and where it was, in the first. Differences
have layers of their own: a trunk that has learned from single pictures takes no notice of others at its stem.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from jianwen.counting.network import separable

__all__ = ["Changes"]

_KERNEL = 5


class Changes(nn.Module):
    """Forward: (n, 9, H, W) on 0–1, a picture, the frame before and the empty place → {stride: (n, channels, …)}."""

    channels = {4: 32, 8: 48, 16: 64}  # noqa: RUF012 - a constant of the network

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(6, 24, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(24), nn.ReLU6(inplace=True)
        )
        wide_in, levels = 24, []
        for wide in self.channels.values():
            halved = separable(wide_in, wide, kernel=_KERNEL, stride=2)
            levels.append(nn.Sequential(halved, *(separable(wide, wide, kernel=_KERNEL) for _ in range(2))))
            wide_in = wide
        self.levels = nn.ModuleList(levels)

    def forward(self, images: Tensor) -> dict[int, Tensor]:
        now, before, empty = images[:, :3], images[:, 3:6], images[:, 6:]
        seen = self.stem(torch.cat((now - before, now - empty), dim=1))
        maps = {}
        for stride, level in zip(self.channels, self.levels, strict=True):
            seen = level(seen)
            maps[stride] = seen
        return maps
