"""One ball that hits another cannot pass through it: places shared out as if it had are shared out again.

Along the line of their centres where they touch, the one that came stays behind; cameras tilt that line, but hardly
turn it round. So a pair that changed sides has changed names. Of balls that lie against a third nothing is said: in a
rack neighbours do change sides within a frame. Looks at no picture.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.pairing import assigned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.motion import Motion

    Floats = NDArray[np.float64]
    Line = tuple[int, int, Floats]  # two objects, and the way from the first to the second where they touch

__all__ = ["untangled"]

# Found on rendered shots: see dev/log.md.
_PASSED = 6.0  # what it costs that two pass through each other
_BEHIND = 0.8  # radii past the other, from which one has
_TOUCH = 2.0  # radii between two centres that touch
_SLOW = 0.2  # radii a frame: slower is at rest
_BESIDE = 2.7  # radii apart, up to which two may touch
_ROUNDS = 8  # of sharing out anew
_BAN = 1e5


def untangled(costs: Floats, where: Floats, motions: Sequence[Motion], frame: int) -> NDArray[np.int64]:
    """(n,): the column of each object, at the least cost with what passing through each other costs.

    Args:
        costs: (n, places and others) of each object's being somewhere.
        where: (places, 2) of the first columns, pixels.
        motions: of the objects.
        frame: its number.
    """
    lines = _lines(motions, frame)
    tried = costs.copy()
    columns = assigned(tried)
    least, passed = _total(columns, costs, where, lines, motions)
    for _ in range(_ROUNDS):
        best = None
        for row in {row for one, other, _ in passed for row in (one, other)}:
            banned = tried.copy()
            banned[row, columns[row]] += _BAN
            other = assigned(banned)
            total, still = _total(other, costs, where, lines, motions)
            if total < least - 1e-6:
                least, best = total, (banned, other, still)
        if best is None:
            break
        tried, columns, passed = best
    return columns


def _total(
    columns: NDArray[np.int64], costs: Floats, where: Floats, lines: Sequence[Line], motions: Sequence[Motion]
) -> tuple[float, list[Line]]:
    passed = []
    for one, other, line in lines:
        if max(columns[one], columns[other]) < len(where):
            along = float((where[columns[other]] - where[columns[one]]) @ line)
            if along < -_BEHIND * motions[one].diameter / 2:
                passed.append((one, other, line))
    return float(costs[np.arange(len(columns)), columns].sum()) + _PASSED * len(passed), passed


def _lines(motions: Sequence[Motion], frame: int) -> list[Line]:
    """Of pairs that will touch within the frame, where neither lies against a third."""
    found = []
    seen = [index for index, motion in enumerate(motions) if frame - motion.frame == 1]
    places = np.array([(motion.x, motion.y) for motion in motions]).reshape(-1, 2)
    for one, other in combinations(seen, 2):
        here, there = motions[one], motions[other]
        radius = (here.diameter + there.diameter) / 4
        line, nearing = places[other] - places[one], np.array(here.velocity) - there.velocity
        speed, along = float(np.hypot(*nearing)), float(line @ nearing)
        if speed < _SLOW * radius or along <= 0:
            continue
        aside = abs(float(line[0] * nearing[1] - line[1] * nearing[0])) / speed
        if aside >= _TOUCH * radius:
            continue
        ahead = max(0.0, along / speed - math.sqrt((_TOUCH * radius) ** 2 - aside**2))
        if ahead >= speed:
            continue
        beside = [np.hypot(*(places - places[index]).T) for index in (one, other)]
        far = min(np.delete(away, (one, other)).min(initial=np.inf) for away in beside)
        if far > _BESIDE * radius:
            touching = line - ahead * nearing / speed
            found.append((one, other, touching / np.hypot(*touching)))
    return found
