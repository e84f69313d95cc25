"""The empty box, by one look at every pixel: floor, walls, rim, counter, and where one looks into the box at all.

Also takes from the light what the balls in it hide. Does not draw balls, nor anything in front. A part is a row of a
palette and a shade, and turns into colours at the very end, since most of the time of a picture was spent here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.packing import edges_of
from jianwen.billiards.pattern import fabric
from jianwen.billiards.texture import linear, single

if TYPE_CHECKING:
    from jianwen.billiards.boxlook import Box, BoxLook, Grain, Material
    from jianwen.billiards.camera import Camera

Array = NDArray[Any]
Window = tuple[slice, slice]

_COARSE = 4  # pixels a side of a cell in which the balls' shade is worked out
_CELLS = slice(_COARSE // 2, None, _COARSE), slice(_COARSE // 2, None, _COARSE)
_FAR = np.float32(1e3)
_SHADED_M = 0.05  # how far round a box the counter is darker
_COUNTER, _RIM, _FACE, _FLOOR, _WALL = range(5)  # rows of the palette


@dataclass(frozen=True, eq=False)
class Scene:
    """All float32 unless said."""

    light: Array  # (H, W, 3) linear
    opening: Array  # (H, W) share of the pixel in which one looks through a cell's opening
    place: Array  # (3, h, w) of every fourth pixel: what is hit inside
    normal: Array  # (3, h, w) of that


@dataclass(frozen=True, eq=False)
class _View:
    """Rays whose depth is 1, and where they meet the level of the rim; all (H, W)."""

    dx: Array
    dy: Array
    dz: Array
    x: Array
    y: Array
    depth: Array


@dataclass(frozen=True, eq=False)
class _Inside:
    """What is seen through the opening."""

    part: Array  # (h, w) uint8
    tone: Array
    place: Array  # (3, h / 4, w / 4) in the cell's own coordinates
    normal: Array  # (3, h / 4, w / 4)


def paint(look: BoxLook, camera: Camera, rng: np.random.Generator) -> Scene:
    """The box without anything in it."""
    view = _rays(camera, look.box.rim_m)
    part, tone = _counter(look, camera, view, rng)
    opening = np.zeros(part.shape, np.float32)
    coarse = opening[_CELLS].shape
    place, normal = np.zeros((3, *coarse), np.float32), np.zeros((3, *coarse), np.float32)
    window = _window(camera, _outlines(look.box, _SHADED_M))
    if window is not None:
        near = _View(*(np.ascontiguousarray(getattr(view, name)[window]) for name in _View.__dataclass_fields__))
        cell = _folded(look.box, near.x, near.y)
        sides = _sides(*edges_of(look.box.outline_m), *cell)
        beyond = _maximum(sides)
        looked = np.clip(np.float32(0.5) - beyond * (np.float32(camera.focal_px) / near.depth), 0, 1)
        _raise_rim(look, near, beyond, part[window], tone[window])
        found = _inside(look, near, cell, sides, rng)
        through = looked >= 0.5
        np.copyto(part[window], found.part, where=through)
        np.copyto(tone[window], found.tone, where=through)
        opening[window] = looked
        top, left = (side.start // _COARSE for side in window)
        height, width = found.normal.shape[1:]
        there = slice(None), slice(top, top + height), slice(left, left + width)
        place[there], normal[there] = found.place, found.normal
        place[there][0] += (near.x - cell[0])[_CELLS]
        place[there][1] += (near.y - cell[1])[_CELLS]
    light = cv2.LUT(cv2.merge((part, part, part)), _palette(look))
    light *= thrice(tone)
    return Scene(light, opening, place, normal)


def shade(scene: Scene, centres_m: Array, radius_m: float, strength: float) -> None:
    """Darkens floor and walls where balls stand before the light: cos / distance², of each ball."""
    if not len(centres_m):
        return
    taken = np.zeros(scene.place.shape[1:], np.float32)
    for centre in single(centres_m):
        reach = [scene.place[k] - centre[k] for k in range(3)]
        square = np.maximum(reach[0] ** 2 + reach[1] ** 2 + reach[2] ** 2, np.float32(radius_m**2))
        facing = -(reach[0] * scene.normal[0] + reach[1] * scene.normal[1] + reach[2] * scene.normal[2])
        taken += np.maximum(facing, 0) * np.float32(radius_m**2) / (square * np.sqrt(square))
    left = 1 - np.float32(strength) * np.minimum(taken, 1)
    height, width = scene.opening.shape
    whole = cv2.resize(left, (width, height), interpolation=cv2.INTER_LINEAR)
    scene.light[:] *= thrice(1 - scene.opening * (1 - whole))


def thrice(plane: Array) -> Array:
    """(H, W) for each colour, (H, W, 3): several times as fast to compute with as a last axis of one."""
    return np.asarray(cv2.merge((plane, plane, plane)))


def _palette(look: BoxLook) -> Array:
    """(256, 1, 3) linear light of the parts under full light; only the first rows are used."""
    rim = linear(look.rim.colour)
    rows = [linear(look.counter.colour), rim, rim * np.float32(0.45), linear(look.floor.colour)]
    palette = np.zeros((256, 1, 3), np.float32)
    palette[:5, 0] = np.stack([*rows, linear(look.wall.colour)]) * single(look.light.tint)
    return palette


def _rays(camera: Camera, height_m: float) -> _View:
    u = ((np.arange(camera.width, dtype=np.float32) + 0.5 - camera.width / 2) / camera.focal_px).astype(np.float32)
    v = ((np.arange(camera.height, dtype=np.float32) + 0.5 - camera.height / 2) / camera.focal_px).astype(np.float32)
    right, down, forward = single(camera.axes)
    dx, dy, dz = ((u * right[k] + forward[k])[None] + (v * down[k])[:, None] for k in range(3))
    dz = np.minimum(dz, np.float32(-2e-2))
    eye = single(camera.position_m)
    depth = (np.float32(height_m) - eye[2]) / dz
    return _View(dx, dy, dz, eye[0] + dx * depth, eye[1] + dy * depth, depth)


def _folded(box: Box, x: Array, y: Array) -> tuple[Array, Array]:
    """Places in their nearest cell's own coordinates."""
    folded = []
    for value, count, pitch in zip((x, y), box.cells, box.pitch_m, strict=True):
        if count == 1:
            folded.append(value)
            continue
        half = (count - 1) / 2
        cell = np.clip(np.round(value / np.float32(pitch) + np.float32(half)), 0, count - 1)
        folded.append(value - (cell - np.float32(half)) * np.float32(pitch))
    return folded[0], folded[1]


def _outlines(box: Box, grown_m: float) -> Array:
    """(k, 3) corners of the box with its wall and something round it, at the rim's and the counter's level."""
    corners = np.array(box.outline_m)
    if box.cells != (1, 1):
        half = np.abs(corners).max(0) + (np.array(box.cells) - 1) / 2 * np.array(box.pitch_m)
        corners = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]) * half
    normals, _ = edges_of(tuple((float(x), float(y)) for x, y in corners))
    before = np.roll(normals, 1, axis=0)
    out = normals + before
    corners = corners + out / (1 + (normals * before).sum(1, keepdims=True)) * grown_m
    return np.concatenate([np.column_stack([corners, np.full(len(corners), z)]) for z in (box.rim_m, 0.0)])


def _window(camera: Camera, points_m: Array) -> Window | None:
    """The rows and columns of the picture that points span."""
    pixels, _ = camera.project(points_m)
    low = np.clip(np.floor(pixels.min(0)), 0, camera.width).astype(int) // _COARSE * _COARSE
    high = np.clip(np.ceil(pixels.max(0)), 0, camera.width).astype(int)
    if (low >= high).any():
        return None
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _counter(look: BoxLook, camera: Camera, view: _View, rng: np.random.Generator) -> tuple[Array, Array]:
    """Part and shade of what the box stands on or is let into, and of its outer face where it stands."""
    x, y = view.x, view.y
    part = np.full(x.shape, _COUNTER, np.uint8)
    if not look.box.recessed:
        eye = single(camera.position_m)
        far = -eye[2] / view.dz
        x, y = eye[0] + view.dx * far, eye[1] + view.dy * far
    tone = 1 + np.float32(look.counter.contrast) * _read(look.counter, x, y, rng)
    if not look.box.recessed:
        height, width = camera.height, camera.width
        dark = np.zeros((height // 4 + 1, width // 4 + 1), np.float32)
        outline = _outlines(look.box, look.box.wall_m)
        pixels, _ = camera.project(outline)
        hull = cv2.convexHull(np.round(pixels * 16).astype(np.int32))
        cv2.fillConvexPoly(dark, hull // 4, 0.6, cv2.LINE_8, 4)
        dark = single(cv2.GaussianBlur(dark, (0, 0), max(width / 160, 0.5)))
        tone *= 1 - cv2.resize(dark, (width, height), interpolation=cv2.INTER_LINEAR)
        cv2.fillConvexPoly(part, hull, _FACE, cv2.LINE_8, 4)
    return part, tone


def _raise_rim(look: BoxLook, view: _View, beyond: Array, part: Array, tone: Array) -> None:
    """Lays the rim over what is there, in place; where the box is let in, the counter is darker beside it."""
    box = look.box
    if box.cells == (1, 1):
        past = beyond - np.float32(box.wall_m)
    else:
        half = _outlines(box, box.wall_m).max(0)[:2].astype(np.float32)
        past = np.maximum(np.abs(view.x) - half[0], np.abs(view.y) - half[1])
    rim = past < 0
    if box.recessed:
        tone *= 1 - np.float32(0.35) * np.exp(-np.maximum(past, 0) / np.float32(_SHADED_M / 5))
    part[rim] = _RIM


def _inside(
    look: BoxLook, view: _View, cell: tuple[Array, Array], sides: list[Array], rng: np.random.Generator
) -> _Inside:
    """What a ray through the opening meets: the first plane that it leaves by."""
    box = look.box
    normals, offsets = (single(part) for part in edges_of(box.outline_m))
    rim_m = np.float32(box.rim_m)
    nearest, hit = _first_plane(view, sides, normals, rim_m)
    x, y, z = (start + way * nearest for start, way in ((cell[0], view.dx), (cell[1], view.dy), (rim_m, view.dz)))
    table = np.vstack([(0.0, 0.0, 1.0), np.column_stack([-normals, np.zeros(len(normals))])]).astype(np.float32)
    floor = hit == 0
    height = np.clip(z / rim_m, 0, 1)
    corner = _maximum(_sides(normals, offsets, x, y))
    crease = 1 - np.float32(0.4) * np.exp(corner / np.float32(0.012 + 0.2 * box.rim_m))
    lit = np.float32(0.62) + table[:, :2] @ single(look.light.tilt)
    face = np.take(lit, hit) + np.float32(0.28) * height
    tone = np.where(floor, crease, np.clip(face, 0.1, 1.2)) * (1 - np.float32(look.gloom) * (1 - height))
    u = np.where(floor, x, np.take(table[:, 0], hit) * y - np.take(table[:, 1], hit) * x)
    v = np.where(floor, y, z)
    contrast = np.where(floor, np.float32(look.floor.contrast), np.float32(look.wall.contrast))
    tone *= 1 + contrast * _read(look.floor, u, v, rng)
    if look.dirt:
        tone *= 1 - np.float32(look.dirt) * _tiled(_stains(), u * 900 + np.float32(rng.uniform(0, 99)), v * 900)
    coarse = np.stack([part[_CELLS] for part in (x, y, z)])
    return _Inside(
        np.where(floor, np.uint8(_FLOOR), np.uint8(_WALL)), tone, coarse, table[hit[_CELLS]].transpose(2, 0, 1)
    )


def _first_plane(view: _View, sides: list[Array], normals: Array, rim_m: np.float32) -> tuple[Array, Array]:
    """How far each ray runs below the rim, and into what: 0 the floor, k + 1 the wall k."""
    nearest = -rim_m / view.dz
    hit = np.zeros(nearest.shape, np.int8)
    for k, side in enumerate(sides):
        speed = normals[k, 0] * view.dx + normals[k, 1] * view.dy
        until = np.where(speed > 1e-5, -side / np.maximum(speed, 1e-5), _FAR)
        closer = until < nearest
        nearest = np.where(closer, until, nearest)
        hit[closer] = k + 1
    return np.maximum(nearest, 0), hit


def _sides(normals: Array, offsets: Array, x: Array, y: Array) -> list[Array]:
    """How far places are beyond each edge."""
    normals, offsets = single(normals), single(offsets)
    return [n[0] * x + (n[1] * y - d) for n, d in zip(normals, offsets, strict=True)]


def _maximum(parts: list[Array]) -> Array:
    most = parts[0]
    for part in parts[1:]:
        most = np.maximum(most, part)
    return most


def _read(material: Material, u: Array, v: Array, rng: np.random.Generator) -> Array:
    """Grain at places, about -3 to 3."""
    offset = rng.uniform(0, 256, 2)
    scale = np.float32(material.texels_m)
    return _tiled(_grain(material.grain), u * scale + np.float32(offset[0]), v * scale + np.float32(offset[1]))


def _tiled(texture: Array, u: Array, v: Array) -> Array:
    """A texture repeated over the plane, a texel a pixel: grain needs no more."""
    return np.asarray(cv2.remap(texture, u, v, cv2.INTER_NEAREST, borderMode=cv2.BORDER_WRAP))


@lru_cache(maxsize=16)
def _grain(kind: Grain) -> Array:
    """(256, 256) float32 of mean 0 and deviation 1 that meets itself at its edges."""
    rng = np.random.default_rng([11, len(kind), ord(kind[0])])
    if kind in {"wood", "metal"}:
        long, soft = (41, 2.2) if kind == "wood" else (121, 0.6)
        base = single(cv2.blur(np.tile(fabric(rng), (3, 3)), (long, 1)))
        base = single(cv2.GaussianBlur(base, (0, 0), soft))[256:512, 256:512]
    else:
        base = fabric(rng, smooth={"felt": 0.8, "carpet": 2.5, "plastic": 30.0, "rubber": 1.2}[kind])
    return np.asarray(np.clip(base / base.std(), -3, 3))


@lru_cache(maxsize=1)
def _stains() -> Array:
    """(256, 256) float32, 0 clean to 1: blots, crumbs and scratches."""
    rng = np.random.default_rng(12)
    blots = np.clip(fabric(rng, smooth=14.0) - 0.5, 0, 2) * 0.4
    crumbs = np.clip(fabric(rng, smooth=1.5) - 2.3, 0, 1)
    lines = np.zeros((256, 256), np.uint8)
    for _ in range(14):
        start, turn, length = rng.integers(0, 256, 2), rng.uniform(0, np.pi), rng.uniform(20, 110)
        end = start + (length * np.array([np.cos(turn), np.sin(turn)])).astype(int)
        cv2.line(lines, start.tolist(), end.tolist(), int(rng.integers(60, 200)), 1, cv2.LINE_AA)
    return np.clip(blots + crumbs + single(lines) / 255 * 0.6, 0, 1).astype(np.float32)
