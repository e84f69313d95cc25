"""The sets of balls that lie in lock boxes: a few makers' prints, each painted once and kept.

A set has a fixed print and palette; light and film change how they look.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.balls import eight_ball, snooker
from jianwen.billiards.texture import BallStyle, painted_maps

if TYPE_CHECKING:
    from jianwen.billiards.balls import Ball
    from jianwen.billiards.texture import Colour

Array = NDArray[Any]

MOST_BALLS = 22
SETS = ("pool-0", "pool-1", "pool-2", "pool-3", "pool-4", "snooker")

_STYLES: dict[str, BallStyle] = {
    "pool-0": BallStyle(),
    "pool-1": BallStyle(cream=(252, 250, 236), disc_rad=0.36, ring=True, number_on="cap", cue_spots=6, mark=0.25),
    "pool-2": BallStyle(cream=(236, 224, 186), disc_rad=0.47, stripe=0.56, cue_spots=0),
    "pool-3": BallStyle(cream=(248, 244, 224), disc_rad=0.4, stripe=0.45, cue_spots=1),
    "pool-4": BallStyle(cream=(250, 250, 246), disc_rad=0.5, ring=True, stripe=0.52, cue_spots=6, spot=(24, 60, 150)),
    "snooker": BallStyle(),
}
_PALETTES: dict[str, tuple[Colour, ...]] = {
    "pool-1": (
        (250, 178, 34), (24, 84, 150), (214, 22, 50), (96, 84, 142), (240, 84, 40), (10, 104, 74), (168, 92, 50),
    ),
    "pool-2": (
        (230, 200, 90), (60, 110, 170), (190, 70, 60), (110, 80, 140), (220, 140, 80), (60, 120, 80), (120, 60, 60),
    ),
    "pool-3": (
        (245, 200, 20), (20, 70, 190), (220, 30, 40), (235, 120, 160), (245, 120, 20), (30, 130, 80), (150, 100, 60),
    ),
    "pool-4": (
        (250, 220, 40), (60, 140, 220), (230, 50, 60), (130, 60, 180), (250, 130, 60), (20, 150, 60), (100, 20, 30),
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class BallSet:
    """Up to 22 balls, and where each has its print in the atlas."""

    balls: tuple[Ball, ...]
    prints: Array  # (balls,) int, row of the atlas
    atlas: Array  # (prints, LEVELS, rows, columns, 3) float32


@lru_cache(maxsize=len(SETS))
def ball_set(name: str) -> BallSet:
    """Snooker has 22 balls; of pool balls there are 16, and six of a second set that got in among them."""
    balls = snooker() if name == "snooker" else (*eight_ball(), *eight_ball()[1::2][:6])
    palette = _PALETTES.get(name)
    rows: dict[tuple[int, Colour], int] = {}
    maps: list[Array] = []
    prints = []
    for ball in balls:
        colour = ball.colour if palette is None or ball.number in {0, 8} else palette[(ball.number - 1) % 8]
        key = (0 if ball.kind == "snooker" else ball.number, colour)
        if key not in rows:
            rows[key] = len(maps)
            maps.append(painted_maps(ball, colour, _STYLES[name]))
        prints.append(rows[key])
    return BallSet(balls, np.array(prints), np.stack(maps))


def drawn_balls(name: str, count: int, rng: np.random.Generator) -> Array:
    """Indices of `count` balls of a set: a pool set's own 16 come before those of the second set."""
    if name == "snooker" or count > 16:
        own = 22 if name == "snooker" else 16
        first = rng.permutation(own)[:count]
        second = own + rng.permutation(MOST_BALLS - own)
        return np.asarray(rng.permutation(np.concatenate([first, second])[:count]))
    return np.asarray(rng.permutation(16)[:count])
