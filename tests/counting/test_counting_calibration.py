"""Confidence that means what it says."""

from __future__ import annotations

import numpy as np
import pytest

from jianwen.counting import (
    abstention_bound,
    calibrate,
    expected_calibration_error,
    probabilities,
    reliability,
    wilson_interval,
)
from jianwen.counting.calibration import fit_temperature


def drawn(temperature: float, n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are `temperature` times too sure, and labels drawn from the true probabilities."""
    rng = np.random.default_rng(3)
    true = rng.normal(0, 2, (n, 5)).astype(np.float32)
    chances = probabilities(true)
    labels = (chances.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    return true * np.float32(temperature), labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_put_in_is_found(temperature: float) -> None:
    """Logits that are made too sure or too shy are brought back."""
    assert fit_temperature(*drawn(temperature)) == pytest.approx(temperature, rel=0.05)


def test_calibration_closes_the_gap() -> None:
    """After it, what is said with 70 % is right in 70 % of the cases; before it, not."""
    logits, labels = drawn(3.0)
    errors = []
    for temperature in (1.0, calibrate(logits, labels).temperature):
        said = probabilities(logits, temperature)
        errors.append(expected_calibration_error(said.max(axis=1), said.argmax(axis=1) == labels))
    assert errors[0] > 0.1
    assert errors[1] < 0.02


def test_the_bound_lets_the_wanted_share_through() -> None:
    """At least the coverage is answered, and not one picture more than needed."""
    confidences = np.linspace(0.01, 1, 100)
    bound = abstention_bound(confidences, coverage=0.95)
    assert (confidences >= bound).sum() == 95
    assert abstention_bound(confidences, coverage=1.0) == confidences[0]
    assert abstention_bound(np.zeros(0), coverage=0.95) == 0.0


def test_reliability_counts_each_bin() -> None:
    """Three pictures in two bins, by hand."""
    rows = reliability(np.array([0.95, 1.0, 0.55]), np.array([True, False, True]))
    assert [value for row in rows for value in row] == pytest.approx([1, 0.55, 1.0, 2, 0.975, 0.5])


def test_wilson_intervals_are_those_of_the_book() -> None:
    """Hand-worked: 8 of 10 gives 0.490–0.943; all of 50 does not promise certainty; none of none says nothing."""
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    low, high = wilson_interval(50, 50)
    assert low == pytest.approx(0.9287, abs=1e-3)
    assert high == 1.0
    assert wilson_interval(0, 0) == (0.0, 1.0)
