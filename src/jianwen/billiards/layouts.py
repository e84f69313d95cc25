"""Where the balls lie before a shot, and how it is struck: racks, scatterings, strikes at some ball.

Every draw comes from the generator that is given, so a seed repeats to the bit.
"""

from __future__ import annotations

from math import atan2, hypot, pi, sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np

from jianwen.billiards.checks import lies_free
from jianwen.billiards.shot import BallStates, Strike
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.billiards.balls import Ball
    from jianwen.billiards.table import Table

__all__ = ["Game", "lying", "racked", "random_strike", "scattered"]

Game = Literal["eight_ball", "nine_ball", "snooker"]
Point = tuple[float, float]

GAP_M = 3e-5  # half the mean gap of a good rack, which is never quite tight
TRIES = 2000  # a ball, before the table counts as full
SIZES = {"eight_ball": 16, "nine_ball": 10, "snooker": 22}
TRIANGLE = (1, 2, 3, 4, 5)
DIAMOND = (1, 2, 3, 2, 1)


def racked(table: Table, balls: Sequence[Ball], game: Game, rng: np.random.Generator) -> NDArray[np.float64]:
    """Positions (n, 2) for a break; which ball lies where, the small gaps and the cue ball's place are drawn."""
    if game not in SIZES or len(balls) != SIZES[game]:
        raise BadRequest(
            detail=f"A rack of {game} with {len(balls)} balls is not known.",
            detail_zh=f"不支持 {len(balls)} 个球的 {game} 摆法。",
        )
    radius = balls[0].radius_m
    if game == "snooker":
        return np.array([_in_the_d(table, rng), *_reds(table, radius, rng), *_spots(table)])
    places = _pyramid((table.length_m / 4, 0.0), TRIANGLE if game == "eight_ball" else DIAMOND, radius, rng)
    order = _pool_order(balls, game, rng)
    positions = np.empty((len(balls), 2))
    positions[0] = _behind_the_line(table, radius, rng)
    positions[order] = places
    return positions


def scattered(table: Table, count: int, radius_m: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Positions (count, 2) anywhere on the cloth, in no other ball and in no pocket; now and then in the jaws."""
    places: list[Point] = []
    while len(places) < count:
        places.append(_free_place(table, places, radius_m, rng))
    return np.array(places, dtype=np.float64).reshape(count, 2)


def lying(positions_m: NDArray[np.float64], radius_m: float, rng: np.random.Generator) -> BallStates:
    """Balls at rest at places (n, 2), each turned at random."""
    count = len(positions_m)
    turn = rng.normal(size=(count, 4))
    nothing = np.zeros((count, 3))
    return BallStates(
        position_m=np.column_stack([positions_m, np.full(count, radius_m)]),
        velocity_m_s=nothing,
        spin_rad_s=nothing,
        orientation=turn / np.linalg.norm(turn, axis=1, keepdims=True),
        on_table=np.ones(count, np.bool_),
    )


def random_strike(
    positions_m: NDArray[np.float64],  # (n, 2)
    rng: np.random.Generator,
    *,
    cue: int = 0,
    fastest_m_s: float = 10.0,
) -> Strike:
    """Mostly at some ball, full or thin, mostly soft; sometimes just anywhere."""
    speed = fastest_m_s * float(rng.uniform(0.25, 1.0)) ** 2
    others = np.delete(np.arange(len(positions_m)), cue)
    direction = float(rng.uniform(-pi, pi))
    if len(others) and rng.random() < 0.9:
        aim = positions_m[rng.choice(others)] - positions_m[cue]
        # A ball seen over this distance is about this wide; up to its edge it is hit.
        thin = float(rng.uniform(-0.05, 0.05)) / max(0.05, hypot(*aim))
        direction = atan2(aim[1], aim[0]) + thin
    reach, turn = 0.9 * sqrt(float(rng.random())), float(rng.uniform(-pi, pi))
    elevation = float(rng.uniform(0.0, 0.12))
    return Strike(speed, direction, reach * float(np.cos(turn)), reach * float(np.sin(turn)), elevation)


def _free_place(table: Table, taken: list[Point], radius_m: float, rng: np.random.Generator) -> Point:
    spread = np.array([table.length_m / 2, table.width_m / 2])
    for _ in range(TRIES):
        x, y = (float(number) for number in rng.uniform(-spread, spread))
        apart = all(hypot(x - a, y - b) > 2.0 * radius_m + GAP_M for a, b in taken)
        if apart and lies_free(table, radius_m, x, y):
            return x, y
    raise BadRequest(
        detail=f"There is no room for more than {len(taken)} balls.", detail_zh=f"台面上放不下超过 {len(taken)} 个球。"
    )


def _pyramid(apex: Point, rows: Sequence[int], radius_m: float, rng: np.random.Generator) -> list[Point]:
    """Rows away from the apex along x; every ball is off its spot by less than half the gap."""
    pitch = 2 * radius_m + 2 * GAP_M
    shift = rng.uniform(-0.5, 0.5, size=(sum(rows), 2)) * GAP_M
    spots = [
        (apex[0] + row * pitch * sqrt(0.75), apex[1] + (place - (size - 1) / 2) * pitch)
        for row, size in enumerate(rows)
        for place in range(size)
    ]
    return [(x + float(dx), y + float(dy)) for (x, y), (dx, dy) in zip(spots, shift, strict=True)]


def _pool_order(balls: Sequence[Ball], game: Game, rng: np.random.Generator) -> list[int]:
    """Indices in the order of the rack's spots: by the rules, and otherwise drawn."""
    drawn = [int(index) for index in rng.permutation(np.arange(1, len(balls)))]
    middle = drawn.index(next(index for index in drawn if balls[index].number == (8 if game == "eight_ball" else 9)))
    drawn[4], drawn[middle] = drawn[middle], drawn[4]  # the middle of the third row in either rack
    if game == "nine_ball":
        apex = drawn.index(next(index for index in drawn if balls[index].number == 1))
        drawn[0], drawn[apex] = drawn[apex], drawn[0]
        return drawn
    # A solid in one back corner and a stripe in the other.
    if balls[drawn[10]].kind == balls[drawn[14]].kind:
        other = next(
            spot for spot in (11, 12, 13, *range(10)) if balls[drawn[spot]].kind not in {balls[drawn[10]].kind, "eight"}
        )
        drawn[14], drawn[other] = drawn[other], drawn[14]
    return drawn


def _behind_the_line(table: Table, radius_m: float, rng: np.random.Generator) -> Point:
    """For the break of pool: behind the line a quarter of the length from the end."""
    x = -table.length_m / 4 - float(rng.uniform(0.0, table.length_m / 8))
    return x, float(rng.uniform(-0.4, 0.4)) * (table.width_m - 4 * radius_m)


def _in_the_d(table: Table, rng: np.random.Generator) -> Point:
    baulk = -table.length_m / 2 + 0.737
    reach, turn = 0.95 * 0.292 * sqrt(float(rng.random())), float(rng.uniform(pi / 2, 3 * pi / 2))
    x, y = baulk + reach * float(np.cos(turn)), reach * float(np.sin(turn))
    return x - 0.06, y  # clear of the three spots on the line


def _reds(table: Table, radius_m: float, rng: np.random.Generator) -> list[Point]:
    """The apex all but touches the pink."""
    return _pyramid((table.length_m / 4 + 2 * radius_m + 0.002, 0.0), TRIANGLE, radius_m, rng)


def _spots(table: Table) -> list[Point]:
    """Yellow, green, brown, blue, pink, black: WPBSA rules, section 1."""
    baulk = -table.length_m / 2 + 0.737
    return [
        (baulk, -0.292),
        (baulk, 0.292),
        (baulk, 0.0),
        (0.0, 0.0),
        (table.length_m / 4, 0.0),
        (table.length_m / 2 - 0.324, 0.0),
    ]
