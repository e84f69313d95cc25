"""What the tracker's room says happened in a rendered shot, against what the simulator knows.

The table's place is taken as known, as it is for a camera that hangs over one table; balls that were not pointed at are
left out of both sides, and so is what happens outside of the picture.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.bench.shots import STILL_FRAMES
from jianwen.billiards import Camera
from jianwen.tracking import Event, Events, EventScore, TableView, score_events, true_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.bench.shots import KeptShot
    from jianwen.billiards import Shot
    from jianwen.tracking import Track

__all__ = ["Spectator"]

_UNSEEN = "?"  # begins the name of a ball that nobody pointed at


@dataclass
class Spectator:
    """Watches one shot, frame by frame; `score` judges what it said."""

    kept: KeptShot
    balls: Sequence[int]  # of the tracks, which are named by their place in it
    said: list[Event] = field(default_factory=list)
    _frames: int = 0
    _events: Events | None = None

    @cached_property
    def _shot(self) -> Shot:
        return self.kept.shot.play()  # a simulation: once is enough

    def __call__(self, picture: NDArray[np.uint8], tracks: Sequence[Track]) -> None:
        del picture
        if self._events is None:
            self._events = Events(self._table(), self._shot.balls[0].radius_m)
        self.said += self._events.step(self._time_s(self._frames), tracks)
        self._frames += 1

    def score(self) -> dict[str, EventScore]:
        """By kind, and for "all"; the first frame's balls and the film's length bound what counts."""
        if self._events is not None:
            self.said += self._events.finish()
        shot, camera, fps = self._shot, self._camera(), self.kept.shot.fps
        names = [
            str(self.balls.index(ball)) if ball in self.balls else f"{_UNSEEN}{ball}" for ball in range(len(shot.balls))
        ]
        radius_m = shot.balls[0].radius_m

        def place(point_m: tuple[float, float]) -> tuple[float, float]:
            return self._fractions(camera, np.array([(*point_m, radius_m)]))[0]

        end_s = self._time_s(self._frames - 1)
        true = [
            event
            for event in true_events(shot, names, place, fps=fps, radius_m=radius_m)
            if event.time_s <= end_s and _is_in_picture(event)
            if not any(name.startswith(_UNSEEN) for name in event.objects)
        ]
        return score_events([event for event in self.said if _is_in_picture(event)], true, fps=fps)

    def _time_s(self, frame: int) -> float:
        return (frame - STILL_FRAMES) / self.kept.shot.fps

    def _camera(self) -> Camera:
        about = json.loads(self.kept.path.with_suffix(".json").read_text(encoding="utf-8"))["camera"]
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in about.items()
        }
        return Camera(**values)

    def _table(self) -> TableView:
        """Its cushions' noses, at the height of the balls' centres, as the shot's camera has them."""
        shot = self._shot
        x, y, z = shot.table.length_m / 2, shot.table.width_m / 2, shot.balls[0].radius_m
        corners = self._fractions(self._camera(), np.array([(-x, -y, z), (x, -y, z), (x, y, z), (-x, y, z)]))
        first, second, third, fourth = corners
        hole_m = shot.table.pockets[0].radius_m  # of snooker they are smaller
        return TableView((first, second, third, fourth), shot.table.length_m, shot.table.width_m, hole_m)

    def _fractions(self, camera: Camera, points_m: NDArray[np.float64]) -> list[tuple[float, float]]:
        pixels, _ = camera.project(points_m)
        return [(float(x) / camera.width, float(y) / camera.height) for x, y in pixels]


def _is_in_picture(event: Event) -> bool:
    return all(0.0 <= value <= 1.0 for value in event.place)
