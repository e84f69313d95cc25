"""Shots that no training has seen, rendered once and kept: cloth, camera and set lie outside of what trainings draw.

Unseen are: snooker sets on snooker tables, and eight-ball sets of two colours only; cloths of colours that no training
table has; cameras that are rolled, wider, lower or closer than any training camera; and all seeds. As in training are
light, room, film and people at the table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.bench.trackerscore import SEEN, Truth
from jianwen.billiards import (
    Renderer,
    Strike,
    eight_ball,
    nine_foot,
    oblique,
    racked,
    random_look,
    random_strike,
    read_labels,
    scattered,
    seen_middles,
    simulate,
    snooker,
    snooker_table,
    write_clip,
)
from jianwen.places import Box

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.billiards import Ball, Camera, FrameLabels, Label, Look, Shot, Table

    Colour = tuple[int, int, int]

__all__ = ["SHOTS", "KeptShot", "UnseenShot"]

SHOTS = 24
FIRST_SEED = 50_000_000
RECIPE = 2  # larger after any change of what is drawn, so that old videos are not taken for new ones
STILL_FRAMES = 3  # before the strike
FRAMES = (40, 90)
FASTEST_M_S = 10.0
LOOK_ALIKES = 6
DRAWS = 20

# At least 60 of 255 away from every cloth a training draws, in some channel of colour.
CLOTHS: tuple[Colour, ...] = (
    (228, 214, 186), (236, 130, 170), (150, 90, 205), (150, 215, 60), (70, 215, 195), (235, 120, 45),
)  # fmt: skip
SET_COLOURS: tuple[tuple[Colour, Colour], ...] = (
    ((225, 40, 140), (15, 165, 165)),
    ((140, 205, 35), (150, 80, 215)),
    ((90, 200, 245), (235, 95, 25)),
)
RACKED = 16  # the cue ball and the triangle come first in both games
REDS: Colour = (178, 22, 30)  # of snooker
APART = 110  # of 255, between cloth and the balls that look alike


@dataclass(frozen=True, slots=True)
class UnseenShot:
    """Shot `number` of the test; the same number gives the same video."""

    number: int
    width: int = 1280
    height: int = 720
    frames_most: int = FRAMES[1]

    @property
    def fps(self) -> int:
        return (30, 60)[self.number // 4 % 2]

    @property
    def frames(self) -> int:
        return min(self.frames_most, int(self._numbers("frames").integers(FRAMES[0], FRAMES[1] + 1)))

    def play(self) -> Shot:
        """Breaks and shots among balls that lie anywhere, by turns; all hard."""
        rng = self._numbers("play")
        table, balls = self._set()
        if self.number // 2 % 2:
            places = scattered(table, len(balls), balls[0].radius_m, rng)
            strike = replace(random_strike(places, rng), speed_m_s=float(rng.uniform(0.6, 1) * FASTEST_M_S))
        else:
            places = racked(table, balls, "snooker" if self._is_snooker else "eight_ball", rng)
            if self._is_snooker:  # from the baulk line a colour is in the way, and nobody breaks hard
                places[0] = rng.uniform(-0.2, 0.4), rng.choice([-1, 1]) * rng.uniform(0.3, 0.6)
            strike = _break(places, rng)
        return simulate(table, balls, places, strike, seed=self._seed)

    def render(self, path: Path) -> None:
        """The video, and its labels beside it. The view is drawn again until enough look-alikes are in sight."""
        shot, start_s = self.play(), -STILL_FRAMES / self.fps
        for draw in range(DRAWS):
            camera, look = self._camera(shot.table, draw), self._look(draw)
            renderer = Renderer(shot.table, shot.balls, camera, look, self._seed)
            if self._look_alikes(renderer.render(shot.at, start_s).labels) >= LOOK_ALIKES:
                break
        write_clip(shot, renderer, path, fps=self.fps, start_s=start_s, end_s=start_s + (self.frames - 0.5) / self.fps)

    def kept(self, folder: Path) -> KeptShot:
        """The shot's files, rendered if they are not there."""
        size = "" if (self.width, self.height, self.frames_most) == (1280, 720, FRAMES[1]) else f"-{self.height}"
        path = folder / f"recipe-{RECIPE}{size}" / f"{self.number:03}.mp4"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.render(path)
        return KeptShot(self, path)

    @property
    def _is_snooker(self) -> bool:
        return self.number % 2 == 0

    @property
    def _seed(self) -> int:
        return FIRST_SEED + self.number

    def _numbers(self, what: str, draw: int = 0) -> np.random.Generator:
        return np.random.default_rng([self._seed, draw, *what.encode()])

    def _look_alikes(self, labels: Sequence[Label]) -> int:
        """How many balls in sight look like each other: the largest such group."""
        groups = [range(1, 16)] if self._is_snooker else [range(1, 8), range(9, 16)]
        return max(sum(labels[ball].visible >= SEEN for ball in group) for group in groups)

    def _set(self) -> tuple[Table, tuple[Ball, ...]]:
        return (snooker_table(), snooker()) if self._is_snooker else (nine_foot(), eight_ball())

    def _look(self, draw: int) -> Look:
        rng = self._numbers("look", draw)
        look = random_look(rng)
        colours = SET_COLOURS[int(rng.integers(len(SET_COLOURS)))]
        alike = (REDS,) if self._is_snooker else colours
        cloths = [cloth for cloth in CLOTHS if all(_away(cloth, colour) >= APART for colour in alike)]
        cloth = cloths[int(rng.integers(len(cloths)))]
        shutter_s = float(rng.choice([1, 1, 1, 0.5])) / self.fps
        return replace(
            look,
            surfaces=replace(look.surfaces, cloth=cloth),
            film=replace(look.film, shutter_s=shutter_s),
            palette=() if self._is_snooker else _two_colours(*colours),
        )

    def _camera(self, table: Table, draw: int) -> Camera:
        rng = self._numbers("camera", draw)
        around, angle = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(0.2, 0.9))
        kind = (self.number + self.number // 4) % 4
        if kind == 0:  # rolled
            roll = float(rng.choice([-1, 1]) * rng.uniform(0.12, 0.3))
            return self._oblique(table, around, float(rng.uniform(0.4, 1.4)), angle, roll_rad=roll)
        if kind == 1:  # wide, and bent as such lenses are
            wide, k1 = float(rng.uniform(1.15, 1.35)), float(rng.uniform(-0.2, -0.14))
            return self._oblique(table, around, float(rng.uniform(0.5, 1.4)), wide, k1=k1)
        if kind == 2:  # close: a part of the table
            aim = (float(rng.uniform(-0.4, 0.4)), float(rng.uniform(-0.2, 0.2)))
            zoom = float(rng.uniform(1.35, 1.6))
            return self._oblique(table, around, float(rng.uniform(0.5, 1.5)), angle, zoom=zoom, aim_m=aim)
        return self._oblique(table, around, float(rng.uniform(0.16, 0.2)), angle)  # low, along the cloth

    def _oblique(
        self,
        table: Table,
        azimuth_rad: float,
        elevation_rad: float,
        angle_rad: float,
        *,
        roll_rad: float = 0.0,
        zoom: float = 1.0,
        aim_m: tuple[float, float] = (0.0, 0.0),
        k1: float = 0.0,
    ) -> Camera:
        return oblique(
            table, self.width, self.height,
            azimuth_rad=azimuth_rad, elevation_rad=elevation_rad, field_of_view_rad=angle_rad,
            roll_rad=roll_rad, zoom=zoom, aim_m=aim_m, k1=k1,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeptShot:
    """A rendered shot on disk."""

    shot: UnseenShot
    path: Path

    def truth(self) -> tuple[Truth, list[Box]]:
        """Where all balls are, and their boxes in the first frame (those that can be pointed at, in order)."""
        frames = read_labels(self.path.with_suffix(".json"))
        truth = Truth(
            places=np.array([_places(frame) for frame in frames]),
            radii_px=np.array([[label.radius_px for label in frame.labels] for frame in frames]),
            streaks_px=np.array([[math.dist(*label.streak) for label in frame.labels] for frame in frames]),
            visible=np.array([[label.visible for label in frame.labels] for frame in frames]),
        )
        boxes = [frames[0].labels[ball].box for ball in truth.prompted()]
        return truth, [Box(*box) for box in boxes if box is not None]


def _places(frame: FrameLabels) -> NDArray[np.float64]:
    """(balls, 2): the middle of what is seen of each, its centre where nothing is."""
    centres = np.array([label.centre for label in frame.labels], np.float64)
    seen = seen_middles(frame.owner, len(centres))
    return np.where(np.isnan(seen), centres, seen)


def _break(places: NDArray[np.float64], rng: np.random.Generator) -> Strike:
    """Hard at the middle of the rack, not quite full."""
    x, y = places[1:RACKED].mean(axis=0) - places[0]
    return Strike(float(rng.uniform(0.75, 1) * FASTEST_M_S), math.atan2(y, x) + float(rng.normal(0, 0.01)))


def _two_colours(one: Colour, other: Colour) -> tuple[tuple[int, Colour], ...]:
    """Solids all alike, stripes all alike; the black stays as it is."""
    return tuple((number, one if number < 8 else other) for number in range(1, 16) if number != 8)


def _away(one: Colour, other: Colour) -> int:
    """The largest difference of a channel."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
