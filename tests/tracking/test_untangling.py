"""Two equal balls after a hit: the one that came is behind, though the other way round both went less far."""

import numpy as np

from jianwen.tracking import Motion
from jianwen.tracking.untangling import untangled

RADIUS = 8.0
CAME = Motion(4, 100.0, 100.0, 2 * RADIUS, velocity=(4.0, 44.0), is_new=False)
LAY = Motion(4, 106.0, 128.0, 2 * RADIUS, is_new=False)
AHEAD, BEHIND = (124.0, 160.0), (92.0, 122.0)
NOWHERE = 18.0


def costs(*rows: tuple[float, float]) -> np.ndarray:
    """Of two places, and of being nowhere."""
    table = np.full((len(rows), 2 + len(rows)), 1e6)
    table[:, :2] = rows
    table[np.arange(len(rows)), 2 + np.arange(len(rows))] = NOWHERE
    return table


def shared(table: np.ndarray, *motions: Motion) -> list[int]:
    return [int(column) for column in untangled(table, np.array([AHEAD, BEHIND]), motions, 5)]


def test_the_one_that_came_stays_behind() -> None:
    """Not where it cannot come near in this frame, nor where colours say otherwise, nor beside a third."""
    swapped = costs((8.0, 10.0), (9.0, 7.0))
    assert shared(swapped, CAME, LAY) == [1, 0]
    slow = Motion(4, 100.0, 100.0, 2 * RADIUS, velocity=(0.4, 4.4), is_new=False)
    assert shared(swapped, slow, LAY) == [0, 1]
    assert shared(costs((0.0, 20.0), (20.0, 0.0)), CAME, LAY) == [0, 1]
    third = Motion(4, 106.0 + 2 * RADIUS, 128.0, 2 * RADIUS, is_new=False)
    assert shared(costs((8.0, 10.0), (9.0, 7.0), (1e6, 1e6)), CAME, LAY, third) == [0, 1, 4]


def test_one_may_be_nowhere() -> None:
    """Then nobody has passed through anybody."""
    assert shared(costs((8.0, 1e6), (9.0, 1e6)), CAME, LAY) == [0, 3]


def test_nobody_is_shared_out_to_nothing() -> None:
    """No objects, no places."""
    assert untangled(np.zeros((0, 0)), np.zeros((0, 2)), [], 5).tolist() == []
