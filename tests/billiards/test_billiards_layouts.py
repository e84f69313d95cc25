"""Tables, sets of balls, racks and scatterings."""

from __future__ import annotations

from math import hypot

import numpy as np
import pytest

from jianwen.billiards import (
    Ball,
    Game,
    Strike,
    Table,
    eight_ball,
    nine_ball,
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

GAMES: list[tuple[Game, Table, tuple[Ball, ...]]] = [
    ("eight_ball", nine_foot(), eight_ball()),
    ("nine_ball", nine_foot(), nine_ball()),
    ("snooker", snooker_table(), snooker()),
]


@pytest.mark.parametrize("table", [nine_foot(), snooker_table()], ids=lambda table: table.name)
def test_a_table_is_the_same_in_all_four_quarters(table: Table) -> None:
    """Noses, knuckles and holes have mirror images; noses face the cloth and jaws face their pocket."""
    assert (len(table.pockets), len(table.cushions), len(table.knuckles)) == (6, 18, 12)
    for centres in ([hole.centre_m for hole in table.pockets], [knuckle.centre_m for knuckle in table.knuckles]):
        assert {(round(x, 9), round(-y, 9)) for x, y in centres} == {(round(x, 9), round(y, 9)) for x, y in centres}
        assert {(round(-x, 9), round(y, 9)) for x, y in centres} == {(round(x, 9), round(y, 9)) for x, y in centres}
    for edge in table.cushions:
        hole = min(
            table.pockets, key=lambda hole: hypot(hole.centre_m[0] - edge.end_m[0], hole.centre_m[1] - edge.end_m[1])
        )
        aim = (0.0, 0.0) if edge.kind == "nose" else hole.centre_m
        nx, ny = edge.inward
        assert (aim[0] - edge.start_m[0]) * nx + (aim[1] - edge.start_m[1]) * ny > 0.03


def test_sets_have_their_balls() -> None:
    """Sixteen, ten and twenty-two; the cue ball first; seven solids, seven stripes and the eight."""
    assert [len(balls) for _, _, balls in GAMES] == [16, 10, 22]
    assert all(balls[0].kind == "cue" and balls[0].number == 0 for _, _, balls in GAMES)
    kinds = [ball.kind for ball in eight_ball()]
    assert (kinds.count("solid"), kinds.count("stripe"), kinds[8]) == (7, 7, "eight")
    assert eight_ball()[9].colour == eight_ball()[1].colour
    assert [ball.number for ball in eight_ball()] == list(range(16))


@pytest.mark.parametrize(("game", "table", "balls"), GAMES, ids=[game for game, _, _ in GAMES])
def test_racks_can_be_broken(game: Game, table: Table, balls: tuple[Ball, ...]) -> None:
    """Any seed gives places that the simulation takes, all different, and the same seed the same."""
    for seed in range(20):
        positions = racked(table, balls, game, np.random.default_rng(seed))
        shot = simulate(table, balls, positions, Strike(0.0, 0.0))
        assert shot.at(0).on_table.all()
        assert (positions == racked(table, balls, game, np.random.default_rng(seed))).all()
        assert (positions != racked(table, balls, game, np.random.default_rng(seed + 1))).any()


def test_an_eight_ball_rack_keeps_the_rules() -> None:
    """The eight in the middle of the third row, a solid and a stripe in the two back corners."""
    table, balls = nine_foot(), eight_ball()
    for seed in range(50):
        positions = racked(table, balls, "eight_ball", np.random.default_rng(seed))
        back = np.argsort(positions[:, 0])[-5:]
        corners = {balls[back[positions[back, 1].argmin()]].kind, balls[back[positions[back, 1].argmax()]].kind}
        assert corners == {"solid", "stripe"}
        assert positions[8] == pytest.approx([table.length_m / 4 + 2 * 0.0497, 0.0], abs=0.001)


def test_a_rack_of_the_wrong_set_is_refused() -> None:
    """Nine balls make no triangle."""
    with pytest.raises(BadRequest):
        racked(nine_foot(), nine_ball(), "eight_ball", np.random.default_rng(0))


def test_scattered_balls_lie_free_and_apart() -> None:
    """No overlap, none in rubber or a hole, for any number that has room; too many are refused."""
    table = nine_foot()
    for count in (0, 1, 16, 60):
        positions = scattered(table, count, 0.028575, np.random.default_rng(count))
        assert positions.shape == (count, 2)
        apart = np.linalg.norm(positions[:, None] - positions[None], axis=2) + np.eye(count) * 9
        assert count == 0 or apart.min() > 2 * 0.028575
        assert all(lies_free(table, 0.028575, x, y) for x, y in positions)
    with pytest.raises(BadRequest):
        scattered(table, 5000, 0.028575, np.random.default_rng(0))


def test_random_strikes_mostly_hit_something() -> None:
    """Eight of ten shots at a full table touch another ball, and a seed repeats."""
    table, balls, hits = nine_foot(), eight_ball(), 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        positions = scattered(table, 16, 0.028575, rng)
        strike = random_strike(positions, rng)
        assert 0 < strike.speed_m_s <= 10
        hits += any(event.kind == "collision" for event in simulate(table, balls, positions, strike).events)
    assert hits >= 24
    again = np.random.default_rng(3)
    assert random_strike(positions, again) == random_strike(positions, np.random.default_rng(3))
