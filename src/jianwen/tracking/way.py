"""One ball's way: what was seen of it lately, in metres, and how that is read so far."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.bend import Bend, Samples, bent
from jianwen.tracking.kinks import Change, KinkFilter
from jianwen.tracking.racks import Lying

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Way"]

KEPT_S = 4.0  # of sightings
MOST_KEPT = 960  # however many frames a second come
ROUND_S = 0.25  # on both sides of a kink, what is looked at
GRID = 17
LIES_S = 1.0  # of a rest, what its place is read from


class Way:
    """Sightings of the last seconds, and a filter that reads them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.filter = KinkFilter()
        self.changes: deque[Change] = deque(maxlen=32)  # settled
        self.began_s = -np.inf
        self.seen_s = -np.inf  # last
        self.rest_place: Floats | None = None  # where it last lay still
        self.resting_since_s: float | None = None  # roughly, while the rest is not yet said
        self.is_potted = False
        self._rows: deque[tuple[float, float, float, float, float]] = deque(maxlen=MOST_KEPT)
        self._samples: Samples | None = None

    def see(self, time_s: float, point_m: Floats, sigma_m: Floats) -> None:
        if self.filter.see(time_s, point_m, sigma_m):
            self._rows.clear()
            self.changes.clear()
            self.began_s, self.rest_place, self.resting_since_s = time_s, None, None
        self.seen_s, self.is_potted = time_s, False
        self._rows.append((time_s, *point_m.tolist(), *sigma_m.tolist()))
        while self._rows[0][0] < time_s - KEPT_S:
            self._rows.popleft()
        self._samples = None

    def settle(self, before_s: float) -> tuple[Change, ...]:
        """New changes up to a time; they stand."""
        new = self.filter.settle(before_s)
        self.changes.extend(new)
        return new

    @property
    def samples(self) -> Samples:
        if self._samples is None:
            rows = np.array(self._rows, np.float64).reshape(-1, 5)
            self._samples = Samples(rows[:, 0], rows[:, 1:3], rows[:, 3:5])
        return self._samples

    def kinks_s(self) -> list[float]:
        """Times of all kinks, the latest ones still open."""
        settled = [change.time_s for change in self.changes if not change.is_rest]
        latest = settled[-1] if settled else -np.inf
        return settled + [c.time_s for c in self.filter.changes if not c.is_rest and c.time_s > latest + 1e-9]

    def was_resting(self, time_s: float) -> bool:
        """Just before a time, as it is read now."""
        known = [*self.changes, *self.filter.changes]
        before = [change for change in known if change.time_s < time_s - 1e-6]
        after = [change for change in known if change.time_s >= time_s - 1e-6]
        if before:
            return max(before, key=lambda change: change.time_s).is_rest
        if after:
            return min(after, key=lambda change: change.time_s).was_resting
        return self.filter.is_resting

    def lying(self, time_s: float) -> Lying | None:
        """Where it lies at rest just before a time; None when it does not."""
        if not self.was_resting(time_s):
            return None
        known = [change.time_s for change in (*self.changes, *self.filter.changes) if change.time_s < time_s - 1e-6]
        samples = self.samples.between(max([time_s - LIES_S, *known]), time_s)
        if not len(samples.times_s):
            return None
        return Lying(samples.points_m.mean(axis=0), samples.sigmas_m.mean(axis=0) / len(samples.times_s) ** 0.5)

    def bend(self, time_s: float, frame_s: float, *, is_kink: bool) -> Bend | None:
        """The way round a time, between the kinks before and after it; the kink itself may lie a little beside."""
        kinks = self.kinks_s()
        near = 1e-6 if is_kink else 0.5 * frame_s
        start_s = max([t for t in kinks if t < time_s - near], default=-np.inf)
        end_s = min([t for t in kinks if t > time_s + near], default=np.inf)
        samples = self.samples.between(max(start_s, time_s - ROUND_S), min(end_s, time_s + ROUND_S))
        if len(samples.times_s) < 2:
            return None
        was_resting = self.was_resting(time_s)
        times = np.array([time_s])
        if is_kink:
            earlier, later = samples.times_s[samples.times_s <= time_s], samples.times_s[samples.times_s > time_s]
            low = max(start_s, float(earlier[-1]) if len(earlier) else time_s - frame_s)
            high = min(end_s, float(later[0]) if len(later) else time_s + frame_s)
            times = np.linspace(max(start_s, low - 0.5 * frame_s), min(end_s, high + 0.5 * frame_s), GRID)
        return bent(samples, times, was_resting=was_resting)

    def point_at(self, time_s: float) -> Floats | None:
        """Where it was, between sightings; None before and long after them."""
        samples = self.samples
        if not len(samples.times_s) or not samples.times_s[0] <= time_s <= samples.times_s[-1] + ROUND_S:
            return None
        return np.array([np.interp(time_s, samples.times_s, samples.points_m[:, axis]) for axis in (0, 1)])
