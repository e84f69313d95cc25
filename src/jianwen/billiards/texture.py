"""What is printed on a ball, as a map over its sphere: discs, digits, stripes, spots, a maker's mark.

Maps are equirectangular with the poles on the body's y axis, where no pattern has fine detail: row = latitude about y,
column = atan2(z, x). A stripe is the zone |z| <= half its width. Light and gloss belong to `spheres.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jianwen.billiards.balls import Ball

Array = NDArray[Any]
Colour = tuple[int, int, int]

MAP_ROWS = 160  # texels from pole to pole: 51 a radian, two a pixel for a ball of 25 px radius
LEVELS = 4  # blurred copies, each twice as soft, so that digits of small balls do not flicker


@dataclass(frozen=True, slots=True)
class BallStyle:
    """How one maker prints a set of balls."""

    cream: Colour = (246, 240, 214)  # what is white on discs, stripes and the cue ball
    disc_rad: float = 0.42  # angular radius of the number's disc
    ring: bool = False  # a thin dark circle inside the disc's edge
    stripe: float = 0.5  # half the stripe's width as |z| on the unit sphere
    number_on: Literal["stripe", "cap"] = "stripe"  # where a striped ball carries its number
    cue_spots: Literal[0, 1, 6] = 0
    spot: Colour = (170, 30, 40)
    mark: float = 0.0  # strength of a pale maker's mark a quarter turn away from the number


def single(values: Any) -> Array:
    """Any numbers as a float32 array."""
    return np.asarray(values, np.float32)


def linear(srgb: Array | Colour) -> Array:
    """SRGB 0-255 to linear light 0-1, float32."""
    value = np.asarray(srgb, np.float32) / np.float32(255)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


def encoded(light: Array) -> Array:
    """Linear light to sRGB 0-255, float32, clipped."""
    value = np.clip(light, 0, 1)
    return (255 * np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)).astype(np.float32)


@lru_cache(maxsize=256)
def ball_maps(ball: Ball, colour: Colour, style: BallStyle) -> Array:
    """`painted_maps`, kept."""
    return painted_maps(ball, colour, style)


def painted_maps(ball: Ball, colour: Colour, style: BallStyle) -> Array:
    """(LEVELS, MAP_ROWS, 2 * MAP_ROWS, 3) float32 linear reflectance, sharpest first."""
    first = _paint(ball, colour, style, _directions())
    levels = [first]
    for level in range(1, LEVELS):
        sigma = 1.3 * 2 ** (level - 1)
        wide = np.concatenate([first[:, -16:], first, first[:, :16]], axis=1)  # columns meet behind the ball
        levels.append(cv2.GaussianBlur(wide, (0, 0), sigma)[:, 16:-16])
    return np.stack(levels)


def sample(atlas: Array, which: Array, level: int, body: Array) -> Array:
    """Reflectance (3, n) of balls `which` (n,) in body directions (3, n), from (balls, LEVELS, rows, columns, 3)."""
    rows, columns = atlas.shape[2:4]
    latitude = np.arcsin(np.clip(body[1], -1, 1))
    row = ((np.float32(0.5) - latitude / np.float32(np.pi)) * np.float32(rows)).astype(np.int32)
    longitude = np.arctan2(body[2], body[0]) / np.float32(2 * np.pi) + np.float32(0.5)
    column = (longitude * np.float32(columns)).astype(np.int32)
    index = ((which * atlas.shape[1] + level) * rows + np.minimum(row, rows - 1)) * columns
    return np.asarray(atlas.reshape(-1, 3)[index + np.minimum(column, columns - 1)].T)


@lru_cache(maxsize=1)
def _directions() -> Array:
    rows = MAP_ROWS
    latitude = (0.5 - (np.arange(rows) + 0.5) / rows) * np.pi
    longitude = ((np.arange(2 * rows) + 0.5) / (2 * rows) - 0.5) * 2 * np.pi
    flat = np.cos(latitude)[:, None]
    y = np.broadcast_to(np.sin(latitude)[:, None], (rows, 2 * rows))
    return np.stack([flat * np.cos(longitude), y, flat * np.sin(longitude)], axis=-1).astype(np.float32)


def _paint(ball: Ball, colour: Colour, style: BallStyle, way: Array) -> Array:
    tint, cream = linear(colour), linear(style.cream)
    if ball.kind == "cue":
        return _cue(cream, style, way)
    picture = np.broadcast_to(tint, way.shape).copy()
    if ball.kind == "snooker":
        return picture
    axis = 0
    if ball.kind == "stripe":
        picture[np.abs(way[..., 2]) > style.stripe] = cream
        axis = 2 if style.number_on == "cap" else 0
    if style.mark:
        _mark(picture, way, 0 if axis == 2 else 2, style)
    for side in (1, -1):
        _disc(picture, way, axis, side, number=ball.number, style=style)
    return picture


def _cue(cream: Array, style: BallStyle, way: Array) -> Array:
    picture = np.broadcast_to(cream, way.shape).copy()
    places = {0: [], 1: [(0, 1)], 6: [(axis, side) for axis in range(3) for side in (1, -1)]}[style.cue_spots]
    for axis, side in places:
        picture[side * way[..., axis] > np.cos(0.13)] = linear(style.spot)
    return picture


def _tangent(way: Array, axis: int, side: int) -> tuple[Array, Array, Array]:
    """Coordinates on the plane that touches the sphere at an axis (right, up), and the angle from it."""
    height = side * way[..., axis]
    right = side * way[..., (axis + 2) % 3] if axis == 0 else side * way[..., 0]
    return right, way[..., 1], np.arccos(np.clip(height, -1, 1))


def _disc(picture: Array, way: Array, axis: int, side: int, *, number: int, style: BallStyle) -> None:
    right, up, angle = _tangent(way, axis, side)
    inside = angle < style.disc_rad
    picture[inside] = linear(style.cream)
    if style.ring:
        picture[np.abs(angle - style.disc_rad * 0.85) < style.disc_rad * 0.09] = linear((30, 30, 30))
    glyph = _digits(number)
    half = np.sin(style.disc_rad) * 0.78
    column = ((right / half + 1) / 2 * glyph.shape[1]).astype(int)
    row = ((1 - up / half) / 2 * glyph.shape[0]).astype(int)
    inside &= (column >= 0) & (column < glyph.shape[1]) & (row >= 0) & (row < glyph.shape[0])
    ink = glyph[row[inside], column[inside]][:, None]
    picture[inside] = picture[inside] * (1 - ink) + linear((20, 20, 20)) * ink


def _mark(picture: Array, way: Array, axis: int, style: BallStyle) -> None:
    """Two small pale rings: what a maker's mark comes to at this size."""
    for side in (1, -1):
        right, up, angle = _tangent(way, axis, side)
        for offset in (-0.09, 0.09):
            radius = np.hypot(right, up - offset)
            hit = (angle < 0.5) & (np.abs(radius - 0.075) < 0.03)
            picture[hit] = picture[hit] * (1 - style.mark) + linear(style.cream) * style.mark


@lru_cache(maxsize=32)
def _digits(number: int) -> Array:
    """(64, 64) float32 ink of a number in 0..1."""
    text, scale = str(number), 2.1 if number < 10 else 1.6
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 11)
    glyph = np.zeros((64, 64), np.uint8)
    start = ((64 - width) // 2, (64 + height) // 2)
    cv2.putText(glyph, text, start, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 11, cv2.LINE_AA)
    return (glyph / 255).astype(np.float32)
