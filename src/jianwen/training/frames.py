"""Rendered frames of a table as samples for the ball detector: a few moments of every scene.

A scene (camera, look, balls) costs a second, a frame in it a twentieth of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from jianwen.billiards import (
    Renderer,
    eight_ball,
    lying,
    nine_ball,
    nine_foot,
    racked,
    random_strike,
    scattered,
    simulate,
)
from jianwen.counting import Sample
from jianwen.training.labels import kinds_of, seen_labels
from jianwen.training.sets import alike
from jianwen.training.views import random_view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jianwen.billiards import Ball, BallStates, Rendered

__all__ = ["MOMENTS", "Scenes", "sample_of"]

MOMENTS = 6  # frames of a scene
SEEN = 0.25  # share of a ball that must be seen for it to be looked for
RACKS = 0.3  # share of scenes that begin in a rack
REPAINTED = 0.2  # share of scenes whose balls are nearly all alike


@dataclass(frozen=True, slots=True)
class Scenes:
    """The frames of scene `number`, `MOMENTS` of them. A maker for `Kept`.

    Attributes:
        first_seed: of the scenes; sets with seeds far apart share no scene.
        width: of a frame, pixels.
        height: as above.
        broadcast: share of scenes with the looks of broadcast clips, 0–1; the rest is as varied as venues are.
    """

    first_seed: int = 0
    width: int = 1024
    height: int = 576
    broadcast: float = 0.6

    def __call__(self, number: int) -> list[Sample]:
        return [sample_of(rendered) for rendered in self._moments(self.first_seed + number)]

    def _moments(self, seed: int) -> Iterator[Rendered]:
        rng = np.random.default_rng([seed, 41])
        table = nine_foot()
        balls, rack = _scene(rng)
        camera, look, _ = random_view(self.width, self.height, rng, broadcast=self.broadcast)
        renderer = Renderer(table, balls, camera, look, seed)
        for states, time_s in _states(balls, rack, rng):
            yield renderer.render(states, time_s)


def _scene(rng: np.random.Generator) -> tuple[tuple[Ball, ...], Literal["eight_ball", "nine_ball"] | None]:
    """The balls of a scene, and the rack in which they lie at first, if they do.

    In racks and just after a break balls touch and hide each other; spread balls hardly ever do.
    """
    draw = rng.random()
    if draw < RACKS:
        game: Literal["eight_ball", "nine_ball"] = "eight_ball" if draw < RACKS * 0.7 else "nine_ball"
        return _repainted(eight_ball() if game == "eight_ball" else nine_ball(), rng), game
    return _repainted(_some_balls(rng), rng), None


def _repainted(balls: tuple[Ball, ...], rng: np.random.Generator) -> tuple[Ball, ...]:
    return alike(balls, rng) if rng.random() < REPAINTED else balls


def _some_balls(rng: np.random.Generator) -> tuple[Ball, ...]:
    """As in a game: nearly always the cue ball and the black, and any number of the others."""
    cue, *others = eight_ball()
    eight = next(ball for ball in others if ball.kind == "eight")
    others.remove(eight)
    count = int(rng.integers(1, len(others) + 1))
    chosen = [others[i] for i in sorted(rng.choice(len(others), count, replace=False))]
    return (cue, *([eight] if rng.random() < 0.9 else []), *chosen)


def _states(
    balls: tuple[Ball, ...], rack: Literal["eight_ball", "nine_ball"] | None, rng: np.random.Generator
) -> Iterator[tuple[Callable[[float], BallStates], float]]:
    """Several layouts at rest, and moments of a shot, as they come in play: rest is the rule."""
    table, radius_m = nine_foot(), balls[0].radius_m
    numbered = eight_ball() if rack == "eight_ball" else nine_ball()  # a rack goes by numbers, whatever the colours
    for moment in range(MOMENTS):
        places = racked(table, numbered, rack, rng) if rack else scattered(table, len(balls), radius_m, rng)
        if moment % 3:
            yield partial(_still, lying(places, radius_m, rng)), 0.0
            continue
        shot = simulate(table, balls, places, random_strike(places, rng), seed=int(rng.integers(1 << 30)))
        yield shot.at, float(rng.uniform(0.05, max(0.1, min(shot.duration_s, 2.0 if rack else 4.0))))


def _still(states: BallStates, time_s: float) -> BallStates:
    del time_s
    return states


def sample_of(rendered: Rendered) -> Sample:
    """The balls of a frame of which enough is seen, as a sample."""
    seen = seen_labels(rendered, SEEN)
    boxes = np.array([label.box for label in seen], np.float32).reshape(-1, 4)
    return Sample(
        rendered.frame,
        ((boxes[:, :2] + boxes[:, 2:]) / 2).astype(np.float32),
        np.ones(len(seen), np.float32),
        kinds_of(seen),
        boxes,
    )
