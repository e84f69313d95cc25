"""A player who bends over the table: bridge hand, arm, cue, head and back, painted once and laid over the picture.

Drawn in the picture's plane with the sizes of a real body at that distance; no faces, no cloth folds, no own shadow.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.texture import single

if TYPE_CHECKING:
    from jianwen.billiards.camera import Camera
    from jianwen.billiards.look import Person

Array = NDArray[Any]
_SHIFT = 4  # binary digits behind the point that cv2 takes for coordinates


def draw_person(person: Person, camera: Camera, table: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """SRGB colours (H, W, 3) float32 and opacity (H, W) float32; `table` (H, W) is the share that hides legs."""
    ink = np.zeros((camera.height, camera.width, 4), np.uint8)
    body = _Body(person, camera, rng)
    if person.whole or person.stands:
        body.legs(ink)
        if person.stands:
            body.cue(ink)
        if body.is_beyond_the_table():
            ink = np.round(ink * (1 - table[..., None])).astype(np.uint8)
        body.torso(ink)
        if person.stands:
            body.head(ink)
    if not person.stands:
        body.cue(ink)
    body.arm(ink)
    body.hand(ink)
    if person.whole and not person.stands:
        body.head(ink)
    soft = single(cv2.GaussianBlur(ink, (0, 0), 0.8))
    opacity = soft[..., 3] / 255
    colour = soft[..., :3] / np.maximum(opacity, 1e-3)[..., None]
    return np.clip(_folds(colour, rng), 0, 255), opacity


class _Body:
    """Joints in the world, strokes in the picture."""

    def __init__(self, person: Person, camera: Camera, rng: np.random.Generator) -> None:
        self._person, self._camera = person, camera
        x, y = person.bridge_m
        way = np.array([np.cos(person.towards_rad), np.sin(person.towards_rad), 0.0])
        side = np.array([-way[1], way[0], 0.0]) * rng.choice([-1, 1])
        self._hand = np.array([x, y, 0.03])
        self._tip = self._hand + way * rng.uniform(0.12, 0.25) + (0, 0, 0.02)
        self._butt = self._hand - way * 1.15 + (0, 0, 0.2)
        self._elbow = self._hand - way * 0.27 + side * rng.uniform(0.03, 0.1) + (0, 0, 0.1)
        self._shoulder = self._hand - way * 0.55 + side * rng.uniform(0.08, 0.16) + (0, 0, 0.3)
        self._other = self._shoulder - side * 0.34 - way * 0.1
        self._hips = self._shoulder - way * rng.uniform(0.5, 0.62) - side * 0.16 + (0, 0, rng.uniform(-0.05, 0.15))
        self._head = self._shoulder + way * 0.05 - side * 0.17 + (0, 0, 0.13)
        self._way, self._side, self._rng = way, side, rng
        if person.stands:
            self._stand_up()

    def _stand_up(self) -> None:
        """Moves the joints to where an upright person's are, a step behind the rail, the cue's butt on the floor."""
        feet = (self._hand - self._way * self._rng.uniform(0.45, 0.9)) * (1, 1, 0)
        outwards = np.array([0.0, 0.0, 1.0])
        self._hips = feet + outwards * 0.15
        self._shoulder, self._other = (feet + self._side * k * 0.2 + outwards * 0.62 for k in (1, -1))
        self._elbow = self._shoulder + self._side * 0.06 + self._way * 0.08 - outwards * 0.3
        self._hand = self._elbow + self._way * 0.2 + outwards * self._rng.uniform(-0.1, 0.12)
        self._butt = self._hand * (1, 1, 0) - outwards * 0.75
        self._tip = self._hand + outwards * 0.5
        self._head = feet + outwards * 0.82

    def is_beyond_the_table(self) -> bool:
        """Whether the table stands between the camera and the legs."""
        eye = np.array(self._camera.position_m[:2])
        return bool(self._hips[:2] @ eye < 0.3 * np.linalg.norm(eye))

    def legs(self, ink: Array) -> None:
        shirt = self._person.shirt
        dark = (int(shirt[0] * 0.6), int(shirt[1] * 0.6), int(shirt[2] * 0.6))
        for offset in (-0.1, 0.1):
            hip = self._hips + self._side * offset
            knee = hip - self._way * 0.02 - (0, 0, 0.4) + self._side * offset * 0.4
            foot = np.array([*(knee - self._way * 0.08)[:2], -0.78])
            self._taper(ink, hip, knee, (0.19, 0.14), dark)
            self._taper(ink, knee, foot, (0.14, 0.1), dark)

    def torso(self, ink: Array) -> None:
        shirt = self._person.shirt
        self._taper(ink, self._shoulder, self._hips, (0.26, 0.32), shirt)
        self._taper(ink, self._other, self._hips, (0.24, 0.3), shirt)
        self._stroke(ink, [self._shoulder, self._other], 0.2, shirt)
        grip = self._hips + self._way * 0.1 if self._person.stands else self._butt + self._way * 0.22
        elbow = (self._other + grip) / 2 - self._side * 0.04 + (0, 0, 0.16)
        self._taper(ink, self._other, elbow, (0.13, 0.1), shirt)
        self._taper(ink, elbow, grip, (0.09, 0.06), self._person.skin)

    def cue(self, ink: Array) -> None:
        self._taper(ink, self._tip, self._butt, (0.012, 0.03), self._person.cue)
        end = self._tip + (self._butt - self._tip) * 0.016
        self._taper(ink, self._tip, end, (0.012, 0.013), (225, 225, 215))

    def arm(self, ink: Array) -> None:
        self._taper(ink, self._hand - self._way * 0.05, self._elbow, (0.05, 0.08), self._person.skin)
        self._taper(ink, self._elbow, self._shoulder, (0.088, 0.11), self._person.skin)
        self._stroke(ink, [(self._elbow * 0.45 + self._shoulder * 0.55), self._shoulder], 0.135, self._person.shirt)

    def hand(self, ink: Array) -> None:
        skin, glove = self._person.skin, self._person.glove
        self._stroke(ink, [self._hand, self._hand - self._way * 0.06], 0.058, glove or skin)
        for spread in (-0.8, -0.35, 0.1, 0.6):
            way = self._way * np.cos(spread) + self._side * np.sin(spread)
            start = self._hand + way * 0.02
            self._stroke(ink, [start, start + way * 0.09], 0.014, skin if spread > 0 else (glove or skin))

    def head(self, ink: Array) -> None:
        size = self._px(self._head) * 0.105
        centre = self._at(self._head)
        hair = (int(self._rng.integers(20, 90)),) * 3
        self._ellipse(ink, centre, (size, size * 1.2), self._person.skin)
        self._ellipse(ink, centre - (0, size * 0.35), (size * 0.98, size * 0.85), hair)

    def _stroke(self, ink: Array, joints: list[Array], width_m: float, colour: tuple[int, int, int]) -> None:
        for start, end in pairwise(joints):
            self._taper(ink, start, end, (width_m, width_m), colour)

    def _taper(
        self, ink: Array, start: Array, end: Array, widths_m: tuple[float, float], colour: tuple[int, int, int]
    ) -> None:
        """A rod with round ends, as thick as its ends are at their distance."""
        a, b = self._at(start), self._at(end)
        ra, rb = (max(0.5, self._px(p) * width / 2) for p, width in zip((start, end), widths_m, strict=True))
        across = np.array([-(b - a)[1], (b - a)[0]])
        across = across / max(float(np.hypot(*across)), 1e-6)
        corners = np.array([a + across * ra, b + across * rb, b - across * rb, a - across * ra])
        fixed = np.clip(np.round(corners * 2**_SHIFT), -(2**20), 2**20).astype(np.int32)
        cv2.fillConvexPoly(ink, fixed, (*colour, 255), cv2.LINE_AA, _SHIFT)
        for centre, radius in ((a, ra), (b, rb)):
            if radius > 1.5:
                self._ellipse(ink, centre, (radius, radius), colour)

    def _ellipse(self, ink: Array, centre: Array, axes: tuple[float, float], colour: tuple[int, int, int]) -> None:
        middle = tuple(int(v) for v in np.clip(np.round(centre * 2**_SHIFT), -(2**20), 2**20))
        halves = tuple(int(min(v, 4096) * 2**_SHIFT) for v in axes)
        cv2.ellipse(ink, middle, halves, 0, 0, 360, (*colour, 255), -1, cv2.LINE_AA, _SHIFT)

    def _at(self, point: Array) -> Array:
        pixels, _ = self._camera.project(point[None])
        return np.asarray(pixels[0])

    def _px(self, point: Array) -> float:
        """Pixels in a metre at a point."""
        _, depth = self._camera.project(point[None])
        return float(self._camera.focal_px / max(float(depth[0]), 0.3))


def _folds(colour: Array, rng: np.random.Generator) -> Array:
    """Uneven light over skin and clothes."""
    height, width = colour.shape[:2]
    small = rng.normal(1, 0.13, (max(2, height // 14), max(2, width // 14))).astype(np.float32)
    return np.asarray(colour * cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)[..., None])
