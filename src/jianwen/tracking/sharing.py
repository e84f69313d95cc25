"""When the network alone does not tell who is where, and what a spotter's places are worth then.

Asks nobody itself: `following.py` does; `matching.py` says whose place is whose.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.finding import PATIENCE
from jianwen.tracking.sights import WEAK, apart
from jianwen.tracking.spots import Spot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.tracking.masklet import Drawing, Masklet
    from jianwen.tracking.motion import Motion
    from jianwen.tracking.sights import Sight

__all__ = [
    "PAUSE",
    "free_spots",
    "is_asked",
    "is_on_spot",
    "is_surer",
    "oval",
    "unclear_ones",
]

PAUSE = 5  # frames between two searches for an object that is lost for long
_EVERY = 3  # frames between two looks of the spotter while something is unclear
_CLEAR = 0.7  # confidence from which what was drawn needs no second opinion
_BESIDE = 1.6  # diameters apart up to which two objects may be taken for each other
_SAME_SPOT = 0.7  # usual diameters between two places below which they are one
_ON = 0.15  # diameters off a spot up to which a mask is on it, …
_ALIKE = 1.3  # … and times larger or smaller
_EDGE = 10.0  # logit inside an oval that stands for a mask


def unclear_ones(sights: Sequence[Sight | None], taken: Sequence[Sight]) -> list[int]:
    """Objects that the network alone does not tell: lost, doubtful, or so near to another that both may be one."""
    return [
        index
        for index, sight in enumerate(sights)
        if sight is None or sight.confidence < _CLEAR or _is_beside_another(index, sight, sights, taken)
    ]


def is_asked(unclear: Sequence[int], sights: Sequence[Sight | None], motions: Sequence[Motion], frame: int) -> bool:
    """Whether the spotter is: when an object was just lost, and every few frames while one is not clear."""
    gaps = {index: frame - motions[index].frame if sights[index] is None else 0 for index in unclear}
    if 1 in gaps.values():
        return True
    is_long_lost = all(gap > PATIENCE for gap in gaps.values())
    return bool(unclear) and frame % (_EVERY * (PAUSE if is_long_lost else 1)) == 0


def _is_beside_another(index: int, sight: Sight, sights: Sequence[Sight | None], taken: Sequence[Sight]) -> bool:
    """Whether an object is seen so near to another one that their masks may change places."""
    others = [*taken, *(other for place, other in enumerate(sights) if place != index and other is not None)]
    return any(apart(sight, other) < _BESIDE for other in others)


def free_spots(
    spotted: Sequence[Spot], sights: Sequence[Sight | None], taken: Sequence[Sight], usual: float
) -> list[Spot]:
    """Places that no object has yet: first what was spotted, then what was drawn elsewhere, the surest first."""
    ranked = sorted((sight for sight in sights if sight is not None), key=lambda sight: -sight.confidence)
    drawn = [Spot(one.x, one.y, one.diameter, one.diameter, one.confidence) for one in ranked]
    kept: list[Spot] = []
    full = [(sight.x, sight.y) for sight in taken]
    for spot in (*spotted, *(one for one in drawn if one.score >= WEAK)):
        if all(math.hypot(spot.x - x, spot.y - y) > _SAME_SPOT * usual for x, y in full):
            kept.append(spot)
            full.append((spot.x, spot.y))
    return kept


def is_on_spot(sight: Sight | None, spot: Spot) -> bool:
    if sight is None or sight.confidence < WEAK:
        return False
    is_near = math.hypot(sight.x - spot.x, sight.y - spot.y) < _ON * spot.diameter
    return is_near and 1 / _ALIKE < sight.diameter / spot.diameter < _ALIKE


def is_surer(sight: Sight | None, share: int, spots: Sequence[Spot], motion: Motion) -> bool:
    """Whether what was drawn beside a spot is the object all the same: clear, as large as it, and on no other spot.

    A hand or a cue beside an object makes one patch with it, and the patch's middle is not the object's.
    """
    if sight is None or sight.confidence < _CLEAR or not 1 / _ALIKE < sight.diameter / motion.diameter < _ALIKE:
        return False
    away = [math.hypot(sight.x - spot.x, sight.y - spot.y) for spot in spots]
    return away[share] == min(away) and away[share] < motion.diameter


def oval(drawing: Drawing, spot: Spot, masklet: Masklet) -> Drawing:
    """What was spotted, where the network draws something else: as an oval. It is remembered as what it was before."""
    assert drawing.region is not None
    side = drawing.chosen.logits.shape[-1]
    rows, columns = np.mgrid[0:side, 0:side]
    cells = np.stack((columns + 0.5, rows + 0.5), axis=-1) / side
    away = drawing.region.outward(cells) - (spot.x, spot.y)
    if any(spot.way):  # from the nearest place of its middle
        way = np.array(spot.way)
        away = away - (away @ way / (way @ way)).clip(-0.5, 0.5)[..., None] * way
    away = away / (spot.width / 2, spot.height / 2)
    logits = (_EDGE * (1 - np.hypot(away[..., 0], away[..., 1]))).clip(-_EDGE, _EDGE).astype(np.float32)
    memories = masklet.bank.recent or masklet.bank.prompted
    pointer = memories[-1].pointer if memories else drawing.chosen.pointer
    chosen = replace(drawing.chosen, logits=logits, pointer=pointer, quality=spot.score, presence=_EDGE, rivalry=0.0)
    return replace(drawing, chosen=chosen, is_oval=True)
