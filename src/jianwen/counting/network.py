"""Our counter: trunk → one fused map at stride 8 → a density map, and a distribution over counts.

The count head sees the density's sum, the evidence summed over the picture, and its mean: counting is adding, and what
adding gets wrong (hidden balls, glare) the head corrects. Holds mathematics only; `counter.py` runs it exported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor, nn

from jianwen.counting.source import ResNet
from jianwen.counting.trunk import Lite0

if TYPE_CHECKING:
    from jianwen.counting.config import CounterConfig

__all__ = ["CounterNetwork", "Fusion", "separable"]

_EVIDENCE = 16  # kinds of things that are summed over the picture


class CounterNetwork(nn.Module):
    """Forward: (n, 3, H, W) on 0–1 → logits (n, most + 1) over counts, density (n, 1, H/8, W/8) ≥ 0."""

    def __init__(self, config: CounterConfig) -> None:
        super().__init__()
        strides = (8, 16) if config.deepest == 16 else (8, 16, 32)
        self.trunk: Lite0 | ResNet
        if config.trunk == "lite0":
            self.trunk = Lite0(deepest=config.deepest, frozen=config.frozen)
        else:
            self.trunk = ResNet(width=config.trunk_width)
        self.fusion = Fusion({stride: self.trunk.channels[stride] for stride in strides}, config.neck)
        self.density = nn.Sequential(separable(config.neck, config.neck), nn.Conv2d(config.neck, 1, 1))
        self.evidence = nn.Conv2d(config.neck, _EVIDENCE, 1)
        wide = 1 + _EVIDENCE + config.neck
        self.mixed = nn.Sequential(nn.Linear(wide, 64), nn.ReLU(inplace=True), nn.Dropout(config.dropout))
        self.is_joint = config.joint
        self.is_ordinal = config.head == "ordinal"
        self.said = nn.Linear(64, config.most if self.is_ordinal else config.most + 1)
        self.sharpness = nn.Parameter(torch.tensor(0.5))  # of the count that the density's sum suggests
        self.most = config.most
        self._start_small()

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        fused = self.fusion(self.trunk(image))
        density = F.softplus(self.density(fused))
        total = density.sum(dim=(2, 3))  # (n, 1)
        total = total if self.is_joint else total.detach()
        evidence = F.softplus(self.evidence(fused) - 3).sum(dim=(2, 3))
        seen = torch.cat((total / 10, torch.log1p(evidence), fused.mean(dim=(2, 3))), dim=1)
        return self._counts(self.said(self.mixed(seen)), total), density

    def _counts(self, said: Tensor, total: Tensor) -> Tensor:
        sharpness = F.softplus(self.sharpness)
        if not self.is_ordinal:
            counts = torch.arange(self.most + 1, dtype=said.dtype)
            return said - sharpness * (total - counts) ** 2
        steps = said + 2 * sharpness * (total - torch.arange(self.most, dtype=said.dtype) - 0.5)
        # P(k) = Π_{j<k} P(more than j) · P(not more than k); the last count has no step beyond it
        # log P is -softplus: an exported logsigmoid is the logarithm of a rounded 0 far from the label
        reached = F.pad(-F.softplus(-steps).cumsum(dim=1), (1, 0))
        return reached - F.pad(F.softplus(steps), (0, 1))

    def _start_small(self) -> None:
        """An empty density and no correction at first, else the sums over the picture start in the hundreds."""
        last = self.density[-1]
        assert isinstance(last, nn.Conv2d)
        assert last.bias is not None
        nn.init.constant_(last.bias, -6.0)
        nn.init.normal_(last.weight, std=0.01)
        nn.init.zeros_(self.said.weight)
        nn.init.zeros_(self.said.bias)


class Fusion(nn.Module):
    """Maps of several strides → one of `neck` channels at the finest: each deeper one is doubled and added."""

    def __init__(self, channels: dict[int, int], neck: int) -> None:
        super().__init__()
        self.strides = sorted(channels)
        self.narrow = nn.ModuleList(_normed(nn.Conv2d(channels[s], neck, 1, bias=False)) for s in self.strides)
        self.smooth = nn.ModuleList(separable(neck, neck) for _ in self.strides[:-1])

    def forward(self, maps: dict[int, Tensor]) -> Tensor:
        fused: Tensor = self.narrow[-1](maps[self.strides[-1]])
        for level in range(len(self.strides) - 2, -1, -1):
            doubled = F.interpolate(fused, scale_factor=2.0, mode="bilinear", align_corners=False)
            fused = self.smooth[level](doubled + self.narrow[level](maps[self.strides[level]]))
        return fused


def separable(wide_in: int, wide_out: int, *, kernel: int = 3) -> nn.Sequential:
    """Filter each channel, then mix them: a ninth of a full convolution's work."""
    each = nn.Conv2d(wide_in, wide_in, kernel, padding=kernel // 2, groups=wide_in, bias=False)
    mix = nn.Conv2d(wide_in, wide_out, 1, bias=False)
    return nn.Sequential(each, nn.BatchNorm2d(wide_in), mix, nn.BatchNorm2d(wide_out), nn.ReLU6(inplace=True))


def _normed(convolution: nn.Conv2d) -> nn.Sequential:
    return nn.Sequential(convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU6(inplace=True))
