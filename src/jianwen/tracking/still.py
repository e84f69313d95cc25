"""Objects that lay still before a standing camera: still there, pushed a little, or gone with something left behind.

Of equal balls in a rack that is hit a detector finds some, and a difference none; but for a frame or two each of them
still looks as it did, a pixel or so from where it lay.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.attesting import is_let_go
from jianwen.tracking.backdrop import as_said, is_vacant
from jianwen.tracking.imprint import colour_at, is_same
from jianwen.tracking.spots import Spot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.backdrop import Backdrop
    from jianwen.tracking.hunt import Hunt
    from jianwen.tracking.imprint import Imprint
    from jianwen.tracking.masklet import Drawing, Masklet
    from jianwen.tracking.motion import Motion
    from jianwen.tracking.state import Seen

__all__ = ["NUDGE", "held_drawing", "is_left_behind", "nudged_spots", "unchanged", "without_remains"]

# Found on rendered shots 1000 to 1011: see dev/log.md.
NUDGE = 0.35  # diameters that a ball is pushed by and still looks the same
_ALIKE_SCORE = 0.95
_LEFT = 0.75  # diameters from where an object lay, within which a patch may be what it left behind
_RESTS = 0.2  # diameters a frame: slower is at rest
_BESIDE = 1.6  # diameters from another object, within which one is of a crowd
_GHOST = 0.4  # of the difference that the object makes there: less is not the object


def held_drawing(masklet: Masklet, seen: Seen, noise: float, backdrop: Backdrop | None) -> Drawing | None:
    """The drawing of the frame before, if nothing changed there since the object was drawn, and it is no backdrop."""
    drawing, motion = masklet.drawing, masklet.motion
    if drawing is None or masklet.imprint is None or motion is None or is_let_go(masklet):
        return None
    if not drawing.frame == motion.frame == seen.frame - 1 or not masklet.imprint.is_still(seen.picture, noise):
        return None
    known = backdrop is not None and as_said(masklet) in backdrop.objects
    if backdrop and known and not backdrop.is_covered(seen.picture, motion.x, motion.y, motion.diameter):
        return None
    rested = drawing.rested + 1
    return replace(drawing, frame=seen.frame, is_prompted=False, is_tracked=True, rested=rested, way=(0.0, 0.0))


def nudged_spots(hunt: Hunt, backdrop: Backdrop) -> list[Spot]:
    """Where objects that lay still are seen as they looked, moved by less than a radius."""
    found = []
    for motion, imprint in _resting(hunt):
        place = imprint.found_near(hunt.seen.picture, backdrop.picture, NUDGE * motion.diameter)
        if place is not None and not is_vacant(backdrop, hunt.seen.picture, motion, imprint):
            found.append(Spot(*place, motion.diameter, motion.diameter, _ALIKE_SCORE, is_close=True))
    return found


def without_remains(spots: Sequence[Spot], hunt: Hunt) -> list[Spot]:
    """Patches, but none where one of a crowd lay: were it still there, it would look as it did."""
    places = [(motion.x, motion.y) for motion in hunt.motions] + [(sight.x, sight.y) for sight in hunt.taken]
    left = list(spots)
    for motion in hunt.motions:
        x, y = motion.x, motion.y
        beside = sum(math.hypot(x - one[0], y - one[1]) < _BESIDE * motion.diameter for one in places) - 1
        if beside and math.hypot(*motion.velocity) < _RESTS * motion.diameter:
            left = [one for one in left if math.hypot(one.x - x, one.y - y) > NUDGE * motion.diameter]
    return left


def is_left_behind(part: NDArray[np.int64], hunt: Hunt, backdrop: Backdrop) -> bool:
    """Whether it is where an object lay that has just gone: what was painted there differs from the cloth a little."""
    x, y = part.mean(axis=0).tolist()
    for motion, imprint in _resting(hunt):
        if math.hypot(x - motion.x, y - motion.y) > _LEFT * motion.diameter:
            continue
        now, empty = (
            colour_at(one, motion.x, motion.y, motion.diameter) for one in (hunt.seen.picture, backdrop.picture)
        )
        if np.linalg.norm(now - empty) < _GHOST * np.linalg.norm(np.array(imprint.colour) - empty):
            return True
    return False


def unchanged(spots: Sequence[Spot], hunt: Hunt) -> NDArray[np.bool_]:
    """(n,): which spots show what the frame before showed there, as a ball printed on the cloth does: nothing came."""
    if hunt.before is None or hunt.noise is None:
        return np.zeros(len(spots), np.bool_)
    before, now, noise = hunt.before.picture, hunt.seen.picture, hunt.noise
    same = [not any(one.way) and is_same(before, now, one.x, one.y, one.diameter, noise=noise) for one in spots]
    return np.array(same, np.bool_)


def _resting(hunt: Hunt) -> list[tuple[Motion, Imprint]]:
    """Objects that lay still when they were last seen, and whose looks are known."""
    pairs = zip(hunt.motions, hunt.masklets, strict=True)
    rest = [(one, masklet.imprint) for one, masklet in pairs if math.hypot(*one.velocity) < _RESTS * one.diameter]
    return [(motion, imprint) for motion, imprint in rest if imprint is not None]
