"""Hits into balls that touch each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billiards.playing import CLOTH, RADIUS_M, at_the_rack, play
from jianwen.billiards import Strike, eight_ball, nine_foot, racked, simulate
from jianwen.billiards.cluster import burst, contacts_around
from jianwen.billiards.impacts import collided
from jianwen.billiards.motion import Body

PITCH_M = 2 * RADIUS_M


def energy_of(bodies: list[Body]) -> float:
    """Joules, of balls of 0.17 kg."""
    state = np.array(bodies)
    return float(0.085 * ((state[:, 2:4] ** 2).sum() + 0.4 * RADIUS_M**2 * (state[:, 4:7] ** 2).sum()))


@given(st.floats(0.1, 10), st.floats(-0.8, 0.8), st.tuples(*[st.floats(-200, 200)] * 3))
@settings(max_examples=25, deadline=None)
def test_a_cluster_keeps_momentum_and_makes_no_energy(
    speed: float, angle: float, spin: tuple[float, float, float]
) -> None:
    """Into a triangle of six, at any speed, angle and spin; then no two that touch approach each other fast."""
    triangle = [
        (row * PITCH_M * 0.75**0.5, (place - row / 2) * PITCH_M) for row in range(3) for place in range(row + 1)
    ]
    bodies = {number + 1: Body(x, y) for number, (x, y) in enumerate(triangle)}
    way = float(np.cos(angle)), float(np.sin(angle))
    bodies[0] = Body(-PITCH_M * way[0], -PITCH_M * way[1], speed, 0.0, *spin)
    contacts = contacts_around((0, 1), bodies, PITCH_M, 1e-6)
    assert len(contacts) >= 10
    after, pressed = burst(
        bodies, contacts, dict.fromkeys(bodies, 0.17), radius_m=RADIUS_M, speed_m_s=speed * way[0], physics=CLOTH
    )
    assert pressed[0][:2] == (0, 1)
    assert sum(body.vx for body in after.values()) == pytest.approx(speed, abs=1e-9)
    assert sum(body.vy for body in after.values()) == pytest.approx(0.0, abs=1e-9)
    assert energy_of(list(after.values())) <= energy_of(list(bodies.values())) * (1 + 1e-12)
    for one, other, _ in contacts:
        a, b = after[one], after[other]
        apart = (b.vx - a.vx) * (b.x - a.x) + (b.vy - a.vy) * (b.y - a.y)
        assert apart > -0.05 * speed * PITCH_M


def test_two_balls_as_a_cluster_agree_with_the_closed_form() -> None:
    """The springs give the same speeds as the impulse, to within the first order of the loss."""
    one, other = Body(0.0, 0.0, 3.0, 0.0), Body(PITCH_M * 0.8, PITCH_M * 0.6)
    closed = collided(one, other, radius_m=RADIUS_M, masses_kg=(0.17, 0.17), physics=CLOTH)
    sprung, _ = burst(
        {0: one, 1: other},
        contacts_around((0, 1), {0: one, 1: other}, PITCH_M, 1e-6),
        {0: 0.17, 1: 0.17},
        radius_m=RADIUS_M,
        speed_m_s=3.0 * 0.8,
        physics=CLOTH,
    )
    for body, same in zip(closed, (sprung[0], sprung[1]), strict=True):
        assert (same.vx, same.vy) == pytest.approx((body.vx, body.vy), abs=0.03)
        assert same.wz == pytest.approx(body.wz, abs=1.5)


def test_the_last_of_a_row_takes_most_of_the_speed() -> None:
    """A full hit on the first of three that touch in line: Newton's cradle, with a little left behind."""
    shot = play((-0.2, 0.0), (0.0, 0.0), (PITCH_M, 0.0), (2 * PITCH_M, 0.0), strike=Strike(2.0, 0.0))
    touch = next(event for event in shot.events if event.kind == "collision")
    speeds = shot.at(touch.time_s + 1e-9).velocity_m_s[:, 0]
    assert speeds[3] > 0.75 * speeds.sum()
    assert (np.diff(speeds[1:]) > 0).all()


def test_a_break_scatters_the_rack() -> None:
    """Of fifteen balls hit hard, more than half end far from where they lay, as on a real table."""
    far = []
    for seed in range(8):
        positions = racked(nine_foot(), eight_ball(), "eight_ball", np.random.default_rng(seed))
        shot = simulate(nine_foot(), eight_ball(), positions, at_the_rack(positions))
        last = shot.at(shot.duration_s)
        moved = np.linalg.norm(last.position_m[1:, :2] - positions[1:], axis=1)
        far.append(((moved > 0.3) | ~last.on_table[1:]).mean())
    assert np.mean(far) > 0.6
