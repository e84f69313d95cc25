"""When a ball's way bends: several readings of it at once, each a Kalman filter that changed its mind at other times.

After a kink a ball keeps some acceleration (it slides) until it rolls, which hardly slows it down; then it may rest.
At a kink its place goes on and its speed is new. Metres, seconds. Does not say why a way bends: `contacts.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Change", "KinkFilter"]

MOST_READINGS = 24
WORST = 25.0  # a reading this much less likely than the best, as a logarithm, is given up
BRANCHING = 4  # of the best, how many may bend at once
PARTS = 3  # of a frame, in which a kink may lie
LOG_KINK = -6.0  # once in about 400 frames, and then which part of the frame
LOG_REST = -3.0
LOG_LOST_M2 = -2.5  # one in a hundred sightings is of something else, anywhere within a third of a metre
# Standard deviations along each axis of a new speed: of soft touches, of hard ones, and of several between two frames,
# after which the ball is not where one kink alone could have brought it.
SPEEDS_M_S = (0.3, 3.0, 5.0)
LEAPS_M = (0.0, 0.0, 0.08)
LOG_SCALES = (-0.7, -0.7, -3.5)
MOST_LOST = 5  # sightings in a row that the best reading takes for something else: then it is wrong, not they
BRAKES_M_S2 = (0.35, 1.5, 1.5)  # and of the new acceleration; a sliding ball has 2, a slow one not for long
WANDER_M_S2 = 0.1  # by which the acceleration changes within a second; for lenses, naps and spins
LOG_ROLL = -2.5  # a ball slides for some tens of frames before it rolls
ROLL_M_S2, ROLL_SIGMA_M_S2 = 0.1, 0.06  # by which a rolling ball slows down
REST_M_S = 0.15  # only slower balls can be at rest
CREEP_M = 2e-4  # by which a resting ball's place is not the same in the next frame
LONGEST_GAP_S = 0.6  # a ball unseen for longer begins anew

SLOW_M_S = 0.05
SLIDES, ROLLS, RESTS = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Change:
    """A reading's change of mind."""

    time_s: float
    frame_s: float  # the sighting before it
    is_rest: bool  # from here on at rest; otherwise a kink
    was_resting: bool


Branch = tuple["Floats", "Floats", "Floats", list[tuple[Change, ...]]]  # means, covariances, scores, changes


class KinkFilter:
    """One ball. Arrays: k readings, 2 axes, 3 numbers (place, speed, acceleration)."""

    def __init__(self) -> None:
        self.newest_s = -np.inf
        self._earlier_s = -np.inf
        self._lost_in_a_row = 0
        self._settled_s = -np.inf
        self._mean: Floats = np.zeros((0, 2, 3))
        self._cov: Floats = np.zeros((0, 2, 3, 3))
        self._score: Floats = np.zeros(0)
        self._modes: NDArray[np.int8] = np.zeros(0, np.int8)
        self._changes: list[tuple[Change, ...]] = []

    def see(self, time_s: float, point_m: Floats, sigma_m: Floats) -> bool:
        """A sighting: place (2,) and its standard deviation along both axes (2,). True when the ball begins anew."""
        gap_s = time_s - self.newest_s
        is_new = gap_s > LONGEST_GAP_S or self._lost_in_a_row >= MOST_LOST
        if is_new:
            self._begin(point_m, sigma_m)
        else:
            self._update(point_m, sigma_m, self._branch(gap_s))
            self._prune()
        self._earlier_s, self.newest_s = self.newest_s, time_s
        return is_new

    @property
    def changes(self) -> tuple[Change, ...]:
        """Of the best reading."""
        return self._changes[int(np.argmax(self._score))] if len(self._score) else ()

    @property
    def is_resting(self) -> bool:
        return bool(len(self._score) and self._modes[int(np.argmax(self._score))] == RESTS)

    @property
    def speed_m_s(self) -> float:
        return float(np.linalg.norm(self._mean[int(np.argmax(self._score)), :, 1])) if len(self._score) else 0.0

    def settle(self, before_s: float) -> tuple[Change, ...]:
        """What the best reading says of the time up to `before_s`, new since the last call. Other opinions end."""
        if not len(self._score):
            return ()
        kept = [change for change in self.changes if change.time_s < before_s]
        agree = [[change for change in changes if change.time_s < before_s] == kept for changes in self._changes]
        self._keep(np.flatnonzero(agree))
        new = tuple(change for change in kept if change.time_s >= self._settled_s)
        self._settled_s = max(self._settled_s, before_s)
        # What is long past is dropped, so that memory stays bounded.
        self._changes = [_recent(changes, before_s) for changes in self._changes]
        return new

    def _begin(self, point_m: Floats, sigma_m: Floats) -> None:
        self._lost_in_a_row = 0
        mean = np.zeros((2, 2, 3))
        mean[:, :, 0] = point_m
        cov = np.zeros((2, 2, 3, 3))
        cov[:, :, 0, 0] = sigma_m**2
        cov[0, :, 1, 1], cov[0, :, 2, 2] = SPEEDS_M_S[-1] ** 2, BRAKES_M_S2[-1] ** 2
        self._mean, self._cov = mean, cov
        self._score = np.array([-1.0, 0.0])
        self._modes = np.array([SLIDES, RESTS], np.int8)
        self._changes = [(), ()]

    def _branch(self, gap_s: float) -> slice:
        """Every reading goes on; the best also bend, in each part of the time that passed; slow ones also stop.

        Gives which of the readings have just bent.
        """
        count = len(self._score)
        mean, cov = _moved(self._mean, self._cov, gap_s)
        rests = self._modes == RESTS
        mean[rests], cov[rests] = self._mean[rests], _crept(self._cov[rests])
        bent = self._bent(gap_s)
        rolling = self._rolling(mean, cov)
        stopped = self._stopped()
        branches = (bent, rolling, stopped)
        self._mean = np.concatenate([mean, *(branch[0] for branch in branches)])
        self._cov = np.concatenate([cov, *(branch[1] for branch in branches)])
        self._score = np.concatenate([self._score, *(branch[2] for branch in branches)])
        modes = np.repeat(np.array([SLIDES, ROLLS, RESTS], np.int8), [len(branch[2]) for branch in branches])
        self._modes = np.concatenate([self._modes, modes])
        self._changes = [*self._changes, *(changes for branch in branches for changes in branch[3])]
        return slice(count, count + len(bent[2]))

    def _bent(self, gap_s: float) -> Branch:
        """The best readings, each with a kink in each part of the gap, to each scale of speeds."""
        best = np.argsort(-self._score)[:BRANCHING]
        parts = int(np.clip(round(PARTS * gap_s * 60), PARTS, 3 * PARTS))
        before = gap_s * (np.arange(parts) + 0.5) / parts  # (p,)
        moves = self._modes[best] != RESTS
        reach = np.stack([np.ones(parts), before, before**2 / 2], axis=-1)  # (p, 3)
        place = self._mean[best][..., 0] + moves[:, None] * (reach[:, None, None, 1:] * self._mean[best][..., 1:]).sum(
            -1
        )
        spread = np.einsum("pi,baij,pj->pba", reach, self._cov[best], reach)
        spread = np.where(moves[:, None], spread, self._cov[best][..., 0, 0])  # (p, b, axis)
        fresh = _fresh(gap_s - before)  # (s, p, 3, 3)
        shape = (len(SPEEDS_M_S), parts, len(best), 2)
        mean, cov = np.zeros((*shape, 3)), np.empty((*shape, 3, 3))
        mean[..., 0] = place
        cov[...] = fresh[:, :, None, None]
        cov[..., 0, 0] += spread
        cov[..., 0, 0] += np.array(LEAPS_M)[:, None, None, None] ** 2
        cost = LOG_KINK - np.log(parts) + np.array(LOG_SCALES)[:, None, None]
        score = np.broadcast_to(self._score[best] + cost, shape[:3]).ravel()
        bends = [
            [
                (
                    *self._changes[index],
                    Change(
                        self.newest_s + time_s,
                        self.newest_s,
                        is_rest=False,
                        was_resting=bool(self._modes[index] == RESTS),
                    ),
                )
                for index in best.tolist()
            ]
            for time_s in before.tolist()
        ]
        changes = [changes for _ in SPEEDS_M_S for row in bends for changes in row]
        return mean.reshape(-1, 2, 3), cov.reshape(-1, 2, 3, 3), score, changes

    def _rolling(self, mean: Floats, cov: Floats) -> Branch:
        """Sliding readings that roll from now on."""
        slides = np.flatnonzero(self._modes == SLIDES)
        mean, cov = mean[slides], cov[slides].copy()
        speed = np.linalg.norm(mean[..., 1], axis=1, keepdims=True)
        mean[..., 2] = -ROLL_M_S2 * mean[..., 1] / np.maximum(speed, SLOW_M_S)
        cov[..., 2, :] = cov[..., :, 2] = 0.0
        cov[..., 2, 2] = ROLL_SIGMA_M_S2**2
        return mean, cov, self._score[slides] + LOG_ROLL, [self._changes[index] for index in slides]

    def _stopped(self) -> Branch:
        """Slow readings that learn that their speed is 0."""
        slow = np.flatnonzero((self._modes != RESTS) & (np.linalg.norm(self._mean[:, :, 1], axis=1) < REST_M_S))
        mean, cov, gain = _stopped(self._mean[slow], self._cov[slow])
        change = Change(self.newest_s, self.newest_s, is_rest=True, was_resting=False)
        return mean, cov, self._score[slow] + LOG_REST + gain, [(*self._changes[index], change) for index in slow]

    def _update(self, point_m: Floats, sigma_m: Floats, bent: slice) -> None:
        """A sighting. Who bends for it also sees it: a blind bend costs less and would outlive the true one."""
        off = point_m - self._mean[:, :, 0]  # (k, 2)
        spread = self._cov[:, :, 0, 0] + sigma_m**2
        log = -0.5 * (off**2 / spread + np.log(2 * np.pi * spread)).sum(axis=1)
        is_seen = log > LOG_LOST_M2
        is_seen[bent] = True
        gain = np.where(is_seen[:, None, None], self._cov[:, :, :, 0] / spread[:, :, None], 0.0)
        self._mean = self._mean + gain * off[:, :, None]
        self._cov = self._cov - gain[..., :, None] * self._cov[:, :, 0, None, :]
        self._score = self._score + np.where(is_seen, log, LOG_LOST_M2)
        self._lost_in_a_row = 0 if is_seen[int(np.argmax(self._score))] else self._lost_in_a_row + 1

    def _prune(self) -> None:
        """The best reading of each latest change, and of these not too many; parts of a frame count for two frames."""
        order = np.argsort(-self._score)
        keys: set[tuple[float, int]] = set()
        kept: list[int] = []
        worst = self._score[order[0]] - WORST
        for index in order.tolist():
            changes = self._changes[index]
            key = (self._key(changes[-1]) if changes else 0.0, int(self._modes[index]))
            if key not in keys:
                keys.add(key)
                kept.append(index)
            if len(kept) == MOST_READINGS or self._score[index] < worst:
                break
        self._keep(np.array(kept))
        self._score -= self._score.max()

    def _key(self, change: Change) -> float:
        return change.time_s if change.frame_s >= self._earlier_s else change.frame_s

    def _keep(self, kept: NDArray[np.intp]) -> None:
        self._mean, self._cov = self._mean[kept], self._cov[kept]
        self._score, self._modes = self._score[kept], self._modes[kept]
        self._changes = [self._changes[index] for index in kept.tolist()]


def _recent(changes: tuple[Change, ...], before_s: float) -> tuple[Change, ...]:
    old = [change for change in changes if change.time_s < before_s]
    return changes[max(0, len(old) - 4) :]


def _fresh(times_s: Floats) -> Floats:
    """(s, p, 3, 3): what a new speed and acceleration come to after each time, for each scale of speeds."""
    one, half = np.ones_like(times_s), times_s**2 / 2
    none = np.zeros_like(times_s)
    by_speed = np.stack([times_s, one, none], axis=-1)  # (p, 3)
    by_brake = np.stack([half, times_s, one], axis=-1)
    brake = by_brake[:, :, None] * by_brake[:, None, :]
    speed = by_speed[:, :, None] * by_speed[:, None, :]
    wander = WANDER_M_S2**2 * times_s[:, None, None]
    speeds, brakes = (np.array(values)[:, None, None, None] for values in (SPEEDS_M_S, BRAKES_M_S2))
    return np.asarray(speeds**2 * speed + (brakes**2 + wander) * brake)


def _step(time_s: float) -> Floats:
    return np.array([[1.0, time_s, time_s * time_s / 2], [0.0, 1.0, time_s], [0.0, 0.0, 1.0]])


def _wander(time_s: float) -> Floats:
    shake = np.array([time_s**2 / 2, time_s, 1.0])
    return np.asarray(WANDER_M_S2**2 * time_s * np.multiply.outer(shake, shake))


def _moved(mean: Floats, cov: Floats, time_s: float) -> tuple[Floats, Floats]:
    step = _step(time_s)
    return mean @ step.T, step @ cov @ step.T + _wander(time_s)


def _crept(cov: Floats) -> Floats:
    crept = cov.copy()
    crept[:, :, 0, 0] += CREEP_M**2
    return crept


def _stopped(mean: Floats, cov: Floats) -> tuple[Floats, Floats, Floats]:
    """Readings that learn that their speed is 0, and how likely that was (k,), against speeds up to `REST_M_S`."""
    spread = cov[:, :, 1, 1] + 0.01**2
    speed = mean[:, :, 1]
    log = -0.5 * (speed**2 / spread + np.log(2 * np.pi * spread)).sum(axis=1) + np.log(REST_M_S**2 * np.pi)
    gain = cov[:, :, 0, 1] / spread
    still = np.zeros_like(mean)
    still[:, :, 0] = mean[:, :, 0] - gain * speed
    left = np.zeros_like(cov)
    left[:, :, 0, 0] = cov[:, :, 0, 0] - gain * cov[:, :, 0, 1]
    return still, left, log
