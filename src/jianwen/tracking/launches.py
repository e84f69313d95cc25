"""Objects that lay alone and still and were struck: their streaks, by how they looked at rest (`smear.py`).

Before a standing camera a struck ball is gone from one frame to the next, and its streak may be fainter than noise. It
is looked for once, in the frame after; then it goes on evenly until it meets something, which `gone_on` follows.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from jianwen.tracking.imprint import Imprint
from jianwen.tracking.smear import SHADOW_RADII, Looks, Smear
from jianwen.tracking.spots import Spot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.tracking.backdrop import Backdrop
    from jianwen.tracking.hunt import Hunt
    from jianwen.tracking.masklet import Drawing, Masklet
    from jianwen.tracking.motion import Motion
    from jianwen.tracking.smear import Fit
    from jianwen.tracking.state import Seen

    Disc = tuple[float, float, float]  # middle and radius, pixels

__all__ = ["gone_on", "launched", "resting"]

_REST_DIAMETERS = 2.5  # of an object: the side of what is kept of it at rest, with its shadow
# Found on the first streaks of rendered shots: see dev/log.md.
_ALONE = 1.9  # diameters to any other object: nearer ones are in what is kept of it
_REACH, _REACH_LATER = 15.0, 24.0  # radii from where it lay, a frame after and later
_LATEST = 2  # frames since it was seen at rest, up to which it is looked for
_STAYS = 0.35  # of it that is still seen where it lay: it was struck within this frame
_STOOD = 0.6  # diameters a frame, or from where it lay: slower and nearer had not gone yet


def resting(masklets: Sequence[Masklet], drawings: Sequence[Drawing], seen: Seen) -> list[Masklet]:
    """After a frame: with a wide look at each that has come to rest in it; none of one that others lie beside."""
    told = []
    for index, (masklet, drawing) in enumerate(zip(masklets, drawings, strict=True)):
        if drawing.rested == 1 and masklet.motion is not None:
            others = [one.motion for place, one in enumerate(masklets) if place != index and one.motion is not None]
            told.append(replace(masklet, rest=_wide_look(masklet.motion, others, seen)))
        else:
            told.append(masklet)
    return told


def _wide_look(motion: Motion, others: Sequence[Motion], seen: Seen) -> Imprint | None:
    away = min((math.hypot(one.x - motion.x, one.y - motion.y) for one in others), default=math.inf)
    if away < _ALONE * motion.diameter:
        return None
    return Imprint.of(seen.picture, motion.x, motion.y, _REST_DIAMETERS * motion.diameter)


def launched(hunt: Hunt, backdrop: Backdrop, known: Sequence[Spot]) -> list[Spot]:
    """Streaks of objects that lay alone and still a moment ago and are at none of the known spots."""
    picture, found = hunt.seen.picture, []
    for index, motion in enumerate(hunt.motions):
        if not _has_gone(hunt, index) or any(spot.away(motion.x, motion.y) < motion.diameter / 2 for spot in known):
            continue
        looks = _looks(hunt, backdrop, index)
        if looks is None or looks.left > _STAYS:
            continue
        others = _beside(hunt, index)
        reach = (_REACH if hunt.seen.frame - motion.frame == 1 else _REACH_LATER) * motion.diameter / 2
        fits = Smear(looks, picture, backdrop.picture, (motion.x, motion.y), reach=reach, others=others).struck()
        if fits:
            reach = math.hypot(*fits[0].way) + 2 * motion.diameter
            near = Smear(looks, picture, backdrop.picture, (fits[0].x, fits[0].y), reach=reach, others=others)
            found.append(_spot(hunt, index, near.refined(fits)))
    return found


def gone_on(hunt: Hunt, backdrop: Backdrop, index: int, others: Sequence[Disc]) -> Spot | None:
    """The streak of an object that goes on as before, beside others."""
    motion, (height, width) = hunt.motions[index], hunt.seen.size
    x, y = motion.at(hunt.seen.frame)
    looks = _looks(hunt, backdrop, index) if 0 <= x < width and 0 <= y < height else None
    if looks is None:
        return None
    reach = math.hypot(*motion.velocity) + (SHADOW_RADII + 1) * motion.diameter / 2
    smear = Smear(looks, hunt.seen.picture, backdrop.picture, (x, y), reach=reach, others=others)
    fit = smear.near((x, y), motion.velocity)
    if fit is None:
        return None
    right, down = motion.velocity
    speed = max(math.hypot(right, down), 1.0)
    share = motion.open_share or math.hypot(*fit.way) / speed
    trust = max(0.0, 1 - motion.doubt / speed)
    return _spot(hunt, index, smear.refined([fit], ((x, y), (share * right, share * down)), trust))


def _has_gone(hunt: Hunt, index: int) -> bool:
    motion, rest = hunt.motions[index], hunt.masklets[index].rest
    if rest is None or hunt.seen.frame - motion.frame > _LATEST:
        return False
    is_there = math.hypot(motion.x - rest.x, motion.y - rest.y) < _STOOD * motion.diameter
    return is_there and math.hypot(*motion.velocity) < _STOOD * motion.diameter


def _looks(hunt: Hunt, backdrop: Backdrop, index: int) -> Looks | None:
    rest = hunt.masklets[index].rest
    if rest is None:
        return None
    return Looks.of(rest, rest.diameter / _REST_DIAMETERS / 2, hunt.seen.picture, backdrop.picture)


def _beside(hunt: Hunt, index: int) -> list[Disc]:
    """Other objects: where they are, or were last."""
    discs = [(one.x, one.y, one.diameter / 2) for place, one in enumerate(hunt.motions) if place != index]
    return discs + [(sight.x, sight.y, sight.diameter / 2) for sight in hunt.taken]


def _spot(hunt: Hunt, index: int, fit: Fit) -> Spot:
    diameter, imprint = hunt.motions[index].diameter, hunt.masklets[index].imprint
    colour = None if imprint is None else imprint.colour
    return Spot(fit.x, fit.y, diameter, diameter, min(1.0, fit.share), way=fit.way, colour=colour)
