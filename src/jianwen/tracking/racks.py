"""A hit into balls that lie against each other: which of them pressed on which, told from how they lay.

Ways say little here. All balls are pushed within a third of a millisecond, many hardly move, and of the many pushes
that would explain what is seen no one set is likelier than another. But how they lay and whence the hit came is known,
and balls press like the elastic spheres of Hertz (1882), so the hit is played through. No friction, no spin.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.touches import Node

    Floats = NDArray[np.float64]
    Pair = tuple[str, str]

__all__ = ["NO_BURST", "Burst", "Lying", "burst", "touching"]

TOUCH_RADII = 0.5  # how far apart touching balls may seem to lie, if they were seen well
MOST_RADII = 0.75  # and if not; in a rack the next but one is 1.46 radii farther
GAP_M = 5e-5  # of balls in a rack, which is never quite tight
STIFF = 3.1e9  # Hertz's constant of phenolic balls over their mass, m^-1/2 s^-2
LOSS = 0.075  # of the force, by how fast they part
SETTLINGS = 60
STEPS, LONGEST = 30, 1200  # while two balls press on each other once; in all
HIT_M_S = 0.3  # a softer hit is left to the ways
MOVED_M_S = 0.1
LEAST_MOVED, MANY_MOVED = 3, 5  # balls at once: one came that nobody saw; they tell how it came
PRESSED_M_S = 0.03  # a softer push is not seen
BURST_FRAMES = 2.5  # after a hit, in which the balls' kinks are that hit's
SOON_M_S = 0.05  # balls that lie close and come nearer at this speed touch within a frame or two


@dataclass(frozen=True, slots=True)
class Lying:
    """A ball at rest: where, and how well that is known along both axes; m, (2,)."""

    place: Floats
    sigma: Floats


@dataclass(frozen=True, slots=True)
class Burst:
    """Balls that were driven apart."""

    time_s: float
    members: frozenset[str]
    pairs: tuple[Pair, ...]  # that touched
    lying: Mapping[str, Lying]

    def middle(self, pair: Pair) -> Floats:
        return np.asarray((self.lying[pair[0]].place + self.lying[pair[1]].place) / 2)

    def moves(self, name: str, time_s: float, frame_s: float) -> bool:
        """Whether a ball's kink at a time is of this hit."""
        return name in self.members and time_s - self.time_s <= BURST_FRAMES * frame_s


NO_BURST = Burst(-np.inf, frozenset(), (), {})


@dataclass(frozen=True, slots=True)
class _Hit:
    time_s: float
    name: str  # of the ball that was hit
    push: Floats  # (2,) m/s: what of the hitting ball's speed lies along the line of centres


def burst(nodes: Sequence[Node], lying: Mapping[str, Lying], *, radius_m: float, frame_s: float) -> Burst | None:
    """What a hit about the time of these kinks did to balls that lay against each other; None if there were none."""
    moved = {node.name for node in nodes if node.is_kink and node.was_resting and _speed(node) >= MOVED_M_S}
    pairs = touching(lying, radius_m)
    members = _together(moved & set(lying), pairs)
    pairs = [pair for pair in pairs if members.issuperset(pair)]
    if not pairs:
        return None
    own = [node for node in nodes if node.is_kink and node.was_resting and node.name in members]
    others = [node for node in nodes if not node.was_resting and node.name not in members]
    hits = [_hit(node, lying, members, radius_m, frame_s) for node in others]
    # a ball that was lost for a while has its kink anywhere in between
    soonest = min(node.bend.time_s for node in own)  # there is one: balls hang together with one that moved
    known = [hit for hit in hits if hit is not None and abs(hit.time_s - soonest) <= BURST_FRAMES * frame_s]
    if not known and len(own) < LEAST_MOVED:
        return None
    hit = min(known, key=lambda hit: hit.time_s, default=None) or _guessed(own, lying)
    push = _shared(hit.push, own)
    if float(np.linalg.norm(push)) < HIT_M_S:
        return None
    order = sorted(members)
    rows = np.array([(order.index(one), order.index(other)) for one, other in pairs])
    places = _moved_together(np.array([lying[name].place for name in order]), rows, radius_m)
    touched = _played(places, rows, order.index(hit.name), push)
    found = tuple(pair for pair, has_touched in zip(pairs, touched, strict=True) if has_touched)
    return Burst(hit.time_s, frozenset(members), found, lying)


def _speed(node: Node) -> float:
    return float(np.linalg.norm(node.bend.change))


def touching(lying: Mapping[str, Lying], radius_m: float) -> list[Pair]:
    found = []
    for (one, here), (other, there) in combinations(sorted(lying.items()), 2):
        line = there.place - here.place
        distance = float(np.linalg.norm(line))
        blur = float(np.hypot(*(line / max(distance, 1e-9) * np.hypot(here.sigma, there.sigma))))
        room = min(MOST_RADII * radius_m, TOUCH_RADII * radius_m + 2 * blur)
        if distance - 2 * radius_m <= room:
            found.append((one, other))
    return found


def _together(start: set[str], pairs: Sequence[Pair]) -> set[str]:
    """All balls that hang together with those at the start."""
    members: set[str] = set()
    waiting = [name for name in start if any(name in pair for pair in pairs)]
    while waiting:
        name = waiting.pop()
        if name not in members:
            members.add(name)
            waiting += [other for pair in pairs if name in pair for other in pair]
    return members


def _hit(node: Node, lying: Mapping[str, Lying], members: set[str], radius_m: float, frame_s: float) -> _Hit | None:
    """When a moving ball, had nothing come, first meets one of them."""
    times_s = node.bend.time_s + frame_s * np.linspace(-1.5, 2.5, 161)
    way = node.bend.at(times_s, straight_on=True)
    found: list[_Hit] = []
    for name in members - {node.name}:
        line = lying[name].place - way
        meets = np.flatnonzero(np.linalg.norm(line, axis=1) <= 2 * radius_m)
        if len(meets):
            along = line[meets[0]] / np.linalg.norm(line[meets[0]])
            found.append(_Hit(float(times_s[meets[0]]), name, along * float(along @ node.bend.speed_before)))
    first = min(found, key=lambda hit: hit.time_s, default=None)
    return first if first is not None and first.push @ node.bend.speed_before > 0 else None


def _guessed(own: Sequence[Node], lying: Mapping[str, Lying]) -> _Hit:
    """By a ball that nobody saw: all went where it came from, and it met the one that lay foremost."""
    push = np.sum([node.bend.change for node in own], axis=0)
    ahead = {node.name: float(lying[node.name].place @ push) for node in own}
    fastest = max(own, key=_speed)
    return _Hit(fastest.bend.time_s, min(ahead, key=lambda name: ahead[name]), push)


def _shared(push: Floats, own: Sequence[Node]) -> Floats:
    """The push, by what many balls went off with: where they lay is known less well, for they hide each other."""
    total = np.sum([node.bend.change for node in own], axis=0)
    return np.asarray(total) if len(own) >= MANY_MOVED and total @ push > 0 else push


def _moved_together(places: Floats, pairs: NDArray[np.intp], radius_m: float) -> Floats:
    """Places (n, 2) in which balls that touch are two radii apart, near those that were seen."""
    places = places.copy()
    for _ in range(SETTLINGS):
        line = places[pairs[:, 1]] - places[pairs[:, 0]]
        far = np.linalg.norm(line, axis=1, keepdims=True)
        step = 0.15 * (1 - 2 * radius_m / far) * line
        np.add.at(places, pairs[:, 0], step)
        np.subtract.at(places, pairs[:, 1], step)
    return places


def _played(places: Floats, pairs: NDArray[np.intp], hit: int, push: Floats) -> NDArray[np.bool_]:
    """(c,): which pairs (c, 2) of balls at places (n, 2) touch when a ball comes against one of them with a speed."""
    speed = float(np.linalg.norm(push))
    a, b = np.append(pairs[:, 0], len(places)), np.append(pairs[:, 1], hit)  # the last row is the ball that came
    line = np.concatenate([places[pairs[:, 1]] - places[pairs[:, 0]], push[None]])
    line /= np.linalg.norm(line, axis=1, keepdims=True)
    speeds = np.zeros((len(places) + 1, 2))
    speeds[-1] = push
    depth = np.append(np.full(len(pairs), -GAP_M), 0.0)
    pressed = np.zeros(len(depth), np.bool_)
    deepest = (5 * speed**2 / (8 * STIFF)) ** 0.4
    touch_s = 2.94 * deepest / speed
    step_s = touch_s / STEPS
    for _ in range(LONGEST):
        approach = ((speeds[a] - speeds[b]) * line).sum(axis=1)
        if not ((depth > 0) | (approach * touch_s > np.maximum(-depth, 1e-9))).any():
            break
        depth += approach * step_s
        deep = np.maximum(depth, 0.0)
        force = STIFF * deep * np.sqrt(deep) * np.maximum(0.0, 1.0 + LOSS * approach / speed)
        pressed |= force > 0
        kick = force[:, None] * line * step_s
        np.add.at(speeds, b, kick)
        np.subtract.at(speeds, a, kick)
    soon = ((speeds[a] - speeds[b]) * line).sum(axis=1) > SOON_M_S
    fast = np.linalg.norm(speeds, axis=1) >= PRESSED_M_S
    return np.asarray(((pressed | soon) & (fast[a] | fast[b]))[:-1])
