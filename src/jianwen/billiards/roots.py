"""The first time a polynomial falls to zero, which is when two things touch.

A quartic is at most wanted (the distance of two balls that both brake), and only its first fall within a known
time. Between its turning points a polynomial goes one way, so one bracket a piece finds every root, from the
left, without eigenvalues and the same on every machine. Plain floats: the event loop asks for one at a time.
"""

from __future__ import annotations

from math import copysign, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["first_fall", "roots_between", "value"]


def first_fall(coefficients: Sequence[float], until: float) -> float | None:
    """The first time in (0, until] at which the polynomial falls from above zero to zero; lowest power first.

    Where it starts at or below zero it has to rise above zero first.
    """
    here, before = 0.0, coefficients[0]
    for turn in (*roots_between(_derived(coefficients), 0.0, until), until):
        after = value(coefficients, turn)
        if before > 0.0 >= after:
            return _bracketed(coefficients, here, turn)
        here, before = turn, after
    return None


def roots_between(coefficients: Sequence[float], low: float, high: float) -> list[float]:
    """All times in (low, high), ascending, at which the polynomial changes its sign."""
    if len(coefficients) <= 3:
        return [root for root in _quadratic(coefficients) if low < root < high]
    found = []
    here, before = low, value(coefficients, low)
    for turn in (*roots_between(_derived(coefficients), low, high), high):
        after = value(coefficients, turn)
        if (before > 0.0) != (after > 0.0):
            found.append(_bracketed(coefficients, here, turn))
        here, before = turn, after
    return found


def value(coefficients: Sequence[float], time: float) -> float:
    """The polynomial at a time, by Horner's rule."""
    total = 0.0
    for coefficient in reversed(coefficients):
        total = total * time + coefficient
    return total


def _derived(coefficients: Sequence[float]) -> list[float]:
    return [power * coefficients[power] for power in range(1, len(coefficients))]


def _quadratic(coefficients: Sequence[float]) -> tuple[float, ...]:
    """The real roots of at most a quadratic, ascending, without cancellation."""
    c, b, a = (*coefficients, 0.0, 0.0, 0.0)[:3]
    if a == 0.0:
        return () if b == 0.0 else (-c / b,)
    inside = b * b - 4.0 * a * c
    if inside < 0.0:
        return ()
    q = -0.5 * (b + copysign(sqrt(inside), b))
    if q == 0.0:
        return (0.0,)
    first, second = q / a, c / q
    return (first, second) if first <= second else (second, first)


def _bracketed(coefficients: Sequence[float], low: float, high: float) -> float:
    """The one root between two times of unlike sign: Newton's steps, halving where one would leave the bracket."""
    slope = _derived(coefficients)
    falling = value(coefficients, low) > 0.0
    time = 0.5 * (low + high)
    for _ in range(200):  # halving alone needs at most about 60
        height = value(coefficients, time)
        if (height > 0.0) == falling:
            low = time
        else:
            high = time
        steepness = value(slope, time)
        better = time - height / steepness if steepness else low
        if abs(better - time) <= 2e-16 * abs(time):  # nothing to gain; a height of zero also ends here
            return time
        if not low < better < high:
            better = 0.5 * (low + high)
            if better in (low, high):
                return better
        time = better
    return time
