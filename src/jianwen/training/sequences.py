"""Rendered shots as short sequences of regions round one ball: what a tracker practises on.

A scene (camera, look, balls, a shot) is rendered for a second or less; many balls and moments of it become sequences.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import Image

from jianwen.billiards import (
    Ball,
    Renderer,
    eight_ball,
    nine_ball,
    nine_foot,
    racked,
    random_strike,
    scattered,
    simulate,
)
from jianwen.tracking import Motion, Region, region_side
from jianwen.training.sets import alike
from jianwen.training.views import random_view

if TYPE_CHECKING:
    from collections.abc import Sequence as Many

    from numpy.typing import NDArray

    from jianwen.billiards import Label, Rendered, Shot

__all__ = ["LENGTH", "Rallies", "Sequence", "pack_sequence", "unpack_sequence"]

LENGTH = 8  # frames of a sequence
GROUP = 24  # sequences of a scene
_FRAMES = 20  # rendered of a scene
_SEEN = 0.2  # share of a ball in sight from which it is there
_LEAST_PX = 4  # of a mask in a region, below which nothing can be seen
_SIZES = ((640, 360), (960, 540), (1280, 720))
_QUALITY = 92  # of the kept pictures


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """One ball in regions that follow it, more or less well."""

    pictures: NDArray[np.uint8]  # (T, side, side, 3)
    masks: NDArray[np.bool_]  # (T, side, side) what is seen of it in the middle of the exposure
    present: NDArray[np.bool_]  # (T,)
    diameter: NDArray[np.float32]  # (T,) of the whole ball, pixels of the region


@dataclass(frozen=True, slots=True)
class Rallies:
    """The sequences of scene `number`, `GROUP` of them. A maker for `Kept`.

    Attributes:
        first_seed: of the scenes; sets with seeds far apart share no scene.
        side: of the regions, pixels.
        share: of a region's side that a ball at rest takes.
    """

    first_seed: int = 0
    side: int = 128
    share: float = 1 / 6

    def __call__(self, number: int) -> list[Sequence]:
        rng = np.random.default_rng([self.first_seed + number, 53])
        frames = _rendered(self.first_seed + number, rng)
        chances = _chances(frames)
        picks = rng.choice(len(chances), GROUP, p=[chance for *_, chance in chances])
        return [self._sequence(frames, chances[pick][0], chances[pick][1], rng) for pick in picks]

    def _sequence(self, frames: Many[Rendered], ball: int, start: int, rng: np.random.Generator) -> Sequence:
        window = frames[start : start + LENGTH]
        if rng.random() < 0.3:  # time runs backwards as well: balls gain speed, come out of pockets
            window = window[::-1]
        if not _is_there(window[0].labels[ball]):
            window = window[::-1]
        regions = _regions([one.labels[ball] for one in window], self.share, rng)
        pictures = np.stack([region.cut(one.frame, self.side) for one, region in zip(window, regions, strict=True)])
        owners = [(one.owner == ball + 1).astype(np.float32) for one in window]
        masks = np.stack([region.cut(own, self.side) >= 0.5 for own, region in zip(owners, regions, strict=True)])
        present = np.array([_is_there(one.labels[ball]) for one in window]) & (masks.sum(axis=(1, 2)) >= _LEAST_PX)
        sizes = [2 * one.labels[ball].radius_px / region.side for one, region in zip(window, regions, strict=True)]
        return Sequence(
            pictures=pictures,
            masks=masks & present[:, None, None],
            present=present,
            diameter=np.array(sizes, np.float32) * self.side,
        )


def pack_sequence(sequence: Sequence) -> dict[str, NDArray[Any]]:
    """As arrays for a file: the regions as one JPEG, one below the other."""
    picture = io.BytesIO()
    tall = sequence.pictures.reshape(-1, *sequence.pictures.shape[2:])
    Image.fromarray(tall).save(picture, "JPEG", quality=_QUALITY, subsampling=0)
    return {
        "picture": np.frombuffer(picture.getvalue(), np.uint8),
        "masks": np.packbits(sequence.masks),
        "present": sequence.present,
        "diameter": sequence.diameter,
    }


def unpack_sequence(arrays: dict[str, NDArray[Any]]) -> Sequence:
    """Inverse of `pack_sequence`, up to JPEG."""
    tall = np.asarray(Image.open(io.BytesIO(arrays["picture"].tobytes())).convert("RGB"))
    side, length = tall.shape[1], len(arrays["present"])
    masks = np.unpackbits(arrays["masks"], count=length * side * side).astype(bool)
    return Sequence(
        tall.reshape(length, side, side, 3),
        masks.reshape(length, side, side),
        arrays["present"],
        arrays["diameter"],
    )


def _rendered(seed: int, rng: np.random.Generator) -> list[Rendered]:
    width, height = _SIZES[rng.choice(3, p=(0.5, 0.35, 0.15))]
    camera, look, _ = random_view(width, height, rng, broadcast=0.4)
    shot = _shot(rng)
    fps = float(rng.choice((24.0, 30.0, 50.0, 60.0)))
    latest = max(0.0, min(shot.duration_s, 5.0) - _FRAMES / fps)
    # half of the scenes begin just before the strike, where everything is fast
    start_s = float(rng.uniform(-3 / fps, 8 / fps)) if rng.random() < 0.5 else float(rng.uniform(0, latest + 1e-3))
    renderer = Renderer(shot.table, shot.balls, camera, look, seed)
    return [renderer.render(shot.at, start_s + frame / fps) for frame in range(_FRAMES)]


def _shot(rng: np.random.Generator) -> Shot:
    """A break, or any stroke among a few balls: a set as it is, or one with many of a colour."""
    table, draw = nine_foot(), rng.random()
    seed = int(rng.integers(1 << 30))
    if draw < 0.3:
        game: Literal["eight_ball", "nine_ball"] = "eight_ball" if draw < 0.2 else "nine_ball"
        balls = eight_ball() if game == "eight_ball" else nine_ball()
        places = racked(table, balls, game, rng)
        return simulate(table, balls, places, random_strike(places, rng), seed=seed)
    cue, *others = alike(eight_ball(), rng) if draw < 0.6 else eight_ball()
    count = int(rng.integers(4, len(others) + 1))
    chosen: tuple[Ball, ...] = (cue, *(others[i] for i in sorted(rng.choice(len(others), count, replace=False))))
    places = scattered(table, len(chosen), cue.radius_m, rng)
    return simulate(table, chosen, places, random_strike(places, rng), seed=seed)


def _chances(frames: Many[Rendered]) -> list[tuple[int, int, float]]:
    """(ball, first frame, chance) of all sequences; moving and hidden balls come more often than resting ones."""
    found = []
    for ball in range(len(frames[0].labels)):
        for start in range(len(frames) - LENGTH + 1):
            labels = [one.labels[ball] for one in frames[start : start + LENGTH]]
            if not (_is_there(labels[0]) or _is_there(labels[-1])):
                continue
            centres = np.array([label.centre for label in labels])
            way = np.hypot(*np.diff(centres, axis=0).T) / max(1.0, 2 * labels[0].radius_px)
            hidden = sum(not _is_there(label) for label in labels)
            found.append((ball, start, 0.15 + min(1.5, float(way.max())) + 0.5 * min(1, hidden)))
    if not found:
        raise ValueError("no ball in sight")
    total = sum(chance for *_, chance in found)
    return [(ball, start, chance / total) for ball, start, chance in found]


def _regions(labels: Many[Label], share: float, rng: np.random.Generator) -> list[Region]:
    """As a session would look: round the expected place, off by what it does not know, now and then quite wrong."""
    diameter = 2 * labels[0].radius_px * float(np.exp(rng.normal(0, 0.12)))
    side = region_side(diameter, diameter * float(rng.exponential(1.0)), share)
    x, y = np.array(labels[0].centre) + rng.normal(0, 0.15, 2) * diameter
    regions = [Region.round_place(float(x), float(y), side)]
    motion = Motion(0, *labels[0].centre, diameter)
    for frame, label in enumerate(labels[1:], start=1):
        # now and then a far look, as after a ball was lost
        spread = diameter * float(rng.exponential(0.6) if rng.random() < 0.85 else rng.uniform(0, 10))
        region = motion.region(frame, share, spread=spread)
        if rng.random() < 0.08:  # looked in a wrong place, where other balls may be
            way = rng.normal(0, 0.5, 2) * region.side
            region = Region(region.left + float(way[0]), region.top + float(way[1]), region.side)
        regions.append(region)
        if _is_there(label):
            x, y = np.array(label.centre) + rng.normal(0, 0.1, 2) * label.radius_px
            motion = motion.seen(frame, float(x), float(y), 2 * label.radius_px)
    return regions


def _is_there(label: Label) -> bool:
    return label.box is not None and label.visible >= _SEEN
