"""Shots on a table, for tests: few balls, exactly placed."""

from __future__ import annotations

from math import atan2
from typing import TYPE_CHECKING

import numpy as np

from jianwen.billiards import Physics, Shot, Strike, Table, eight_ball, nine_foot, simulate

if TYPE_CHECKING:
    from jianwen.billiards import Ball, BallStates

RADIUS_M = 0.028575
CLOTH = Physics()


def play(*places_m: tuple[float, float], strike: Strike, physics: Physics = CLOTH, table: Table | None = None) -> Shot:
    """A shot of the cue ball, which lies at the first place, on a nine-foot table."""
    balls = eight_ball()[: len(places_m)]
    return simulate(table or nine_foot(), balls, np.array(places_m), strike, physics=physics)


def at_the_rack(positions_m: np.ndarray, speed_m_s: float = 10.0, **options: float) -> Strike:
    """A hard strike at the middle of all other balls."""
    way = positions_m[1:16].mean(axis=0) - positions_m[0]
    return Strike(speed_m_s, atan2(way[1], way[0]), **options)


def energy(states: BallStates, balls: tuple[Ball, ...]) -> float:
    """Joules in the motion of the balls on the cloth."""
    radius, mass = balls[0].radius_m, balls[0].mass_kg
    on_cloth = states.position_m[:, 2] > radius - 1e-12
    moving = (states.velocity_m_s[on_cloth] ** 2).sum()
    turning = (states.spin_rad_s[on_cloth] ** 2).sum()
    return float(0.5 * mass * (moving + 0.4 * radius**2 * turning))


def nearest(states: BallStates, radius_m: float) -> float:
    """The smallest distance of two centres of balls on the cloth."""
    places = states.position_m[np.abs(states.position_m[:, 2] - radius_m) < 1e-12, :2]
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    return float((apart + np.eye(len(places)) * 9.0).min())
