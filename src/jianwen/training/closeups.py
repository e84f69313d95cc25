"""Close looks at balls that touch, hide each other and fly apart: squares cut from rendered frames, all of one scale.

The detector of whole frames learns from balls that lie apart, as in most of a game; this is what it does not see. Most
of the scenes are breaks, from the first touch on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from jianwen.billiards import (
    Renderer,
    eight_ball,
    nine_ball,
    nine_foot,
    racked,
    random_strike,
    scattered,
    simulate,
)
from jianwen.counting import Sample
from jianwen.tracking import CLOSE_DIAMETERS, Region
from jianwen.training.clip import break_strike
from jianwen.training.labels import kinds_of, seen_labels
from jianwen.training.sets import alike
from jianwen.training.views import random_view

if TYPE_CHECKING:
    from jianwen.billiards import Camera, Look, Rendered, Shot

__all__ = ["LOOKS", "CloseUps"]

LOOKS = 12  # at a scene: `_MOMENTS` frames, at two places each
SIDE_PX = 320
SEEN = 0.2  # share of a ball that must be seen for it to be looked for
_MOMENTS = 6
_BREAKS, _ALIKE, _BLURRED, _BROADCAST = 0.7, 0.4, 0.6, 0.2  # shares of scenes
_FAST_S = 0.4  # after the first touch, in which most of a break's frames lie
_SPREAD = 0.15  # of the logarithm of the scale: sizes are known about so well
_OFF = 2.0  # diameters that a square's middle is off a ball
_SHUTTERS_S = (1 / 25, 1 / 30, 1 / 50, 1 / 60)  # open for a whole frame, as in halls with little light
_SIZES = ((640, 360), (960, 540), (1280, 720))


@dataclass(frozen=True, slots=True)
class CloseUps:
    """The looks at scene `number`, `LOOKS` of them. A maker for `Kept`.

    Attributes:
        first_seed: of the scenes; sets with seeds far apart share no scene.
    """

    first_seed: int = 0

    def __call__(self, number: int) -> list[Sample]:
        seed = self.first_seed + number
        rng = np.random.default_rng([seed, 61])
        shot = _shot(rng)
        camera, look = _view(rng)
        renderer = Renderer(shot.table, shot.balls, camera, look, seed)
        frames = [renderer.render(shot.at, time_s) for time_s in _times(shot, rng)]
        return [_look(frame, rng) for frame in frames for _ in range(LOOKS // _MOMENTS)]


def _shot(rng: np.random.Generator) -> Shot:
    table, seed = nine_foot(), int(rng.integers(1 << 30))
    is_break = rng.random() < _BREAKS
    game: Literal["eight_ball", "nine_ball"] = "eight_ball" if rng.random() < 0.8 else "nine_ball"
    numbered = eight_ball() if game == "eight_ball" else nine_ball()
    balls = alike(numbered, rng) if rng.random() < _ALIKE else numbered
    if is_break:
        places = racked(table, numbered, game, rng)  # a rack goes by numbers, whatever the colours
        return simulate(table, balls, places, break_strike(places, rng), seed=seed)
    places = scattered(table, len(balls), balls[0].radius_m, rng)
    return simulate(table, balls, places, random_strike(places, rng), seed=seed)


def _view(rng: np.random.Generator) -> tuple[Camera, Look]:
    width, height = _SIZES[int(rng.integers(len(_SIZES)))]
    camera, look, preset = random_view(width, height, rng, broadcast=_BROADCAST)
    if preset == "varied" and rng.random() < _BLURRED:
        look = replace(look, film=replace(look.film, shutter_s=float(rng.choice(_SHUTTERS_S))))
    return camera, look


def _times(shot: Shot, rng: np.random.Generator) -> list[float]:
    """Most of them soon after the first touch."""
    touched = [event.time_s for event in shot.events if event.kind == "collision"]
    first = touched[0] if touched else 0.0
    soon = first + rng.uniform(-0.03, _FAST_S, _MOMENTS * 2 // 3)
    later = first + rng.uniform(_FAST_S, 2.0, _MOMENTS - len(soon))
    return [float(min(max(0.0, time_s), shot.duration_s)) for time_s in (*soon, *later)]


def _look(frame: Rendered, rng: np.random.Generator) -> Sample:
    """A square round any ball in sight, at about the scale that is asked for in use."""
    seen = seen_labels(frame, SEEN)
    if seen:
        chosen = seen[int(rng.integers(len(seen)))]
        diameter, (x, y) = 2 * chosen.radius_px, chosen.centre
    else:  # the camera sees another part of the table
        height, width = frame.frame.shape[:2]
        diameter, x, y = 12.0, float(rng.uniform(0, width)), float(rng.uniform(0, height))
    side = CLOSE_DIAMETERS * diameter * float(np.exp(rng.normal(0, _SPREAD)))
    off = rng.normal(0, _OFF * diameter, 2)
    region = Region.round_place(x + float(off[0]), y + float(off[1]), side)
    size = frame.frame.shape[1::-1]
    boxes = np.array([label.box for label in seen], np.float64).reshape(-1, 2, 2) * size
    inward = region.inward(boxes)
    middles = inward.mean(axis=1)
    kept = ((middles > 0) & (middles < 1)).all(axis=1)
    return Sample(
        region.cut(frame.frame, SIDE_PX),
        middles[kept].astype(np.float32),
        np.ones(int(kept.sum()), np.float32),
        kinds_of(seen)[kept],
        inward[kept].reshape(-1, 4).clip(0, 1).astype(np.float32),
    )
