"""How one ball moves between two touches: it slides, rolls, spins on the spot, lies still, or falls into a pocket.

Every way has a closed form: position is a quadratic in time, spin is linear. Does not know other balls or cushions.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, hypot, inf
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from jianwen.billiards.physics import Physics

__all__ = ["FALL_S", "Body", "Leg", "Phase", "falling_leg", "gone_leg", "leg_from"]

Phase = Literal["still", "spinning", "rolling", "sliding", "falling", "gone"]

NOTHING = 1e-9  # m/s; slower slip is rolling, slower rolling is rest
FALL_S = 0.25  # from the edge of a hole until the ball is out of sight


class Body(NamedTuple):
    """What a ball on the cloth does at one instant: metres, m/s, rad/s."""

    x: float
    y: float
    vx: float = 0.0
    vy: float = 0.0
    wx: float = 0.0
    wy: float = 0.0
    wz: float = 0.0


@dataclass(frozen=True, slots=True)
class Leg:
    """One stretch of closed-form motion, from `start_s` on for `length_s`."""

    phase: Phase
    start_s: float
    length_s: float  # inf while nothing of its own ends it
    body: Body  # at the start
    ax: float = 0.0  # m/s2
    ay: float = 0.0
    bx: float = 0.0  # rad/s2, of the spin about x
    by: float = 0.0
    decay: float = 0.0  # rad/s2 by which the spin about the vertical goes to zero, in either sense
    z: float = 0.0  # height of the centre at the start
    az: float = 0.0

    @property
    def end_s(self) -> float:
        """When it ends by itself."""
        return self.start_s + self.length_s

    def after(self, time_s: float) -> Body:
        """The ball `time_s` after the start of this leg."""
        x, y, vx, vy, wx, wy, wz = self.body
        half = 0.5 * time_s * time_s
        return Body(
            x + vx * time_s + self.ax * half,
            y + vy * time_s + self.ay * half,
            vx + self.ax * time_s,
            vy + self.ay * time_s,
            wx + self.bx * time_s,
            wy + self.by * time_s,
            copysign(max(0.0, abs(wz) - self.decay * time_s), wz),
        )


def leg_from(body: Body, start_s: float, radius_m: float, physics: Physics) -> Leg:
    """What a ball left to itself does next; Leckie and Greenspan 2006 have the same forms."""
    x, y, vx, vy, wx, wy, wz = body
    decay, gravity = physics.spin_decay_rad_s2, physics.gravity_m_s2
    slip_x, slip_y = vx - radius_m * wy, vy + radius_m * wx  # of the point that touches the cloth
    slip = hypot(slip_x, slip_y)
    if slip > NOTHING:
        brake = physics.sliding_friction * gravity / slip
        ax, ay = -brake * slip_x, -brake * slip_y
        turn = 2.5 / radius_m  # of a solid sphere: force times radius over 2/5 m r2
        length = 2.0 * slip / (7.0 * physics.sliding_friction * gravity)
        return Leg("sliding", start_s, length, body, ax, ay, turn * ay, -turn * ax, decay, radius_m)
    speed = hypot(vx, vy)
    if speed > NOTHING:
        brake = physics.rolling_friction * gravity / speed
        ax, ay = -brake * vx, -brake * vy
        rolling = Body(x, y, vx, vy, -vy / radius_m, vx / radius_m, wz)
        length = speed / (physics.rolling_friction * gravity)
        return Leg("rolling", start_s, length, rolling, ax, ay, -ay / radius_m, ax / radius_m, decay, radius_m)
    if abs(wz) > NOTHING:
        return Leg("spinning", start_s, abs(wz) / decay, Body(x, y, wz=wz), decay=decay, z=radius_m)
    return Leg("still", start_s, inf, Body(x, y), z=radius_m)


def falling_leg(body: Body, start_s: float, radius_m: float, hole_m: tuple[float, float], physics: Physics) -> Leg:
    """Over the edge: the liner takes most of the speed, and the ball drops freely towards the middle of the hole."""
    to_x, to_y = hole_m[0] - body.x, hole_m[1] - body.y
    most = 2.0 * hypot(to_x, to_y) / FALL_S  # with this speed straight at the middle it would come to rest there
    factor = min(1.0, most / max(NOTHING, hypot(body.vx, body.vy)))
    slower = body._replace(vx=body.vx * factor, vy=body.vy * factor)
    ax, ay = (2.0 * (to - v * FALL_S) / FALL_S**2 for to, v in ((to_x, slower.vx), (to_y, slower.vy)))
    return Leg("falling", start_s, FALL_S, slower, ax, ay, z=radius_m, az=-physics.gravity_m_s2)


def gone_leg(fall: Leg) -> Leg:
    """The ball lies in the pocket."""
    last = fall.after(fall.length_s)
    return Leg("gone", fall.end_s, inf, Body(last.x, last.y), z=fall.z + 0.5 * fall.az * fall.length_s**2)
