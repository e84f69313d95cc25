"""Close looks at balls that touch, hide each other and fly apart: squares cut from rendered frames, all of one scale.

The detector of whole frames learns from balls that lie apart, as in most of a game; this is what it does not see. Most
of the scenes are breaks, about the first touch. Beside each square are the same one of the frame before, and the place
without balls as a tracker knows it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import dist
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
    seen_middles,
    simulate,
)
from jianwen.counting import Sample
from jianwen.tracking import CLOSE_DIAMETERS, Backdrop, Region
from jianwen.training.clip import break_strike
from jianwen.training.labels import kinds_of, seen_labels
from jianwen.training.sets import alike
from jianwen.training.views import random_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.billiards import Camera, Label, Look, Rendered, Shot

__all__ = ["LOOKS", "CloseUps"]

LOOKS = 12  # at a scene: `_MOMENTS` frames, at two places each
SIDE_PX = 320
SEEN = 0.2  # share of a ball that must be seen for it to be looked for
_MOMENTS = 6
_BREAKS, _ALIKE, _BLURRED, _BROADCAST = 0.7, 0.4, 0.6, 0.2  # shares of scenes
_ALL_KNOWN = 0.8  # share of scenes in which all balls are followed, and so are not in the picture without balls
_AT_ONCE = (0.2, 4.5)  # frames after the first touch: in those of a rack that flies apart most names are lost
_SOON_S = (-0.12, 0.4)  # round the first touch, in which most of a break's frames lie
_LATE_S = 2.0
_SPREAD = 0.15  # of the logarithm of the scale: sizes are known about so well
_OFF = 2.0  # diameters that a square's middle is off a ball
_RATES = (25.0, 30.0, 50.0, 60.0)  # frames a second
_SIZES = ((640, 360), (960, 540), (1280, 720))
_AT_REST_S = -1.0
_MOVING, _MOVED = 0.5, 0.5  # share of squares round a ball that moved by so many radii since the frame before
_PART = 0.1  # of a frame's time, over which a velocity is projected


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
        camera, look, interval_s = _view(rng)
        renderer = Renderer(shot.table, shot.balls, camera, look, seed)
        backdrop = _without_balls(renderer.render(shot.at, _AT_REST_S), rng)
        moments = [_Moment.of(renderer, shot, time_s, interval_s, backdrop) for time_s in _times(shot, interval_s, rng)]
        return [_look(moment, rng) for moment in moments for _ in range(LOOKS // _MOMENTS)]


@dataclass(frozen=True, slots=True, eq=False)
class _Moment:
    """A frame with what is known when it comes."""

    now: Rendered
    before: Rendered
    empty: NDArray[np.uint8]
    ahead: NDArray[np.float64]  # (n, 2) pixels: where each ball will be in the next frame if nothing stops it

    @classmethod
    def of(cls, renderer: Renderer, shot: Shot, time_s: float, interval_s: float, backdrop: Backdrop) -> _Moment:
        now, before = renderer.render(shot.at, time_s), renderer.render(shot.at, time_s - interval_s)
        states, part_s = shot.at(time_s), _PART * interval_s
        here, _ = renderer.camera.project(states.position_m)
        there, _ = renderer.camera.project(states.position_m + part_s * states.velocity_m_s)
        empty = backdrop.revealed(before.frame, list(_discs(before).values())).picture
        return cls(now, before, empty, here + (there - here) / _PART)

    def has_moved(self, label: Label) -> bool:
        return dist(label.centre, self.before.labels[label.ball].centre) > _MOVED * label.radius_px


def _discs(frame: Rendered) -> dict[str, tuple[float, float, float]]:
    return {str(label.ball): (*label.centre, label.radius_px) for label in frame.labels if label.on_table}


def _without_balls(first: Rendered, rng: np.random.Generator) -> Backdrop:
    """The first frame without the balls that somebody follows: usually all of them."""
    share = 1.0 if rng.random() < _ALL_KNOWN else float(rng.uniform(0.1, 1))
    return Backdrop(first.frame).without({name: disc for name, disc in _discs(first).items() if rng.random() < share})


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


def _view(rng: np.random.Generator) -> tuple[Camera, Look, float]:
    """A camera, a look, and the time between two frames; in halls with little light the shutter is open all of it."""
    width, height = _SIZES[int(rng.integers(len(_SIZES)))]
    camera, look, preset = random_view(width, height, rng, broadcast=_BROADCAST)
    interval_s = 1 / float(rng.choice(_RATES))
    blurred = preset == "varied" and rng.random() < _BLURRED
    shutter_s = interval_s if blurred else min(interval_s, look.film.shutter_s)
    return camera, replace(look, film=replace(look.film, shutter_s=shutter_s)), interval_s


def _times(shot: Shot, interval_s: float, rng: np.random.Generator) -> list[float]:
    """Most of them round the first touch, half of all in the first frames after it."""
    touched = [event.time_s for event in shot.events if event.kind == "collision"]
    first = touched[0] if touched else 0.0
    at_once = first + interval_s * rng.uniform(*_AT_ONCE, _MOMENTS // 2)
    soon = first + rng.uniform(*_SOON_S, _MOMENTS // 3)
    later = first + rng.uniform(_SOON_S[1], _LATE_S, _MOMENTS - len(at_once) - len(soon))
    return [float(min(max(0.0, time_s), shot.duration_s)) for time_s in (*at_once, *soon, *later)]


def _look(moment: _Moment, rng: np.random.Generator) -> Sample:
    """A square round a ball in sight, at about the scale that is asked for in use."""
    frame = moment.now.frame
    seen = seen_labels(moment.now, SEEN)
    if seen:
        moving = [label for label in seen if moment.has_moved(label)]
        some = moving if moving and rng.random() < _MOVING else seen
        chosen = some[int(rng.integers(len(some)))]
        diameter, (x, y) = 2 * chosen.radius_px, chosen.centre
    else:  # the camera sees another part of the table
        height, width = frame.shape[:2]
        diameter, x, y = 12.0, float(rng.uniform(0, width)), float(rng.uniform(0, height))
    side = CLOSE_DIAMETERS * diameter * float(np.exp(rng.normal(0, _SPREAD)))
    off = rng.normal(0, _OFF * diameter, 2)
    region = Region.round_place(x + float(off[0]), y + float(off[1]), side)
    size = frame.shape[1::-1]
    boxes = region.inward(np.array([label.box for label in seen], np.float64).reshape(-1, 2, 2) * size)
    which = [label.ball for label in seen]
    middles = region.inward(seen_middles(moment.now.owner, len(moment.now.labels))[which])
    earlier = np.array([moment.before.labels[ball].centre for ball in which], np.float64).reshape(-1, 2)
    moves = region.inward(np.stack((earlier, moment.ahead[which]), axis=1))
    kept = ((middles > 0) & (middles < 1)).all(axis=1)
    return Sample(
        region.cut(frame, SIDE_PX),
        middles[kept].astype(np.float32),
        np.ones(int(kept.sum()), np.float32),
        kinds_of(seen)[kept],
        boxes[kept].reshape(-1, 4).clip(0, 1).astype(np.float32),
        beside=np.stack([region.cut(one, SIDE_PX) for one in (moment.before.frame, moment.empty)]),
        moves=moves[kept].astype(np.float32),
    )
