"""One ball by itself, against the closed forms that textbooks give."""

from __future__ import annotations

from itertools import pairwise
from math import cos, pi, sin

import numpy as np
import pytest

from billiards.playing import CLOTH, RADIUS_M, play
from jianwen.billiards import Shot, Strike
from jianwen.billiards.rotation import turning

PUSH_M_S, SLIDE_M_S2, ROLL_M_S2 = 1.5, 0.2 * 9.81, 0.01 * 9.81


def slid() -> Shot:
    """A ball hit in its middle, which starts without spin."""
    return play((-1.0, 0.1), strike=Strike(PUSH_M_S, 0.0))


def turned(orientation: np.ndarray, vector: tuple[float, float, float]) -> np.ndarray:
    """A vector of the ball's axes in the world's."""
    w, axis = orientation[0], orientation[1:]
    v = np.array(vector)
    return np.asarray(v + 2 * np.cross(axis, np.cross(axis, v) + w * v))


def test_a_ball_rolls_at_five_sevenths_of_its_first_speed() -> None:
    """Friction on the cloth turns two sevenths of the speed into spin, after 2 v / (7 mu g)."""
    states = slid().at(2 * PUSH_M_S / (7 * SLIDE_M_S2))
    assert states.velocity_m_s[0, 0] == pytest.approx(PUSH_M_S * 5 / 7, rel=1e-12)
    assert states.spin_rad_s[0] == pytest.approx([0, PUSH_M_S * 5 / 7 / RADIUS_M, 0], rel=1e-12)


def test_a_ball_stops_where_the_closed_form_says() -> None:
    """Slide 12 v^2 / (49 mu g), then roll (5 v / 7)^2 / (2 mu g); a soft ball stops before the cushion."""
    push = 0.6
    shot = play((-1.0, 0.1), strike=Strike(push, 0.0))
    way = 12 * push**2 / (49 * SLIDE_M_S2) + (5 * push / 7) ** 2 / (2 * ROLL_M_S2)
    assert shot.events[-1].kind == "stop"
    assert shot.events[-1].place_m == pytest.approx((-1.0 + way, 0.1), abs=1e-12)
    assert shot.duration_s == pytest.approx(2 * push / (7 * SLIDE_M_S2) + 5 * push / 7 / ROLL_M_S2)


def test_a_rolling_ball_turns_by_distance_over_radius() -> None:
    """Between two times of rolling a point of the skin is carried around by exactly the way over the radius."""
    shot = slid()
    one, two = shot.at(0.3), shot.at(0.9)
    angle = (two.position_m[0, 0] - one.position_m[0, 0]) / RADIUS_M
    for point in ((1.0, 0.0, 0.0), (0.0, 0.6, 0.8)):
        before, after = turned(one.orientation[0], point), turned(two.orientation[0], point)
        x, y, z = before
        rolled = (x * cos(angle) + z * sin(angle), y, z * cos(angle) - x * sin(angle))
        assert after == pytest.approx(rolled, abs=1e-9)


def test_the_orientation_is_whole_and_smooth_with_every_spin() -> None:
    """Quaternions stay of length one and differ by no more than the spin allows, with side spin and through events."""
    shot = play((-0.6, 0.1), (0.6, 0.12), strike=Strike(4.0, 0.02, side=0.7, top=0.4, elevation_rad=0.1))
    times = np.arange(0, shot.duration_s, 0.002)
    for early, late in pairwise(times):
        one, two = shot.at(early), shot.at(late)
        assert np.linalg.norm(two.orientation, axis=1) == pytest.approx([1, 1], abs=1e-12)
        along = np.abs((one.orientation * two.orientation).sum(axis=1)).clip(0, 1)
        fastest = max(np.linalg.norm(state.spin_rad_s, axis=1).max() for state in (one, two)) + 60
        assert (2 * np.arccos(along) <= fastest * 0.002 + 1e-6).all()


def test_a_wandering_axis_is_followed_to_the_fourth_order() -> None:
    """Steps of a quarter turn agree with a thousand times finer ones."""
    spin, change, first = (40.0, 5.0, 30.0), (-20.0, 35.0, -10.0), (1.0, 0.0, 0.0, 0.0)
    coarse = turning(0.0, 1.0, spin, change, first).at(1.0)
    fine = first
    for step in range(20_000):
        at = [s + c * step / 20_000 for s, c in zip(spin, change, strict=True)]
        fine = turning(0.0, 1 / 20_000, (at[0], at[1], at[2]), change, fine).marks[-1]
    assert abs(sum(a * b for a, b in zip(coarse, fine, strict=True))) == pytest.approx(1.0, abs=1e-10)


def test_side_spin_fades_at_its_own_rate() -> None:
    """A ball that spins on the spot goes nowhere and stops when the decay says so."""
    shot = play((0.0, 0.0), strike=Strike(0.2, 0.0, side=1.0))
    start = abs(shot.at(0).spin_rad_s[0, 2])
    assert start == pytest.approx(2.5 * 0.2 * 0.5 / RADIUS_M)
    later = abs(shot.at(0.3).spin_rad_s[0, 2])
    assert later == pytest.approx(start - 0.3 * CLOTH.spin_decay_rad_s2)


def test_a_raised_cue_bends_the_way_of_the_ball() -> None:
    """Side spin with an elevated cue curves towards the side that was struck; without elevation the way is straight."""
    straight, bent = (
        play((-1.0, 0.0), strike=Strike(1.0, 0.0, side=0.8, elevation_rad=raised)).at(0.6).position_m[0, 1]
        for raised in (0.0, 0.3)
    )
    assert straight == pytest.approx(0.0, abs=1e-12)
    assert bent < -0.002


def test_directions_are_counted_from_x_towards_y() -> None:
    """A quarter turn sends the ball along y."""
    states = play((0.0, -0.4), strike=Strike(0.5, pi / 2)).at(0.2)
    assert states.position_m[0, 0] == pytest.approx(0.0, abs=1e-12)
    assert states.velocity_m_s[0, 1] > 0
