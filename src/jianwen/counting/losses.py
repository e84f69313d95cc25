"""What a counter is trained on: the source's loss as given, and ours. Numbers in, one number out; no network here."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor

__all__ = [
    "count_loss",
    "cumulative_distance",
    "focal_loss",
    "heat_loss",
    "smooth_l1_loss",
    "source_loss",
    "wrong_images",
]

_EMPTY = -30.0  # a logit that costs nothing where no ball is


def source_loss(
    out: Tensor,
    label: Tensor,
    *,
    masked: Literal["scalar", "per_image"] = "scalar",
    mask_weight: float = 1.2,
    wrong_weight: float = 0.3,
) -> Tensor:
    """The source's loss of counts `out` (n,) against `label` (n,), real numbers.

    ``mse + mean(mse · mask · 1.2) + 0.3 · (wrong images in the batch)``, mask = 1 where the rounded count is wrong.

    Two readings of the middle term. "scalar", the default, is the formula to the letter: `mse` is the batch's one
    number, so the term scales it by 1.2 · the share of wrong images. "per_image" takes each image's own squared
    error, so that the term selects the wrong ones. The last term has no gradient: it only shifts the value.
    """
    squares = (out - label) ** 2
    mask = (out.round() != label).to(squares.dtype)
    mse = squares.mean()
    selected = (mse if masked == "scalar" else squares) * mask * mask_weight
    return mse + selected.mean() + wrong_weight * mask.sum()


def wrong_images(out: Tensor, label: Tensor) -> Tensor:
    """How many rounded counts differ from their label."""
    return (out.round() != label).sum()


def smooth_l1_loss(out: Tensor, label: Tensor) -> Tensor:
    """Square below an error of 1, straight above it: one bad picture does not rule the batch."""
    return F.smooth_l1_loss(out, label)


def count_loss(logits: Tensor, label: Tensor) -> Tensor:
    """Cross-entropy of (n, counts) logits against (n,) counts.

    With the head of peaks, whose logits are the logarithms of products of its steps, this is exactly the sum of the
    binary losses of the steps that the label has reached (Shi et al. 2021, CORN, arXiv:2111.08851).
    """
    return F.cross_entropy(logits, label.long())


def cumulative_distance(logits: Tensor, label: Tensor) -> Tensor:
    """Squared distance between the cumulative distributions: three beside the label costs more than one beside it.

    Hou et al. 2016, squared earth mover's distance, arXiv:1611.05916.
    """
    said = logits.softmax(dim=1).cumsum(dim=1)
    counts = torch.arange(logits.shape[1])
    true = (counts[None] >= label[:, None]).to(said.dtype)
    return ((said - true) ** 2).sum(dim=1).mean()


def heat_loss(heat: Tensor, target: Tensor, placed: Tensor) -> Tensor:
    """Of logits (n, 1, h, w) against peaks of 1, a ball, where the balls are placed; the others teach nothing here."""
    with_places = placed[:, None, None, None] > 0
    balls = ((target == 1) & with_places).sum().clamp_min(1)
    return focal_loss(torch.where(with_places, heat, torch.full_like(heat, _EMPTY)), target * with_places) / balls


def focal_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Summed over all cells: cells at a centre (target 1) pull up, others push down, less so near a centre.

    CornerNet's variant (Law & Deng 2018, arXiv:1808.01244, eq. 1) with exponents 2 and 4.
    """
    said = logits.sigmoid()
    up = (1 - said) ** 2 * F.logsigmoid(logits) * (target == 1)
    down = (1 - target) ** 4 * said**2 * F.logsigmoid(-logits) * (target < 1)
    return -(up + down).sum()
