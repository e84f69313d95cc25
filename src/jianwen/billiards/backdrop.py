"""The table without its balls, drawn once for a camera: cloth, cushions, rails, holes, apron, floor, wall.

Every pixel's ray is cut with the plane of the rails' top, then with that of the cloth, then with the table's side and
the floor; edges are soft by the distance to them in pixels. Draws no ball that counts: only those that lie in pockets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.outline import RUBBER_M, Edges, Outline
from jianwen.billiards.pattern import fabric, floor_picture, tiled, words_picture
from jianwen.billiards.texture import linear, single

if TYPE_CHECKING:
    from jianwen.billiards.camera import Camera
    from jianwen.billiards.look import Look
    from jianwen.billiards.table import Table

Array = NDArray[Any]


@dataclass(frozen=True)
class Backdrop:
    """What `Renderer` keeps of a camera; all float32."""

    light: Array  # (H, W, 3) linear light, before exposure
    rail: Array  # (H, W) share of the pixel in which rubber or wood hides what is below the rails' top
    table: Array  # (H, W) share in which any part of the table is seen
    hole: Array  # (H, W) share in which one looks into a pocket
    cloth: Array  # (H, W) share in which the cloth is seen, where shadows fall
    ground_m: Array  # (H, W, 2) where the pixel's ray meets the cloth's plane


def draw_backdrop(table: Table, camera: Camera, look: Look, rng: np.random.Generator) -> Backdrop:
    """All that stands still, by one look at every pixel."""
    way = camera.pixel_rays()
    planes = _Planes(camera, way)
    margin = table.rail_width_m + look.surfaces.extra_rail_m
    outline = Outline(table, margin_m=margin, rounding_m=look.surfaces.rounding_m)
    top, top_px = outline.edges(*planes.hit(table.cushion_height_m)), planes.footprint(table.cushion_height_m)
    ground, ground_px = outline.edges(*planes.hit(0.0)), planes.footprint(0.0)

    body = _soft(top.body, top_px)
    opening = _soft(top.opening, top_px) * body
    face = _soft(-ground.opening, ground_px)  # the upright rubber behind the cloth, seen under the far noses
    hole = _soft(ground.holes, ground_px)
    liner = face * _soft(RUBBER_M - top.between, top_px)  # the wall of a pocket, below its ring

    below = _cloth(table, look, ground, ground_px, rng)
    dark = linear(look.surfaces.cloth) * (look.surfaces.cushion_face * _falloff(look, ground))[..., None]
    below = _mix(below, dark, face)
    below = _mix(below, linear(look.surfaces.hole) * np.float32(1.7), liner)
    below = _mix(below, _pocket(table, look, ground, ground_px), hole)
    picture, side = _surroundings(table, camera, look, way, rng)
    picture = _mix(picture, _rails(outline, look, top, top_px, rng), body)
    picture = _mix(picture, below, opening)
    return Backdrop(
        light=picture.astype(np.float32),
        rail=(body * (1 - opening)).astype(np.float32),
        table=np.maximum(body, side).astype(np.float32),
        hole=(hole * opening).astype(np.float32),
        cloth=(opening * (1 - hole) * (1 - face)).astype(np.float32),
        ground_m=np.stack([ground.x, ground.y], axis=-1),
    )


class _Planes:
    """Where the pixels' rays meet level planes."""

    def __init__(self, camera: Camera, way: Array) -> None:
        self._camera, self._way = camera, way

    def hit(self, height_m: float) -> tuple[Array, Array]:
        """X and y (H, W); rays that do not go down end very far away."""
        x, y, z = (np.float32(value) for value in self._camera.position_m)
        far = (np.float32(height_m) - z) / np.minimum(self._way[..., 2], np.float32(-1e-3))
        return x + self._way[..., 0] * far, y + self._way[..., 1] * far

    def footprint(self, height_m: float) -> Array:
        """(H, W) metres of the plane in a pixel, the geometric mean of both directions."""
        x, y = self.hit(height_m)
        across = np.hypot(np.gradient(x, axis=1), np.gradient(y, axis=1))
        along = np.hypot(np.gradient(x, axis=0), np.gradient(y, axis=0))
        return np.asarray(np.sqrt(np.maximum(across * along, np.float32(1e-12))))


def _soft(distance_m: Array, pixel_m: Array) -> Array:
    """Coverage of a pixel by what has a negative distance."""
    return np.clip(np.float32(0.5) - distance_m / pixel_m, 0, 1)


def _mix(under: Array, over: Array, share: Array) -> Array:
    return np.asarray(under + (over - under) * share[..., None])


def _falloff(look: Look, place: Edges) -> Array:
    """Light on the table's level at a place."""
    light = look.light
    x, y = place.x, place.y
    dome = 1 - light.falloff * np.clip((x / 1.4) ** 2 * 0.6 + (y / 0.75) ** 2 * 0.4, 0, 2)
    return np.asarray(np.clip(dome + light.tilt[0] * x + light.tilt[1] * y, 0.05, 2).astype(np.float32))


def _cloth(table: Table, look: Look, place: Edges, pixel_m: Array, rng: np.random.Generator) -> Array:
    surfaces = look.surfaces
    weave = 1 + surfaces.cloth_grain * tiled(fabric(rng), place.x * 90, place.y * 90)
    weave += surfaces.cloth_wear * tiled(fabric(rng, smooth=24), place.x * 70, place.y * 70)
    shade = 1 - surfaces.cushion_shade * np.exp(np.minimum(place.opening, 0) / np.float32(0.02))
    picture = linear(surfaces.cloth) * (weave * shade * _falloff(look, place))[..., None]
    chalk = np.zeros_like(place.x)
    for _ in range(surfaces.chalk_marks):
        chalk += _smear(table, place, rng)
    picture = _mix(picture, linear((235, 240, 245)), np.clip(chalk, 0, 0.5))
    if surfaces.lines is not None:
        stripe = np.abs(place.x - np.float32(table.length_m / 4)) - np.float32(0.0015)
        picture = _mix(picture, linear(surfaces.lines), _soft(stripe, pixel_m) * 0.7)
    for x, y, radius, colour in surfaces.spots:
        distance = np.hypot(place.x - np.float32(x), place.y - np.float32(y))
        picture = _mix(picture, linear(colour), _soft(distance - np.float32(radius), pixel_m))
        picture = _mix(picture, linear((110, 120, 120)), _soft(distance - np.float32(radius * 0.35), pixel_m) * 0.7)
    return picture


def _smear(table: Table, place: Edges, rng: np.random.Generator) -> Array:
    """A faint chalky streak somewhere on the cloth."""
    centre = rng.uniform(-0.42, 0.42, 2) * (table.length_m, table.width_m)
    angle, length, width = rng.uniform(0, np.pi), rng.uniform(0.01, 0.08), rng.uniform(0.003, 0.02)
    dx, dy = place.x - np.float32(centre[0]), place.y - np.float32(centre[1])
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    square = ((dx * c + dy * s) / np.float32(length)) ** 2 + ((dy * c - dx * s) / np.float32(width)) ** 2
    return np.asarray(np.float32(rng.uniform(0.02, 0.1)) * np.exp(-np.minimum(square, 30)))


def _pocket(table: Table, look: Look, place: Edges, pixel_m: Array) -> Array:
    """Inside a hole: darker towards its middle, perhaps with a ball that was potted."""
    surfaces = look.surfaces
    depth = np.clip(place.holes / np.float32(-0.05), 0, 1)
    picture = linear(surfaces.hole) * (1.2 - 0.6 * depth)[..., None]
    for index, colour in surfaces.potted:
        x, y = table.pockets[index].centre_m
        dx, dy = (place.x - np.float32(x)) / np.float32(0.027), (place.y - np.float32(y)) / np.float32(0.027)
        distance = np.hypot(dx, dy)
        ball = linear(colour) * (0.16 * np.clip(1.1 - distance, 0.1, 1))[..., None]
        picture = _mix(picture, ball, _soft((distance - 1) * np.float32(0.027), pixel_m) * 0.9)
    return picture


def _rails(outline: Outline, look: Look, place: Edges, pixel_m: Array, rng: np.random.Generator) -> Array:
    """What is seen from above outside the opening: cushion tops, wood, sights, pocket rings, chalk."""
    surfaces = look.surfaces
    light = _falloff(look, place)
    edge = np.clip(place.body / np.float32(-0.05), 0, 1)
    grain = 1 + surfaces.wood_grain * tiled(fabric(rng, smooth=3), place.x * 40, place.y * 160)
    picture = linear(surfaces.wood) * (light * grain * (0.72 + 0.28 * edge))[..., None]
    rubber = _soft(place.rubber, pixel_m)
    lip = 1 - 0.12 * np.exp(-np.abs(place.opening) / np.float32(0.004))
    picture = _mix(picture, linear(surfaces.cloth) * (light * surfaces.cushion_light * lip)[..., None], rubber)
    sights = outline.sights(place.x, place.y) - np.float32(surfaces.sight_m)
    picture = _mix(picture, linear(surfaces.sight) * light[..., None], _soft(sights, pixel_m))
    if surfaces.pocket_ring is not None:
        ring = _soft(place.holes - np.float32(surfaces.ring_m), pixel_m) * _soft(-place.between, pixel_m)
        picture = _mix(picture, linear(surfaces.pocket_ring) * light[..., None], ring * (1 - rubber))
    for x, y, colour in surfaces.chalk_cubes:
        square = np.maximum(np.abs(place.x - np.float32(x)), np.abs(place.y - np.float32(y))) - np.float32(0.011)
        picture = _mix(picture, linear(colour), _soft(square, pixel_m))
        picture = _mix(picture, linear((30, 90, 170)), _soft(square + np.float32(0.005), pixel_m) * 0.6)
    return picture


def _surroundings(
    table: Table, camera: Camera, look: Look, way: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Floor, wall and the table's own side; and where that side is."""
    room = look.room
    planes = _Planes(camera, way)
    x, y = planes.hit(-room.drop_m)
    carpet = cv2.GaussianBlur(floor_picture(room, rng), (0, 0), _texel_blur(planes, room))
    picture = tiled(carpet, x * np.float32(_TEXELS_A_METRE), y * np.float32(_TEXELS_A_METRE))
    dx = np.maximum(np.abs(x) - np.float32(table.length_m / 2 + 0.1), 0)
    dy = np.maximum(np.abs(y) - np.float32(table.width_m / 2 + 0.1), 0)
    shade = room.ambient * (1 - 0.55 * np.exp(-np.hypot(dx, dy) / np.float32(0.25)))
    picture = picture * shade.astype(np.float32)[..., None]
    if room.wall is not None:
        picture = _wall(camera, look, way, picture)
    return _apron(table, camera, look, way, picture)


_TEXELS_A_METRE = 180.0


def _texel_blur(planes: _Planes, room: Any) -> float:
    """Softens the carpet so far that it does not flicker where it is small in the picture."""
    return float(np.clip(np.median(planes.footprint(-room.drop_m)) * _TEXELS_A_METRE * 0.4, 0.3, 6))


def _wall(camera: Camera, look: Look, way: Array, picture: Array) -> Array:
    """An upright banner, with words across it."""
    room = look.room
    assert room.wall is not None
    distance, angle = room.wall_m
    normal = single((np.cos(angle), np.sin(angle)))
    position = single(camera.position_m)
    speed = way[..., 0] * normal[0] + way[..., 1] * normal[1]
    far = (np.float32(distance) - position[:2] @ normal) / np.where(np.abs(speed) < 1e-4, np.float32(1e-4), speed)
    hit = position + way * far[..., None]
    across = -(hit[..., 0] * -normal[1] + hit[..., 1] * normal[0])
    seen = (far > 0) & (hit[..., 2] > -room.drop_m)
    banner = words_picture(room.words, room.wall)
    rows, columns = banner.shape[:2]
    u = (across / room.wall_width_m + 0.5) * columns
    v = rows - (hit[..., 2] + room.drop_m) / (0.4 * room.wall_width_m) * rows
    painted = cv2.remap(
        banner, u.astype(np.float32), v.astype(np.float32), cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    return np.where(seen[..., None], painted * np.float32(room.ambient), picture)


def _apron(table: Table, camera: Camera, look: Look, way: Array, picture: Array) -> tuple[Array, Array]:
    """The table's upright sides below the rails: a box, entered from the side."""
    extra = look.surfaces.extra_rail_m - 0.012
    half = single((table.length_m / 2 + table.rail_width_m + extra, table.width_m / 2 + table.rail_width_m + extra))
    position = single(camera.position_m)
    safe = np.where(np.abs(way[..., :2]) < 1e-5, np.float32(1e-5), way[..., :2])
    ends = np.stack([(-half - position[:2]) / safe, (half - position[:2]) / safe])
    enter, leave = ends.min(0).max(-1), ends.max(0).min(-1)
    height = position[2] + way[..., 2] * enter
    seen = (enter > 0) & (enter < leave) & (height < table.cushion_height_m) & (height > -0.42)
    shade = np.clip(1.3 + height * 1.4, 0.4, 1.3)
    side = linear(look.surfaces.apron) * shade[..., None]
    if look.surfaces.apron_mark:
        hit = position[:2] + way[..., :2] * enter[..., None]
        end_on = np.abs(np.abs(hit[..., 0]) - half[0]) < 1e-3
        across = np.where(end_on, -hit[..., 1] * np.sign(hit[..., 0]), hit[..., 0] * np.sign(hit[..., 1]))
        mark = words_picture((look.surfaces.apron_mark,), look.surfaces.apron, ink=(150, 160, 160), size=(160, 640))
        u, v = (across / -0.9 + 0.5) * 640, (-0.06 - height) / 0.225 * 160
        painted = cv2.remap(
            mark, u.astype(np.float32), v.astype(np.float32), cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
        )
        side = np.where((np.abs(u - 320) < 318)[..., None], painted, side)
    return np.where(seen[..., None], side, picture), seen
