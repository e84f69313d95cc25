"""Pockets take what comes, and jaws hold what lies."""

from __future__ import annotations

from math import atan2, hypot

import numpy as np
import pytest

from billiards.playing import play
from jianwen.billiards import Strike, Table, nine_foot, simulate, snooker, snooker_table


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("table", [nine_foot(), snooker_table()], ids=lambda table: table.name)
def test_a_ball_rolled_at_a_pocket_is_potted(table: Table, number: int) -> None:
    """From the middle of the table into each of the six; it sinks, and a quarter of a second later it is gone."""
    hole = table.pockets[number]
    start = (0.1 if hole.kind == "side" else 0.0, 0.0)
    strike = Strike(1.8, atan2(hole.centre_m[1] - start[1], hole.centre_m[0] - start[0]))
    ball = snooker()[0] if table.name == "snooker" else None
    shot = play(start, strike=strike) if ball is None else simulate(table, (ball,), np.array([start]), strike)
    pot = shot.events[-1]
    assert pot.kind == "pot"
    assert hypot(pot.place_m[0] - hole.centre_m[0], pot.place_m[1] - hole.centre_m[1]) == pytest.approx(hole.radius_m)
    assert shot.duration_s == pytest.approx(pot.time_s + 0.25)
    heights = [float(shot.at(pot.time_s + late).position_m[0, 2]) for late in (0.0, 0.1, 0.2, 0.249)]
    assert heights == sorted(heights, reverse=True)
    assert heights[-1] < -0.2
    assert shot.at(pot.time_s + 0.2).on_table.all()
    assert not shot.at(shot.duration_s).on_table.any()
    last = shot.at(shot.duration_s).position_m[0]
    assert last[:2] == pytest.approx(hole.centre_m)


def test_a_ball_at_rest_in_the_jaws_is_not_potted() -> None:
    """It hangs there, half over the shelf, while another ball is played elsewhere."""
    hole = nine_foot().pockets[2]
    mouth = hole.radius_m + 0.005
    hanging = (hole.centre_m[0] - mouth / 2**0.5, hole.centre_m[1] - mouth / 2**0.5)
    assert hanging[0] > 1.27 - 0.0275
    shot = play((0.0, 0.0), hanging, strike=Strike(0.5, 3.0))
    assert not [event for event in shot.events if 1 in event.balls]
    assert shot.at(shot.duration_s).on_table.all()
    assert shot.at(shot.duration_s).position_m[1, :2] == pytest.approx(hanging)


def test_a_ball_that_meets_a_knuckle_rattles_and_stays_on_the_table() -> None:
    """Too steep for the side pocket: the rounded point throws it back."""
    shot = play((0.5, 0.5), strike=Strike(1.0, atan2(0.635 - 0.5, -0.0643 - 0.5)))
    first = next(event for event in shot.events if event.kind == "cushion")
    assert hypot(first.place_m[0] + 0.0643, first.place_m[1] - 0.635) < 0.05
    assert shot.at(shot.duration_s).on_table.all()
