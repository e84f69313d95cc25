"""The balls of three games: number, kind, colour, size and mass.

Does not place them (`layouts.py`) and does not paint them: the renderer lays stripes and numbers on the colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["POOL_RADIUS_M", "SNOOKER_RADIUS_M", "Ball", "Kind", "eight_ball", "nine_ball", "snooker"]

Kind = Literal["cue", "eight", "solid", "stripe", "snooker"]
Colour = tuple[int, int, int]

POOL_RADIUS_M = 0.028575  # 2 1/4 inches across, WPA equipment specifications
SNOOKER_RADIUS_M = 0.02625  # 52.5 mm across, WPBSA rules
POOL_MASS_KG = 0.170  # WPA: 5 1/2 to 6 ounces, 156 to 170 g
SNOOKER_MASS_KG = 0.142  # a set of the usual resin

WHITE: Colour = (240, 236, 222)
BLACK: Colour = (22, 22, 24)
# Of 1 to 7; 9 to 15 carry the same as a stripe.
POOL_COLOURS: tuple[Colour, ...] = (
    (240, 190, 30),  # yellow
    (28, 62, 158),  # blue
    (204, 34, 38),  # red
    (84, 44, 128),  # purple
    (238, 110, 36),  # orange
    (20, 108, 66),  # green
    (124, 28, 38),  # maroon
)
SNOOKER_RED: Colour = (178, 22, 30)
# In the order of their values 2 to 7.
SNOOKER_COLOURS: tuple[Colour, ...] = (
    (238, 200, 40),  # yellow
    (18, 104, 62),  # green
    (112, 66, 32),  # brown
    (26, 70, 164),  # blue
    (236, 132, 150),  # pink
    BLACK,
)


@dataclass(frozen=True, slots=True)
class Ball:
    """One ball of a set."""

    number: int  # 0 for the cue ball; printed on pool balls, merely counted on snooker balls
    kind: Kind
    colour: Colour  # sRGB; of a stripe ball the stripe's
    radius_m: float
    mass_kg: float


def eight_ball() -> tuple[Ball, ...]:
    """The cue ball, then 1 to 15."""
    return (_pool(0), *(_pool(number) for number in range(1, 16)))


def nine_ball() -> tuple[Ball, ...]:
    """The cue ball, then 1 to 9."""
    return (_pool(0), *(_pool(number) for number in range(1, 10)))


def snooker() -> tuple[Ball, ...]:
    """The cue ball, fifteen reds (1 to 15), then yellow, green, brown, blue, pink, black (16 to 21)."""
    colours = [WHITE, *[SNOOKER_RED] * 15, *SNOOKER_COLOURS]
    return tuple(
        Ball(number, "snooker" if number else "cue", colour, SNOOKER_RADIUS_M, SNOOKER_MASS_KG)
        for number, colour in enumerate(colours)
    )


def _pool(number: int) -> Ball:
    if number == 0:
        return Ball(0, "cue", WHITE, POOL_RADIUS_M, POOL_MASS_KG)
    if number == 8:
        return Ball(8, "eight", BLACK, POOL_RADIUS_M, POOL_MASS_KG)
    kind: Kind = "solid" if number < 8 else "stripe"
    return Ball(number, kind, POOL_COLOURS[(number - 1) % 8], POOL_RADIUS_M, POOL_MASS_KG)
