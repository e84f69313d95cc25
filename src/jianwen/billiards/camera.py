"""Where the table is looked at from: world points to pixels, and pixels to rays.

Pixel column j covers [j, j + 1), so its centre is at j + 0.5. A pinhole with two radial distortion terms; no rolling
shutter and no depth of field.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from jianwen.billiards.table import Table

Array = NDArray[Any]
Vector = tuple[float, float, float]

_SMALLEST_PX, _LARGEST_PX = 16, 8192


@dataclass(frozen=True)
class Camera:
    """A pinhole at `position_m` that looks at `target_m`."""

    position_m: Vector
    target_m: Vector
    up: Vector  # roughly upwards in the picture; need not be orthogonal to the view
    field_of_view_rad: float  # vertical, from the upper to the lower edge
    width: int  # pixels
    height: int  # pixels
    k1: float = 0.0  # radial distortion: r -> r (1 + k1 r^2 + k2 r^4), r in focal lengths
    k2: float = 0.0

    def __post_init__(self) -> None:
        if not (_SMALLEST_PX <= self.width <= _LARGEST_PX and _SMALLEST_PX <= self.height <= _LARGEST_PX):
            size = f"{self.width} x {self.height}"
            raise BadRequest(
                detail=f"A picture of {size} pixels cannot be made; each side takes {_SMALLEST_PX} to {_LARGEST_PX}.",
                detail_zh=f"无法生成 {size} 像素的画面，每边应为 {_SMALLEST_PX} 到 {_LARGEST_PX}。",
            )
        if not 0.0 < self.field_of_view_rad < math.pi:
            raise BadRequest(detail="A field of view must lie between 0 and pi.", detail_zh="视角应在 0 与 pi 之间。")

    @cached_property
    def focal_px(self) -> float:
        return self.height / 2 / math.tan(self.field_of_view_rad / 2)

    @cached_property
    def axes(self) -> Array:
        """(3, 3): right, down and forward of the camera as rows, in world coordinates."""
        forward = np.subtract(self.target_m, self.position_m)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, self.up)
        right = right / np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward])

    def project(self, points_m: Array) -> tuple[Array, Array]:
        """World points (n, 3) to pixels (n, 2) and depths along the view (n,); what lies behind has a depth <= 0."""
        local = (np.asarray(points_m, dtype=float) - self.position_m) @ self.axes.T
        depth = local[..., 2]
        flat = local[..., :2] / np.where(np.abs(depth) < 1e-9, 1e-9, depth)[..., None]
        bent = flat * self._bend((flat**2).sum(-1))[..., None]
        return bent * self.focal_px + (self.width / 2, self.height / 2), depth

    def rays(self, pixels: Array) -> Array:
        """Pixels (..., 2) to unit directions (..., 3) in the world, of the pixels' own float type."""
        flat = (pixels - np.array((self.width / 2, self.height / 2), pixels.dtype)) / pixels.dtype.type(self.focal_px)
        flat = self._straighten(flat)
        axes = self.axes.astype(pixels.dtype)
        way = flat[..., :1] * axes[0] + flat[..., 1:] * axes[1] + axes[2]
        return np.asarray(way / np.sqrt((way * way).sum(-1, keepdims=True)))

    def pixel_rays(self) -> Array:
        """(H, W, 3) float32: the ray through every pixel's centre."""
        y, x = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32) + np.float32(0.5)
        return self.rays(np.stack([x, y], axis=-1))

    def radius_px(self, depth_m: float, radius_m: float) -> float:
        """How many pixels a ball's radius takes at a depth, near the middle of the picture."""
        return self.focal_px * radius_m / max(depth_m, 1e-6)

    def folds(self, points_m: Array) -> bool:
        """Whether any point lies so far out that the lens's polynomial turns back and shows it nearer again."""
        local = (np.asarray(points_m, dtype=float) - self.position_m) @ self.axes.T
        square = ((local[..., :2] / np.maximum(local[..., 2:], 1e-9)) ** 2).sum(-1)
        return bool((1 + square * (3 * self.k1 + 5 * self.k2 * square) <= 0).any())

    def _bend(self, square: Array) -> Array:
        return 1 + square * (self.k1 + self.k2 * square)

    def _straighten(self, bent: Array) -> Array:
        if self.k1 == 0 and self.k2 == 0:
            return bent
        flat = bent
        for _ in range(20):  # a fixed point; converges for every lens of a few tenths
            flat = bent / np.maximum(self._bend((flat**2).sum(-1))[..., None], bent.dtype.type(0.2))
        return flat


def overhead(table: Table, width: int, height: int, *, rise_m: float = 6.0, margin: float = 1.18) -> Camera:
    """Straight from above, the long side across; `margin` is how much more than the table is seen."""
    outer = _outer(table)
    span = max(outer[1] * margin, outer[0] * margin * height / width)
    angle = 2 * math.atan(span / 2 / rise_m)
    return Camera((0.0, 0.0, rise_m), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0), angle, width, height)


def oblique(
    table: Table,
    width: int,
    height: int,
    *,
    azimuth_rad: float = math.pi,
    elevation_rad: float = 0.35,
    field_of_view_rad: float = 0.214,
    zoom: float = 1.0,
    roll_rad: float = 0.0,
    aim_m: tuple[float, float] = (0.0, 0.0),
    k1: float = 0.0,
    k2: float = 0.0,
) -> Camera:
    """From a side and above, as far away as shows the whole table; `zoom` above 1 goes closer than that."""
    flat = math.cos(elevation_rad)
    away = np.array([math.cos(azimuth_rad) * flat, math.sin(azimuth_rad) * flat, math.sin(elevation_rad)])
    target = np.array([aim_m[0], aim_m[1], 0.0])
    up = _rolled(away, azimuth_rad, roll_rad)

    def at(distance_m: float) -> Camera:
        place = target + away * distance_m
        return Camera(_vector(place), _vector(target), up, field_of_view_rad, width, height, k1, k2)

    distance = _fitting_distance(at, _corners(table))
    return at(distance / zoom)


def random_camera(table: Table, width: int, height: int, rng: np.random.Generator) -> Camera:
    """Anything a venue may hang up: from above, from an end, from a corner, a phone's wide lens, a long lens."""
    elevation = math.pi / 2 - 0.02 if rng.random() < 0.3 else float(rng.uniform(0.22, 1.5))
    azimuth = float(rng.choice([0.0, 0.5, 1.0, 1.5]) * math.pi + rng.normal(0, 0.15))
    if elevation > 1.5:
        azimuth = float(rng.choice([0.5, 1.5]) * math.pi + rng.normal(0, 0.03))
    elif rng.random() < 0.35:
        azimuth = float(rng.uniform(0, 2 * math.pi))
    angle = float(np.exp(rng.uniform(math.log(0.18), math.log(1.1))))
    return oblique(
        table, width, height,
        azimuth_rad=azimuth, elevation_rad=elevation, field_of_view_rad=angle,
        zoom=float(rng.uniform(0.8, 1.25)), roll_rad=float(rng.normal(0, 0.02)),
        aim_m=(float(rng.normal(0, 0.08)), float(rng.normal(0, 0.06))),
        k1=float(rng.uniform(-0.12, 0.03)) if angle > 0.5 else 0.0,
        k2=float(rng.uniform(-0.01, 0.01)) if angle > 0.5 else 0.0,
    )  # fmt: skip


def _outer(table: Table) -> tuple[float, float]:
    return table.length_m + 2 * table.rail_width_m, table.width_m + 2 * table.rail_width_m


def _corners(table: Table) -> Array:
    x, y = (side / 2 for side in _outer(table))
    return np.array([(sx * x, sy * y, 0.05) for sx in (-1, 1) for sy in (-1, 1)])


def _vector(values: Array) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])


def _rolled(away: Array, azimuth_rad: float, roll_rad: float) -> Vector:
    """An up vector at right angles to the view, turned about it; also where the view is straight down."""
    right = np.array([-math.sin(azimuth_rad), math.cos(azimuth_rad), 0.0])
    upright = np.cross(away, right)
    return _vector(upright * math.cos(roll_rad) + right * math.sin(roll_rad))


def _fitting_distance(at: Any, corners: Array) -> float:
    """The nearest distance from which all corners lie inside the picture, by bisection."""
    near, far = 0.3, 60.0
    for _ in range(40):
        middle = (near + far) / 2
        if _all_inside(at(middle), corners):
            far = middle
        else:
            near = middle
    return far


def _all_inside(camera: Camera, corners: Array) -> bool:
    pixels, depth = camera.project(corners)
    inside = (pixels > 0).all() and (pixels < (camera.width, camera.height)).all()
    return bool(inside and (depth > 0.1).all() and not camera.folds(corners))
