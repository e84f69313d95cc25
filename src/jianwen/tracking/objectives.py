"""What a tracking network is trained on: masks, their expected quality, and presence. Ravi et al. 2024, appendix D.2.2.

Focal and dice loss for the mask, L1 for the expected IoU, cross-entropy for presence. Where several masks are proposed
only the best one learns to draw, and all learn how good they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch.nn.functional as F  # noqa: N812 - the name everybody uses

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Weights", "drawing_loss", "overlap"]

_ALPHA, _GAMMA = 0.25, 2.0  # of the focal loss, Lin et al. 2017


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts."""

    focal: float = 20.0
    dice: float = 1.0
    quality: float = 1.0
    presence: float = 1.0


def drawing_loss(
    logits: Tensor, qualities: Tensor, presence: Tensor, *, mask: Tensor, present: Tensor, weights: Weights
) -> Tensor:
    """Of n objects: proposals (n, p, s, s), expected IoU (n, p), presence logit (n,) → one number.

    Args:
        logits: at the size of `mask`.
        qualities: between 0 and 1.
        presence: above 0 where the network believes the object is there.
        mask: (n, s, s), the share of each pixel that is on the object, 0–1.
        present: (n,) of 0 and 1; masks of absent objects teach nothing but their absence.
        weights: of the parts.
    """
    target = mask[:, None].expand_as(logits)
    drawn = weights.focal * _focal(logits, target) + weights.dice * _dice(logits, target)  # (n, p)
    best = drawn.detach().argmin(dim=1, keepdim=True)
    judged = (qualities - overlap(logits.detach(), mask)).abs().mean(dim=1)
    each = drawn.gather(1, best)[:, 0] + weights.quality * judged
    there = F.binary_cross_entropy_with_logits(presence, present)
    return (each * present).sum() / present.sum().clamp_min(1.0) + weights.presence * there


def overlap(logits: Tensor, mask: Tensor) -> Tensor:
    """IoU of proposals (n, p, s, s) with masks (n, s, s), (n, p)."""
    on, target = logits > 0, mask[:, None] > 0.5
    joint = (on & target).sum(dim=(2, 3)).float()
    return joint / (on | target).sum(dim=(2, 3)).clamp_min(1)


def _focal(logits: Tensor, target: Tensor) -> Tensor:
    each = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    share = logits.sigmoid()
    right = share * target + (1 - share) * (1 - target)
    weight = _ALPHA * target + (1 - _ALPHA) * (1 - target)
    return (weight * (1 - right) ** _GAMMA * each).mean(dim=(2, 3))


def _dice(logits: Tensor, target: Tensor) -> Tensor:
    share = logits.sigmoid()
    joint = (share * target).sum(dim=(2, 3))
    return 1 - (2 * joint + 1) / (share.sum(dim=(2, 3)) + target.sum(dim=(2, 3)) + 1)
