"""Whole shots: what must hold whatever happens, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf, nan, pi

import numpy as np
import pytest

from billiards.playing import CLOTH, RADIUS_M, at_the_rack, energy, nearest, play
from jianwen.billiards import (
    Physics,
    Shot,
    Strike,
    eight_ball,
    nine_foot,
    racked,
    random_strike,
    scattered,
    simulate,
    snooker,
    snooker_table,
)
from jianwen.billiards.checks import lies_free
from jianwen.errors import BadRequest


def any_shot(seed: int) -> Shot:
    """Pool and snooker in turn; every fifth is a break."""
    rng = np.random.default_rng(seed)
    table, balls = (nine_foot(), eight_ball()) if seed % 2 else (snooker_table(), snooker())
    positions = scattered(table, len(balls), balls[0].radius_m, rng)
    strike = random_strike(positions, rng)
    if seed % 5 == 0:
        positions = racked(table, balls, "eight_ball" if seed % 2 else "snooker", rng)
        strike = at_the_rack(positions, side=float(rng.uniform(-0.7, 0.7)), top=float(rng.uniform(-0.7, 0.7)))
    return simulate(table, balls, positions, strike, seed=seed)


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_no_shot_overlaps_balls_loses_one_or_makes_energy(first: int) -> None:
    """In two hundred shots balls keep a micrometre's truth, stay on the cloth or in a pocket, and only slow down."""
    for seed in range(first, first + 50):
        shot = any_shot(seed)
        radius = shot.balls[0].radius_m
        before = inf
        for time_s in sorted([*(event.time_s for event in shot.events), *np.linspace(0, shot.duration_s, 20)]):
            states = shot.at(time_s)
            assert nearest(states, radius) > 2 * radius - 1e-6, (seed, time_s)
            now = energy(states, shot.balls)
            assert now <= before + 1e-12, (seed, time_s)
            before = now
        potted = {event.balls[0] for event in shot.events if event.kind == "pot"}
        last = shot.at(shot.duration_s)
        assert {int(index) for index in np.flatnonzero(~last.on_table)} == potted
        assert not last.velocity_m_s.any()
        for x, y in last.position_m[last.on_table, :2]:
            assert lies_free(shot.table, radius - 1e-6, x, y), seed


def test_balls_stay_in_the_outline_between_events() -> None:
    """At every hundredth of a second a ball lies free, or it is falling into a hole."""
    for seed in (0, 1, 5, 15):
        shot = any_shot(seed)
        radius = shot.balls[0].radius_m
        for time_s in np.arange(0, shot.duration_s, 0.01):
            for x, y, z in shot.at(time_s).position_m:
                over = min(
                    np.hypot(x - hole.centre_m[0], y - hole.centre_m[1]) - hole.radius_m for hole in shot.table.pockets
                )
                assert over < 1e-6 if z < radius - 1e-12 else over < 1e-6 or lies_free(shot.table, radius - 1e-6, x, y)


def test_events_are_in_order_and_tell_what_happened() -> None:
    """The strike comes first, times rise, and every ball that moved stops or is potted."""
    shot = any_shot(5)
    assert [event.kind for event in shot.events].count("strike") == 1
    assert shot.events[0].kind == "strike"
    assert all(one.time_s <= other.time_s for one, other in pairwise(shot.events))
    ended = {event.balls[0] for event in shot.events if event.kind in {"stop", "pot"}}
    assert ended == {ball for event in shot.events for ball in event.balls}
    for event in shot.events:
        states = shot.at(event.time_s)
        for ball in event.balls:
            away = np.hypot(*(states.position_m[ball, :2] - event.place_m))
            assert away < 1e-6 if event.kind in {"strike", "stop", "pot"} else abs(away - RADIUS_M) < 0.0015


def test_a_tight_rack_comes_to_an_end() -> None:
    """Fifteen balls in exact touch with each other are broken like any others."""
    table, balls = nine_foot(), eight_ball()
    pitch = 2 * RADIUS_M
    rows = [(0.6 + row * pitch * 0.75**0.5, (place - row / 2) * pitch) for row in range(5) for place in range(row + 1)]
    shot = simulate(table, balls, np.array([(-0.6, 0.0), *rows]), Strike(10.0, 0.0))
    assert shot.duration_s > 1
    assert {event.balls[0] for event in shot.events if event.kind in {"stop", "pot"}} == set(range(16))


def test_a_ball_pressed_against_another_comes_to_an_end() -> None:
    """Follow against a ball that is frozen to the cushion does not touch it without end, nor does a frozen row."""
    reach = (RADIUS_M**2 - (nine_foot().cushion_height_m - RADIUS_M) ** 2) ** 0.5
    frozen = 1.27 - reach
    shot = play((frozen - 2 * RADIUS_M - 0.1, 0.0), (frozen, 0.0), strike=Strike(2.0, 0.0, top=1.0))
    row = [(frozen - 2 * RADIUS_M * number, 0.0) for number in range(5)]
    other = play((0.3, 0.003), *row, strike=Strike(3.0, 0.0, top=1.0))
    for pressed in (shot, other):
        assert len(pressed.events) < 2000
        assert pressed.duration_s < 20


def test_a_seed_repeats_to_the_bit() -> None:
    """The same seed gives the same events and the same states; another only turns the balls."""
    one, same = any_shot(7), any_shot(7)
    assert one.events == same.events
    for time_s in np.linspace(0, one.duration_s, 7):
        a, b = one.at(time_s), same.at(time_s)
        assert a.position_m.tobytes() == b.position_m.tobytes()
        assert a.orientation.tobytes() == b.orientation.tobytes()
    first = [(0.0, 0.0)]
    turned = [simulate(nine_foot(), eight_ball()[:1], np.array(first), Strike(1.0, 0.0), seed=seed) for seed in (1, 2)]
    assert turned[0].events == turned[1].events
    assert not np.allclose(turned[0].at(0).orientation, turned[1].at(0).orientation)


def test_at_is_clamped_before_the_strike_and_after_the_end() -> None:
    """Times outside the shot give its first and last states."""
    shot = play((0.0, 0.0), strike=Strike(1.0, 0.3))
    assert shot.at(-5).position_m.tobytes() == shot.at(0).position_m.tobytes()
    assert shot.at(1e9).position_m.tobytes() == shot.at(shot.duration_s).position_m.tobytes()
    assert not shot.at(1e9).velocity_m_s.any()


def test_nothing_happens_without_speed() -> None:
    """A strike of no speed is a shot of no events and no time."""
    shot = play((0.0, 0.0), (0.5, 0.0), strike=Strike(0.0, 0.0))
    assert shot.events == ()
    assert shot.duration_s == 0
    assert shot.at(1.0).position_m[:, :2].tolist() == [[0.0, 0.0], [0.5, 0.0]]


@pytest.mark.parametrize(
    "places",
    [
        [(nan, 0.0), (0.5, 0.0)],
        [(inf, 0.0), (0.5, 0.0)],
        [(0.0, 0.0), (0.05, 0.0)],  # in each other
        [(0.0, 0.0), (0.0, 0.0)],
        [(0.0, 0.0), (1.26, 0.0)],  # in the rubber
        [(0.0, 0.0), (1.30, 0.66)],  # over a hole
        [(0.0, 0.0), (3.0, 0.0)],
        [(0.0, 0.0)],
    ],
)
def test_impossible_starts_are_refused(places: list[tuple[float, float]]) -> None:
    """No number, an overlap, a place in rubber, hole or room, or a missing ball is an error in both languages."""
    with pytest.raises(BadRequest) as caught:
        simulate(nine_foot(), eight_ball()[:2], np.array(places), Strike(1.0, 0.0))
    assert not caught.value.text("zh").isascii()


@pytest.mark.parametrize(
    "strike",
    [Strike(nan, 0.0), Strike(-1.0, 0.0), Strike(1e6, 0.0), Strike(1.0, inf), Strike(1.0, 0.0, side=0.9, top=0.9),
     Strike(1.0, 0.0, elevation_rad=pi / 2)],
)  # fmt: skip
def test_impossible_strikes_are_refused(strike: Strike) -> None:
    """A speed that no cue has, a direction that is none, a tip that slips off."""
    with pytest.raises(BadRequest):
        play((0.0, 0.0), strike=strike)


def test_impossible_physics_and_sets_are_refused() -> None:
    """Cushions that make energy, cloth that never stops a ball, unlike balls, an absent cue ball."""
    for field in ("cushion_restitution", "ball_restitution"):
        with pytest.raises(BadRequest):
            Physics(**{field: 1.1})
    for value in (0.0, -0.1, nan):
        with pytest.raises(BadRequest):
            replace(CLOTH, rolling_friction=value)
    one = eight_ball()[0]
    with pytest.raises(BadRequest):
        simulate(nine_foot(), (one, replace(one, radius_m=0.03)), np.array([(0, 0), (0.5, 0)]), Strike(1.0, 0.0))
    with pytest.raises(BadRequest):
        simulate(nine_foot(), (one,), np.array([(0, 0)]), Strike(1.0, 0.0), cue=1)
