"""Where objects may be before a camera that stands still: close looks, then what differs and no look explains.

A spotter tells balls that touch, in racks and just after a break; a fast one is a streak that only the difference from
the backdrop shows. Says nothing of whose a spot is: `matching.py` does.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.backdrop import is_bare
from jianwen.tracking.launches import launched
from jianwen.tracking.parting import has_core, is_streak, parted, spot_of, without_ovals
from jianwen.tracking.spots import SAME_SPOT, Spot, is_apart
from jianwen.tracking.squares import squares_round
from jianwen.tracking.still import NUDGE, is_left_behind, nudged_spots, without_remains
from jianwen.tracking.whole import CERTAIN, slim_streaks, with_streaks, without_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.backdrop import Backdrop
    from jianwen.tracking.hunt import Hunt
    from jianwen.tracking.sights import Sight
    from jianwen.tracking.spots import Spotter

__all__ = ["PATIENCE", "clear_spots", "faint_streaks"]

PATIENCE = 12  # frames after which a lost object is only searched for now and then
# Found on rendered breaks 0, 1, 1000, 1001, 1004 and 1005: see dev/log.md.
_SURE = 0.25  # score from which a close look has seen a ball
_SQUARES = 4  # looked at in a frame
_BESIDE = 1.6  # diameters from another object, within which one is looked at closely …
_PUSHED = 2.0  # … and the most that speed and doubt add
_TWICE = 0.3  # usual diameters between two spots of close looks below which both are of one ball
_OWN = 0.5  # diameters from an object that was found already, within which a spot is its own
_COVER, _EDGE_PX = 1.3, 1.5  # times a spot's sides that it explains, and pixels more for the blur of its edge
_ROOM = 8.0  # diameters round an expected place within which an object may have jumped
_STANDS_OUT = 0.8  # score of what differs from the backdrop
_LARGER, _SMALLER = 5.0, 0.35  # times larger than usual, as streaks are, or smaller: no object beyond
_LONG, _LONGISH = 2.0, 1.3  # diameters of a faint streak, and of one whose ends are looked for
_HALF = 0.6  # of a whole object's area, from which a part counts as much


def clear_spots(hunt: Hunt, backdrop: Backdrop, spotter: Spotter | None) -> list[Spot]:
    """What a spotter sees of the crowded ones, and whatever else is before the backdrop; not what is taken already.

    Of those that do not differ from the backdrop, as a white ball on a pale cloth, the spotter is asked as well.
    """
    if len(hunt.motions) == 1 and (alone := with_streaks(hunt, backdrop, [])):
        return alone  # a lone ball that goes on as before needs no more
    patches = _Patches(hunt, backdrop)
    crowded = _crowded(hunt) if spotter else []
    close = _close_spots(hunt, backdrop, spotter, crowded) if spotter else []
    # a sure look tells where a ball is better than its imprint, which may have been off already
    sure = [spot for spot in close if spot.score >= CERTAIN]
    sure += [one for one in nudged_spots(hunt, backdrop) if is_apart(one, sure, NUDGE * one.diameter)]
    streaks = slim_streaks(hunt, backdrop, _slim_parts(patches, sure), sure)
    doubtful = [spot for spot in close if spot not in sure and is_apart(spot, sure, _TWICE * hunt.usual_diameter)]
    streaks += [one for one in launched(hunt, backdrop, sure) if is_apart(one, streaks, one.diameter)]
    known = [*sure, *without_parts(doubtful, streaks), *streaks]
    spots = [*_without(known, hunt.taken), *without_remains(_standing_out(patches, known), hunt)]
    radius = hunt.usual_diameter / 2
    spots = [one for one in spots if any(one.way) or not is_bare(hunt.seen.picture, one.x, one.y, radius)]
    pale = [index for index in _unseen(hunt, spots) if index not in crowded]
    if spotter and pale:
        more = _without(_close_spots(hunt, backdrop, spotter, pale), hunt.taken)
        spots += [spot for spot in more if is_apart(spot, spots, SAME_SPOT * hunt.usual_diameter)]
    return with_streaks(hunt, backdrop, spots)


def faint_streaks(hunt: Hunt, backdrop: Backdrop, known: Sequence[Spot]) -> list[Spot]:
    """Streaks, however faint, that are none of the spots known already."""
    return _standing_out(_Patches(hunt, backdrop), known, faint=True)


def _close_spots(hunt: Hunt, backdrop: Backdrop, spotter: Spotter, which: Sequence[int]) -> list[Spot]:
    """What a spotter sees round some of the objects."""
    motions, frame = hunt.motions, hunt.seen.frame
    places = np.array([motions[index].at(frame) for index in which]).reshape(-1, 2)
    squares = squares_round(places, [motions[index].diameter for index in which], most=_SQUARES)
    beside = hunt.beside(backdrop)
    spots = [spot for square in squares for spot in spotter(hunt.seen.picture, square, beside) if spot.score >= _SURE]
    kept: list[Spot] = []
    for spot in sorted(spots, key=lambda one: -one.score):
        is_new = all(math.hypot(spot.x - one.x, spot.y - one.y) >= _TWICE * hunt.usual_diameter for one in kept)
        if not is_new:
            continue
        side = min(spot.width, spot.height)
        if spot.score >= CERTAIN or backdrop.is_covered(hunt.seen.picture, spot.x, spot.y, side):
            kept.append(replace(spot, is_close=True))
    return kept


def _unseen(hunt: Hunt, spots: Sequence[Spot]) -> list[int]:
    """Objects that were seen in the frame before and now have no spot where they are expected."""
    found = []
    for index, motion in enumerate(hunt.motions):
        x, y = motion.at(hunt.seen.frame)
        away = min((math.hypot(spot.x - x, spot.y - y) for spot in spots), default=math.inf)
        if hunt.seen.frame - motion.frame == 1 and away > motion.diameter:
            found.append(index)
    return found


def _crowded(hunt: Hunt) -> list[int]:
    """Objects that may touch or hide another one in this frame, and those lost a moment ago."""
    frame, motions = hunt.seen.frame, hunt.motions
    places = [motion.at(frame) for motion in motions]
    others = np.array([*places, *((sight.x, sight.y) for sight in hunt.taken)])
    found = []
    for index, motion in enumerate(motions):
        gap = frame - motion.frame
        apart = np.hypot(*(others - places[index]).T)
        apart[index] = np.inf
        push = min(0.5 * math.hypot(*motion.velocity) + motion.doubt, _PUSHED * motion.diameter)
        if gap <= PATIENCE and (gap > 1 or apart.min() < _BESIDE * motion.diameter + push):
            found.append(index)
    return found


def _without(spots: Sequence[Spot], taken: Sequence[Sight]) -> list[Spot]:
    """Each object that was found already has the nearest spot, and whatever else is hardly believed so near to it."""
    left = list(spots)
    for sight in taken:
        away = [math.hypot(spot.x - sight.x, spot.y - sight.y) for spot in left]
        own = [index for index, far in enumerate(away) if far < _OWN * sight.diameter]
        nearest = min(own, key=lambda index: away[index], default=None)
        left = [
            spot for index, spot in enumerate(left) if index not in own or (index != nearest and spot.score >= CERTAIN)
        ]
    return left


class _Patches:
    """What differs from the backdrop round the objects of a frame: compared once, however often it is asked."""

    def __init__(self, hunt: Hunt, backdrop: Backdrop) -> None:
        self.hunt, self.backdrop = hunt, backdrop
        self._window, self._noise = _window(hunt), backdrop.noise(hunt.seen.picture)
        self._masks: dict[bool, NDArray[np.bool_]] = {}

    def parts(self, known: Sequence[Spot], *, faint: bool = False) -> list[NDArray[np.int64]]:
        """The pixels (k, 2) of the frame of each thing that differs and that nothing known explains."""
        if self._window is None:
            return []
        rows, columns = self._window
        hunt, corner, radius = self.hunt, (columns.start, rows.start), self.hunt.usual_diameter / 2
        if faint not in self._masks:
            self._masks[faint] = self.backdrop.differing(
                hunt.seen.picture, rows, columns, radius=radius, noise=self._noise, faint=faint
            )
        left = without_ovals(self._masks[faint], _ovals(known, hunt.taken, corner))
        expected = np.array([motion.at(hunt.seen.frame) for motion in hunt.motions]) - corner
        return [part + corner for part in parted(left, expected, radius) if has_core(part, radius)]


def _standing_out(patches: _Patches, known: Sequence[Spot], *, faint: bool = False) -> list[Spot]:
    """What differs near where objects are expected, and is none of what is known or taken.

    Args:
        patches: of the frame.
        known: spots that are explained already.
        faint: look for streaks alone, however faint.
    """
    hunt, usual = patches.hunt, patches.hunt.usual_diameter
    parts = [part for part in patches.parts(known, faint=faint) if not is_left_behind(part, hunt, patches.backdrop)]
    if faint:
        parts = [part for part in parts if is_streak(part, usual / 2, least=_LONG)]
    spots = [spot_of(part, _score(part, usual)) for part in parts]
    full: list[Spot | Sight] = [*known, *hunt.taken]
    return [
        spot for spot in spots if _SMALLER < spot.diameter / usual < _LARGER and is_apart(spot, full, SAME_SPOT * usual)
    ]


def _slim_parts(patches: _Patches, known: Sequence[Spot]) -> list[NDArray[np.int64]]:
    """Patches that may be streaks, with their faint ends."""
    radius = patches.hunt.usual_diameter / 2
    parts = [part for part in patches.parts(known) if is_streak(part, radius, least=_LONGISH)]
    return _with_ends(parts, patches.parts(known, faint=True), radius) if parts else []


def _with_ends(
    parts: Sequence[NDArray[np.int64]], fainter: Sequence[NDArray[np.int64]], radius: float
) -> list[NDArray[np.int64]]:
    """Parts of a streak as the whole streak: its ends are fainter, and it may come in pieces."""
    found: list[NDArray[np.int64]] = []
    streaks = [one for one in fainter if is_streak(one, radius, least=_LONGISH)]
    for part in parts:
        x, y = part.mean(axis=0)
        around = [
            one
            for one in streaks
            if len(one) > len(part) and (one.min(axis=0) <= (x, y)).all() and (one.max(axis=0) >= (x, y)).all()
        ]
        whole = around[0] if around and is_streak(part, radius) else part
        if not any(whole is other for other in found):
            found.append(whole)
    return found


def _window(hunt: Hunt) -> tuple[slice, slice] | None:
    """Rows and columns of the frame round the places where its objects may be; None where that is beside the frame."""
    motions, (height, width) = hunt.motions, hunt.seen.size
    places = np.array([motion.at(hunt.seen.frame) for motion in motions])
    room = np.array([[_ROOM * motion.diameter + 2 * math.hypot(*motion.velocity) + motion.doubt] for motion in motions])
    low = np.floor((places - room).min(axis=0)).clip(0).astype(int)
    high = np.ceil((places + room).max(axis=0)).clip(0, (width, height)).astype(int)
    if (high - low).min() < 2:
        return None
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _ovals(
    known: Sequence[Spot], taken: Sequence[Sight], corner: tuple[float, float]
) -> list[tuple[float, float, float, float]]:
    """What these explain: middles in pixels of a window, and half sides."""
    sides = [(x, y, spot.width, spot.height) for spot in known for x, y in _middles(spot)]
    sides += [(sight.x, sight.y, sight.diameter, sight.diameter) for sight in taken]
    return [
        (x - corner[0], y - corner[1], _COVER * width / 2 + _EDGE_PX, _COVER * height / 2 + _EDGE_PX)
        for x, y, width, height in sides
    ]


def _middles(spot: Spot) -> list[tuple[float, float]]:
    """Places on the way of a streak, half a diameter apart; the middle of any other spot."""
    steps = np.linspace(-0.5, 0.5, 2 + int(2 * math.hypot(*spot.way) / spot.diameter)) if any(spot.way) else [0.0]
    return [(spot.x + float(step) * spot.way[0], spot.y + float(step) * spot.way[1]) for step in steps]


def _score(part: NDArray[np.int64], usual: float) -> float:
    """Less for what is smaller than an object: it may be what was painted badly."""
    return _STANDS_OUT * min(1.0, len(part) / (_HALF * np.pi * usual**2 / 4))
