"""A one-stage ball detector: the centre of each ball is a peak of a heat map at stride 4, with size, offset and class.

After CenterNet (Zhou et al. 2019, arXiv:1904.07850), on EfficientNet-Lite0's first blocks. There is one heat map for
all balls and a class beside it, so that finding a ball never depends on telling its kind.
Reading boxes from the maps is `peaks.py`, which needs no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor, nn

from jianwen.counting.changes import Changes
from jianwen.counting.losses import focal_loss
from jianwen.counting.network import Fusion, separable
from jianwen.counting.trunk import Lite0

if TYPE_CHECKING:
    from jianwen.counting.batches import Batch
    from jianwen.counting.config import DetectorConfig

__all__ = ["LATER", "DetectorNetwork", "detector_loss"]

LATER = ("beside.", "move.")  # weights that only a network of three pictures has


class DetectorNetwork(nn.Module):
    """Forward: (n, 3, H, W) on 0–1 → four maps (n, …, H/4, W/4): 1 heat logit, 2 size, 2 offset, 4 class logits.

    Size is log(side / typical side), offset the centre within its cell. With three pictures (n, 9, H, W), the frame
    before and the place without balls after the picture itself, a fifth map of 4: from the centre to where the ball was
    in the frame before, and to where it will be in the next one, in typical sides (Zhou et al. 2020, CenterTrack,
    arXiv:2004.01177, section 4.1, tells the first).
    """

    def __init__(self, config: DetectorConfig) -> None:
        super().__init__()
        self.trunk = Lite0(deepest=16, frozen=config.frozen)
        self.fusion = Fusion({stride: self.trunk.channels[stride] for stride in (4, 8, 16)}, config.neck)
        self.tower = nn.Sequential(separable(config.neck, config.neck), separable(config.neck, config.neck))
        self.heat = nn.Conv2d(config.neck, 1, 3, padding=1)
        self.size = nn.Conv2d(config.neck, 2, 1)
        self.offset = nn.Conv2d(config.neck, 2, 1)
        self.kind = nn.Sequential(separable(config.neck, config.neck), nn.Conv2d(config.neck, config.classes, 1))
        self.beside: nn.Module | None = None
        if config.pictures > 1:
            self.beside = nn.Sequential(Changes(), Fusion(Changes.channels, config.neck))
            wide = 2 * config.neck
            self.move = nn.Sequential(
                separable(wide, wide, kernel=5), separable(wide, wide, kernel=5), nn.Conv2d(wide, 4, 1)
            )
        nn.init.normal_(self.heat.weight, std=0.01)
        nn.init.constant_(_bias(self.heat), -4.0)  # balls are rare: start near "no ball anywhere"
        nn.init.constant_(_bias(self.offset), 0.5)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        fused = self.fusion(self.trunk(image[:, :3]))
        changes = None if self.beside is None else self.beside(image)
        seen = self.tower(fused if changes is None else fused + changes)
        maps = self.heat(seen), self.size(seen), self.offset(seen), self.kind(seen)
        return maps if changes is None else (*maps, self.move(torch.cat((seen, changes), dim=1)))


def detector_loss(maps: tuple[Tensor, ...], batch: Batch, config: DetectorConfig) -> tuple[Tensor, dict[str, float]]:
    """Heat everywhere; the others at the balls' own cells. Balls of unknown class teach no class."""
    heat, size, offset, kind, *moves = maps
    real = batch["real"]
    balls = real.sum().clamp_min(1.0)
    by_heat = focal_loss(heat, batch["heat"]) / balls
    by_size = ((_at(size, batch["cell"]) - batch["size"]).abs().sum(dim=2) * real).sum() / balls
    by_offset = ((_at(offset, batch["cell"]) - batch["offset"]).abs().sum(dim=2) * real).sum() / balls
    known = real.bool() & (batch["kind"] >= 0)
    logits = _at(kind, batch["cell"])[known]
    by_kind = F.cross_entropy(logits, batch["kind"][known], reduction="sum") / known.sum().clamp_min(1)
    whole = config.heat_weight * by_heat + config.size_weight * by_size + config.offset_weight * by_offset
    whole = whole + config.class_weight * by_kind
    parts = {"heat_loss": by_heat, "size_loss": by_size, "offset_loss": by_offset, "class_loss": by_kind}
    if moves:
        by_move = ((_at(moves[0], batch["cell"]) - batch["move"]).abs().sum(dim=2) * real).sum() / balls
        whole = whole + config.move_weight * by_move
        parts["move_loss"] = by_move
    return whole, {name: float(value.detach()) for name, value in parts.items()}


def _at(values: Tensor, cell: Tensor) -> Tensor:
    """(n, c, h, w) at cells (n, k) → (n, k, c)."""
    flat = values.flatten(start_dim=2)
    return flat.gather(2, cell[:, None].expand(-1, flat.shape[1], -1)).transpose(1, 2)


def _bias(convolution: nn.Conv2d) -> Tensor:
    assert convolution.bias is not None
    return convolution.bias
