"""Touches: what they keep, what they lose, and what players know about them."""

from __future__ import annotations

from dataclasses import replace
from math import atan2, degrees, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billiards.playing import CLOTH, RADIUS_M, play
from jianwen.billiards import Physics, Strike, nine_foot
from jianwen.billiards.impacts import collided, rebounded
from jianwen.billiards.motion import Body

IDEAL = Physics(
    ball_restitution=1.0,
    ball_friction_floor=0.0,
    ball_friction_extra=0.0,
    cushion_restitution=1.0,
    cushion_friction=0.0,
    sliding_friction=1e-9,
    rolling_friction=1e-9,
)
Motion = tuple[float, float, float, float, float]
# Speed along x and y, spin about x, y and z.
motions = st.tuples(*[st.floats(-10, 10)] * 2, *[st.floats(-300, 300)] * 3)


def energy_of(body: Body, mass_kg: float) -> float:
    turning = body.wx**2 + body.wy**2 + body.wz**2
    return 0.5 * mass_kg * (body.vx**2 + body.vy**2 + 0.4 * RADIUS_M**2 * turning)


@given(motions, st.floats(-pi, pi), st.floats(0.5, 2.0))
def test_two_balls_keep_momentum_and_make_no_energy(motion: Motion, angle: float, ratio: float) -> None:
    """Momentum is kept to 1e-9 for any speed, spin, angle and masses; energy never grows; the balls part."""
    one = Body(0.0, 0.0, *motion)
    nx, ny = float(np.cos(angle)), float(np.sin(angle))
    if one.vx * nx + one.vy * ny < 0:
        nx, ny = -nx, -ny
    other = Body(2 * RADIUS_M * nx, 2 * RADIUS_M * ny)
    masses = 0.17, 0.17 * ratio
    a, b = collided(one, other, radius_m=RADIUS_M, masses_kg=masses, physics=CLOTH)
    assert masses[0] * a.vx + masses[1] * b.vx == pytest.approx(masses[0] * one.vx, abs=1e-9)
    assert masses[0] * a.vy + masses[1] * b.vy == pytest.approx(masses[0] * one.vy, abs=1e-9)
    assert energy_of(a, masses[0]) + energy_of(b, masses[1]) <= energy_of(one, masses[0]) * (1 + 1e-12) + 1e-12
    assert (b.vx - a.vx) * nx + (b.vy - a.vy) * ny > 0


@given(motions, st.floats(0, 1), st.floats(0, 1), st.floats(-0.9, 0.9))
def test_a_cushion_makes_no_energy_and_throws_the_ball_back(
    motion: Motion, restitution: float, friction: float, rise: float
) -> None:
    """For any speed, spin, rubber and height of the nose."""
    physics = replace(CLOTH, cushion_restitution=restitution, cushion_friction=friction)
    body = Body(0.0, 0.0, abs(motion[0]), *motion[1:])
    after = rebounded(body, radius_m=RADIUS_M, toward=(1.0, 0.0), rise=rise, physics=physics)
    assert energy_of(after, 0.17) <= energy_of(body, 0.17) * (1 + 1e-12) + 1e-12
    assert after.vx < 0


def test_a_straight_stun_shot_stops_the_cue_ball() -> None:
    """Hit full without spin, an elastic ball hands over all its speed; a real one keeps a few per cent."""
    for physics, kept in ((IDEAL, 1e-6), (CLOTH, 0.03)):
        shot = play((0.0, 0.0), (0.1, 0.0), strike=Strike(2.0, 0.0), physics=physics)
        touch = next(event for event in shot.events if event.kind == "collision")
        speed = shot.at(touch.time_s).velocity_m_s[:, 0]
        assert abs(speed[0]) <= kept * 2
        assert speed[1] > 1.8


@pytest.mark.parametrize(("top", "sign"), [(0.9, 1), (-0.9, -1)])
def test_follow_goes_on_and_draw_comes_back(top: float, sign: int) -> None:
    """After a full hit the cue ball runs after the other with top spin, and back with bottom spin."""
    shot = play((0.0, 0.0), (0.3, 0.0), strike=Strike(2.0, 0.0, top=top))
    touch = next(event for event in shot.events if event.kind == "collision")
    here, later = shot.at(touch.time_s), shot.at(touch.time_s + 0.4)
    assert sign * (later.position_m[0, 0] - here.position_m[0, 0]) > 0.1


def test_a_half_full_hit_sends_the_object_ball_along_the_line_of_centres() -> None:
    """But for the throw of friction, which is a few degrees and towards the cue ball's way."""
    aim = (0.0, RADIUS_M)
    for physics, least, most in ((IDEAL, 0.0, 1e-6), (CLOTH, 0.5, 7.0)):
        shot = play((-0.5, 0.0), (0.0, aim[1]), strike=Strike(1.0, 0.0), physics=physics)
        touch = next(event for event in shot.events if event.kind == "collision")
        states = shot.at(touch.time_s)
        line = states.position_m[1] - states.position_m[0]
        way = states.velocity_m_s[1]
        thrown = degrees(atan2(line[1], line[0]) - atan2(way[1], way[0]))
        assert least <= thrown <= most or abs(thrown) < 1e-6


def test_an_ideal_cushion_is_a_mirror() -> None:
    """Rubber at the height of the centre, elastic and smooth: the angle out is the angle in, at the same speed."""
    table = replace(nine_foot(), cushion_height_m=RADIUS_M)
    shot = play((0.0, 0.3), strike=Strike(2.0, 0.5), physics=IDEAL, table=table)
    touch = next(event for event in shot.events if event.kind == "cushion")
    before, after = shot.at(touch.time_s - 1e-6).velocity_m_s[0], shot.at(touch.time_s).velocity_m_s[0]
    assert before[1] > 0
    assert after == pytest.approx([before[0], -before[1], 0.0], abs=1e-6)


def test_running_side_widens_the_angle_off_a_cushion() -> None:
    """Spin that rolls along the rubber speeds the ball up along it; the other sense holds it back."""
    along = []
    for side in (-0.8, 0.0, 0.8):
        shot = play((0.0, 0.3), strike=Strike(2.0, pi / 4, side=side))
        touch = next(event for event in shot.events if event.kind == "cushion")
        along.append(shot.at(touch.time_s).velocity_m_s[0, 0])
    assert along == sorted(along)
    assert along[2] - along[0] > 0.2
