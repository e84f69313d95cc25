"""One kink, looked at closely: two stretches of constant acceleration that meet, and when and where they do.

All times within a window are weighed by how well they fit, so that speeds carry the doubt about the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Bend", "Samples", "bent"]

SPEED_M_S = 5.0  # standard deviation of what may be
# A ball slides at 2 m/s2, but only as long as its speed lasts: within a window that is so much a m/s of speed.
MOST_BRAKE_M_S2, LEAST_BRAKE_M_S2, BRAKE_A_SECOND = 1.5, 0.12, 1.2
RESTING_M_S, RESTING_M_S2 = 1e-4, 1e-4
FAR_SIGMAS = 3.0  # a sighting farther from the way than this counts less


@dataclass(frozen=True, slots=True)
class Samples:
    """Sightings of one ball in a stretch of time; n of them."""

    times_s: Floats  # (n,)
    points_m: Floats  # (n, 2)
    sigmas_m: Floats  # (n, 2)

    def between(self, start_s: float, end_s: float) -> Samples:
        kept = (self.times_s >= start_s) & (self.times_s <= end_s)
        return Samples(self.times_s[kept], self.points_m[kept], self.sigmas_m[kept])


@dataclass(frozen=True, slots=True)
class Bend:
    """A ball's way round one instant: m, m/s, m/s2, (2,) each."""

    time_s: float
    sigma_s: float
    place: Floats
    speed_before: Floats
    brake_before: Floats
    speed_after: Floats
    brake_after: Floats
    sigma_place: Floats
    sigma_change: Floats  # of the change of speed

    @property
    def change(self) -> Floats:
        """Of speed."""
        return self.speed_after - self.speed_before

    def at(self, times_s: Floats, *, straight_on: bool = False) -> Floats:
        """(n, 2): where the ball is; or would be, had nothing come."""
        after = np.atleast_1d(times_s)[:, None] - self.time_s
        early = self.place + self.speed_before * after + self.brake_before * after**2 / 2
        if straight_on:
            return np.asarray(early)
        late = self.place + self.speed_after * after + self.brake_after * after**2 / 2
        return np.where(after < 0, early, late)


def bent(samples: Samples, times_s: Floats, *, was_resting: bool) -> Bend:
    """The kink that fits best, at one of the times (g,) or between them."""
    weights = 1.0 / samples.sigmas_m**2
    brakes = (MOST_BRAKE_M_S2, MOST_BRAKE_M_S2)
    for _ in range(3):
        before = (RESTING_M_S, RESTING_M_S2) if was_resting else (SPEED_M_S, brakes[0])
        prior = np.diag([0.0, *(1 / s**2 for s in (*before, SPEED_M_S, brakes[1]))])
        values, spreads, costs, off = _fitted(samples, weights, times_s, prior)
        best = int(np.argmin(costs))
        far = np.abs(off[best]) / samples.sigmas_m / FAR_SIGMAS
        weights = 1.0 / samples.sigmas_m**2 / np.maximum(1.0, far**2)
        brakes = (_brake(values[best][:, 1]), _brake(values[best][:, 3]))
    share = np.exp(-0.5 * (costs - costs.min()))
    share /= share.sum()
    time_s = float(share @ times_s)
    mean = np.tensordot(share, values, 1)  # (2, 5)
    about = values - mean
    spread = np.tensordot(share, spreads, 1) + np.einsum("g,gak,gal->akl", share, about, about)
    turn = np.array([0.0, -1.0, 0.0, 1.0, 0.0])
    return Bend(
        time_s=time_s,
        sigma_s=float(np.sqrt(share @ (times_s - time_s) ** 2)),
        place=mean[:, 0], speed_before=mean[:, 1], brake_before=mean[:, 2],
        speed_after=mean[:, 3], brake_after=mean[:, 4],
        sigma_place=np.sqrt(spread[:, 0, 0]),
        sigma_change=np.sqrt(np.maximum(0.0, turn @ spread @ turn)),
    )  # fmt: skip


def _brake(speed: Floats) -> float:
    """Standard deviation of the acceleration of a ball at this speed."""
    return float(np.clip(BRAKE_A_SECOND * np.linalg.norm(speed), LEAST_BRAKE_M_S2, MOST_BRAKE_M_S2))


def _fitted(samples: Samples, weights: Floats, times_s: Floats, prior: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """For each time: place, and speed and acceleration before and after (g, 2, 5), their spread, cost, misses."""
    after = samples.times_s - times_s[:, None]  # (g, n)
    early, late = np.minimum(after, 0.0), np.maximum(after, 0.0)
    design = np.stack([np.ones_like(after), early, early**2 / 2, late, late**2 / 2], axis=-1)  # (g, n, 5)
    information = np.einsum("gnk,na,gnl->gakl", design, weights, design) + prior
    right = np.einsum("gnk,na,na->gak", design, weights, samples.points_m)
    spreads = np.linalg.inv(information)
    values = np.einsum("gakl,gal->gak", spreads, right)
    off = samples.points_m - np.einsum("gnk,gak->gna", design, values)
    costs = np.einsum("gna,na->g", off**2, weights) + np.einsum("gak,kl,gal->g", values, prior, values)
    return values, spreads, costs, off
