"""A lock box with 0 to 22 balls as its own camera sees it, with exact labels, to train those who count.

    picture = box_sample(7, size=320, split="train")
    picture.image, picture.count_visible, picture.count_in_box

A ball counts as visible when at least 20 % of its own disc can be seen (`SEEN_SHARE`): the disc that it would show if
nothing hid it and the picture had no edge. Pictures in which any ball is near that (`DOUBTFUL`) are not made.
Does not know the table: `renderer.py` does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.backdrop import Backdrop
from jianwen.billiards.boxballs import MOST_BALLS, ball_set, drawn_balls
from jianwen.billiards.boxlooks import random_box
from jianwen.billiards.boxscene import paint, shade, thrice
from jianwen.billiards.boxsight import visible_shares
from jianwen.billiards.boxthings import draw, draw_mask, things, veil
from jianwen.billiards.camera import Camera
from jianwen.billiards.film import Development
from jianwen.billiards.lens import bend, bent_points
from jianwen.billiards.look import Look, Surfaces
from jianwen.billiards.packing import settle
from jianwen.billiards.spheres import Spheres, matrices
from jianwen.billiards.texture import single
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.billiards.balls import Kind
    from jianwen.billiards.boxlook import Box, BoxLook, Split, View
    from jianwen.billiards.boxscene import Scene
    from jianwen.billiards.boxthings import Shape
    from jianwen.billiards.look import Film

Array = NDArray[Any]

SEEN_SHARE = 0.2
DOUBTFUL = (0.08, 0.28)  # wider below, since slivers of 10 % over a rim are still conspicuous
CLASSES: dict[Kind, int] = {"cue": 0, "eight": 1, "solid": 2, "stripe": 3, "snooker": -1}
_LAYOUTS, _POSES = 12, 5  # how often balls are dropped anew, and the camera moved for each, to avoid doubtful balls
_LOOKS = 200
_SMALLEST = 0.025  # a ball's radius as a fraction of the picture: 8 of 320 pixels


@dataclass(frozen=True, slots=True, eq=False)
class BoxPicture:
    """A picture and all that is known about it. Places are fractions of the picture, 0-1, origin left top."""

    image: Array  # (H, W, 3) uint8 RGB
    count_in_box: int
    count_visible: int
    centres: Array  # (n, 2) float32; of balls out of view they may lie outside of 0-1
    middles: Array  # (n, 2) float32, centroid of what is seen of the ball; its centre where no pixel is seen
    visible: Array  # (n,) bool: at least SEEN_SHARE of the disc can be seen
    visible_share: Array  # (n,) float32
    boxes: Array  # (n, 4) float32, x0 y0 x1 y1 of the visible part; 0 where no pixel is seen
    classes: Array  # (n,) int64: 0 cue, 1 eight, 2 solid, 3 stripe; -1 for a snooker ball with a colour
    kinds: tuple[Kind, ...]
    numbers: tuple[int, ...]
    owner: Array  # (H, W) uint8: 0 = no ball, i + 1 = ball i is what is seen
    look: BoxLook


@dataclass(frozen=True, eq=False)
class _Setting:
    """Balls in place, a camera that sees all of them clearly or not at all, and what else is there."""

    centres_m: Array
    camera: Camera
    shares: Array
    shapes: Sequence[Shape]


def box_sample(seed: int, *, size: int = 320, split: Split = "train") -> BoxPicture:
    """The picture of a seed: any look of a split, and 0 to 22 balls with equal chances."""
    rng = np.random.default_rng([seed, 31, len(split)])
    count = int(rng.integers(MOST_BALLS + 1))
    for _ in range(_LOOKS):
        look = random_box(rng, split=split)
        radius = ball_set(look.balls).balls[0].radius_m
        setting = _clear_setting(look, count, radius, rng)
        if setting is not None:
            return _render(look, setting, rng, size)
    raise _not_clear(count)


def render_box(look: BoxLook, count: int | None, rng: np.random.Generator, *, size: int = 320) -> BoxPicture:
    """A look with `count` balls, or any number from 0 to 22; refused when no clear picture is found of it."""
    if count is None:
        count = int(rng.integers(MOST_BALLS + 1))
    if not 0 <= count <= MOST_BALLS:
        raise BadRequest(
            detail=f"A lock box holds 0 to {MOST_BALLS} balls, not {count}.",
            detail_zh=f"球箱可容纳 0 到 {MOST_BALLS} 个球，不能是 {count} 个。",
        )
    radius = ball_set(look.balls).balls[0].radius_m
    setting = _clear_setting(look, count, radius, rng)
    if setting is None:
        raise _not_clear(count)
    return _render(look, setting, rng, size)


def _not_clear(count: int) -> BadRequest:
    return BadRequest(
        detail=f"No clear view of {count} balls was found in this box; take another look or another seed.",
        detail_zh=f"在这个球箱中找不到能看清 {count} 个球的视角，请换一种外观或种子。",
    )


def _clear_setting(look: BoxLook, count: int, radius: float, rng: np.random.Generator) -> _Setting | None:
    for _ in range(_LAYOUTS):
        centres = settle(look.box, count, radius, rng)
        if centres is None:
            continue
        for _ in range(_POSES):
            camera = framed(look.box, _moved(look.view, rng), radius)
            if _smallest(look.box, camera, radius) < _SMALLEST:
                continue
            shapes = things(look, camera, radius, centres, rng)
            shares = visible_shares(look.box, camera, centres, radius, lens=look.view.lens, shapes=shapes)
            if not ((shares > DOUBTFUL[0]) & (shares < DOUBTFUL[1])).any():
                return _Setting(centres, camera, shares, shapes)
    return None


def _smallest(box: Box, camera: Camera, radius_m: float) -> float:
    """The radius, as a fraction of the picture, of a ball in the farthest corner."""
    half = _half(box)
    corners = np.array([(x, y, radius_m) for x in (-half[0], half[0]) for y in (-half[1], half[1])])
    _, depth = camera.project(corners)
    return camera.radius_px(float(depth.max()), radius_m) / camera.width


def _moved(view: View, rng: np.random.Generator) -> View:
    return replace(
        view,
        azimuth_rad=view.azimuth_rad + float(rng.normal(0, 0.05)),
        elevation_rad=min(view.elevation_rad + float(rng.normal(0, 0.03)), math.pi / 2 - 0.005),
        shift=(view.shift[0] + float(rng.normal(0, 0.02)), view.shift[1] + float(rng.normal(0, 0.02))),
    )


def _half(box: Box) -> Array:
    """Half the box's length and width, without its outer wall."""
    return np.asarray(np.abs(np.array(box.outline_m)).max(0) + (np.array(box.cells) - 1) / 2 * np.array(box.pitch_m))


def framed(box: Box, view: View, radius_m: float, size: int = 320) -> Camera:
    """The camera of a view, as far away as makes the box fill its share of a square picture."""
    half = _half(box)
    points = np.array([
        (x, y, z) for x in (-half[0], half[0]) for y in (-half[1], half[1]) for z in (0.0, max(box.rim_m, radius_m))
    ])  # fmt: skip
    target = np.array([view.shift[0] * half[0] * 2, view.shift[1] * half[1] * 2, box.rim_m / 2])
    flat = math.cos(view.elevation_rad)
    away = np.array(
        [math.cos(view.azimuth_rad) * flat, math.sin(view.azimuth_rad) * flat, math.sin(view.elevation_rad)]
    )
    right = np.array([-math.sin(view.azimuth_rad), math.cos(view.azimuth_rad), 0.0])
    up = np.cross(away, right) * math.cos(view.roll_rad) + right * math.sin(view.roll_rad)

    def at(distance: float) -> Camera:
        place = target + away * distance
        return Camera(
            (float(place[0]), float(place[1]), float(place[2])), (float(target[0]), float(target[1]), float(target[2])),
            (float(up[0]), float(up[1]), float(up[2])), view.field_of_view_rad, size, size,
        )  # fmt: skip

    distance = 1.0
    for _ in range(4):
        pixels, depth = at(distance).project(points)
        reach = float(np.abs(pixels / size * 2 - 1).max()) if (depth > 0.05).all() else 2.0 * view.fill
        distance = max(distance * reach / view.fill, 0.2)
    return at(distance)


def _render(look: BoxLook, setting: _Setting, rng: np.random.Generator, size: int) -> BoxPicture:
    balls = ball_set(look.balls)
    count = len(setting.centres_m)
    which = drawn_balls(look.balls, count, rng)
    camera = replace(setting.camera, width=size, height=size)
    scene = paint(look, camera, rng)
    radius = balls.balls[0].radius_m
    shade(scene, setting.centres_m, radius, look.light.contact)
    _lay(scene.light, draw([shape for shape in setting.shapes if shape.below], size), look)
    turn = rng.normal(size=(count, 4))
    owner = np.zeros((size, size), np.uint8)
    if count:
        turns = matrices(turn / np.linalg.norm(turn, axis=1, keepdims=True))
        _draw_balls(scene, owner, look, camera, which=which, centres=setting.centres_m, turns=turns)
    above = [shape for shape in setting.shapes if not shape.below]
    _lay(scene.light, draw(above, size), look)
    if above:
        owner[draw_mask(above, size) > 0] = 0
    haze = veil(look, size, rng)
    if haze is not None:
        scene.light[:] += cv2.merge([haze * np.float32(part) for part in look.light.tint])
    image = _exposed(scene.light, look, size, rng)
    owner = bend(look.view.lens, owner, nearest=True)
    pixels, _ = setting.camera.project(setting.centres_m)
    kinds = tuple(balls.balls[k].kind for k in which)
    visible = setting.shares >= SEEN_SHARE
    centres = bent_points(look.view.lens, pixels.reshape(-1, 2) / setting.camera.width).astype(np.float32)
    return BoxPicture(
        image=image,
        count_in_box=count,
        count_visible=int(visible.sum()),
        centres=centres,
        middles=_middles(owner, centres),
        visible=visible,
        visible_share=setting.shares.astype(np.float32),
        boxes=_boxes(owner, count),
        classes=np.array([CLASSES[kind] for kind in kinds], np.int64),
        kinds=kinds,
        numbers=tuple(balls.balls[k].number for k in which),
        owner=owner,
        look=look,
    )


def _draw_balls(
    scene: Scene, owner: Array, look: BoxLook, camera: Camera, *, which: Array, centres: Array, turns: Array
) -> None:
    """Balls from far to near into light and owner."""
    balls = ball_set(look.balls)
    hidden = 1 - scene.opening
    unused = np.ones_like(hidden)
    backdrop = Backdrop(scene.light, hidden, unused, unused, unused, unused)
    plain = Look(surfaces=Surfaces(cloth=look.floor.colour), light=look.light)
    spheres = Spheres(camera, backdrop, plain, rail_m=look.box.rim_m, atlas=balls.atlas)
    radius = balls.balls[0].radius_m
    patches = spheres.cast(balls.prints[which], centres, turns, np.full(len(which), radius), fine=1)
    levels = _levels(look, centres, radius)
    size, side = camera.width, patches.cover.shape[1]
    far = np.linalg.norm(centres - camera.position_m, axis=1)
    halo = _halo(side)
    for ball in np.argsort(-far):
        x, y = patches.corner[ball]
        left, top, right, bottom = max(x, 0), max(y, 0), min(x + side, size), min(y + side, size)
        if left >= right or top >= bottom:
            continue
        window = slice(top, bottom), slice(left, right)
        inner = slice(top - y, bottom - y), slice(left - x, right - x)
        seen = patches.seen[ball][inner]
        part = scene.light[window]
        part *= (1 - halo[inner] * (owner[window] > 0))[..., None]
        part *= (1 - seen)[..., None]
        part += patches.light[ball][inner] * levels[ball]
        owner[window][seen >= 0.5] = ball + 1


def _levels(look: BoxLook, centres: Array, radius: float) -> Array:
    """(n,) share of the light that reaches each ball past the walls and the balls above it."""
    depth = np.clip(1 - centres[:, 2] / max(look.box.rim_m, 2 * radius), 0, 1)
    apart = centres[None] - centres[:, None]
    far = np.maximum(np.linalg.norm(apart, axis=2), 2 * radius)
    above = np.maximum(apart[..., 2], 0) / far * (2 * radius / far) ** 2
    return single((1 - look.gloom * depth) * np.exp(-0.28 * above.sum(1)))


@lru_cache(maxsize=256)
def _halo(side: int) -> Array:
    """(side, side) how much a ball darkens other balls right behind it."""
    step = np.abs(np.arange(side, dtype=np.float32) - (side - 1) / 2) / np.float32(side / 2)
    radius = np.sqrt(step[None] ** 2 + step[:, None] ** 2)
    return np.asarray(np.float32(0.5) * np.clip((1.25 - radius) / 0.35, 0, 1))


def _lay(light: Array, layer: tuple[Array, Array] | None, look: BoxLook) -> None:
    """A layer of things over the light, each with a soft shadow under it."""
    if layer is None:
        return
    value, opacity = layer
    size = opacity.shape[0]
    small = cv2.resize(opacity, (64, 64), interpolation=cv2.INTER_AREA)
    dark = cv2.resize(cv2.GaussianBlur(small, (0, 0), 2.0), (size, size), interpolation=cv2.INTER_LINEAR)
    light *= thrice((1 - np.float32(0.45) * dark) * (1 - opacity))
    light += value * single(look.light.tint)


def _exposed(light: Array, look: BoxLook, size: int, rng: np.random.Generator) -> Array:
    film = _development(look.film, size)
    picture = cv2.convertScaleAbs(film.fade(film.develop(light)))  # bytes are bent several times as fast
    return film.compress(film.expose(bend(look.view.lens, picture), rng))


@lru_cache(maxsize=144)
def _development(film: Film, size: int) -> Development:
    return Development(film, size, size, np.random.default_rng(5))


def _middles(owner: Array, centres: Array) -> Array:
    """(n, 2) float32: centroids of what is seen. Of balls behind others they lie apart where centres nearly meet."""
    size, balls = owner.shape[0], len(centres)
    rows, columns = np.nonzero(owner)
    whose = owner[rows, columns].astype(np.int64) - 1
    pixels = np.bincount(whose, minlength=balls)
    across = np.bincount(whose, columns + 0.5, minlength=balls)
    down = np.bincount(whose, rows + 0.5, minlength=balls)
    means = np.column_stack([across, down]) / np.maximum(pixels, 1)[:, None] / size
    return np.where(pixels[:, None] > 0, means, centres).astype(np.float32)


def _boxes(owner: Array, count: int) -> Array:
    """(count, 4) float32 round what is seen of each ball."""
    boxes = np.zeros((count, 4), np.float32)
    size = owner.shape[0]
    for ball in range(count):
        mask = owner == ball + 1
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if len(rows):
            boxes[ball] = columns[0] / size, rows[0] / size, (columns[-1] + 1) / size, (rows[-1] + 1) / size
    return boxes
