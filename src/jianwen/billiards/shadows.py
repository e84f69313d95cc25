"""What balls take from the light on the cloth: the soft dark under each, and the shadows of the lamps.

The soft part is exact for an even sky: the share of it a sphere hides from a place on a plane. The lamps' shadows are
discs with a soft edge. No shadows of rails, people or balls on balls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jianwen.billiards.backdrop import Backdrop
    from jianwen.billiards.camera import Camera
    from jianwen.billiards.look import Light

Array = NDArray[Any]
Window = tuple[slice, slice]  # rows, columns

_REACH = 3.6  # in radii: how far from a ball its shadow is still looked for


def shadow(
    centres_m: Array, radius_m: float, *, camera: Camera, backdrop: Backdrop, light: Light
) -> tuple[Window, Array] | None:
    """Where a ball darkens the cloth, and the share of light (h, w, 1) it leaves; the mean over its centres (k, 3)."""
    window = _window(camera, centres_m, radius_m * _REACH)
    if window is None or centres_m[:, 2].max() < 0:
        return None
    place = backdrop.ground_m[window]
    x, y = np.ascontiguousarray(place[..., 0]), np.ascontiguousarray(place[..., 1])
    left = sum(_left(x, y, centre, radius_m, light) for centre in centres_m) / np.float32(len(centres_m))
    return window, (1 - backdrop.cloth[window] * (1 - left))[..., None]


def _left(x: Array, y: Array, centre_m: Array, radius_m: float, light: Light) -> Array:
    dx = (x - np.float32(centre_m[0])) / np.float32(radius_m)
    dy = (y - np.float32(centre_m[1])) / np.float32(radius_m)
    height = max(float(centre_m[2]) / radius_m, 0.0)
    left = 1 - np.float32(light.contact) * _sky_taken(dx, dy, height)
    if light.shadow and light.lamps:
        taken = sum(
            _lamp_taken(dx, dy, height, _towards(lamp.centre_m, centre_m, light), light) for lamp in light.lamps
        )
        left = left * (1 - np.float32(light.shadow / len(light.lamps)) * taken)
    return np.asarray(left, np.float32)


def _sky_taken(dx: Array, dy: Array, height: float) -> Array:
    """Form factor of a unit sphere at a height over a level place: cos / distance²."""
    square = dx * dx + dy * dy + height * height
    return np.asarray(np.clip(height / (square * np.sqrt(square)), 0, 1))


def _towards(lamp_m: tuple[float, float], centre_m: Array, light: Light) -> Array:
    way = np.array([lamp_m[0] - centre_m[0], lamp_m[1] - centre_m[1], light.height_m - centre_m[2]])
    return np.asarray((way / np.linalg.norm(way)).astype(np.float32))


def _lamp_taken(dx: Array, dy: Array, height: float, way: Array, light: Light) -> Array:
    """How far the ball stands between a place and a lamp, by how close to its centre the line passes."""
    along = -dx * way[0] - dy * way[1] + height * way[2]
    square = dx * dx + dy * dy + height * height - along * along
    miss = np.sqrt(np.maximum(square, 0))
    edge = np.clip((1 + light.softness - miss) / np.float32(2 * light.softness + 1e-3), 0, 1)
    return np.asarray(edge * edge * (3 - 2 * edge))


def _window(camera: Camera, centres_m: Array, reach_m: float) -> Window | None:
    """The pixels round places on the cloth."""
    steps = np.array([(x, y, 0.0) for x in (-1, 0, 1) for y in (-1, 0, 1)]) * reach_m
    pixels, depth = camera.project((centres_m[:, None] * (1, 1, 0) + steps).reshape(-1, 3))
    if (depth <= 0).any():
        return None
    low = np.maximum(np.floor(pixels.min(0)), 0).astype(int)
    high = np.minimum(np.ceil(pixels.max(0)), (camera.width, camera.height)).astype(int)
    if (low >= high).any():
        return None
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))
