"""Whether a ball that is lost fell into a pocket, and when it went over the edge of the hole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.tracking.tableview import TableView
    from jianwen.tracking.way import Way

    Floats = NDArray[np.float64]

__all__ = ["potted"]

LAST_S = 0.12  # of sightings that say how the ball went
ONWARD_S = 0.12  # a ball may go over the edge this long after it was last seen
SPARE_RADII = 0.7  # by which it may seem to miss the hole
STEPS = 241


def potted(way: Way, table: TableView, *, radius_m: float) -> tuple[float, Floats, float] | None:
    """When, where, how surely; None when it was lost elsewhere."""
    samples = way.samples.between(way.seen_s - 0.35, way.seen_s)
    if len(samples.times_s) < 2:
        return None
    times_s, points = _way_on(samples.times_s, samples.points_m)
    apart = np.linalg.norm(points[:, None] - table.pockets_m, axis=2)  # (t, 6)
    pocket = int(np.argmin(apart.min(axis=0)))
    near = apart[:, pocket]
    miss = float(near.min()) - table.hole_m
    if miss > SPARE_RADII * radius_m:
        return None
    inside = np.flatnonzero(near <= max(table.hole_m, float(near.min()) + 1e-9))
    first = int(inside[0])
    confidence = float(np.clip(1.0 - max(0.0, miss) / (SPARE_RADII * radius_m), 0.3, 0.98))
    return float(times_s[first]), points[first], confidence


def _way_on(times_s: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Sightings joined by lines, and on from the last with the latest speed."""
    last = times_s >= times_s[-1] - LAST_S
    if last.sum() < 2:
        last[-2:] = True
    about = times_s[last] - times_s[-1]
    slope = np.polyfit(about, points[last], 1)[0]
    grid = np.linspace(times_s[0], times_s[-1] + ONWARD_S, STEPS)
    seen = np.stack([np.interp(grid, times_s, points[:, axis]) for axis in (0, 1)], axis=1)
    on = points[-1] + slope * np.maximum(0.0, grid - times_s[-1])[:, None]
    return grid, np.where((grid <= times_s[-1])[:, None], seen, on)
