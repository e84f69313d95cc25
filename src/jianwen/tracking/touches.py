"""Which touches there may have been round a few kinks: pairs of balls, cushions, jaws, and the cue.

Only says what was possible; `contacts.py` says which of these account for what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.contacts import Contact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.bend import Bend
    from jianwen.tracking.tableview import TableView

    Floats = NDArray[np.float64]

__all__ = ["Node", "cushion_contacts", "first_touch_s", "pair_contact", "strike_contact"]

BALL_SLOPE, CUSHION_SLOPE = 0.06, 0.35  # of friction
NEAR_RADII = 0.6  # how far off touching balls may be seen
REACHED_RADII = 0.3  # the same at the instant of a first touch
FAST_M_S = 0.5  # below it the time is known as well as the way
CUSHION_RADII = 1.2  # and a ball at a cushion, for corners are not found to the millimetre
LENS_RADII = 6.0  # the same where it clearly bounced off: a wide lens bends the noses, and the table's view knows none
BOUNCES = (0.25, 1.0)  # speeds after over speeds before, out of a cushion and into it
FALL_RADII = 0.6  # beyond the edge of a hole; a ball that bends there and is lost at once has fallen
REACH_RADII = 0.96  # a ball's centre from the nose when they touch; the nose is higher than the centre
JAWS_M = 0.13  # from the middle of a hole, where jaws may be
INSIDE = 0.95  # of a hole's radius: a ball there falls, it does not bounce
TOWARDS_M_S, BACK_M_S = 0.02, 0.2
PAIR_HANDICAP, CUSHION_HANDICAP, JAW_HANDICAP, LENS_HANDICAP = 9.0, 5.0, 16.0, 25.0
STRIKE_HANDICAP = 9.0


@dataclass(frozen=True, slots=True)
class Node:
    """A ball round one instant, bent or not."""

    name: str
    bend: Bend
    was_resting: bool
    is_kink: bool
    is_last: bool = False  # it was lost right after


def first_touch_s(node: Node, others: Sequence[Node], *, radius_m: float, frame_s: float) -> float | None:
    """When a moving ball, had nothing come, is first as near to another as touching balls are. None: never about then.

    A fast ball's way is known much better than its time, and balls behind the first cannot be reached.
    """
    if float(np.linalg.norm(node.bend.speed_before)) < FAST_M_S:
        return None
    times_s = node.bend.time_s + frame_s * np.linspace(-1.5, 1.5, 121)
    mine = node.bend.at(times_s, straight_on=True)
    found = []
    for other in others:
        gaps = _gaps(mine - other.bend.at(times_s, straight_on=True), radius_m)
        meets = np.flatnonzero((gaps[1:] <= 0) & (gaps[:-1] > 0))
        found += [float(times_s[1 + int(meets[0])])] if len(meets) else []
    return min(found, default=None)


def pair_contact(
    rows: tuple[int, int], one: Node, other: Node, *, radius_m: float, frame_s: float, first_s: float | None = None
) -> Contact | None:
    """Two balls that may have touched about then, or at the instant at which one of them first touched anything."""
    if first_s is not None:
        mine, yours = (node.bend.at(np.array([first_s]), straight_on=True)[0] for node in (one, other))
        room = REACHED_RADII * radius_m + 2 * float(one.bend.sigma_place.max() + other.bend.sigma_place.max())
        gap = float(np.linalg.norm(mine - yours)) - 2 * radius_m
        return _pair(rows, mine, yours, first_s) if abs(gap) <= room else None
    times_s = _window(one, other, frame_s)
    gaps = _gaps(one.bend.at(times_s) - other.bend.at(times_s), radius_m)
    if not one.was_resting or not other.was_resting:
        onward = [node.bend.at(times_s, straight_on=True) for node in (one, other)]
        early = _gaps(onward[0] - onward[1], radius_m)
        gaps = np.where(np.abs(early) < np.abs(gaps), early, gaps)
    best = int(np.argmin(np.abs(gaps)))
    blur = _blur(one) + _blur(other)
    if abs(gaps[best]) > NEAR_RADII * radius_m + 2 * blur:
        return None
    time_s = float(times_s[best])
    mine, yours = one.bend.at(np.array([time_s]))[0], other.bend.at(np.array([time_s]))[0]
    return _pair(rows, mine, yours, time_s)


def _pair(rows: tuple[int, int], mine: Floats, yours: Floats, time_s: float) -> Contact:
    line = mine - yours
    line = line / max(1e-9, float(np.linalg.norm(line)))
    return Contact("ball_ball", rows, _cone(line, BALL_SLOPE), (mine + yours) / 2, time_s, PAIR_HANDICAP)


def cushion_contacts(row: int, node: Node, table: TableView, *, radius_m: float, frame_s: float) -> list[Contact]:
    """Noses that the ball was near and went towards; jaws, where they are near."""
    bend, found = node.bend, []
    hole = table.pockets_m[int(np.argmin(np.linalg.norm(table.pockets_m - bend.place, axis=1)))]
    away = bend.place - hole
    distance = float(np.linalg.norm(away))
    if node.is_last and distance < table.hole_m + FALL_RADII * radius_m:
        return []  # the hole's edge and liner, not a cushion
    half = np.array([table.length_m, table.width_m]) / 2
    room = CUSHION_RADII * radius_m + 2 * _blur(node)
    for axis in (0, 1):
        for side in (-1.0, 1.0):
            inward = np.zeros(2)
            inward[axis] = -side
            gap = abs(half[axis] - side * bend.place[axis] - REACH_RADII * radius_m)
            into, out = -float(bend.speed_before @ inward), float(bend.speed_after @ inward)
            is_bounce = gap <= LENS_RADII * radius_m and BOUNCES[0] * into <= out <= BOUNCES[1] * into
            is_near = into > TOWARDS_M_S and gap <= room
            # It lay close to the nose, was driven against it and came back before the next frame.
            is_back = node.was_resting and out > BACK_M_S and gap <= room + out * frame_s / 2
            if is_near or is_back or (into > TOWARDS_M_S and is_bounce):
                place = bend.place.copy()
                place[axis] = side * half[axis]
                cone = _cone(inward, CUSHION_SLOPE)
                handicap = CUSHION_HANDICAP if is_near else LENS_HANDICAP
                found.append(Contact("ball_cushion", (row,), cone, place, bend.time_s, handicap))
    if not node.was_resting and INSIDE * table.hole_m < distance < JAWS_M:
        out = away / distance
        across = np.array([-out[1], out[0]])
        jaws = np.stack([out, across, -across])
        found.append(Contact("ball_cushion", (row,), jaws, bend.place, bend.time_s, JAW_HANDICAP))
    return found


def strike_contact(row: int, node: Node) -> Contact | None:
    """A cue may push a ball that lies still."""
    if not node.was_resting:
        return None
    anywhere = np.array([(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)])
    return Contact("strike", (row,), anywhere, node.bend.place, node.bend.time_s, STRIKE_HANDICAP)


def _window(one: Node, other: Node, frame_s: float) -> Floats:
    kinks = [node for node in (one, other) if node.is_kink] or [one]
    spare = [max(0.5 * frame_s, 2 * node.bend.sigma_s) for node in kinks]
    low = min(node.bend.time_s - room for node, room in zip(kinks, spare, strict=True))
    high = max(node.bend.time_s + room for node, room in zip(kinks, spare, strict=True))
    return np.linspace(low, high, 41)


def _gaps(apart: Floats, radius_m: float) -> Floats:
    return np.asarray(np.linalg.norm(apart, axis=1) - 2 * radius_m)


def _blur(node: Node) -> float:
    """How far off the place may be, by what was seen and by the doubt about the time."""
    speed = max(float(np.linalg.norm(node.bend.speed_before)), float(np.linalg.norm(node.bend.speed_after)))
    return float(node.bend.sigma_place.max()) + (speed * node.bend.sigma_s if node.is_kink else 0.0)


def _cone(line: Floats, slope: float) -> Floats:
    across = slope * np.array([-line[1], line[0]])
    return np.stack([line + across, line - across])
