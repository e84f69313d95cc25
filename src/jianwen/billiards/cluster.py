"""A hit into balls that touch each other, as a rack: all of them push at once, for about a third of a millisecond.

One pair after another would send everything down the rows to the corner balls and leave the rest where they are. So
the lines of centres stand still and the balls press on each other along them like the elastic spheres of Hertz
(H. Hertz 1882; losses after K. Hunt and F. Crossley, "Coefficient of restitution interpreted as damping in
vibroimpact", 1975). Only speeds and spins come out of it: the places are those of the moment of the hit, for what the
balls move meanwhile is less than a millimetre. Two balls alone need none of this: `impacts.py` has them in closed form.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.motion import Body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.billiards.physics import Physics

__all__ = ["LEAST_HIT_M_S", "Contact", "burst", "contacts_around", "reach_of"]

FloatArray = NDArray[np.float64]

LEAST_HIT_M_S = 0.05  # softer hits go from pair to pair
YOUNG_PA, POISSON = 5.84e9, 0.34  # phenolic resin
STEPS = 50  # while two balls press on each other once
LONGEST = 40 * STEPS


class Contact(NamedTuple):
    """Two balls, by index, that touch or all but touch."""

    one: int
    other: int
    gap_m: float


def reach_of(speed_m_s: float, radius_m: float, mass_kg: float) -> float:
    """How deep two such balls are pressed into each other by a hit; a third ball nearer than that takes part."""
    return float((5.0 * (mass_kg / 2.0) * speed_m_s**2 / (4.0 * _stiffness(radius_m))) ** 0.4)


def contacts_around(start: Sequence[int], places: dict[int, Body], apart_m: float, reach_m: float) -> list[Contact]:
    """All contacts of the balls that hang together with those at the start, in a fixed order."""
    members, waiting = set(start), list(start)
    while waiting:
        here = places[waiting.pop()]
        for index, there in places.items():
            if index not in members and _gap(here, there, apart_m) <= reach_m:
                members.add(index)
                waiting.append(index)
    ordered = sorted(members)
    pairs = [(a, b) for number, a in enumerate(ordered) for b in ordered[number + 1 :]]
    gaps = [Contact(a, b, _gap(places[a], places[b], apart_m)) for a, b in pairs]
    return [contact for contact in gaps if contact.gap_m <= reach_m]


def burst(
    bodies: dict[int, Body],
    contacts: Sequence[Contact],
    masses_kg: dict[int, float],
    *,
    radius_m: float,
    speed_m_s: float,
    physics: Physics,
) -> tuple[dict[int, Body], list[Contact]]:
    """The balls after they have let go of each other, and which of the contacts pressed; `speed_m_s` is of the hit."""
    order = sorted({index for contact in contacts for index in contact[:2]})
    state = np.array([bodies[index] for index in order])
    springs = _Springs(state, order, contacts, np.array([masses_kg[index] for index in order]), radius_m)
    before = springs.energy()
    springs.run(speed_m_s, physics)
    springs.keep_within(before)
    after = {
        index: Body(*state[row, :2].tolist(), *springs.v[row].tolist(), *springs.w[row].tolist())
        for row, index in enumerate(order)
    }
    return after, [contact for contact, pressed in zip(contacts, springs.pressed, strict=True) if pressed]


class _Springs:
    """n balls, c contacts; speeds and spins change, lines of centres do not."""

    def __init__(
        self, state: FloatArray, order: list[int], contacts: Sequence[Contact], masses: FloatArray, radius_m: float
    ) -> None:
        self.v, self.w = state[:, 2:4].copy(), state[:, 4:7].copy()  # (n, 2), (n, 3)
        self.masses, self.radius_m = masses, radius_m
        rows = {index: row for row, index in enumerate(order)}
        self.a = np.array([rows[contact.one] for contact in contacts])
        self.b = np.array([rows[contact.other] for contact in contacts])
        line = state[self.b, :2] - state[self.a, :2]
        self.normal = line / np.sqrt((line**2).sum(axis=1))[:, None]  # (c, 2)
        self.depth = -np.array([max(0.0, contact.gap_m) for contact in contacts])  # (c,)
        self.pressed = np.zeros(len(contacts), dtype=bool)

    def run(self, speed_m_s: float, physics: Physics) -> None:
        """Small steps until nothing presses and nothing is about to."""
        light = 1.0 / self.masses[self.a] + 1.0 / self.masses[self.b]
        stiffness = _stiffness(self.radius_m)
        mass = float(self.masses.min())
        touch_s = 2.94 * reach_of(speed_m_s, self.radius_m, mass) / speed_m_s  # Hertz's duration
        step_s = touch_s / STEPS
        loss = 1.5 * (1.0 - physics.ball_restitution) / speed_m_s
        for _ in range(LONGEST):
            approach = ((self.v[self.a] - self.v[self.b]) * self.normal).sum(axis=1)
            if not ((self.depth > 0.0) | (approach * touch_s > np.maximum(-self.depth, 1e-9))).any():
                return
            self.depth += approach * step_s
            deep = np.maximum(self.depth, 0.0)
            force = stiffness * deep * np.sqrt(deep) * np.maximum(0.0, 1.0 + loss * approach)
            self.pressed |= force > 0.0
            self._push(force * step_s, light, physics)

    def _push(self, push: FloatArray, light: FloatArray, physics: Physics) -> None:
        """One small impulse along every line of centres, and friction across it; signs as in `impacts.collided`."""
        tx, ty = -self.normal[:, 1], self.normal[:, 0]
        slide, both = self.v[self.a] - self.v[self.b], self.w[self.a] + self.w[self.b]
        across = slide[:, 0] * tx + slide[:, 1] * ty + self.radius_m * both[:, 2]
        upward = -self.radius_m * (both[:, 0] * tx + both[:, 1] * ty)
        slip = np.maximum(np.sqrt(across**2 + upward**2), 1e-12)
        friction = physics.ball_friction_floor + physics.ball_friction_extra * np.exp(
            -physics.ball_friction_decay_s_m * slip
        )
        # Six neighbours may rub at once: a sixth each, or they would turn the slip around.
        rub = np.minimum(friction * push / slip, 1.0 / (6.0 * 3.5 * light))
        jx, jy = push * self.normal[:, 0] + rub * across * tx, push * self.normal[:, 1] + rub * across * ty
        turn = 2.5 / self.radius_m
        spins = (turn * rub * upward * tx, turn * rub * upward * ty, -turn * rub * across)
        for column, j in enumerate((jx, jy)):
            self.v[:, column] += self._sum(self.b, j) - self._sum(self.a, j)
        for column, j in enumerate(spins):
            self.w[:, column] += self._sum(self.a, j) + self._sum(self.b, j)

    def _sum(self, rows: NDArray[np.intp], impulses: FloatArray) -> FloatArray:
        """What the contacts give each ball, over its mass."""
        return np.asarray(np.bincount(rows, impulses, minlength=len(self.masses)) / self.masses)

    def energy(self) -> float:
        """Of the motion about the common centre, and of the spins: what a hit among themselves may use up."""
        about = self.v - (self.masses[:, None] * self.v).sum(axis=0) / self.masses.sum()
        inertia = 0.4 * self.radius_m**2 * (self.w**2).sum(axis=1)
        return float((0.5 * self.masses * ((about**2).sum(axis=1) + inertia)).sum())

    def keep_within(self, most: float) -> None:
        """Small steps err a little: whatever they made is taken back from all alike, and momentum stays."""
        made = self.energy()
        if made > most:
            factor = (most / made) ** 0.5
            centre = (self.masses[:, None] * self.v).sum(axis=0) / self.masses.sum()
            self.v = centre + factor * (self.v - centre)
            self.w *= factor


def _stiffness(radius_m: float) -> float:
    """Hertz's constant of two equal spheres: force over depth to the power of 3/2."""
    return 4.0 / 3.0 * YOUNG_PA / (2.0 * (1.0 - POISSON**2)) * sqrt(radius_m / 2.0)


def _gap(one: Body, other: Body, apart_m: float) -> float:
    dx, dy = other.x - one.x, other.y - one.y
    return float((dx * dx + dy * dy) ** 0.5 - apart_m)
