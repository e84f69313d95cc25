"""What is between a lock box's balls and the camera: bars, wire, hands, gloves, towels, chalk; smears and glare.

Things are flat shapes in fractions of the picture, so that the same list is drawn at any size and as a mask. No fingers
are counted right: a hand is a hand by its outline.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.pattern import fabric
from jianwen.billiards.texture import linear, single

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.billiards.boxlook import BoxLook, Front
    from jianwen.billiards.camera import Camera
    from jianwen.billiards.texture import Colour

Array = NDArray[Any]
_BITS = 4  # binary digits behind the point that cv2 takes for coordinates
_LINEAR = linear(np.arange(256))
_SKINS: tuple[Colour, ...] = ((196, 144, 116), (150, 98, 74), (224, 178, 150), (100, 66, 48), (70, 46, 36))
_GLOVES: tuple[Colour, ...] = ((24, 24, 28), (210, 212, 216), (30, 60, 120), (120, 20, 30))
_TOWELS: tuple[Colour, ...] = ((190, 192, 196), (60, 90, 140), (150, 60, 60), (80, 110, 80), (200, 180, 140))
_CHALKS: tuple[Colour, ...] = ((40, 90, 170), (30, 120, 90), (150, 40, 60), (60, 60, 64))
_CHALK_M = 0.0225  # a cube's side


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled outline, or a stroke where it has a thickness."""

    points: tuple[tuple[float, float], ...]  # fractions of the picture
    colour: Colour
    thickness: float = 0.0  # fraction of the picture; 0: filled
    below: bool = False  # drawn before the balls, and hides none
    solid: bool = True  # False: only shading on what lies under it


def draw(shapes: Sequence[Shape], size: int) -> tuple[Array, Array] | None:
    """Linear light (H, W, 3) float32 times opacity, and opacity (H, W) float32; None where there is nothing."""
    if not shapes:
        return None
    ink = np.zeros((size, size, 4), np.uint8)
    for shape in shapes:
        _draw(ink, shape, (*shape.colour, 255), cv2.LINE_AA)
    soft = cv2.GaussianBlur(ink, (5, 5), max(0.5, size / 640))
    opacity = soft[..., 3] * np.float32(1 / 255)
    return cv2.LUT(soft[..., :3], _LINEAR), opacity


def draw_mask(shapes: Sequence[Shape], size: int) -> Array:
    """(H, W) uint8, 1 where something hides what is behind."""
    mask = np.zeros((size, size), np.uint8)
    for shape in shapes:
        if not shape.below:
            _draw(mask, shape, 1, cv2.LINE_8)
    return mask


def _draw(canvas: Array, shape: Shape, colour: Any, line: int) -> None:
    size = canvas.shape[0]
    points = np.round((np.array(shape.points) * size - 0.5) * 2**_BITS).astype(np.int32)
    if shape.thickness:
        thickness = max(1, round(shape.thickness * size))
        cv2.polylines(
            canvas, [points], isClosed=False, color=colour, thickness=thickness, lineType=line, shift=_BITS
        )  # fmt: skip
    else:
        cv2.fillPoly(canvas, [points], colour, line, _BITS)


def things(look: BoxLook, camera: Camera, radius_m: float, centres_m: Array, rng: np.random.Generator) -> list[Shape]:
    """Everything that lies about, then the front."""
    ball = camera.radius_px(float(np.linalg.norm(camera.position_m)), radius_m) / camera.width
    found: list[Shape] = []
    for thing in look.things:
        if thing == "chalk":
            found += _chalk(look, camera, centres_m, radius_m, rng)
        elif thing == "towel":
            found += _towel(ball, rng)
        else:
            found += _hand(_one(rng, _GLOVES if thing == "glove" else _SKINS), ball, rng)
    return found + front(look.front, look.box.rim_m, camera)


def _one(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[int(rng.integers(len(colours)))]


def _hand(skin: Colour, ball: float, rng: np.random.Generator) -> list[Shape]:
    """Comes in from an edge; a palm is about three balls' radii broad."""
    turn = float(rng.uniform(0, 2 * np.pi))
    way = np.array([np.cos(turn), np.sin(turn)])
    side = np.array([-way[1], way[0]])
    edge = np.array([0.5, 0.5]) - way * 0.5 / np.abs(way).max()
    tip = edge + way * float(rng.uniform(0.08, 0.3)) + side * float(rng.uniform(-0.3, 0.3))
    unit = ball * float(rng.uniform(1.0, 1.25))
    palm = tip - way * unit * 3.2
    dark = _toned(skin, 0.62)
    shapes: list[Shape] = []

    def stroke(points: list[Array], thick: float) -> None:
        line = tuple((float(p[0]), float(p[1])) for p in points)
        shapes.append(Shape(line, dark, thick * unit))
        lighter = tuple((x - 0.08 * unit, y - 0.08 * unit) for x, y in line)
        shapes.append(Shape(lighter, skin, thick * unit * 0.78))

    stroke([palm - way * 14 * unit, palm - way * 2 * unit], 2.0)
    for k in range(4):
        spread = (k - 1.5) * 0.72
        knuckle = palm + side * spread * unit + way * unit * 0.9
        length = (1.7, 2.2, 2.1, 1.5)[k] * float(rng.uniform(0.7, 1.05))
        bend = side * spread * unit * float(rng.uniform(0.0, 0.25))
        middle = knuckle + way * length * 0.55 * unit + bend
        stroke([knuckle, middle, knuckle + way * length * unit + bend * 0.7], 0.68)
    thumb = palm + side * 1.1 * unit * (1 if turn < 3 else -1)
    out = side * (1 if turn < 3 else -1)
    stroke([palm - way * 0.6 * unit, thumb, thumb + (out * 0.5 + way) * 0.9 * unit], 0.75)
    stroke([palm - way * 1.2 * unit, palm + way * 0.5 * unit], 2.7)
    return shapes


def _towel(ball: float, rng: np.random.Generator) -> list[Shape]:
    """A cloth that hangs in over an edge or a corner."""
    turn = float(rng.uniform(0, 2 * np.pi))
    way = np.array([np.cos(turn), np.sin(turn)])
    side = np.array([-way[1], way[0]])
    start = np.array([0.5, 0.5]) - way * 0.62 / np.abs(way).max()
    reach = float(rng.uniform(0.16, 0.3))
    half = float(rng.uniform(2.5, 5.0)) * ball
    shift = side * float(rng.uniform(-0.3, 0.3))
    colour = _one(rng, _TOWELS)
    wave = rng.normal(0, 0.012, 9)
    front_edge = [start + shift + way * (reach + wave[k]) + side * half * (k / 4 - 1) for k in range(9)]
    back = [start + shift - way * 0.3 + side * half * 1.1, start + shift - way * 0.3 - side * half * 1.1]
    outline = tuple((float(p[0]), float(p[1])) for p in (*front_edge, *back))
    shapes = [Shape(outline, colour)]
    for k in range(1, 8):  # folds run inwards
        end = front_edge[k] - way * 0.012
        line = tuple((float(p[0]), float(p[1])) for p in (end, end - way * float(rng.uniform(0.1, 0.4))))
        shapes.append(
            Shape(line, _toned(colour, float(rng.uniform(0.72, 1.12))), half * float(rng.uniform(0.04, 0.14)))
        )
    return shapes


def _chalk(look: BoxLook, camera: Camera, centres_m: Array, radius_m: float, rng: np.random.Generator) -> list[Shape]:
    """A cube on the floor where no ball is near, else on the rim."""
    box = look.box
    half = np.abs(np.array(box.outline_m)).max(0) + (np.array(box.cells) - 1) / 2 * np.array(box.pitch_m)
    low = 0.0
    for _ in range(12):
        place = rng.uniform(-half * 0.8, half * 0.8)
        clear = not len(centres_m) or np.hypot(*(centres_m[:, :2] - place).T).min() > radius_m + _CHALK_M * 1.1
        if box.cells == (1, 1) and box.family in {"tray", "bin"} and clear:
            break
    else:
        side = int(rng.integers(4))
        sign = (1, -1)[side % 2]
        place = rng.uniform(-half, half)
        place[side // 2] = sign * (half[side // 2] + box.wall_m + _CHALK_M)
        low = box.rim_m if box.recessed else 0.0
    return _cube(camera, place, low, _one(rng, _CHALKS), rng)


def _cube(camera: Camera, place: Array, low: float, colour: Colour, rng: np.random.Generator) -> list[Shape]:
    turn = float(rng.uniform(0, np.pi / 2))
    square = (
        np.array([(np.cos(turn + k * np.pi / 2), np.sin(turn + k * np.pi / 2)) for k in range(4)]) * 0.707 * _CHALK_M
    )
    top = np.column_stack([square + place, np.full(4, low + _CHALK_M)])
    bottom = top - (0, 0, _CHALK_M)
    shapes = []
    eye = np.array(camera.position_m)
    for k in range(4):
        n = (k + 1) % 4
        outward = square[k] + square[n]
        if outward @ (eye[:2] - place) > 0:
            face = np.array([top[k], top[n], bottom[n], bottom[k]])
            shapes.append(Shape(_fractions(camera, face), _toned(colour, 0.35 + 0.15 * k % 0.3), below=True))
    shapes.append(Shape(_fractions(camera, top), colour, below=True))
    turns = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    dent = np.column_stack([np.cos(turns), np.sin(turns)]) * 0.3 * _CHALK_M + place
    hollow = np.column_stack([dent, np.full(12, low + _CHALK_M)])
    shapes.append(Shape(_fractions(camera, hollow), _toned(colour, 0.7), below=True))
    return shapes


def front(front_: Front, rim_m: float, camera: Camera) -> list[Shape]:
    """Bars or wire in a level plane a little above the rim, each lit along its middle."""
    if front_.kind not in {"bars", "mesh"}:
        return []
    height = rim_m + 0.03
    eye = np.array(camera.position_m)
    thick = camera.focal_px * front_.thick_m / max(float(eye[2]) - height, 0.05) / camera.width
    shapes: list[Shape] = []
    for angle in (front_.angle_rad, front_.angle_rad + np.pi / 2)[: 2 if front_.kind == "mesh" else 1]:
        way = np.array([np.cos(angle), np.sin(angle), 0.0])
        side = np.array([-way[1], way[0], 0.0])
        centres = (0, 0, height) + side * ((np.arange(-14, 15) + 0.37) * front_.pitch_m)[:, None]
        pixels, depth = camera.project(np.stack([centres - way * 0.55, centres + way * 0.55], axis=1).reshape(-1, 3))
        lines, depths = pixels.reshape(-1, 2, 2) / camera.width, depth.reshape(-1, 2)
        # Not those behind the camera, far out, or wholly to one side of the picture.
        good = (depths > 0.05).all(1) & (np.abs(lines - 0.5) < 2.5).all((1, 2))
        good &= ((lines.max(1) > 0) & (lines.min(1) < 1)).all(1)
        for first, last in lines[good].tolist():
            line = ((first[0], first[1]), (last[0], last[1]))
            shapes.append(Shape(line, _toned(front_.colour, 0.6), thick))
            shapes.append(Shape(line, _toned(front_.colour, 1.25), thick * 0.4))
    return shapes


def veil(look: BoxLook, size: int, rng: np.random.Generator) -> Array | None:
    """(H, W) float32 of radiance that smears, an acrylic front and lamps in it add."""
    total: Array | None = None
    step = (np.arange(size, dtype=np.float32) + 0.5) / size
    if look.smears or look.front.veil:
        cloudy = _clouds()
        x, y = rng.integers(0, 128, 2)
        part = cv2.resize(cloudy[y : y + 128, x : x + 128], (size, size), interpolation=cv2.INTER_LINEAR)
        total = part * np.float32(0.12 * look.smears)
        if look.front.veil:
            slope = float(rng.uniform(-1, 1))
            stripe = np.sin((step[None] + slope * step[:, None]) * np.float32(rng.uniform(3, 9)) + rng.uniform(0, 6))
            total = total + np.float32(look.front.veil) * np.clip(stripe * 2, 0, 1)
    for glare in look.glares:
        across = np.exp(-(((step - glare.centre[0]) / glare.size[0]) ** 2) / 2)
        down = np.exp(-(((step - glare.centre[1]) / glare.size[1]) ** 2) / 2)
        spot = (down[:, None] * across[None] * glare.glow).astype(np.float32)
        total = spot if total is None else total + spot
    return total


def _fractions(camera: Camera, points: Array) -> tuple[tuple[float, float], ...]:
    pixels, _ = camera.project(points)
    return tuple((float(x), float(y)) for x, y in pixels / camera.width)


def _toned(colour: Colour, factor: float) -> Colour:
    red, green, blue = (int(min(255, part * factor)) for part in colour)
    return red, green, blue


@lru_cache(maxsize=1)
def _clouds() -> Array:
    """(256, 256) float32: wiped dust and fine scratches."""
    rng = np.random.default_rng(13)
    cloud = np.clip(fabric(rng, smooth=10.0) * 0.5 + 0.3, 0, 1)
    lines = np.zeros((256, 256), np.uint8)
    for _ in range(24):
        start, turn = rng.integers(0, 256, 2), rng.uniform(0, np.pi)
        end = start + (rng.uniform(8, 60) * np.array([np.cos(turn), np.sin(turn)])).astype(int)
        cv2.line(lines, start.tolist(), end.tolist(), int(rng.integers(40, 160)), 1, cv2.LINE_AA)
    return np.asarray(cloud + single(lines) / 255).astype(np.float32)
