"""When the network alone does not tell who is where, and what a spotter's places are worth then.

Asks nobody itself: `following.py` does; `matching.py` says whose place is whose.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.parting import is_streak, parted, spot_of
from jianwen.tracking.sights import WEAK, apart
from jianwen.tracking.spots import Spot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.backdrop import Backdrop
    from jianwen.tracking.masklet import Drawing, Masklet
    from jianwen.tracking.motion import Motion
    from jianwen.tracking.sights import Sight
    from jianwen.tracking.state import Seen

__all__ = [
    "PATIENCE",
    "PAUSE",
    "free_spots",
    "is_asked",
    "is_crowded",
    "is_on_spot",
    "is_surer",
    "oval",
    "standing_out",
    "unclear_ones",
    "usual_diameter",
]

PATIENCE = 12  # frames after which a lost object is only searched for now and then, …
PAUSE = 5  # … every so many frames
_EVERY = 3  # frames between two looks of the spotter while something is unclear
_HIT = 0.25  # diameters a frame that a velocity may be wrong by, from which an object was just hit
_CLEAR = 0.7  # confidence from which what was drawn needs no second opinion
_BESIDE = 1.6  # diameters apart up to which two objects may be taken for each other
_SAME_SPOT = 0.7  # usual diameters between two places below which they are one
_ON = 0.15  # diameters off a spot up to which a mask is on it, …
_ALIKE = 1.3  # … and times larger or smaller
_ROOM = 8.0  # diameters round an expected place within which an object may have jumped
_STANDS_OUT = 0.8  # score of what differs from the backdrop
_LARGER = 5.0  # times larger than usual, as streaks are, …
_LONG = 2.0  # diameters of a faint streak, …
_LONGISH = 1.3  # … and of one whose ends are looked for
_HALF = 0.6  # of a whole object's area, from which a part counts as much
_SMALLER = 0.35  # … or smaller: no object
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


def is_crowded(motions: Sequence[Motion], frame: int) -> bool:
    """Whether the spotter is asked beside a backdrop: where objects are close together, and when one is lost.

    In every frame while two of them were just set in motion, as in a break, where names are lost for good; else now
    and then.
    """
    gaps = [frame - motion.frame for motion in motions]
    places = np.array([motion.at(frame) for motion in motions])
    apart_px = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) + np.diag(np.full(len(motions), np.inf))
    crowd = np.flatnonzero((apart_px < _BESIDE * usual_diameter(motions)).any(axis=1)).tolist()
    if 2 in gaps or sum(_is_unsettled(motions[index]) for index in crowd) > 1:
        return True
    return frame % _EVERY == 0 and (len(crowd) > 0 or any(1 < gap <= PATIENCE for gap in gaps))


def _is_unsettled(motion: Motion) -> bool:
    """Whether an object lay still until now, or was hit a moment ago."""
    return motion.velocity == (0.0, 0.0) or motion.doubt > _HIT * motion.diameter


def _is_beside_another(index: int, sight: Sight, sights: Sequence[Sight | None], taken: Sequence[Sight]) -> bool:
    """Whether an object is seen so near to another one that their masks may change places."""
    others = [*taken, *(other for place, other in enumerate(sights) if place != index and other is not None)]
    return any(apart(sight, other) < _BESIDE for other in others)


def standing_out(
    backdrop: Backdrop, seen: Seen, motions: Sequence[Motion], taken: Sequence[Sight], *, faint: bool = False
) -> list[Spot]:
    """What differs from the backdrop near where objects are expected, parted among them and those seen already.

    Args:
        backdrop: of the frame.
        seen: the frame.
        motions: of the objects that are looked for.
        taken: what is seen of others.
        faint: look for streaks alone, however faint.
    """
    usual = usual_diameter(motions)
    places = np.array([motion.at(seen.frame) for motion in motions])
    room = np.array([[_ROOM * motion.diameter + 2 * math.hypot(*motion.velocity) + motion.doubt] for motion in motions])
    low = np.floor((places - room).min(axis=0)).clip(0).astype(int)
    high = np.ceil((places + room).max(axis=0)).clip(0, (seen.size[1], seen.size[0])).astype(int)
    if (high - low).min() < 2:
        return []
    window = slice(low[1], high[1]), slice(low[0], high[0])
    mask = backdrop.differing(seen.picture, *window, radius=usual / 2, faint=faint)
    expected = np.array([*places, *((sight.x, sight.y) for sight in taken)]) - low
    parts = parted(mask, expected, usual / 2)
    if faint:
        parts = [part for part in parts if is_streak(part, usual / 2, least=_LONG)]
    elif any(is_streak(part, usual / 2, least=_LONGISH) for part in parts):
        whole = parted(backdrop.differing(seen.picture, *window, radius=usual / 2, faint=True), expected, usual / 2)
        parts = [
            _whole(part, whole, usual / 2) if is_streak(part, usual / 2, least=_LONGISH) else part for part in parts
        ]
    spots = [spot_of(part, _score(part, usual), low) for part in parts]
    return [spot for spot in spots if _SMALLER < spot.diameter / usual < _LARGER]


def _whole(part: NDArray[np.int64], fainter: Sequence[NDArray[np.int64]], radius: float) -> NDArray[np.int64]:
    """The streak of which a part stands out: its ends are fainter."""
    x, y = part.mean(axis=0)
    for other in fainter:
        inside = (other.min(axis=0) <= (x, y)).all() and (other.max(axis=0) >= (x, y)).all()
        if inside and len(other) > len(part) and is_streak(other, radius, least=_LONGISH):
            return other
    return part


def _score(part: NDArray[np.int64], usual: float) -> float:
    """Less for what is smaller than an object: it may be what was painted badly."""
    return _STANDS_OUT * min(1.0, len(part) / (_HALF * np.pi * usual**2 / 4))


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


def usual_diameter(motions: Sequence[Motion]) -> float:
    """The diameter of most objects."""
    return float(np.median([motion.diameter for motion in motions]))


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
    away = (drawing.region.outward(cells) - (spot.x, spot.y)) / (spot.width / 2, spot.height / 2)
    logits = (_EDGE * (1 - np.hypot(away[..., 0], away[..., 1]))).clip(-_EDGE, _EDGE).astype(np.float32)
    memories = masklet.bank.recent or masklet.bank.prompted
    pointer = memories[-1].pointer if memories else drawing.chosen.pointer
    chosen = replace(drawing.chosen, logits=logits, pointer=pointer, quality=spot.score, presence=_EDGE, rivalry=0.0)
    return replace(drawing, chosen=chosen)
