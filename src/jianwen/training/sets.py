"""Sets of balls that no game has, so that what is learned does not hang on the colours of pool."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from jianwen.billiards import Ball

__all__ = ["alike"]

SHARE = 0.8


def alike(balls: tuple[Ball, ...], rng: np.random.Generator) -> tuple[Ball, ...]:
    """The same balls, most of them plain and of one colour, whatever it is; the first one, the cue ball, stays."""
    red, green, blue = (int(value) for value in rng.integers(0, 256, 3))
    cue, *others = balls
    plain = [replace(one, kind="snooker", colour=(red, green, blue)) for one in others]
    return (cue, *(new if rng.random() < SHARE else old for old, new in zip(others, plain, strict=True)))
