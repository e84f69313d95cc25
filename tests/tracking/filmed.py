"""Shots of the simulator as a tracker would see them: centres with noise, gaps, and balls that vanish in pockets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwen.billiards import (
    Camera,
    Strike,
    eight_ball,
    nine_ball,
    nine_foot,
    oblique,
    overhead,
    racked,
    random_strike,
    scattered,
    simulate,
)  # fmt: skip
from jianwen.places import Box
from jianwen.tracking.eventscore import true_events
from jianwen.tracking.tableview import TableView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwen.billiards import Shot
    from jianwen.tracking.event import Event

TABLE = nine_foot()
RADIUS_M = 0.028575
STILL_S = 0.5  # of film before the strike, and after the last ball has come to rest
SUNK_RADII = 0.6  # a falling ball that is this far down is hidden by the rim


@dataclass(frozen=True)
class Spot:
    """As much of a track as the events need."""

    object: str
    box: Box | None
    centre: tuple[float, float] | None
    confidence: float
    is_lost: bool
    picture_size: tuple[int, int]


@dataclass(frozen=True)
class Filmed:
    """A shot and the camera that saw it."""

    shot: Shot
    camera: Camera
    fps: float
    noise_radii: float
    missing: float
    seed: int

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"ball{index}" for index in range(len(self.shot.balls)))

    @property
    def view(self) -> TableView:
        """The table's corners, as a person would click them."""
        x, y, z = TABLE.length_m / 2, TABLE.width_m / 2, TABLE.cushion_height_m
        corners = [self._place(point) for point in ((-x, -y, z), (x, -y, z), (x, y, z), (-x, y, z))]
        return TableView((corners[0], corners[1], corners[2], corners[3]))

    def true(self) -> list[Event]:
        def place(point_m: tuple[float, float]) -> tuple[float, float]:
            return self._place((*point_m, RADIUS_M))

        events = true_events(self.shot, self.names, place, fps=self.fps)
        return [moved(event, STILL_S) for event in events]

    def frames(self) -> Iterator[tuple[float, list[Spot]]]:
        """Times and tracks."""
        rng = np.random.default_rng([self.seed, 7])
        size = (self.camera.height, self.camera.width)
        phase = float(rng.uniform(0, 1)) / self.fps
        for index in range(int((self.shot.duration_s + 2 * STILL_S) * self.fps)):
            states = self.shot.at(index / self.fps + phase - STILL_S)
            pixels, depth = self.camera.project(states.position_m)
            spots = []
            for ball, name in enumerate(self.names):
                radius = self.camera.radius_px(float(depth[ball]), RADIUS_M)
                x, y = pixels[ball] + rng.normal(0, self.noise_radii * radius, 2)
                is_lost = bool(states.position_m[ball, 2] < RADIUS_M * (1 - SUNK_RADII)) or rng.random() < self.missing
                box = Box(
                    (x - radius) / size[1], (y - radius) / size[0], (x + radius) / size[1], (y + radius) / size[0]
                )
                centre = None if is_lost else (float(x / size[1]), float(y / size[0]))
                spots.append(Spot(name, None if is_lost else box, centre, 0.0 if is_lost else 0.9, is_lost, size))
            yield index / self.fps + phase, spots

    def _place(self, point_m: tuple[float, float, float]) -> tuple[float, float]:
        pixel = self.camera.project(np.array([point_m]))[0][0]
        return float(pixel[0] / self.camera.width), float(pixel[1] / self.camera.height)


def moved(event: Event, by_s: float) -> Event:
    return type(event)(event.kind, event.time_s + by_s, event.place, event.objects, event.confidence)


def filmed(
    seed: int, *, view: str = "overhead", fps: float = 60.0, noise_radii: float = 0.1, missing: float = 0.02
) -> Filmed:
    """Every second shot is a break."""
    rng = np.random.default_rng(seed)
    if seed % 2 == 0:
        game = "eight_ball" if seed % 4 == 0 else "nine_ball"
        balls = eight_ball() if game == "eight_ball" else nine_ball()
        places = racked(TABLE, balls, game, rng)  # type: ignore[arg-type]
        way = places[1:].mean(axis=0) - places[0]
        angle = float(np.arctan2(way[1], way[0]) + rng.normal(0, 0.01))
        strike = Strike(float(rng.uniform(6, 10)), angle, 0.0, float(rng.uniform(-0.3, 0.3)))
    else:
        balls = eight_ball()[: int(rng.integers(4, 13))]
        places = scattered(TABLE, len(balls), RADIUS_M, rng)
        strike = random_strike(places, rng)
    camera = overhead(TABLE, 1280, 720) if view == "overhead" else oblique(TABLE, 1280, 720, elevation_rad=0.6)
    shot = simulate(TABLE, balls, places, strike, seed=seed)
    return Filmed(shot, camera, fps, noise_radii, missing, seed)
