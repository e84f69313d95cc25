"""The streak of a fast ball: its middle and way from what differs, whatever shadow it throws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jianwen.tracking import Motion
from jianwen.tracking.imprint import colour_of
from jianwen.tracking.streaks import Streak, covered_share, fitted
from tracking.colours import COLOURS, table_frame

RADIUS = 8.0
EMPTY = table_frame([None])
COLOUR = tuple(float(value) for value in colour_of(np.array(COLOURS[0])))


def shown(middle: tuple[float, float], way: tuple[float, float], *, shadow: bool = False) -> np.ndarray:
    """The mean of many places of a ball, with a shadow beside it if asked."""
    total = np.zeros(EMPTY.shape)
    rows, columns = np.mgrid[0 : len(EMPTY), 0 : EMPTY.shape[1]] + 0.5
    steps = np.linspace(-0.5, 0.5, 61)
    for step in steps:
        x, y = middle[0] + step * way[0], middle[1] + step * way[1]
        frame = EMPTY.astype(float)
        if shadow:
            frame[np.hypot(columns - x - 9, rows - y - 6) < RADIUS] *= 0.6
        ball = table_frame([(x, y)])
        on = np.hypot(columns - x, rows - y) < RADIUS
        frame[on] = ball[on]
        total += frame
    return np.asarray((total / len(steps)).astype(np.uint8))


def fit(
    picture: np.ndarray, *starts: tuple[float, float, float, float], others: tuple[tuple[float, float, float], ...] = ()
) -> Streak:
    found = fitted(picture, EMPTY, COLOUR, RADIUS, starts, others=others)
    assert found is not None
    return found


@pytest.mark.parametrize("way", [(0.5, 0.0), (12.0, 5.0), (40.0, -30.0)])
def test_the_shares_of_a_streak_sum_to_the_disc(way: tuple[float, float]) -> None:
    """However long it is: what it covers for a shorter time, it covers over more pixels."""
    rows, columns = np.mgrid[-60:60, -60:60] + 0.5
    share = covered_share(columns, rows, way, RADIUS)
    assert share.sum() == pytest.approx(math.pi * RADIUS**2, rel=0.02)
    assert (share >= 0).all()
    assert (share <= 1).all()


@pytest.mark.parametrize("way", [(20.0, 8.0), (52.0, 20.0), (-15.0, 70.0)])
@pytest.mark.parametrize("shadow", [False, True])
def test_a_streak_is_found_from_one_of_its_ends(way: tuple[float, float], *, shadow: bool) -> None:
    """Half a length to each side is thought of, with a way that is a third too short; a shadow pulls it nowhere."""
    middle = (300.0, 180.0)
    end = (middle[0] + 0.5 * way[0], middle[1] + 0.5 * way[1])
    short = 0.7 * way[0], 0.7 * way[1]
    starts = [(end[0] + aside * way[0], end[1] + aside * way[1], *short) for aside in (-0.5, 0.0, 0.5)]
    found = fit(shown(middle, way, shadow=shadow), *starts)
    assert math.dist((found.x, found.y), middle) < 0.35 * RADIUS
    assert abs(found.way[0] * way[0] + found.way[1] * way[1]) / math.hypot(*way) == pytest.approx(
        math.hypot(*way), abs=0.6 * RADIUS
    )
    assert found.explained > 0.8


def test_its_own_colour_comes_without_the_cloth() -> None:
    """A streak of three diameters shows a third of the ball; what it is told to be is the whole of it."""
    found = fit(shown((300.0, 180.0), (48.0, 0.0)), (300.0, 180.0, 48.0, 0.0))
    assert np.array(found.colour) == pytest.approx(np.array(COLOUR), abs=25)


def test_other_balls_are_not_looked_at() -> None:
    """One that lies on the way changes nothing, and where others cover most of a streak none is told."""
    picture = shown((300.0, 180.0), (48.0, 0.0))
    beside = table_frame([None, (300.0, 197.0)])
    there = (beside != EMPTY).any(axis=2)
    picture[there] = beside[there]
    found = fit(picture, (310.0, 180.0, 40.0, 0.0), others=((300.0, 197.0, RADIUS),))
    assert math.dist((found.x, found.y), (300, 180)) < 0.35 * RADIUS
    crowd = tuple((x, 180.0, RADIUS) for x in (275.0, 300.0, 325.0))
    assert fitted(picture, EMPTY, COLOUR, RADIUS, [(300.0, 180.0, 48.0, 0.0)], others=crowd) is None


def test_a_ball_like_its_cloth_is_not_measured() -> None:
    """Nothing is told of it, and of one beside the frame."""
    cloth = tuple(float(value) for value in colour_of(EMPTY[180, 300]))
    assert fitted(EMPTY, EMPTY, cloth, RADIUS, [(300.0, 180.0, 48.0, 0.0)]) is None
    assert fitted(EMPTY, EMPTY, COLOUR, RADIUS, [(-200.0, 180.0, 20.0, 0.0)]) is None


def test_a_short_streak_says_how_fast_a_ball_is_after_a_hit() -> None:
    """Its way in the frame was of the speed before; the shutter's share of a frame is known from streaks before."""
    motion = Motion(0, 0.0, 0.0, 16.0, is_new=False)
    for frame in range(1, 5):
        motion = motion.seen(frame, 50.0 * frame, 0.0, 16.0, (25.0, 0.0))
    assert motion.open_share == pytest.approx(0.5)
    assert motion.velocity == pytest.approx((50.0, 0.0), abs=1.0)
    stopped = motion.seen(5, 230.0, 0.0, 16.0, (-3.0, 0.0))
    assert stopped.velocity == pytest.approx((6.0, 0.0))
    assert stopped.open_share == pytest.approx(0.5)
    assert motion.seen(5, 230.0, 0.0, 16.0).velocity == pytest.approx((30.0, 0.0))
