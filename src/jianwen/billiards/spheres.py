"""Balls by ray casting: exact perspective silhouettes, soft light from above, lamps mirrored in the lacquer.

Works on stacks of equal square patches, one for every ball or every place of a moving one. Casts no shadows, knows
nothing of what stands in front: `renderer.py` composes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.texture import LEVELS, linear, sample, single

if TYPE_CHECKING:
    from jianwen.billiards.backdrop import Backdrop
    from jianwen.billiards.camera import Camera
    from jianwen.billiards.look import Light, Look

Array = NDArray[Any]

_MAP_M = 5.0  # half the side of the lamps' map
_MAP_TEXELS = 200  # of that map's side: 5 cm each
_MOST_SAMPLES = 400_000  # rays cast at once; more are cast in turns


@dataclass(frozen=True, slots=True)
class Patches:
    """m equal squares of pixels, float32."""

    corner: Array  # (m, 2) int: column and row of the left upper pixel; may lie outside the picture
    cover: Array  # (m, P, P) share of a pixel that the ball takes
    seen: Array  # (m, P, P) the same without what rails and cloth hide
    light: Array  # (m, P, P, 3) linear light times `seen`


class Spheres:
    """Casts balls for one camera, backdrop and look."""

    def __init__(self, camera: Camera, backdrop: Backdrop, look: Look, *, rail_m: float, atlas: Array) -> None:
        self._camera, self._backdrop, self._look = camera, backdrop, look
        self._rail_m = np.float32(rail_m)
        self._atlas = atlas  # (balls, LEVELS, rows, columns, 3)
        self._lamps = _lamp_map(look.light)
        self._cloth = linear(look.surfaces.cloth)

    def cast(self, which: Array, centre_m: Array, turn: Array, radius_m: Array, *, fine: int) -> Patches:
        """Balls `which` (m,) at centres (m, 3), turned by matrices (m, 3, 3) body to world; fine² rays a pixel."""
        pixels, depth = self._camera.project(centre_m)
        radius_px = self._camera.focal_px * radius_m / np.maximum(depth, 1e-3)
        stretch = np.linalg.norm(centre_m - self._camera.position_m, axis=1) / np.maximum(depth, 1e-3)  # off the axis
        side = int(2 * np.ceil((radius_px * stretch**2).max() * 1.05 + 1.5))
        corner = np.floor(pixels - side / 2 + 0.5).astype(int)
        count = max(1, _MOST_SAMPLES // (side * side * fine * fine))
        parts = [
            self._cast(which[k], corner[k], centre_m[k], turn[k], radius_m[k], side=side, fine=fine)
            for k in (slice(start, start + count) for start in range(0, len(which), count))
        ]
        cover, seen, light = (np.concatenate(stack) for stack in zip(*parts, strict=True))
        return Patches(corner, cover, seen, light)

    def _cast(
        self, which: Array, corner: Array, centre: Array, turn: Array, radius: Array, *, side: int, fine: int
    ) -> tuple[Array, Array, Array]:
        steps = (np.arange(side * fine, dtype=np.float32) + np.float32(0.5)) / np.float32(fine)
        x = single(corner[:, 0, None, None]) + steps[None, None, :]
        y = single(corner[:, 1, None, None]) + steps[None, :, None]
        rays = self._rays(x, y)
        cover, near = self._meet(rays, centre, radius, fine)
        # From here on only rays that meet a ball: n of them, vectors as (3, n).
        hit = np.nonzero(cover > 0)
        ball = hit[0]
        way = np.stack([np.broadcast_to(part, cover.shape)[hit] for part in rays])
        place = single(self._camera.position_m)[:, None] + way * near[hit]
        normal = (place - single(centre).T[:, ball]) / single(radius)[ball]
        turned = single(turn).transpose(1, 2, 0)  # (world, body, m)
        body = np.stack([_dot(normal, turned[:, k][:, ball]) for k in range(3)])
        radius_px = side / 2.1  # about; finer maps for larger balls
        level = int(np.clip(np.round(np.log2(70 / (radius_px * fine))), 0, LEVELS - 1))
        albedo = sample(self._atlas, which[ball], level, body)
        light = self._shade(albedo, normal, place, way)
        columns, rows = np.broadcast_to(x, cover.shape)[hit], np.broadcast_to(y, cover.shape)[hit]
        share = cover[hit] * self._unhidden(columns, rows, place[2])
        seen = np.zeros_like(cover)
        seen[hit] = share
        whole = np.zeros((*cover.shape, 3), np.float32)
        whole[hit] = (light * share).T
        return _shrunk(cover, fine), _shrunk(seen, fine), _shrunk(whole, fine)

    def _rays(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """The directions through pixels, component by component."""
        camera = self._camera
        if camera.k1 or camera.k2:
            grid = np.stack(np.broadcast_arrays(x, y), axis=-1)
            bent = camera.rays(grid)
            return bent[..., 0], bent[..., 1], bent[..., 2]
        u = (x - np.float32(camera.width / 2)) / np.float32(camera.focal_px)
        v = (y - np.float32(camera.height / 2)) / np.float32(camera.focal_px)
        inverse = 1 / np.sqrt(u * u + v * v + 1)
        axes = single(camera.axes)
        first, second, third = ((u * axes[0, k] + v * axes[1, k] + axes[2, k]) * inverse for k in range(3))
        return first, second, third

    def _meet(self, way: tuple[Array, Array, Array], centre: Array, radius: Array, fine: int) -> tuple[Array, Array]:
        """How much of each ray's little square is covered, and how far the ball is along the ray."""
        to = single(centre - self._camera.position_m).T[:, :, None, None]
        along = way[0] * to[0] + way[1] * to[1] + way[2] * to[2]
        square = (to * to).sum(0)
        radius = single(radius)[:, None, None]
        gap = np.maximum(square - along * along, 0)  # squared, from the ball's centre to the ray
        pixel_m = along / np.float32(self._camera.focal_px * fine)
        cover = np.clip((radius - np.sqrt(gap)) / pixel_m + np.float32(0.5), 0, 1) * (along > radius)
        return cover, along - np.sqrt(np.maximum(radius * radius - gap, 0))

    def _shade(self, albedo: Array, normal: Array, place: Array, way: Array) -> Array:
        """Linear light (3, n) of points with reflectance (3, n)."""
        light = self._look.light
        up = normal[2]
        soft = np.maximum(up + np.float32(light.wrap), 0) / np.float32(1 + light.wrap)
        fall = soft ** np.float32(light.steepness)
        if light.key:
            fall = fall * np.float32(1 - light.key) + np.float32(light.key) * self._keyed(normal, place)
        level = self._level(place)
        back = np.float32(light.bounce) * np.maximum(0.5 - 0.5 * up, 0) ** np.float32(1.2)
        incoming = fall * single(light.tint)[:, None] + back * self._cloth[:, None]
        matt = albedo * incoming * (level * np.float32(light.lift))
        return np.asarray(matt + self._mirror(normal, place, way, level))

    def _keyed(self, normal: Array, place: Array) -> Array:
        """Light of the lamps' middles, for hard light."""
        light = self._look.light
        total = np.zeros_like(normal[0])
        for lamp in light.lamps:
            to = single((*lamp.centre_m, light.height_m))[:, None] - place
            distance = np.sqrt(_dot(to, to))
            total += np.maximum(_dot(normal, to) / distance, 0) * (np.float32(light.height_m) / distance) ** 2
        return np.asarray(total / np.float32(max(len(light.lamps) * 0.7, 1)))

    def _level(self, place: Array) -> Array:
        """The same fall-off of light over the table as the cloth has, and darkness in the pockets."""
        light = self._look.light
        x, y, z = place
        dome = 1 - np.float32(light.falloff) * np.clip((x / 1.4) ** 2 * 0.6 + (y / 0.75) ** 2 * 0.4, 0, 2)
        sunk = np.clip(1 + z / np.float32(0.05), 0.12, 1)
        return single(np.clip(dome + light.tilt[0] * x + light.tilt[1] * y, 0.05, 2) * sunk)

    def _mirror(self, normal: Array, place: Array, way: Array, level: Array) -> Array:
        """What the lacquer reflects: lamps, the cloth, the room; more of it at grazing rays (Schlick)."""
        light = self._look.light
        towards = -_dot(normal, way)
        bounced = way + 2 * towards * normal
        grazing = 1 - np.clip(towards, 0, 1)
        share = (np.float32(0.04) + np.float32(0.5) * grazing * (grazing * grazing) ** 2) * np.float32(light.gloss)
        far = np.float32(light.height_m) / np.maximum(bounced[2], np.float32(0.02))
        scale, half = np.float32(_MAP_TEXELS / 2 / _MAP_M), np.float32(_MAP_TEXELS / 2)
        u = ((place[0] + bounced[0] * far) * scale + half).clip(0, _MAP_TEXELS - 1).astype(np.int32)
        v = ((place[1] + bounced[1] * far) * scale + half).clip(0, _MAP_TEXELS - 1).astype(np.int32)
        lamps = self._lamps[v, u] * (bounced[2] > 0.02) * np.clip(1 + place[2] / np.float32(0.03), 0, 1)
        sky = (lamps + np.float32(light.room)) * single(light.tint)[:, None]
        down = np.clip(-bounced[2] * 4, 0, 1)
        world = sky * (1 - down) + self._cloth[:, None] * (np.float32(0.6) * level * down)
        return np.asarray(world * share)

    def _unhidden(self, x: Array, y: Array, height: Array) -> Array:
        """1 where neither rail nor cloth hides a ball's point at this height, by what the pixel's ray meets first."""
        rows, columns = self._backdrop.rail.shape
        index = (np.clip(y, 0, rows - 1).astype(np.int32), np.clip(x, 0, columns - 1).astype(np.int32))
        rail = np.where(height < self._rail_m, 1 - self._backdrop.rail[index], np.float32(1))
        return np.asarray(np.where(height < -0.002, rail * self._backdrop.hole[index], rail))


def _dot(one: Array, other: Array) -> Array:
    """Of vectors (3, n); much faster than a sum along an axis of three."""
    return np.asarray(one[0] * other[0] + one[1] * other[1] + one[2] * other[2])


def matrices(quaternions: Array) -> Array:
    """Unit quaternions (n, 4) w, x, y, z to rotation matrices (n, 3, 3), body to world."""
    w, x, y, z = np.moveaxis(np.asarray(quaternions, float), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def _shrunk(stack: Array, fine: int) -> Array:
    """The mean of fine x fine samples."""
    if fine == 1:
        return stack
    total = np.zeros_like(stack[:, ::fine, ::fine])
    for row in range(fine):
        for column in range(fine):
            total += stack[:, row::fine, column::fine]  # much faster than a mean over split axes
    return np.asarray(total / np.float32(fine * fine))


def _lamp_map(light: Light) -> Array:
    """(texels, texels) float32: how bright the lamps' plane is, x across, y down."""
    canvas = np.zeros((_MAP_TEXELS, _MAP_TEXELS), np.float32)
    scale = _MAP_TEXELS / 2 / _MAP_M
    for lamp in light.lamps:
        low = [round((lamp.centre_m[k] - lamp.size_m[k] / 2) * scale + _MAP_TEXELS / 2) for k in (0, 1)]
        high = [round((lamp.centre_m[k] + lamp.size_m[k] / 2) * scale + _MAP_TEXELS / 2) for k in (0, 1)]
        one = np.zeros_like(canvas)
        cv2.rectangle(one, low, high, lamp.glow, 3 if lamp.hollow else -1)
        canvas = np.maximum(canvas, one)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 0.8))
