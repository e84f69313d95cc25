"""Losses against numbers worked by hand."""

from __future__ import annotations

import math
from typing import Literal

import pytest

torch = pytest.importorskip("torch", reason="the core install has no torch")

from jianwen.counting.losses import (  # noqa: E402 - needs torch
    count_loss,
    cumulative_distance,
    heat_loss,
    smooth_l1_loss,
    source_loss,
    wrong_images,
)

# Errors 0.2, -1, 0.4, 2: squares 0.04, 1, 0.16, 4, mean 1.3; the second and fourth are wrong when rounded.
OUT = torch.tensor([3.2, 4.0, 7.4, 12.0])
LABEL = torch.tensor([3.0, 5.0, 7.0, 10.0])


def test_the_source_loss_to_the_letter() -> None:
    """Scalar reading: 1.3 + 1.2 · 1.3 · 2/4 + 0.3 · 2 = 2.68."""
    assert source_loss(OUT, LABEL).item() == pytest.approx(1.3 + 0.78 + 0.6)


def test_the_source_loss_by_image() -> None:
    """Per-image reading: 1.3 + 1.2 · (1 + 4) / 4 + 0.3 · 2 = 3.4."""
    assert source_loss(OUT, LABEL, masked="per_image").item() == pytest.approx(1.3 + 1.5 + 0.6)


def test_all_right_leaves_the_squares_alone() -> None:
    """No image is wrong: both readings are the mean square."""
    out = LABEL + 0.1
    for masked in ("scalar", "per_image"):
        assert source_loss(out, LABEL, masked=masked).item() == pytest.approx(0.01, abs=1e-5)


def test_the_number_of_wrong_images_has_no_gradient() -> None:
    """The last term shifts the value and never the training: the gradient is the same with any weight of it."""
    gradients = []
    for weight in (0.0, 0.3, 5.0):
        out = OUT.clone().requires_grad_()
        source_loss(out, LABEL, wrong_weight=weight).backward()  # type: ignore[no-untyped-call]
        gradients.append(out.grad)
    assert torch.equal(gradients[0], gradients[1])
    assert torch.equal(gradients[0], gradients[2])
    assert wrong_images(OUT, LABEL).item() == 2


def test_the_masked_term_scales_or_selects() -> None:
    """Scalar: every gradient grows by 1 + 1.2 · 2/4. Per image: only those of wrong images grow, by 1 + 1.2."""
    plain = 2 * (OUT - LABEL) / 4
    readings: list[tuple[Literal["scalar", "per_image"], list[float]]]
    readings = [("scalar", [1.6] * 4), ("per_image", [1, 2.2, 1, 2.2])]
    for masked, factors in readings:
        out = OUT.clone().requires_grad_()
        source_loss(out, LABEL, masked=masked).backward()  # type: ignore[no-untyped-call]
        assert torch.allclose(out.grad, plain * torch.tensor(factors))


def test_smooth_l1_by_hand() -> None:
    """Errors 0.2, 1, 0.4, 2: (0.02 + 0.5 + 0.08 + 1.5) / 4."""
    assert smooth_l1_loss(OUT, LABEL).item() == pytest.approx(2.1 / 4)


def test_count_loss_by_hand() -> None:
    """Even logits over 23 counts cost log 23; a sure right answer costs nothing."""
    assert count_loss(torch.zeros(2, 23), torch.tensor([0, 22])).item() == pytest.approx(math.log(23))
    sure = torch.full((1, 23), -50.0)
    sure[0, 5] = 50
    assert count_loss(sure, torch.tensor([5])).item() == pytest.approx(0, abs=1e-6)


def test_far_costs_more_than_near() -> None:
    """All weight one beside the label: 1; three beside: 3; on the label: 0."""
    costs = []
    for place in (5, 6, 8):
        logits = torch.full((1, 23), -60.0)
        logits[0, place] = 60
        costs.append(cumulative_distance(logits, torch.tensor([5])).item())
    assert costs == pytest.approx([0, 1, 3], abs=1e-5)


def test_heat_loss_looks_where_it_may() -> None:
    """A peak at each ball costs next to nothing, a missed or an invented one much; a count alone teaches no place."""
    target = torch.zeros(2, 1, 4, 4)
    target[0, 0, 1, 1] = 1.0
    placed = torch.tensor([1.0, 0.0])
    right = torch.where(target == 1, 20.0, -20.0)
    assert heat_loss(right, target, placed).item() == pytest.approx(0, abs=1e-6)
    # a logit of 0 says 1/2: at the ball (1/2)² · ln 2, and as much in each of the other 15 cells
    assert heat_loss(torch.zeros(2, 1, 4, 4), target, placed).item() == pytest.approx(16 * 0.25 * math.log(2), rel=1e-5)
    elsewhere = right.clone()
    elsewhere[1] = 20.0
    assert heat_loss(elsewhere, target, placed).item() == pytest.approx(0, abs=1e-6)
