"""A synthetic table: balls that move as real ones do, to make pictures whose labels are exact.

Does not learn and does not count: it makes the data for those who do.
"""

from __future__ import annotations

from jianwen.billiards.balls import Ball, Kind, eight_ball, nine_ball, snooker
from jianwen.billiards.layouts import Game, racked, random_strike, scattered
from jianwen.billiards.physics import Physics
from jianwen.billiards.shot import BallStates, Event, Shot, Strike
from jianwen.billiards.simulate import simulate
from jianwen.billiards.table import Cushion, Knuckle, Pocket, Table, nine_foot, snooker_table

__all__ = [
    "Ball",
    "BallStates",
    "Cushion",
    "Event",
    "Game",
    "Kind",
    "Knuckle",
    "Physics",
    "Pocket",
    "Shot",
    "Strike",
    "Table",
    "eight_ball",
    "nine_ball",
    "nine_foot",
    "racked",
    "random_strike",
    "scattered",
    "simulate",
    "snooker",
    "snooker_table",
]
