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
_FAR = np.float32(1e3)
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


def paint(look: BoxLook, camera: Camera, rng: np.random.Generator) -> Scene:
    """The box without anything in it."""
    view = _rays(camera, look.box.rim_m)
    cell_x, cell_y = _folded(look.box, view.x, view.y)
    normals, offsets = (single(part) for part in edges_of(look.box.outline_m))
    sides = _sides(normals, offsets, cell_x, cell_y)
    outside = _maximum(sides)
    opening = np.clip(np.float32(0.5) - outside * (np.float32(camera.focal_px) / view.depth), 0, 1)
    part, shade_ = _outside(look, camera, view, outside, rng)
    place, normal = np.zeros((3, *part.shape), np.float32), np.zeros((3, *part.shape), np.float32)
    window = _window(opening)
    if window is not None:
        inner = _View(*(getattr(view, name)[window] for name in _View.__dataclass_fields__))
        where = cell_x[window], cell_y[window]
        found = _inside(look, inner, where, [side[window] for side in sides], rng)
        through = opening[window] >= 0.5
        part[window] = np.where(through, found[0], part[window])
        shade_[window] = np.where(through, found[1], shade_[window])
        place[(slice(None), *window)] = found[2]
        normal[(slice(None), *window)] = found[3]
    coarse = (slice(None), slice(_COARSE // 2, None, _COARSE), slice(_COARSE // 2, None, _COARSE))
    shift = single([view.x - cell_x, view.y - cell_y])[coarse]
    place = place[coarse].copy()
    place[:2] += shift
    light = np.take(_palette(look), part, axis=0)
    light *= shade_[..., None]
    return Scene(light, opening, place, normal[coarse])


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
    scene.light[:] *= (1 - scene.opening * (1 - whole))[..., None]


def _palette(look: BoxLook) -> Array:
    """(5, 3) linear light of the parts under full light."""
    rim = linear(look.rim.colour)
    rows = [linear(look.counter.colour), rim, rim * np.float32(0.45), linear(look.floor.colour)]
    return np.stack([*rows, linear(look.wall.colour)]) * single(look.light.tint)


def _rays(camera: Camera, height_m: float) -> _View:
    u = ((np.arange(camera.width, dtype=np.float32) + 0.5 - camera.width / 2) / camera.focal_px).astype(np.float32)
    v = ((np.arange(camera.height, dtype=np.float32) + 0.5 - camera.height / 2) / camera.focal_px).astype(np.float32)
    right, down, forward = single(camera.axes)
    dx, dy, dz = ((u * right[k] + forward[k])[None] + (v * down[k])[:, None] for k in range(3))
    dz = np.minimum(dz, np.float32(-2e-2))
    px, py, pz = single(camera.position_m)
    depth = (np.float32(height_m) - pz) / dz
    return _View(dx, dy, dz, px + dx * depth, py + dy * depth, depth)


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


def _window(opening: Array) -> Window | None:
    """The rows and columns in which one looks into the box."""
    rows, columns = np.flatnonzero(opening.max(1)), np.flatnonzero(opening.max(0))
    if not len(rows):
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _inside(
    look: BoxLook, view: _View, cell: tuple[Array, Array], sides: list[Array], rng: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    """Part, shade, place and normal of what a ray through the opening meets: the first plane that it leaves by."""
    box = look.box
    normals, offsets = (single(part) for part in edges_of(box.outline_m))
    nearest, hit = _first_plane(view, sides, normals, np.float32(box.rim_m))
    place = np.stack([
        cell[0] + view.dx * nearest, cell[1] + view.dy * nearest, np.float32(box.rim_m) + view.dz * nearest
    ])  # fmt: skip
    table = np.vstack([(0.0, 0.0, 1.0), np.column_stack([-normals, np.zeros(len(normals))])]).astype(np.float32)
    normal = np.stack([table[:, k][hit] for k in range(3)])
    floor = hit == 0
    height = np.clip(place[2] / np.float32(box.rim_m), 0, 1)
    corner = _maximum(_sides(normals, offsets, place[0], place[1]))
    crease = 1 - np.float32(0.4) * np.exp(corner / np.float32(0.012 + 0.2 * box.rim_m))
    lean = single(look.light.tilt)
    face = np.float32(0.62) + np.float32(0.28) * height + (normal[0] * lean[0] + normal[1] * lean[1])
    tone = np.where(floor, crease, np.clip(face, 0.1, 1.2)) * (1 - np.float32(look.gloom) * (1 - height))
    u = np.where(floor, place[0], normal[0] * place[1] - normal[1] * place[0])
    v = np.where(floor, place[1], place[2])
    contrast = np.where(floor, np.float32(look.floor.contrast), np.float32(look.wall.contrast))
    tone *= 1 + contrast * _read(look.floor, u, v, rng)
    if look.dirt:
        tone *= 1 - np.float32(look.dirt) * _tiled(_stains(), u * 900 + np.float32(rng.uniform(0, 99)), v * 900)
    return np.where(floor, np.uint8(_FLOOR), np.uint8(_WALL)), tone, place, normal


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


def _outside(
    look: BoxLook, camera: Camera, view: _View, outside: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Part and shade of rim, the box's outer face where it stands free, and the counter."""
    box = look.box
    normals, offsets = (single(part) for part in _hull(box))
    beyond = outside - np.float32(box.wall_m)
    if box.cells != (1, 1):
        beyond = _maximum(_sides(normals, offsets, view.x, view.y))
    part = np.where(beyond < 0, np.uint8(_RIM), np.uint8(_COUNTER))
    x, y = view.x, view.y
    if not box.recessed:
        px, py, pz = single(camera.position_m)
        far = -pz / view.dz
        x, y = px + view.dx * far, py + view.dy * far
        high, low = _sides(normals, offsets, view.x, view.y), _sides(normals, offsets, x, y)
        part[(beyond >= 0) & _crosses(high, low)] = _FACE
        beyond = np.where(beyond < 0, beyond, _maximum(low))
    near = np.exp(-np.maximum(beyond, 0) / np.float32(0.012 if box.recessed else 0.03))
    tone = 1 + np.float32(look.counter.contrast) * _read(look.counter, x, y, rng)
    tone *= np.where(part == _COUNTER, 1 - np.float32(0.35 if box.recessed else 0.6) * near, np.float32(1))
    return part, tone


def _hull(box: Box) -> tuple[Array, Array]:
    """Edges of the whole box with its wall."""
    if box.cells == (1, 1):
        normals, offsets = edges_of(box.outline_m)
        return normals, offsets + box.wall_m
    corners = np.abs(np.array(box.outline_m)).max(0)
    half = [corners[k] + (box.cells[k] - 1) / 2 * box.pitch_m[k] + box.wall_m for k in (0, 1)]
    normals = np.array([(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)])
    return normals, np.array([half[0], half[0], half[1], half[1]])


def _crosses(high: list[Array], low: list[Array]) -> Array:
    """Whether the way from one level to another comes into a convex outline, by its edges' distances at both."""
    enter, leave = np.zeros_like(high[0]), np.ones_like(high[0])
    for above, below in zip(high, low, strict=True):
        change = above - below
        share = above / np.where(np.abs(change) < 1e-9, np.float32(1e-9), change)
        enter = np.where(above > 0, np.maximum(enter, np.where(below < 0, share, 2)), enter)
        leave = np.where((above < 0) & (below > 0), np.minimum(leave, share), leave)
    return np.asarray(enter < leave)


def _sides(normals: Array, offsets: Array, x: Array, y: Array) -> list[Array]:
    """How far places are beyond each edge."""
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
    """A texture of a power of two repeated over the plane; far quicker here than a general one."""
    return np.asarray(cv2.remap(texture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))


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
