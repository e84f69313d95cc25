"""When a ball came to rest: the end of its last roll, read from the whole of it.

In its last tenth of a second a ball rolls half a millimetre, which no camera sees. But it rolls with a deceleration
that hardly differs from table to table, so the second before tells when it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.bend import Samples

    Floats = NDArray[np.float64]

__all__ = ["Rest", "Roll", "rested", "usual"]

ROLL_M_S2, ROLL_SIGMA_M_S2 = 0.098, 0.03  # cloths: 0.05 to 0.15
LEAST_SIGMA_M_S2, ONE_SIGMA_M_S2 = 0.006, 0.015  # of what many balls say of a cloth, and of what one says
EARLIER_S, LATER_S = 0.6, 0.7  # round the time that is thought
STEP_S = 0.005


@dataclass(frozen=True, slots=True)
class Rest:
    """When and where."""

    time_s: float
    sigma_s: float
    place: Floats
    roll: Roll  # what this one says of the cloth


@dataclass(frozen=True, slots=True)
class Roll:
    """How a rolling ball slows down on this cloth, as far as is known."""

    m_s2: float = ROLL_M_S2
    sigma_m_s2: float = ROLL_SIGMA_M_S2


def usual(rolls: Sequence[Roll]) -> Roll:
    """What several balls say of a cloth: the median, for some were touched on their way and nobody saw it."""
    clear = [roll.m_s2 for roll in rolls if roll.sigma_m_s2 < ONE_SIGMA_M_S2]
    if not clear:
        return Roll()
    spread = max(LEAST_SIGMA_M_S2, ONE_SIGMA_M_S2 / len(clear) ** 0.5)
    return Roll(float(np.median(clear)), spread)


def rested(samples: Samples, about_s: float, *, roll: Roll) -> Rest:
    """Samples from the last kink, or a few seconds before, to now."""
    first, last = float(samples.times_s[0]), float(samples.times_s[-1])
    times = np.arange(max(first, about_s - EARLIER_S), min(last, about_s + LATER_S) + STEP_S, STEP_S)
    weights = 1.0 / samples.sigmas_m**2  # (n, 2)
    left = np.maximum(times[:, None] - samples.times_s, 0.0) ** 2 / 2  # (g, n)
    late = samples.points_m[samples.times_s >= about_s]
    end = late.mean(axis=0) if len(late) else samples.points_m[-1]
    way = end - samples.points_m[: max(1, len(samples.times_s) // 4)].mean(axis=0)
    way /= max(1e-9, float(np.linalg.norm(way)))
    design = np.stack([np.ones_like(left), -left], axis=-1)  # (g, n, 2)
    prior = np.diag([0.0, 1 / roll.sigma_m_s2**2])
    expected = np.stack([np.zeros(2), roll.m_s2 * way], axis=-1)  # (axis, 2)
    information = np.einsum("gnk,na,gnl->gakl", design, weights, design) + prior
    right = np.einsum("gnk,na,na->gak", design, weights, samples.points_m) + expected @ prior
    spread = np.linalg.inv(information)
    values = np.einsum("gakl,gal->gak", spread, right)
    off = samples.points_m - np.einsum("gnk,gak->gna", design, values)
    about = values - expected
    costs = np.einsum("gna,na->g", off**2, weights) + np.einsum("gak,kl,gal->g", about, prior, about)
    share = np.exp(-0.5 * (costs - costs.min()))
    share /= share.sum()
    time_s = float(share @ times)
    sigma_s = float(np.sqrt(share @ (times - time_s) ** 2))
    mean = np.tensordot(share, values, 1)  # (axis, 2)
    doubt = np.tensordot(share, spread[..., 1, 1] + (values[..., 1] - mean[:, 1]) ** 2, 1)
    along = float(way @ mean[:, 1])
    sigma = float(np.sqrt(way**2 @ doubt))
    return Rest(time_s, sigma_s, mean[:, 0], Roll(along, sigma))
