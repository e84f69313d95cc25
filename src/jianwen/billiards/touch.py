"""When two things touch next: ball and ball, ball and cushion, ball and knuckle, ball and hole.

Works on one leg of closed-form motion at a time, so every answer is a root of a polynomial of degree four at most.
Does not change anything: `simulate.py` does.

What has just touched still touches within rounding. The rule for such pairs: they touch again at once if they
approach at more than `LEAST_M_S`; otherwise only once they have sunk `SINK_M` into each other, and then they are also
set apart again. That is two tenths of a micrometre, invisible, and it keeps things that are pressed together from
touching endlessly without any time passing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt
from typing import TYPE_CHECKING, Literal

from jianwen.billiards.impacts import LEAST_M_S
from jianwen.billiards.roots import first_fall

if TYPE_CHECKING:
    from jianwen.billiards.motion import Body, Leg
    from jianwen.billiards.table import Table

__all__ = ["Touch", "Walls", "pair_touch"]

Point = tuple[float, float]

SINK_M = 2e-7
TOUCHING_M = 1e-9  # a gap below it is none
SUNK_M = 1e-6  # deeper than this is no touch but the far side of a line


@dataclass(frozen=True, slots=True)
class Touch:
    """The next touch of a ball with the table, `after_s` its leg began."""

    after_s: float
    kind: Literal["cushion", "pot"]
    toward: Point = (0.0, 0.0)  # unit, from the ball's centre to the rubber
    depth_m: float = 0.0  # how far the ball has sunk into the rubber
    centre_m: Point = (0.0, 0.0)  # of the hole


class Walls:
    """The table around balls of one size. A ball's centre keeps `reach_m` from the lines, for the nose is higher."""

    def __init__(self, table: Table, radius_m: float) -> None:
        self.rise = table.cushion_height_m / radius_m - 1.0  # of the noses over the centre, in radii
        self.reach_m = radius_m * sqrt(1.0 - self.rise**2)
        self.half_x = table.length_m / 2 - self.reach_m
        self.half_y = table.width_m / 2 - self.reach_m
        self.table = table
        self.lines = [_Line(line.start_m, line.end_m, line.inward, self.reach_m) for line in table.cushions]
        self.noses = [line for line, edge in zip(self.lines, table.cushions, strict=True) if edge.kind == "nose"]

    def first_touch(self, leg: Leg) -> Touch | None:
        """The first touch on this leg, if any."""
        x, y = leg.body.x, leg.body.y
        if abs(x) > self.half_x + SUNK_M or abs(y) > self.half_y + SUNK_M:
            return self._anywhere(leg)
        # Jaws, knuckles and holes all lie beyond the lines of the noses.
        first = min((line.touch(leg, extended=True), line) for line in self.noses)
        if first[0] > leg.length_s:
            return None
        if first[1].spans(leg.after(first[0])):
            return first[1].touched(leg, first[0])
        return self._anywhere(leg)

    def _anywhere(self, leg: Leg) -> Touch | None:
        times = [(line, line.touch(leg)) for line in self.lines]
        found = [line.touched(leg, time) for line, time in times if time <= leg.length_s]
        for knuckle in self.table.knuckles:
            time = _circle_touch(leg, knuckle.centre_m, knuckle.radius_m + self.reach_m)
            if time is not None:
                at = leg.after(time)
                dx, dy = knuckle.centre_m[0] - at.x, knuckle.centre_m[1] - at.y
                far = hypot(dx, dy)
                depth = knuckle.radius_m + self.reach_m - far
                found.append(Touch(time, "cushion", (dx / far, dy / far), depth))
        for hole in self.table.pockets:
            time = first_fall(_square_distance(leg.body, (leg.ax, leg.ay), hole.centre_m, hole.radius_m), leg.length_s)
            if time is not None:
                found.append(Touch(time, "pot", centre_m=hole.centre_m))
        return min(found, key=lambda touch: touch.after_s, default=None)


class _Line:
    """A straight edge, and the gap between it and a ball of one size."""

    __slots__ = ("along", "end", "nx", "ny", "offset", "start")

    def __init__(self, start: Point, end: Point, inward: Point, reach_m: float) -> None:
        self.nx, self.ny = inward
        self.offset = self.nx * start[0] + self.ny * start[1] + reach_m
        self.along = (inward[1], -inward[0])
        self.start, self.end = (self.along[0] * p[0] + self.along[1] * p[1] for p in (start, end))

    def __lt__(self, other: _Line) -> bool:
        """Any order that is always the same, for two edges reached at one time."""
        return (self.nx, self.ny, self.start) < (other.nx, other.ny, other.start)

    def spans(self, body: Body) -> bool:
        """Whether the ball is beside this edge and not beyond its ends."""
        place = self.along[0] * body.x + self.along[1] * body.y
        return self.start - TOUCHING_M <= place <= self.end + TOUCHING_M

    def touch(self, leg: Leg, *, extended: bool = False) -> float:
        """When a ball touches this edge, or its line; inf for never."""
        body = leg.body
        gap = self.nx * body.x + self.ny * body.y - self.offset
        rate = self.nx * body.vx + self.ny * body.vy
        bend = 0.5 * (self.nx * leg.ax + self.ny * leg.ay)
        if -SUNK_M <= gap <= TOUCHING_M and (extended or self.spans(body)):
            if rate < -LEAST_M_S:
                return 0.0
            gap = _gap_left(gap)
        time = first_fall((gap, rate, bend), leg.length_s)
        if time is None or not (extended or self.spans(leg.after(time))):
            return float("inf")
        return time

    def touched(self, leg: Leg, after_s: float) -> Touch:
        body = leg.after(after_s)
        return Touch(after_s, "cushion", (-self.nx, -self.ny), self.offset - self.nx * body.x - self.ny * body.y)


def pair_touch(one: Body, other: Body, bend: Point, apart_m: float, until_s: float) -> float | None:
    """When two balls touch, `apart_m` from centre to centre; `bend` is the second's acceleration less the first's."""
    dx, dy = other.x - one.x, other.y - one.y
    vx, vy = other.vx - one.vx, other.vy - one.vy
    distance = hypot(dx, dy)
    nx, ny = dx / distance, dy / distance
    gap = distance - apart_m
    rate = vx * nx + vy * ny
    if gap <= TOUCHING_M:
        if rate < -LEAST_M_S:
            return 0.0
        apart_m = distance - _gap_left(gap)
    elif not _may_meet(gap, rate, 0.5 * (bend[0] * nx + bend[1] * ny), until_s):
        return None
    moved = one._replace(x=dx, y=dy, vx=vx, vy=vy)
    return first_fall(_square_distance(moved, bend, (0.0, 0.0), apart_m), until_s)


def _may_meet(gap: float, rate: float, bend: float, until_s: float) -> bool:
    """Whether the gap, seen along the line of the centres only, closes in time; a cheap no for most pairs."""
    if gap + rate * until_s + bend * until_s * until_s <= 0.0:
        return True
    lowest = -rate / (2.0 * bend) if bend > 0.0 else 0.0
    return 0.0 < lowest < until_s and gap + 0.5 * rate * lowest <= 0.0


def _gap_left(gap: float) -> float:
    """How far two things in touch may still sink; a third that set them apart may have left them too deep already."""
    return max(gap + SINK_M, SINK_M / 2)


def _circle_touch(leg: Leg, centre: Point, radius_m: float) -> float | None:
    """When a ball's centre comes within a radius of a point."""
    body = leg.body
    dx, dy = body.x - centre[0], body.y - centre[1]
    distance = hypot(dx, dy)
    gap = distance - radius_m
    if gap <= TOUCHING_M:
        rate = (dx * body.vx + dy * body.vy) / distance
        if rate < -LEAST_M_S:
            return 0.0
        radius_m = distance - _gap_left(gap)
    return first_fall(_square_distance(body, (leg.ax, leg.ay), centre, radius_m), leg.length_s)


def _square_distance(body: Body, bend: Point, centre: Point, radius_m: float) -> tuple[float, ...]:
    """Squared distance from a point less squared radius, as a quartic in time, lowest power first."""
    x, y = body.x - centre[0], body.y - centre[1]
    vx, vy, hx, hy = body.vx, body.vy, 0.5 * bend[0], 0.5 * bend[1]
    return (
        (hypot(x, y) - radius_m) * (hypot(x, y) + radius_m),
        2.0 * (x * vx + y * vy),
        vx * vx + vy * vy + 2.0 * (x * hx + y * hy),
        2.0 * (vx * hx + vy * hy),
        hx * hx + hy * hy,
    )
