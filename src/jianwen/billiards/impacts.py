"""What a touch does: ball against ball, ball against cushion, cue against ball.

Instant impulses with Coulomb friction; the tangential impulse is at most what stops the slip, so no touch makes
energy. A ball stays on the cloth: whatever would lift it or press it down is taken by gravity and the slate.
Balls: D. Alciatore, technical proof A.14 (throw). Cushions: I. Han, "Dynamics in carom and three cushion
billiards", J. Mech. Sci. Tech. 19 (2005). Cue: W. Leckie and M. Greenspan,
"An event-based pool physics simulator" (2006).

Three balls and more at once: `cluster.py`.

Slow touches are elastic. Restitution rises towards one as speeds fall, and with a constant one a ball that is pressed
against another would bounce infinitely often in a finite time.
"""

from __future__ import annotations

from math import cos, exp, hypot, sin, sqrt
from typing import TYPE_CHECKING

from jianwen.billiards.motion import Body

if TYPE_CHECKING:
    from jianwen.billiards.physics import Physics

__all__ = ["LEAST_M_S", "SLOW_M_S", "collided", "rebounded", "struck"]

SLOW_M_S = 0.005  # touches at less than this lose nothing along their normal
LEAST_M_S = 1e-6  # speed at which things that touched part at least; its energy is 1e-13 J

Vector = tuple[float, float, float]


def collided(
    one: Body, other: Body, *, radius_m: float, masses_kg: tuple[float, float], physics: Physics
) -> tuple[Body, Body]:
    """Two balls of one size after they touched."""
    dx, dy = other.x - one.x, other.y - one.y
    distance = hypot(dx, dy)
    nx, ny = dx / distance, dy / distance
    approach = (one.vx - other.vx) * nx + (one.vy - other.vy) * ny
    light = 1.0 / masses_kg[0], 1.0 / masses_kg[1]
    parting = approach * (1.0 if approach < SLOW_M_S else physics.ball_restitution)
    push = (approach + max(LEAST_M_S, parting)) / (light[0] + light[1])
    # Slip of the first ball's skin over the second's, across the normal.
    tx, ty = -ny, nx
    across = (one.vx - other.vx) * tx + (one.vy - other.vy) * ty + radius_m * (one.wz + other.wz)
    upward = -radius_m * ((one.wx + other.wx) * tx + (one.wy + other.wy) * ty)
    slip = hypot(across, upward)
    rub = 0.0
    if slip > 0.0:
        friction = physics.ball_friction_floor + physics.ball_friction_extra * exp(
            -physics.ball_friction_decay_s_m * slip
        )
        rub = min(friction * push / slip, 1.0 / (3.5 * (light[0] + light[1])))  # impulse over slip
    along, lift = rub * across, rub * upward
    jx, jy = push * nx + along * tx, push * ny + along * ty
    turn = 2.5 / radius_m  # over mass: impulse at the skin to spin
    spin = (turn * lift * tx, turn * lift * ty, -turn * along)
    return _pushed(one, -jx, -jy, spin, light[0]), _pushed(other, jx, jy, spin, light[1])


def rebounded(body: Body, *, radius_m: float, toward: tuple[float, float], rise: float, physics: Physics) -> Body:
    """A ball after it touched a cushion that lies in the direction `toward`, its nose `rise` radii above the centre."""
    ex, ey = toward
    approach = body.vx * ex + body.vy * ey
    if approach < SLOW_M_S:
        change = approach + max(LEAST_M_S, approach)
        return body._replace(vx=body.vx - change * ex, vy=body.vy - change * ey)
    level = sqrt(1.0 - rise * rise)
    normal = (level * ex, level * ey, rise)
    press = (1.0 + physics.cushion_restitution) * approach * level  # over mass
    spin = (body.wx, body.wy, body.wz)
    skin = _cross(spin, normal)
    speed = (body.vx + radius_m * skin[0], body.vy + radius_m * skin[1], radius_m * skin[2])
    head = approach * level
    slip = (speed[0] - head * normal[0], speed[1] - head * normal[1], speed[2] - head * normal[2])
    size = sqrt(slip[0] ** 2 + slip[1] ** 2 + slip[2] ** 2)
    rub = min(physics.cushion_friction * press / size, 2.0 / 7.0) if size > 0.0 else 0.0
    vx = body.vx - press * normal[0] - rub * slip[0]
    vy = body.vy - press * normal[1] - rub * slip[1]
    # With little restitution the nose only presses the ball down: then it does not go on into the rubber.
    still_in = max(0.0, vx * ex + vy * ey + LEAST_M_S)
    turn = _cross(normal, slip)
    factor = 2.5 * rub / radius_m
    return Body(
        body.x,
        body.y,
        vx - still_in * ex,
        vy - still_in * ey,
        body.wx - factor * turn[0],
        body.wy - factor * turn[1],
        body.wz - factor * turn[2],
    )


def struck(
    body: Body,
    *,
    speed_m_s: float,
    direction_rad: float,
    offset_m: tuple[float, float],
    elevation_rad: float,
    radius_m: float,
) -> Body:
    """A resting ball after the cue, whose tip lands `offset_m` right of and above the centre."""
    c, s = cos(direction_rad), sin(direction_rad)
    level, down = cos(elevation_rad), sin(elevation_rad)
    way = (level * c, level * s, -down)
    right, up = offset_m
    arm = (right * s + up * down * c, -right * c + up * down * s, up * level)
    turn = _cross(arm, way)
    factor = 2.5 * speed_m_s / radius_m**2
    return Body(
        body.x,
        body.y,
        speed_m_s * way[0],
        speed_m_s * way[1],
        factor * turn[0],
        factor * turn[1],
        factor * turn[2],
    )


def _pushed(body: Body, jx: float, jy: float, spin: Vector, light: float) -> Body:
    return Body(
        body.x,
        body.y,
        body.vx + jx * light,
        body.vy + jy * light,
        body.wx + spin[0] * light,
        body.wy + spin[1] * light,
        body.wz + spin[2] * light,
    )


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
