"""What was seen of each object over time."""

from __future__ import annotations

import math

import pytest

from jianwen.errors import BadRequest
from jianwen.places import Box
from jianwen.tracking import Trajectories
from tracking.filmed import Spot

SEEN = Spot("white", Box(0.4, 0.4, 0.5, 0.6), (0.45, 0.5), 0.9, False, (100, 200))
LOST = Spot("white", None, None, 0.0, True, (100, 200))


def test_sightings_are_kept_in_pixels() -> None:
    """Centre and radius in pixels of the frame; a lost object has neither, but keeps its place in time."""
    trajectories = Trajectories()
    trajectories.see(0.0, [SEEN])
    trajectories.see(0.5, [LOST])
    white = trajectories["white"]
    assert white.times_s == [0.0, 0.5]
    assert white.centres_px[0] == (90.0, 50.0)
    assert white.radii_px[0] == pytest.approx(10.0)
    assert math.isnan(white.centres_px[1][0])
    assert white.lost == [False, True]


def test_a_bounded_trajectory_does_not_grow() -> None:
    """However long a stream is, between once and twice the newest frames asked for are kept."""
    trajectories = Trajectories(longest=10)
    for index in range(1000):
        trajectories.see(index / 30, [SEEN])
        assert len(trajectories["white"]) <= 20
    assert trajectories["white"].times_s[-1] == pytest.approx(999 / 30)
    assert len(trajectories["white"]) >= 10


def test_time_only_goes_on() -> None:
    """Two frames at one time are refused."""
    trajectories = Trajectories()
    trajectories.see(1.0, [SEEN])
    with pytest.raises(BadRequest):
        trajectories.see(1.0, [SEEN])
