"""Where objects were drawn, and which drawings cannot be right: hardly believed, or in the place of another object.

Draws nothing itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.choosing import ABSENT
from jianwen.tracking.imprint import Imprint
from jianwen.tracking.motion import Motion
from jianwen.tracking.track import measured, sure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.tracking.looking import Look
    from jianwen.tracking.masklet import Drawing, Masklet
    from jianwen.tracking.state import Seen

__all__ = ["SAME_PLACE", "WEAK", "Sight", "apart", "blank", "moved", "sighted", "strange", "told_apart", "trusted"]

SAME_PLACE = 0.45  # diameters between two centres below which two tracks are of one thing
WEAK = 0.35  # confidence below which what was drawn is not the object; found among wrong tracks of real clips
_SMEARED = 0.3  # diameters a frame from which an object may be drawn larger than it is
_LONGEST = 8  # frames unseen after which an object is not thought to have gone any further
_FARTHEST = 2.0  # times as far as it could be expected to have gone: it is another thing


@dataclass(frozen=True, slots=True)
class Sight:
    """Where an object was seen, in pixels of the frame."""

    x: float
    y: float
    diameter: float
    confidence: float


def sighted(drawing: Drawing, size: tuple[int, int]) -> Sight | None:
    """None where the object is absent, or its mask lies beside the frame."""
    if drawing.chosen.presence <= 0:
        return None
    found = measured(drawing.chosen.logits, drawing.region, size)
    if found is None:
        return None
    confidence = sure(drawing.chosen.presence, drawing.chosen.quality)
    diameter = float(np.sqrt(4 / np.pi * found.area_px))
    return Sight(found.centre[0] * size[1], found.centre[1] * size[0], diameter, confidence)


def moved(masklet: Masklet, drawing: Drawing, seen: Seen) -> Masklet:
    """With the motion and the looks as of a drawing that has become the past."""
    before = masklet.motion
    masklet = replace(masklet, is_ball=masklet.is_ball or drawing.is_ball)
    if drawing.is_held and before is not None:
        return replace(masklet, motion=replace(before, frame=drawing.frame, velocity=(0.0, 0.0), doubt=0.0))
    sight = sighted(drawing, seen.size)
    if sight is None:
        return masklet
    masklet = replace(masklet, imprint=_imprint(masklet, sight, seen))
    if before is None or before.frame > drawing.frame or drawing.is_prompted:
        velocity = before.velocity if before is not None and before.frame < drawing.frame else (0.0, 0.0)
        fresh = Motion(drawing.frame, sight.x, sight.y, sight.diameter)
        known = before is not None and not before.is_new and before.frame < drawing.frame
        return replace(masklet, motion=replace(fresh, velocity=velocity, is_new=not known))
    # a mask that is hidden in part, or smeared, says little of the size
    is_smeared = drawing.is_oval or any(drawing.way) or math.hypot(*before.velocity) > _SMEARED * before.diameter
    least, most = (1.0, 1.0) if is_smeared else (0.8, 1.25)
    diameter = float(np.clip(sight.diameter, least * before.diameter, most * before.diameter))
    return replace(masklet, motion=before.seen(drawing.frame, sight.x, sight.y, diameter, drawing.way))


def _imprint(masklet: Masklet, sight: Sight, seen: Seen) -> Imprint:
    diameter = sight.diameter if masklet.motion is None else masklet.motion.diameter
    return Imprint.of(seen.picture, sight.x, sight.y, diameter, before=masklet.imprint)


def trusted(found: Sequence[tuple[Drawing, Look]]) -> list[tuple[Drawing, Look]]:
    """What the network hardly believes itself is taken as absence, and searched for."""
    return [
        (drawing if sure(drawing.chosen.presence, drawing.chosen.quality) >= WEAK else blank(drawing), look)
        for drawing, look in found
    ]


def told_apart(
    found: Sequence[tuple[Drawing, Look]], motions: Sequence[Motion], seen: Seen, taken: Sequence[Sight]
) -> tuple[list[tuple[Drawing, Look]], list[Sight | None]]:
    """Of two objects drawn in one place, the one that was expected there stays. Also where each is seen now."""
    told = list(found)
    sights = [sighted(drawing, seen.size) for drawing, _ in found]
    for index, sight in enumerate(sights):
        if sight is not None and any(apart(sight, other) < SAME_PLACE for other in taken):
            sights[index] = None
            told[index] = blank(told[index][0]), told[index][1]
    there = [index for index, sight in enumerate(sights) if sight is not None]

    def worth(index: int) -> float:
        sight = sights[index]
        return 0.0 if sight is None else sight.confidence - strange(sight, motions[index], seen)

    for place, one in enumerate(there):
        for other in there[place + 1 :]:
            first, second = sights[one], sights[other]
            if first is not None and second is not None and apart(first, second) < SAME_PLACE:
                loser = one if worth(one) < worth(other) else other
                sights[loser] = None
                told[loser] = blank(told[loser][0]), told[loser][1]
    return told, sights


def strange(sight: Sight, motion: Motion, seen: Seen) -> float:
    """How unlikely a place is for an object: 0 where it was expected, without bound where it cannot have come."""
    frame = seen.frame
    if not motion.may_be(np.array([(sight.x, sight.y)]), frame, seen.size).all():
        return math.inf
    x, y = motion.at(frame)
    away = min(np.hypot(sight.x - x, sight.y - y), np.hypot(sight.x - motion.x, sight.y - motion.y))
    gap = min(frame - motion.frame, _LONGEST)
    reach = (4.0 + gap) * motion.diameter + gap * (float(np.hypot(*motion.velocity)) + motion.doubt)
    far = float(away) / max(reach, 1.0)
    if far > _FARTHEST:
        return math.inf
    size = abs(math.log(max(sight.diameter, 1.0) / motion.diameter))
    return 0.25 * far + 0.3 * min(size, 2.0)


def apart(one: Sight, other: Sight) -> float:
    """In mean diameters."""
    return float(np.hypot(one.x - other.x, one.y - other.y)) / (0.5 * (one.diameter + other.diameter))


def blank(drawing: Drawing) -> Drawing:
    logits = np.full_like(drawing.chosen.logits, ABSENT)
    presence = -abs(drawing.chosen.presence)
    return replace(drawing, chosen=replace(drawing.chosen, logits=logits, presence=presence))
