"""Frames of a table with exact labels: backdrop, shadows, balls, people, lens, graphics, compression.

A frame depends on the seed and its time only, so a clip may be rendered in any order. What stands still is drawn once;
balls at rest are cast once; a moving ball is the mean of several places within the time the shutter is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.backdrop import draw_backdrop
from jianwen.billiards.film import Development
from jianwen.billiards.graphics import draw_graphics
from jianwen.billiards.label import Label, Rendered, box_of
from jianwen.billiards.people import draw_person
from jianwen.billiards.shadows import Window, shadow
from jianwen.billiards.spheres import Spheres, matrices
from jianwen.billiards.texture import LEVELS, ball_maps, linear, single

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwen.billiards.balls import Ball
    from jianwen.billiards.camera import Camera
    from jianwen.billiards.look import Look, Person
    from jianwen.billiards.shot import BallStates
    from jianwen.billiards.spheres import Patches
    from jianwen.billiards.table import Table

Array = NDArray[Any]

_STILL_PX = 0.25  # a ball that moves or turns less than this while the shutter is open counts as resting
_FINE = 3  # rays a pixel's side, for balls at rest
_PLACES = (3, 5, 9, 17)  # of a moving ball in one exposure; odd, so that the middle one is the middle of the exposure
_GAMMA = np.float32(1 / 2.2)  # light left in a shadow, to picture values


@dataclass(frozen=True, slots=True)
class _Cast:
    """One ball as it lands in the picture: its window there, and what it leaves in it (h, w), float32."""

    window: Window
    cover: Array
    seen: Array
    value: Array  # (h, w, 3) picture values where seen
    core_cover: Array  # in the middle of the exposure alone
    core_seen: Array


_Found = tuple[int, _Cast | None, tuple[Window, Array] | None]  # ball, what it leaves, its shadow


@dataclass(frozen=True, slots=True)
class _Layer:
    """A person, or the graphics: what is opaque of it."""

    corner: tuple[int, int]  # column and row of its left upper pixel in the picture
    value: Array  # (h, w, 3) float32 picture values
    opacity: Array  # (h, w) float32
    person: Person | None = None

    @classmethod
    def cut(cls, value: Array, opacity: Array, person: Person | None = None) -> _Layer:
        """The smallest part of a whole frame that holds all opacity."""
        rows, columns = np.flatnonzero(opacity.any(1)), np.flatnonzero(opacity.any(0))
        if not len(rows):
            return cls((0, 0), value[:0, :0], opacity[:0, :0], person)
        part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        return cls((int(columns[0]), int(rows[0])), value[part].copy(), opacity[part].copy(), person)

    def lay(self, picture: Array, owner: Array, shift: tuple[int, int] = (0, 0)) -> None:
        """Covers the picture (H, W, 3), of any type, and disowns what it hides, moved by columns and rows."""
        height, width = owner.shape
        x, y = self.corner[0] + shift[0], self.corner[1] + shift[1]
        low_x, low_y = max(x, 0), max(y, 0)
        high_x, high_y = min(x + self.opacity.shape[1], width), min(y + self.opacity.shape[0], height)
        if low_x >= high_x or low_y >= high_y:
            return
        target = slice(low_y, high_y), slice(low_x, high_x)
        source = slice(low_y - y, high_y - y), slice(low_x - x, high_x - x)
        opacity, part = self.opacity[source], picture[target]
        picture[target] = part + (self.value[source] - part) * opacity[..., None]
        owner[target][opacity >= 0.5] = 0


class Renderer:
    """One camera, one look."""

    def __init__(self, table: Table, balls: Sequence[Ball], camera: Camera, look: Look, seed: int) -> None:
        cv2.setNumThreads(1)  # several renderers run side by side, one a core
        self.table, self.balls, self.camera, self.look, self.seed = table, tuple(balls), camera, look, seed
        self._film = Development(look.film, camera.width, camera.height, np.random.default_rng([seed, 2]))
        self._backdrop = draw_backdrop(table, camera, look, np.random.default_rng([seed, 0]))
        self._still = self._film.fade(self._film.develop(self._backdrop.light))
        colours = dict(look.palette)
        maps = [ball_maps(ball, colours.get(ball.number, ball.colour), look.style) for ball in self.balls]
        atlas = np.stack(maps) if maps else np.zeros((0, LEVELS, 1, 2, 3), np.float32)
        self._radii = np.array([ball.radius_m for ball in self.balls])
        self._spheres = Spheres(camera, self._backdrop, look, rail_m=table.cushion_height_m, atlas=atlas)
        self._persons = [self._person(person, index) for index, person in enumerate(look.persons)]
        self._graphics: _Layer | None = None
        if look.graphics is not None:
            self._graphics = _Layer.cut(*draw_graphics(look.graphics, camera.width, camera.height))
        self._resting: dict[int, tuple[bytes, _Cast | None, tuple[Window, Array] | None]] = {}

    def render(self, states_at: Callable[[float], BallStates], time_s: float) -> Rendered:
        """The exposure whose middle is at `time_s`."""
        shutter = self.look.film.shutter_s
        ends = states_at(time_s - shutter / 2), states_at(time_s), states_at(time_s + shutter / 2)
        casts, shadows = self._cast_all(states_at, time_s, ends)
        picture = self._still.copy()
        for window, left in shadows:
            picture[window] *= left**_GAMMA
        owner = np.zeros(picture.shape[:2], np.uint8)
        would = self._compose(picture, owner, casts, ends[1])
        for layer in self._persons:
            self._lay_person(picture, owner, layer, time_s)
        rng = np.random.default_rng([self.seed, 3, int(abs(time_s) * 1e6)])
        frame = self._film.expose(picture, rng)
        if self._graphics is not None:
            self._graphics.lay(frame, owner)
        labels = self._labels(owner, {ball: (casts[ball].window, count) for ball, count in would.items()}, ends)
        return Rendered(self._film.compress(frame), owner, labels, time_s)

    def _cast_all(
        self, states_at: Callable[[float], BallStates], time_s: float, ends: tuple[BallStates, ...]
    ) -> tuple[dict[int, _Cast], list[tuple[Window, Array]]]:
        """What each ball that is there leaves in the picture, and the shadows of all."""
        _, depth = self.camera.project(ends[1].position_m)
        there = ends[1].on_table & (depth > 2 * self._radii)
        moved = self._moved_px(ends)
        found: list[_Found] = []
        found += self._cast_resting(ends[1], np.flatnonzero(there & (moved <= _STILL_PX)))
        found += self._cast_moving(states_at, time_s, np.flatnonzero(there & (moved > _STILL_PX)), moved)
        casts = {ball: cast for ball, cast, _ in found if cast is not None}
        return casts, [dark for _, _, dark in found if dark is not None]

    def _moved_px(self, ends: tuple[BallStates, ...]) -> Array:
        """How far a ball's centre and the print on its front move while the shutter is open, the larger of both."""
        opening, middle, closing = ends
        first, _ = self.camera.project(opening.position_m)
        last, _ = self.camera.project(closing.position_m)
        _, depth = self.camera.project(middle.position_m)
        turned = np.abs((opening.orientation * closing.orientation).sum(1)).clip(0, 1)
        print_px = 2 * np.arccos(turned) * self.camera.focal_px * self._radii / np.maximum(depth, 1e-3)
        return np.asarray(np.maximum(np.hypot(*(last - first).T), 0.7 * print_px))

    def _cast_resting(self, states: BallStates, balls: Array) -> list[_Found]:
        keys = {int(b): states.position_m[b].tobytes() + states.orientation[b].tobytes() for b in balls}
        new = np.array([b for b, key in keys.items() if self._resting.get(b, (b"",))[0] != key], int)
        if len(new):
            centre, turn = states.position_m[new], matrices(states.orientation[new])
            patches = self._spheres.cast(new, centre, turn, self._radii[new], fine=_FINE)
            for k, ball in enumerate(new):
                cast = self._landed(patches, slice(k, k + 1))
                dark = self._shadow(centre[k : k + 1], int(ball))
                self._resting[int(ball)] = (keys[int(ball)], cast, dark)
        return [(ball, *self._resting[ball][1:]) for ball in keys]

    def _cast_moving(
        self, states_at: Callable[[float], BallStates], time_s: float, balls: Array, moved: Array
    ) -> list[_Found]:
        if not len(balls):
            return []
        half = self.look.film.shutter_s / 2
        counts = [next((n for n in _PLACES if n * 1.5 >= moved[ball]), _PLACES[-1]) for ball in balls]
        most = max(counts)
        states = [states_at(time_s + half * step) for step in np.linspace(-1, 1, most)]
        where, turned = (np.array([getattr(state, name) for state in states]) for name in ("position_m", "orientation"))
        # All places of all moving balls at once; rows of `which` are grouped by ball.
        which = np.repeat(balls, counts)
        when = np.concatenate([np.arange(n) * (most - 1) // (n - 1) for n in counts])
        centre, turn = where[when, which], matrices(turned[when, which])
        fine = 2 if most < 5 else 1
        patches = self._spheres.cast(which, centre, turn, self._radii[which], fine=fine)
        found: list[_Found] = []
        for ball, count, start in zip(balls, counts, np.cumsum(counts) - counts, strict=True):
            own = slice(start, start + count)
            cast = self._landed(patches, own)
            found.append(
                (
                    int(ball),
                    cast,
                    self._shadow(centre[own][1:2] if count == 3 else centre[own][:: count // 2], int(ball)),
                )
            )
        return found

    def _landed(self, patches: Patches, own: slice) -> _Cast | None:
        """The mean of one ball's patches, cut to the picture."""
        corner, cover, seen, light = patches.corner[own], patches.cover[own], patches.seen[own], patches.light[own]
        side = cover.shape[1]
        low, high = corner.min(0), corner.max(0) + side
        size = int(high[1] - low[1]), int(high[0] - low[0])
        total = np.zeros((*size, 5), np.float32)
        for (x, y), part_cover, part_seen, part_light in zip(corner - low, cover, seen, light, strict=True):
            there = total[y : y + side, x : x + side]
            there[..., 0] += part_cover
            there[..., 1] += part_seen
            there[..., 2:] += part_light
        total /= len(corner)
        core = np.zeros((*size, 2), np.float32)
        middle = len(corner) // 2
        x, y = corner[middle] - low
        core[y : y + side, x : x + side] = np.stack([cover[middle], seen[middle]], axis=-1)
        cut_low = np.maximum(low, 0)
        cut_high = np.minimum(high, (self.camera.width, self.camera.height))
        if (cut_low >= cut_high).any():
            return None
        window = slice(int(cut_low[1]), int(cut_high[1])), slice(int(cut_low[0]), int(cut_high[0]))
        inner = (
            slice(int(cut_low[1] - low[1]), int(cut_high[1] - low[1])),
            slice(int(cut_low[0] - low[0]), int(cut_high[0] - low[0])),
        )
        total, core = total[inner], core[inner]
        value = self._film.develop(total[..., 2:] / np.maximum(total[..., 1:2], 1e-4))
        return _Cast(window, total[..., 0], total[..., 1], self._film.fade(value, window), core[..., 0], core[..., 1])

    def _shadow(self, centres_m: Array, ball: int) -> tuple[Window, Array] | None:
        radius = float(self._radii[ball])
        return shadow(centres_m, radius, camera=self.camera, backdrop=self._backdrop, light=self.look.light)

    def _compose(self, picture: Array, owner: Array, casts: dict[int, _Cast], middle: BallStates) -> dict[int, int]:
        """Balls from far to near into picture and owner; the pixels each would have if nothing hid it."""
        far = np.linalg.norm(middle.position_m - self.camera.position_m, axis=1)
        would: dict[int, int] = {}
        for ball in sorted(casts, key=lambda ball: -far[ball]):
            cast = casts[ball]
            opacity = cast.seen[..., None]
            part = picture[cast.window]
            part += (cast.value - part) * opacity
            whole, seen = cast.cover >= 0.5, cast.seen >= 0.5
            if not whole.any():  # too fast to cover any pixel for half of the time
                whole, seen = cast.core_cover >= 0.5, cast.core_seen >= 0.5
            owner[cast.window][seen] = ball + 1
            would[ball] = int(whole.sum())
        return would

    def _labels(
        self, owner: Array, would: dict[int, tuple[Window, int]], ends: tuple[BallStates, ...]
    ) -> tuple[Label, ...]:
        opening, middle, closing = ends
        first, _ = self.camera.project(opening.position_m)
        centre, depth = self.camera.project(middle.position_m)
        last, _ = self.camera.project(closing.position_m)
        seen = np.bincount(owner.reshape(-1), minlength=len(self.balls) + 1)[1:]
        return tuple(
            Label(
                ball=k,
                kind=ball.kind,
                box=box_of(owner, k + 1, would[k][0]) if seen[k] else None,
                centre=_pair(centre[k]),
                radius_px=self.camera.radius_px(float(depth[k]), ball.radius_m),
                streak=(_pair(first[k]), _pair(last[k])),
                visible=float(seen[k] / would[k][1]) if seen[k] else 0.0,
                on_table=bool(middle.on_table[k]),
            )
            for k, ball in enumerate(self.balls)
        )

    def _person(self, person: Person, index: int) -> _Layer:
        colour, opacity = draw_person(
            person, self.camera, self._backdrop.table, np.random.default_rng([self.seed, 1, index])
        )
        light = linear(colour) * single(self.look.light.tint)
        return _Layer.cut(self._film.develop(light), opacity, person)

    def _lay_person(self, picture: Array, owner: Array, layer: _Layer, time_s: float) -> None:
        person = layer.person
        assert person is not None
        if person.leaves_s is not None and time_s > person.leaves_s:
            return
        start = np.array([(*person.bridge_m, 0.0)])
        there = start + np.array([(*person.drift_m_s, 0.0)]) * time_s
        shift = np.round(self.camera.project(there)[0] - self.camera.project(start)[0])[0].clip(-8192, 8192)
        layer.lay(picture, owner, (int(shift[0]), int(shift[1])))


def _pair(pixel: Array) -> tuple[float, float]:
    return float(pixel[0]), float(pixel[1])
