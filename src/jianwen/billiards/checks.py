"""What is refused before a shot: numbers that are none, balls in each other, in the rubber or in a pocket."""

from __future__ import annotations

from math import hypot, isfinite
from typing import TYPE_CHECKING

import numpy as np

from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.billiards.balls import Ball
    from jianwen.billiards.shot import Strike
    from jianwen.billiards.table import Cushion, Pocket, Table

__all__ = ["check_balls", "check_strike", "checked_positions", "lies_free"]

FASTEST_M_S = 20.0  # a hard break is 10 to 13; beyond, a ball would not stay on the cloth
STEEPEST_RAD = 1.4  # a cue held straight down does not move the ball
ROUNDING_M = 1e-9  # balls may touch


def check_balls(table: Table, balls: Sequence[Ball]) -> None:
    """One size, some mass, and cushions that reach them."""
    if not balls:
        raise BadRequest(detail="A shot needs at least one ball.", detail_zh="至少要有一个球。")
    radius = balls[0].radius_m
    if any(ball.radius_m != radius or not 0 < ball.mass_kg < np.inf for ball in balls):
        raise BadRequest(
            detail="All balls must have one radius and a mass.", detail_zh="所有球的半径必须相同，且质量大于零。"
        )
    if not 0 < radius < np.inf or abs(table.cushion_height_m / radius - 1) > 0.9:
        raise BadRequest(
            detail=f"Balls of radius {radius} m do not fit cushions {table.cushion_height_m} m high.",
            detail_zh=f"半径 {radius} 米的球与高 {table.cushion_height_m} 米的库边不相配。",
        )


def check_strike(strike: Strike, cue: int, count: int) -> None:
    """Finite, on a ball that is there, not faster than a cue is, and on the part of the ball that does not slip off."""
    numbers = (strike.speed_m_s, strike.direction_rad, strike.side, strike.top, strike.elevation_rad)
    if not 0 <= cue < count:
        raise BadRequest(detail=f"There is no ball {cue} to strike.", detail_zh=f"没有可击打的球 {cue}。")
    if not all(isfinite(number) for number in numbers) or not 0 <= strike.speed_m_s <= FASTEST_M_S:
        raise BadRequest(
            detail=f"A strike needs finite numbers and a speed of 0 to {FASTEST_M_S:g} m/s.",
            detail_zh=f"击球的参数必须是有限的数，速度为 0 到 {FASTEST_M_S:g} 米/秒。",
        )
    if hypot(strike.side, strike.top) > 1 + 1e-12 or not 0 <= strike.elevation_rad <= STEEPEST_RAD:
        raise BadRequest(
            detail=f"The tip slips off: side and top lie within 1 of the centre, elevation in 0 to {STEEPEST_RAD}.",
            detail_zh=f"会滑杆：击点偏移的合量不能超过 1，抬杆角度为 0 到 {STEEPEST_RAD}。",
        )


def checked_positions(table: Table, balls: Sequence[Ball], positions_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """The positions as (n, 2) float64 of its own, every ball free on the cloth."""
    places = np.array(positions_m, dtype=np.float64)
    if places.shape != (len(balls), 2) or not np.isfinite(places).all():
        raise BadRequest(
            detail=f"Positions must be finite and of shape ({len(balls)}, 2).",
            detail_zh=f"位置必须是有限的数，形状为（{len(balls)}, 2）。",
        )
    for index, (x, y) in enumerate(places.tolist()):
        if not lies_free(table, balls[index].radius_m, x, y):
            raise BadRequest(detail=f"Ball {index} does not lie on the cloth.", detail_zh=f"球 {index} 不在台面上。")
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    one, other = (int(index) for index in np.unravel_index(apart.argmin(), apart.shape))
    if apart[one, other] < balls[0].radius_m * 2 - ROUNDING_M:
        raise BadRequest(
            detail=f"Balls {one} and {other} lie in each other.", detail_zh=f"球 {one} 与球 {other} 重叠。"
        )
    return places


def lies_free(table: Table, radius_m: float, x: float, y: float) -> bool:
    """Whether a ball can lie there: on the cloth, in no rubber, over no hole. Jaws are cloth too."""
    rise = table.cushion_height_m / radius_m - 1.0
    reach = radius_m * (1.0 - rise * rise) ** 0.5 - ROUNDING_M
    if abs(x) <= table.length_m / 2 - reach and abs(y) <= table.width_m / 2 - reach:
        return True
    hole = min(table.pockets, key=lambda pocket: _far(pocket.centre_m, x, y))
    return _far(hole.centre_m, x, y) > hole.radius_m and _in_mouth(table, hole, reach, x, y)


def _in_mouth(table: Table, hole: Pocket, reach_m: float, x: float, y: float) -> bool:
    """Whether a ball lies between the jaws of a pocket, on the table's side of its hole."""
    cx, cy = hole.centre_m
    if abs(y) > abs(cy) or (hole.kind == "corner" and abs(x) > abs(cx)):
        return False
    if any(_far(knuckle.centre_m, x, y) < knuckle.radius_m + reach_m for knuckle in table.knuckles):
        return False
    jaws = [edge for edge in table.cushions if edge.kind == "jaw"]
    near = sorted(jaws, key=lambda jaw: _far(jaw.end_m, cx, cy) + _far(jaw.start_m, cx, cy))[:2]
    noses = [edge for edge in table.cushions if edge.kind == "nose"]
    return not any(_in_rubber(edge, reach_m, x, y) for edge in (*near, *noses))


def _in_rubber(edge: Cushion, reach_m: float, x: float, y: float) -> bool:
    """Whether a ball beside a straight edge, not beyond its ends, reaches into it or lies behind it."""
    nx, ny = edge.inward
    dx, dy = x - edge.start_m[0], y - edge.start_m[1]
    length = hypot(edge.end_m[0] - edge.start_m[0], edge.end_m[1] - edge.start_m[1])
    return 0 <= dx * ny - dy * nx <= length and dx * nx + dy * ny < reach_m


def _far(point: tuple[float, float], x: float, y: float) -> float:
    return hypot(point[0] - x, point[1] - y)
