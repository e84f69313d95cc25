"""The image encoder: trunk, then a feature pyramid of which three maps are used.

Only stride 16 hears from the map below it; strides 4 and 8 are skips for the mask decoder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor, nn

from jianwen.tracking.hiera import Hiera

if TYPE_CHECKING:
    from jianwen.tracking.config import TrackerConfig

__all__ = ["ImageEncoder"]


class ImageEncoder(nn.Module):
    """Forward: (n, 3, H, W) → maps of `width` channels at strides 4, 8 and 16."""

    def __init__(self, config: TrackerConfig) -> None:
        super().__init__()
        self.trunk = Hiera(config)
        self.neck = _Neck(config)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        out: tuple[Tensor, Tensor, Tensor] = self.neck(self.trunk(picture))
        return out


class _Neck(nn.Module):
    def __init__(self, config: TrackerConfig) -> None:
        super().__init__()
        # coarsest first, as the official files number them
        self.convs = nn.ModuleList(_Lateral(dim, config.width) for dim in reversed(config.stage_dims))

    def forward(self, maps: list[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        at32, at16, at8, at4 = (lateral(one) for lateral, one in zip(self.convs, reversed(maps), strict=True))
        return at4, at8, at16 + F.interpolate(at32, scale_factor=2.0, mode="nearest")


class _Lateral(nn.Module):
    def __init__(self, dim: int, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(dim, width, 1)

    def forward(self, cells: Tensor) -> Tensor:
        out: Tensor = self.conv(cells)
        return out
