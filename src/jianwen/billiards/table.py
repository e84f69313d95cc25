"""A table as the balls feel it: noses of the cushions, jaws and knuckles of the pockets, holes.

Metres, origin in the centre of the playing surface, x along the long side, y across, z up.
Does not know cloth or wood colours: the renderer's look does.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, radians, sin, tan
from typing import Literal

from jianwen.billiards.balls import POOL_RADIUS_M, SNOOKER_RADIUS_M

__all__ = ["Cushion", "Knuckle", "Pocket", "Table", "nine_foot", "snooker_table"]

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pocket:
    """A hole: a ball whose centre comes within `radius_m` of `centre_m` tips over the edge and falls."""

    centre_m: Point
    radius_m: float
    kind: Literal["corner", "side"]


@dataclass(frozen=True, slots=True)
class Cushion:
    """A straight edge of rubber; the cloth lies to the left of the way from start to end."""

    start_m: Point
    end_m: Point
    kind: Literal["nose", "jaw"]  # along a rail, or leading into a pocket

    @property
    def inward(self) -> Point:
        """Unit normal out of the rubber, towards the cloth."""
        dx, dy = self.end_m[0] - self.start_m[0], self.end_m[1] - self.start_m[1]
        length = hypot(dx, dy)
        return -dy / length, dx / length


@dataclass(frozen=True, slots=True)
class Knuckle:
    """The rounded point where a nose turns into a jaw: a circle of rubber that touches both."""

    centre_m: Point
    radius_m: float


@dataclass(frozen=True, slots=True)
class Table:
    """The closed outline: nose, knuckle, jaw, hole, jaw, knuckle, nose, and so on, six times around."""

    name: str
    length_m: float  # between the noses, along x
    width_m: float  # between the noses, along y
    cushion_height_m: float  # of the noses above the cloth
    rail_width_m: float  # from a nose to the outer edge of the wood
    pockets: tuple[Pocket, ...]  # corner, side, corner along y > 0 from x < 0, then the same along y < 0
    cushions: tuple[Cushion, ...]
    knuckles: tuple[Knuckle, ...]


@dataclass(frozen=True, slots=True)
class Mouth:
    """How one kind of pocket is cut."""

    width_m: float  # between the two points where the lines of nose and jaw meet
    cut_rad: float  # angle of the rubber between nose and jaw
    shelf_m: float  # cloth between the line of the mouth and the edge of the hole
    hole_m: float  # radius of the hole
    knuckle_m: float  # radius of the rounding


def nine_foot() -> Table:
    """A pool table of 100 by 50 inches; pockets in the middle of what the WPA allows."""
    corner = Mouth(width_m=0.1159, cut_rad=radians(142), shelf_m=0.032, hole_m=0.060, knuckle_m=0.004)
    side = Mouth(width_m=0.1286, cut_rad=radians(104), shelf_m=0.003, hole_m=0.060, knuckle_m=0.004)
    # WPA: the nose stands at 62.5 to 64.5 % of a ball's diameter.
    return _built("nine_foot", (2.54, 1.27), 0.635 * 2 * POOL_RADIUS_M, 0.127, corner=corner, side=side)


def snooker_table() -> Table:
    """A full-size snooker table: smaller pockets, and jaws that curve away from the noses."""
    corner = Mouth(width_m=0.092, cut_rad=radians(140), shelf_m=0.030, hole_m=0.048, knuckle_m=0.080)
    side = Mouth(width_m=0.108, cut_rad=radians(104), shelf_m=0.012, hole_m=0.048, knuckle_m=0.040)
    return _built("snooker", (3.569, 1.778), 0.635 * 2 * SNOOKER_RADIUS_M, 0.130, corner=corner, side=side)


def _built(name: str, size: Point, height: float, rail: float, *, corner: Mouth, side: Mouth) -> Table:
    """One quarter is worked out; the others are its mirror images."""
    half_x, half_y = size[0] / 2, size[1] / 2
    leg = corner.width_m / 2**0.5  # how far the corner's two points lie from where the noses would meet
    gap = side.width_m / 2
    # Ways from each point: along the nose, away from the pocket, and along the jaw, into it.
    end_x = _Jaw((half_x - leg, half_y), (-1.0, 0.0), corner)
    end_y = _Jaw((half_x, half_y - leg), (0.0, -1.0), corner, turn=-1)
    middle = _Jaw((gap, half_y), (1.0, 0.0), side, turn=-1)
    cushions: list[Cushion] = []
    knuckles: list[Knuckle] = []
    for sx, sy in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
        flip = sx * sy < 0  # a mirror turns left into right
        for jaw in (end_x, end_y, middle):
            knuckles.append(Knuckle(_mirrored(jaw.centre, sx, sy), jaw.mouth.knuckle_m))
            backwards = (jaw.turn > 0) != flip
            ends = _mirrored(jaw.facing, sx, sy), _mirrored(jaw.depth, sx, sy)
            cushions.append(Cushion(*(ends[::-1] if backwards else ends), kind="jaw"))
        long = _mirrored(end_x.nose, sx, sy), _mirrored(middle.nose, sx, sy)
        cushions.append(Cushion(*(long[::-1] if flip else long), kind="nose"))
    for sx in (1, -1):
        low, high = _mirrored(end_y.nose, sx, -1), _mirrored(end_y.nose, sx, 1)
        cushions.append(Cushion(*((low, high) if sx > 0 else (high, low)), kind="nose"))
    # From the corner where the noses would meet, outwards along the diagonal.
    beyond = (corner.shelf_m + corner.hole_m - corner.width_m / 2) / 2**0.5
    far = half_y + side.shelf_m + side.hole_m
    pockets = tuple(
        Pocket((0.0, sy * far), side.hole_m, "side")
        if sx == 0
        else Pocket((sx * (half_x + beyond), sy * (half_y + beyond)), corner.hole_m, "corner")
        for sy in (1, -1)
        for sx in (-1, 0, 1)
    )
    return Table(name, *size, height, rail, pockets, tuple(cushions), tuple(knuckles))


class _Jaw:
    """Where nose, knuckle and jaw touch at one point of a mouth."""

    def __init__(self, point: Point, along: Point, mouth: Mouth, *, turn: Literal[1, -1] = 1) -> None:
        self.mouth, self.turn = mouth, turn
        # The jaw is the nose's way, turned by the angle of the rubber, through the side away from the cloth.
        into = _turned(along, -turn * mouth.cut_rad)
        tangent = mouth.knuckle_m / tan(mouth.cut_rad / 2)
        self.nose = _moved(point, along, tangent)
        self.facing = _moved(point, into, tangent)
        self.depth = _moved(point, into, tangent + mouth.shelf_m + mouth.hole_m)
        middle = _turned(along, -turn * mouth.cut_rad / 2)
        self.centre = _moved(point, middle, mouth.knuckle_m / sin(mouth.cut_rad / 2))


def _turned(way: Point, angle_rad: float) -> Point:
    c, s = cos(angle_rad), sin(angle_rad)
    return way[0] * c - way[1] * s, way[0] * s + way[1] * c


def _moved(point: Point, way: Point, distance_m: float) -> Point:
    return point[0] + way[0] * distance_m, point[1] + way[1] * distance_m


def _mirrored(point: Point, sx: int, sy: int) -> Point:
    return sx * point[0], sy * point[1]
