"""How much of each ball a camera sees in a box: outlines on a small canvas of fixed size, from far to near.

It does not depend on the size of the picture that is rendered later, so that labels do not either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.boxthings import draw_mask
from jianwen.billiards.lens import edge_of_view
from jianwen.billiards.packing import cell_centre

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.billiards.boxlook import Box, Lens
    from jianwen.billiards.boxthings import Shape
    from jianwen.billiards.camera import Camera

Array = NDArray[Any]

CANVAS_PX = 512
_TURNS = np.linspace(0, 2 * np.pi, 32, endpoint=False)
_BITS = 4  # binary digits behind the point that cv2 takes for coordinates
_HIDDEN = 255


def visible_shares(
    box: Box, camera: Camera, centres_m: Array, radius_m: float, *, lens: Lens, shapes: Sequence[Shape] = ()
) -> Array:
    """(n,) of each ball's own disc, also of what lies outside of the picture, the share that nothing hides."""
    if not len(centres_m):
        return np.zeros(0)
    outlines = silhouettes(camera, centres_m, radius_m) / camera.width * CANVAS_PX
    whole = np.abs(_area(outlines))
    middle = outlines.mean(1, keepdims=True)
    radius = np.sqrt(whole / np.pi)[:, None, None]
    # cv2 also fills what an outline only touches, half a pixel all round.
    outlines = middle + (outlines - middle) * np.maximum(1 - 0.5 / radius, 0.1)
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), np.uint8)
    far = np.linalg.norm(centres_m - camera.position_m, axis=1)
    for ball in np.argsort(-far):
        _fill(canvas, outlines[ball], int(ball) + 1)
    canvas[_cover(box, camera, lens, shapes)] = _HIDDEN
    seen = np.bincount(canvas.reshape(-1), minlength=256)[1 : len(centres_m) + 1]
    return np.asarray(np.minimum(seen / np.maximum(whole, 1e-6), 1.0))


def silhouettes(camera: Camera, centres_m: Array, radius_m: float) -> Array:
    """(n, 32, 2) pixels round each ball: where the cone of rays that touch it meets the picture."""
    to = np.asarray(centres_m) - camera.position_m
    far = np.linalg.norm(to, axis=1, keepdims=True)
    axis = to / far
    one = np.cross(axis, camera.axes[0] + 0.01)
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    other = np.cross(axis, one)
    sine = radius_m / far
    cosine = np.sqrt(1 - sine**2)
    round_ = np.cos(_TURNS)[None, :, None] * one[:, None] + np.sin(_TURNS)[None, :, None] * other[:, None]
    touch = cosine[:, None] * axis[:, None] + sine[:, None] * round_
    pixels, _ = camera.project((camera.position_m + touch).reshape(-1, 3))
    return pixels.reshape(len(to), len(_TURNS), 2)


def openings(box: Box, camera: Camera) -> list[Array]:
    """The outline (k, 2) of every cell's opening in pixels."""
    found = []
    for row in range(box.cells[1]):
        for column in range(box.cells[0]):
            corners = np.array(box.outline_m) + cell_centre(box, column, row)
            pixels, _ = camera.project(np.column_stack([corners, np.full(len(corners), box.rim_m)]))
            found.append(pixels)
    return found


def _cover(box: Box, camera: Camera, lens: Lens, shapes: Sequence[Shape]) -> Array:
    """(CANVAS_PX, CANVAS_PX) bool: where no ball can be seen."""
    cover = draw_mask(shapes, CANVAS_PX)
    if box.layers > 1:  # deep boxes end above all balls; over the rim of a flat one they stand out
        walls = np.ones_like(cover)
        for outline in openings(box, camera):
            _fill(walls, outline / camera.width * CANVAS_PX, 0)
        cover |= walls
    if lens.kind != "plain":
        out = np.ones_like(cover)
        _fill(out, edge_of_view(lens) * CANVAS_PX, 0)
        cover |= out
    return np.asarray(cover > 0)


def _fill(canvas: Array, outline: Array, value: int) -> None:
    points = np.round((outline - 0.5) * 2**_BITS).astype(np.int32)
    cv2.fillPoly(canvas, [points], value, cv2.LINE_8, _BITS)


def _area(outlines: Array) -> Array:
    x, y = outlines[..., 0], outlines[..., 1]
    return np.asarray((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(1) / 2)
