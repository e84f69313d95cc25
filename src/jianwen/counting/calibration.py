"""How sure is sure: a temperature that makes confidences true, a bound below which the counter abstains, and intervals.

NumPy only. Fits on held-out logits; does not make them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Calibration",
    "abstention_bound",
    "calibrate",
    "expected_calibration_error",
    "fit_temperature",
    "probabilities",
    "reliability",
    "wilson_interval",
]

_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted on held-out pictures, and kept in the model file.

    Attributes:
        temperature: logits are divided by it; above 1 the network was too sure.
        bound: below this confidence the counter says "cannot tell".
    """

    temperature: float = 1.0
    bound: float = 0.0


def calibrate(logits: NDArray[np.float32], labels: NDArray[np.int64], *, coverage: float = 0.95) -> Calibration:
    """Temperature first, then the bound that lets `coverage` of these pictures through."""
    temperature = fit_temperature(logits, labels)
    confidences = probabilities(logits, temperature).max(axis=1)
    return Calibration(temperature, abstention_bound(confidences, coverage=coverage))


def probabilities(logits: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float64]:
    """(n, counts) logits → probabilities, rows of sum 1."""
    scaled = logits.astype(np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature between 1/20 and 20 with the greatest likelihood (Guo et al. 2017, arXiv:1706.04599).

    The negative log-likelihood is convex in 1/T, so a golden-section search on log T finds its one valley.
    """
    if not len(labels):
        return 1.0
    low, high = math.log(0.05), math.log(20.0)
    for _ in range(60):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if _unlikelihood(logits, labels, math.exp(left)) <= _unlikelihood(logits, labels, math.exp(right)):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def abstention_bound(confidences: NDArray[np.floating], *, coverage: float) -> float:
    """The highest bound at which at least `coverage` of the pictures are still answered."""
    if not len(confidences):
        return 0.0
    answered = min(len(confidences), max(1, math.ceil(coverage * len(confidences) - 1e-9)))
    return float(np.sort(confidences)[::-1][answered - 1])


def reliability(
    confidences: NDArray[np.floating], right: NDArray[np.bool_], *, bins: int = 10
) -> list[tuple[int, float, float]]:
    """Per bin of equal width that holds any: how many, their mean confidence, and the share that was right."""
    place = np.minimum((confidences * bins).astype(int), bins - 1)
    rows = []
    for number in range(bins):
        here = place == number
        if here.any():
            rows.append((int(here.sum()), float(confidences[here].mean()), float(right[here].mean())))
    return rows


def expected_calibration_error(confidences: NDArray[np.floating], right: NDArray[np.bool_], *, bins: int = 10) -> float:
    """Mean distance between confidence and share right, bins weighed by how many they hold."""
    rows = reliability(confidences, right, bins=bins)
    return sum(n * abs(said - was) for n, said, was in rows) / max(1, len(confidences))


def wilson_interval(right: int, of: int, *, z: float = 1.96) -> tuple[float, float]:
    """A 95 % interval of a share, good also near 0 and 1 and for few pictures (Wilson 1927). (0, 1) for none."""
    if of == 0:
        return 0.0, 1.0
    share = right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def _unlikelihood(logits: NDArray[np.float32], labels: NDArray[np.int64], temperature: float) -> float:
    said = probabilities(logits, temperature)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(said, 1e-300)).mean())
