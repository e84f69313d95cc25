"""What a counter is trained on: the source's loss as given, and ours. Numbers in, one number out; no network here."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor

__all__ = ["count_loss", "cumulative_distance", "density_loss", "smooth_l1_loss", "source_loss", "wrong_images"]


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

    With the ordinal head, whose logits are the logarithms of products of its steps, this is exactly the sum of the
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


def density_loss(density: Tensor, target: Tensor, placed: Tensor, label: Tensor) -> Tensor:
    """Of maps (n, 1, h, w): cell by cell where the balls are placed, and by the sum where only the count is known.

    The cell term is the squared error in units of a ball's peak, summed over the picture and divided by the balls in
    the batch, so that it weighs the same at any size; the sum term is a smooth L1 of the counts.
    """
    cells = ((density - target) ** 2).sum(dim=(1, 2, 3)) * placed
    balls = (label * placed).sum().clamp_min(1.0)
    # a unit bell of sigma 1 has a squared sum of 1 / (4 π): with this factor an empty map costs about 1 a ball
    by_place = cells.sum() / balls * 12.566
    by_sum = F.smooth_l1_loss(density.sum(dim=(1, 2, 3)), label.to(density.dtype))
    return by_place + 0.2 * by_sum
