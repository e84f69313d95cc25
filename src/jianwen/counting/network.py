"""Our counter: trunk → one fused map at stride 4 → a heat map with a peak at each ball → a distribution over counts.

"Are there more than k?" is answered by the peak that is the (k + 1)th in height: to count is to tell the faintest
true ball from the strongest false one. Holds mathematics only; `counter.py` runs it exported.
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

__all__ = ["CounterNetwork", "Fusion", "Mirrored", "separable"]

_NONE = -12.0  # logit of a cell that is no peak
_FAINT = 0.1  # probability of a peak that is not shown
_SPREAD = (1, 2, 1)  # how a peak is spread for the eye, in cells of stride 4
_MIRRORS: tuple[tuple[int, ...], ...] = ((), (3,), (2,), (2, 3))  # axes that are turned round, one tuple a view


class CounterNetwork(nn.Module):
    """Forward: (n, 3, H, W) on 0–1 → logits (n, most + 1) over counts, density (n, 1, H/8, W/8) ≥ 0."""

    def __init__(self, config: CounterConfig) -> None:
        super().__init__()
        strides = (4, 8, 16) if config.deepest == 16 else (4, 8, 16, 32)
        self.trunk: Lite0 | ResNet
        if config.trunk == "lite0":
            self.trunk = Lite0(deepest=config.deepest, frozen=config.frozen)
        else:
            self.trunk = ResNet(width=config.trunk_width)
        self.fusion = Fusion({stride: self.trunk.channels[stride] for stride in strides}, config.neck)
        self.tower = separable(config.neck, config.neck)
        self.heat = nn.Conv2d(config.neck, 1, 3, padding=1)
        self.head: _Peaks | _Classes = _Peaks(config) if config.head == "peaks" else _Classes(config)
        assert self.heat.bias is not None
        nn.init.normal_(self.heat.weight, std=0.01)
        nn.init.constant_(self.heat.bias, -4.0)  # balls are rare: start near "no ball anywhere"

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        logits, heat = self.seen(image)
        return logits, _density(F.relu(_peaks(heat).sigmoid() - _FAINT) / (1 - _FAINT))

    def seen(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Logits as above, and the heat map's logits (n, 1, H/4, W/4), which are what is trained."""
        fused = self.tower(self.fusion(self.trunk(image)))
        heat = self.heat(fused)
        return self.head(heat, fused.mean(dim=(2, 3))), heat


class Mirrored(nn.Module):
    """A counter that looks at a picture and its mirror images, and means what it says of them. Forward: as its own.

    The mean of logits is the product of experts that err in different places (test-time augmentation).
    """

    def __init__(self, network: nn.Module, views: int) -> None:
        """`views`: 1, the picture alone; 2, mirrored across as well; 4, also upside down."""
        super().__init__()
        self.network = network
        self.mirrors = _MIRRORS[:views]

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        logits, density = self.network(torch.cat([_turned(image, axes) for axes in self.mirrors]))
        # unflatten, not chunk: an exported chunk has the sizes of the batch that it was exported with
        views = density.unflatten(0, (len(self.mirrors), -1))
        upright = torch.stack([_turned(views[n], axes) for n, axes in enumerate(self.mirrors)])
        return logits.unflatten(0, (len(self.mirrors), -1)).mean(dim=0), upright.mean(dim=0)


def _turned(image: Tensor, axes: tuple[int, ...]) -> Tensor:
    return image.flip(axes) if axes else image


class _Peaks(nn.Module):
    """Heat and the picture's mean features → logits over counts, by steps "more than k?" (CORN, arXiv:2111.08851)."""

    def __init__(self, config: CounterConfig) -> None:
        super().__init__()
        self.most = config.most
        self.scale = nn.Parameter(torch.ones(()))
        wide = config.most + config.neck
        self.doubt = nn.Sequential(nn.Linear(wide, 64), nn.ReLU(), nn.Dropout(config.dropout), nn.Linear(64, self.most))
        last = self.doubt[-1]
        assert isinstance(last, nn.Linear)
        assert last.bias is not None
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, heat: Tensor, mean: Tensor) -> Tensor:
        highest = _peaks(heat).flatten(1).topk(self.most, dim=1).values
        steps = self.scale * highest + self.doubt(torch.cat((highest.sigmoid(), mean), dim=1))
        # P(k) = Π_{j<k} P(more than j) · P(not more than k); the last count has no step beyond it
        # log P is -softplus: an exported logsigmoid is the logarithm of a rounded 0 far from the label
        reached = F.pad(-F.softplus(-steps).cumsum(dim=1), (1, 0))
        return reached - F.pad(F.softplus(steps), (0, 1))


class _Classes(nn.Module):
    """One logit a count from the picture's mean features, as classifiers have it."""

    def __init__(self, config: CounterConfig) -> None:
        super().__init__()
        self.mixed = nn.Sequential(nn.Linear(config.neck, 128), nn.ReLU(), nn.Dropout(config.dropout))
        self.said = nn.Linear(128, config.most + 1)

    def forward(self, heat: Tensor, mean: Tensor) -> Tensor:
        del heat
        out: Tensor = self.said(self.mixed(mean))
        return out


def _peaks(heat: Tensor) -> Tensor:
    """Logits that are the highest of their 3 × 3 cells; the others are put far below."""
    return torch.where(heat >= F.max_pool2d(heat, 3, stride=1, padding=1), heat, torch.full_like(heat, _NONE))


def _density(peaks: Tensor) -> Tensor:
    """Peaks (n, 1, h, w) of 0–1 as balls per cell (n, 1, h/2, w/2): each is spread a little, its sum stays."""
    row = torch.tensor(_SPREAD, dtype=peaks.dtype) / sum(_SPREAD)
    spread = F.conv2d(F.pad(peaks, (1, 1, 1, 1), mode="replicate"), torch.outer(row, row)[None, None])
    return 4 * F.avg_pool2d(spread, 2)


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


def separable(wide_in: int, wide_out: int, *, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Filter each channel, then mix them: a ninth of a full convolution's work."""
    each = nn.Conv2d(wide_in, wide_in, kernel, stride=stride, padding=kernel // 2, groups=wide_in, bias=False)
    mix = nn.Conv2d(wide_in, wide_out, 1, bias=False)
    return nn.Sequential(each, nn.BatchNorm2d(wide_in), mix, nn.BatchNorm2d(wide_out), nn.ReLU6(inplace=True))


def _normed(convolution: nn.Conv2d) -> nn.Sequential:
    return nn.Sequential(convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU6(inplace=True))
