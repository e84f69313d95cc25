"""Bends a finished picture as a wide lens does, and its points and its edge with it.

Radii are in halves of the picture's side. Only radial bends; `Camera` has its own small ones for tables.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jianwen.billiards.boxlook import Lens

Array = NDArray[Any]

_CORNER = 2**0.5


def source_radius(lens: Lens, radius: Array) -> Array:
    """Where a point of the bent picture at a radius comes from in the straight one."""
    k = lens.strength
    if lens.kind == "barrel":  # corners stay where they are
        return np.asarray(radius * (1 + k * radius**2) / (1 + 2 * k))
    if lens.kind == "fisheye":  # equidistant: the angle grows evenly with the radius
        return np.asarray(np.tan(k * radius) / np.tan(k * _CORNER) * _CORNER)
    if lens.kind == "pincushion":  # the middles of the edges stay
        return np.asarray(radius * (1 - k * radius**2) / (1 - k))
    return radius


def bend(lens: Lens, picture: Array, *, nearest: bool = False) -> Array:
    """A square picture through the lens."""
    if lens.kind == "plain":
        return picture
    x, y = _maps(lens, picture.shape[0])
    way = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    return np.asarray(cv2.remap(picture, x, y, way, borderMode=cv2.BORDER_CONSTANT))


def bent_points(lens: Lens, points: Array) -> Array:
    """Points (n, 2) of the straight picture, as fractions of it, to where they are seen."""
    if lens.kind == "plain":
        return points
    offset = points * 2 - 1
    radius = np.hypot(offset[:, 0], offset[:, 1])
    grid = np.linspace(0, 2 * _CORNER if lens.kind == "barrel" else _CORNER * 1.05, 400)
    seen = np.interp(radius, source_radius(lens, grid), grid)
    return np.asarray((offset * (seen / np.maximum(radius, 1e-9))[:, None] + 1) / 2)


def edge_of_view(lens: Lens) -> Array:
    """(k, 2) corners, as fractions of the straight picture, of what the bent one shows of it."""
    step = np.linspace(-1, 1, 17)[:-1]
    ones = np.ones_like(step)
    edge = np.concatenate([
        np.column_stack(side) for side in ((step, -ones), (ones, step), (-step, ones), (-ones, -step))
    ])  # fmt: skip
    radius = np.hypot(edge[:, 0], edge[:, 1])
    return np.asarray((edge * (source_radius(lens, radius) / radius)[:, None] + 1) / 2)


@lru_cache(maxsize=48)
def _maps(lens: Lens, size: int) -> tuple[Array, Array]:
    step = ((np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1)[None]
    radius = np.sqrt(step**2 + step.T**2)
    factor = (source_radius(lens, radius) / np.maximum(radius, 1e-6)).astype(np.float32)
    x, y = (((part * factor + 1) / 2 * size) - 0.5 for part in (step, step.T))
    return cv2.convertMaps(x.astype(np.float32), y.astype(np.float32), cv2.CV_16SC2)
