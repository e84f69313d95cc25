"""How a ball is turned: unit quaternions w, x, y, z, and the spin integrated over a stretch of motion.

Along a leg the spin is linear in time. While its axis stands (a ball that rolls straight) one rotation is exact;
where the axis wanders (side spin upon rolling), small steps are exact to the fourth order: Magnus' expansion with
two Gauss points, S. Blanes et al., "The Magnus expansion and some of its applications" (2009).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, sin, sqrt

__all__ = ["Quaternion", "Turning", "turning"]

Quaternion = tuple[float, float, float, float]
Vector = tuple[float, float, float]

STEP_RAD = 0.25  # largest turn of one small step
GAUSS = sqrt(3.0) / 6.0


@dataclass(frozen=True, slots=True)
class Turning:
    """The orientation over a stretch in which the spin is linear in time."""

    start_s: float
    spin: Vector  # at the start
    change: Vector  # of the spin per second
    step_s: float
    marks: tuple[Quaternion, ...]  # at the start and after every step

    def at(self, time_s: float) -> Quaternion:
        """The orientation at a time of this stretch."""
        after = max(0.0, time_s - self.start_s)
        mark = min(int(after / self.step_s), len(self.marks) - 1) if self.step_s else 0
        return _turned(self.marks[mark], self.spin, self.change, mark * self.step_s, after)


def turning(start_s: float, length_s: float, spin: Vector, change: Vector, first: Quaternion) -> Turning:
    """A stretch, from its first orientation on; its last mark is the orientation at its end."""
    last = _along(spin, change, length_s)
    size, rate, wander = _size(spin), _size(change), _size(_cross(spin, change))
    steps = 1
    if wander > 1e-9 * size * rate:
        steps = max(1, ceil(max(size, _size(last)) * length_s / STEP_RAD))
    step, marks = length_s / steps, [first]
    for number in range(steps):
        marks.append(_turned(marks[-1], spin, change, number * step, (number + 1) * step))
    return Turning(start_s, spin, change, step, tuple(marks))


def _turned(first: Quaternion, spin: Vector, change: Vector, low: float, high: float) -> Quaternion:
    """An orientation at `low` seconds, carried on to `high`."""
    length, middle = high - low, 0.5 * (low + high)
    one, two = (_along(spin, change, middle + sign * GAUSS * length) for sign in (-1.0, 1.0))
    bent = _cross(one, two)
    bow = 0.5 * GAUSS * length * length
    x, y, z = (0.5 * length * (a + b) - bow * c for a, b, c in zip(one, two, bent, strict=True))
    angle = sqrt(x * x + y * y + z * z)
    if angle == 0.0:
        return first
    c, s = cos(0.5 * angle), sin(0.5 * angle) / angle
    return _unit(_product((c, s * x, s * y, s * z), first))


def _along(spin: Vector, change: Vector, time_s: float) -> Vector:
    return spin[0] + change[0] * time_s, spin[1] + change[1] * time_s, spin[2] + change[2] * time_s


def _product(p: Quaternion, q: Quaternion) -> Quaternion:
    return (
        p[0] * q[0] - p[1] * q[1] - p[2] * q[2] - p[3] * q[3],
        p[0] * q[1] + p[1] * q[0] + p[2] * q[3] - p[3] * q[2],
        p[0] * q[2] - p[1] * q[3] + p[2] * q[0] + p[3] * q[1],
        p[0] * q[3] + p[1] * q[2] - p[2] * q[1] + p[3] * q[0],
    )


def _unit(q: Quaternion) -> Quaternion:
    size = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3])
    return q[0] / size, q[1] / size, q[2] / size, q[3] / size


def _size(a: Vector) -> float:
    return sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
