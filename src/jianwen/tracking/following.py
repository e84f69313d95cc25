"""Objects from one frame to the next in regions: hold what did not change, look where the others are expected, search.

Where the network does not tell objects clearly, a spotter is asked, and its places are shared out one to one among them
(`matching.py`) instead of searched for. It costs as much as many regions, so it is not asked in every frame.
Two things cannot be in one place: of two tracks that meet, the one that belongs there less is searched for elsewhere.
Has the network and no state.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.changes import changed_places
from jianwen.tracking.choosing import ABSENT
from jianwen.tracking.imprint import Imprint, noise_between
from jianwen.tracking.matching import matched
from jianwen.tracking.motion import Motion
from jianwen.tracking.regions import Region
from jianwen.tracking.spots import Spot
from jianwen.tracking.track import measured, sure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.tracking.looking import Look, Looker
    from jianwen.tracking.masklet import Drawing, Masklet
    from jianwen.tracking.prompt import Prompt
    from jianwen.tracking.runner import Runner
    from jianwen.tracking.spots import Spotter
    from jianwen.tracking.state import Seen

__all__ = ["Follower", "Sight", "moved", "sighted"]

_SAME_PLACE = 0.45  # diameters between two centres below which two tracks are of one thing
_WEAK = 0.35  # confidence below which what was drawn is not the object; found among wrong tracks of real clips
_SURE = 0.5  # … from which a search has found something
_LONGEST = 8  # frames unseen after which an object is not thought to have gone any further
_FARTHEST = 2.0  # times as far as it could be expected to have gone: it is another thing
_PLACES = 5  # changed places that are looked at for an object
_AT_MOST = 24  # regions searched in a frame, for all objects together
_PATIENCE = 12  # frames after which a lost object is only searched for now and then, …
_PAUSE = 5  # … every so many frames
_EVERY = 3  # frames between two looks of the spotter while something is unclear
_CLEAR = 0.7  # confidence from which what was drawn needs no second opinion
_BESIDE = 1.6  # diameters apart up to which two objects may be taken for each other
_LARGEST = 1 / 8  # of the frame's height: what is larger is no ball, and not asked for
_SPOTTED = 0.1  # score from which a spotted ball is one: colours and ways decide whose
_SIZES = 2.0  # times larger or smaller than usual: no ball
_SAME_SPOT = 0.5  # usual diameters between two places below which they are one
_ON = 0.15  # diameters off a spot up to which a mask is on it, …
_ALIKE = 1.3  # … and times larger or smaller
_EDGE = 10.0  # logit inside an oval that stands for a mask
_GUESSES = (1 / 90, 1 / 50, 1 / 28, 1 / 14, 1 / 7)  # sizes tried for a lone click, as shares of the frame's height


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
    diameter = float(np.clip(sight.diameter, 0.8 * before.diameter, 1.25 * before.diameter))
    return replace(masklet, motion=before.seen(drawing.frame, sight.x, sight.y, diameter))


def _imprint(masklet: Masklet, sight: Sight, seen: Seen) -> Imprint:
    diameter = sight.diameter if masklet.motion is None else masklet.motion.diameter
    return Imprint.of(seen.picture, sight.x, sight.y, diameter, before=masklet.imprint)


class Follower:
    def __init__(self, runner: Runner, looker: Looker, share: float, spotter: Spotter | None = None) -> None:
        self._runner, self._looker, self._share, self._spotter = runner, looker, share, spotter

    def follow(
        self, seen: Seen, before: Seen | None, masklets: Sequence[Masklet], *, moves: bool
    ) -> list[tuple[Drawing, Look | None]]:
        """The drawing of each object in a frame, and the look it was drawn on if there was one."""
        motions = [masklet.motion or _nowhere(seen) for masklet in masklets]
        if not moves:
            motions = [replace(motion, velocity=(0.0, 0.0), doubt=0.0, frame=seen.frame - 1) for motion in motions]
        found: dict[int, tuple[Drawing, Look | None]] = {}
        if moves and before is not None and before.picture.shape == seen.picture.shape:
            noise = noise_between(before.picture, seen.picture)
            held = [_held(masklet, seen, noise) for masklet in masklets]
            found = {index: (drawing, None) for index, drawing in enumerate(held) if drawing is not None}
        rest = [index for index in range(len(masklets)) if index not in found]
        if rest:
            taken = [sighted(drawing, seen.size) for drawing, _ in found.values()]
            drawn = self._found(
                seen,
                before,
                [masklets[index] for index in rest],
                [motions[index] for index in rest],
                taken=[sight for sight in taken if sight is not None],
                moves=moves,
            )
            found |= dict(zip(rest, drawn, strict=True))
        return [found[index] for index in range(len(masklets))]

    def _found(
        self,
        seen: Seen,
        before: Seen | None,
        masklets: Sequence[Masklet],
        motions: Sequence[Motion],
        *,
        taken: Sequence[Sight],
        moves: bool,
    ) -> list[tuple[Drawing, Look]]:
        """What is not still, looked for where it is expected and then elsewhere."""
        regions = [
            motion.region(seen.frame, self._share, spread=_pushed(index, motions, seen.frame) if moves else 0.0)
            for index, motion in enumerate(motions)
        ]
        drawn = self._drawn(seen, masklets, regions)
        if not moves:
            return drawn
        found, sights = _told_apart(_trusted(drawn), motions, seen, taken)
        largest = _LARGEST * seen.size[0]
        unclear = [index for index in _unclear(sights, taken) if motions[index].diameter < largest]
        spotted = self._spotted(seen, motions) if _is_asked(unclear, sights, motions, seen.frame) else []
        if spotted:
            clear = [sight for index, sight in enumerate(sights) if sight is not None and index not in unclear]
            shared = self._matched(
                seen,
                [masklets[index] for index in unclear],
                [motions[index] for index in unclear],
                found=[drawn[index] for index in unclear],
                taken=[*taken, *clear],
                spotted=spotted,
            )
            told = dict(zip(unclear, shared, strict=True))
            return [told.get(index, pair) for index, pair in enumerate(found)]
        self._search(seen, before, masklets, motions, found=found, sights=sights, taken=taken)
        return found

    def _spotted(self, seen: Seen, motions: Sequence[Motion]) -> list[Spot]:
        """Balls in a frame that may be objects by their size; none where no balls are followed."""
        usual = _usual(motions)
        found = self._spotter(seen.picture) if self._spotter else ()
        return [spot for spot in found if spot.score >= _SPOTTED and 1 / _SIZES < spot.diameter / usual < _SIZES]

    def _matched(
        self,
        seen: Seen,
        masklets: Sequence[Masklet],
        motions: Sequence[Motion],
        *,
        found: Sequence[tuple[Drawing, Look]],
        taken: Sequence[Sight],
        spotted: Sequence[Spot],
    ) -> list[tuple[Drawing, Look]]:
        """What was spotted and what was drawn, shared out among the objects; each is drawn where its share is."""
        sights = [sighted(drawing, seen.size) for drawing, _ in found]
        usual = _usual(motions)
        spots = _spots(spotted, sights, taken, usual)
        imprints = [masklet.imprint for masklet in masklets]
        shares = matched(spots, motions, imprints, picture=seen.picture, frame=seen.frame)
        told = [(_blank(drawing), look) for drawing, look in found]
        again = []
        for index, share in enumerate(shares):
            if share is None:
                continue
            if _is_on(sights[index], spots[share]):
                told[index] = found[index]
            else:
                again.append((index, spots[share]))
        regions = [Region.round_place(spot.x, spot.y, self._side(motions[index])) for index, spot in again]
        drawn = self._drawn(seen, [masklets[index] for index, _ in again], regions) if again else []
        for (index, spot), (drawing, look) in zip(again, drawn, strict=True):
            is_on = _is_on(sighted(drawing, seen.size), spot)
            told[index] = (drawing if is_on else _disc(drawing, spot, masklets[index])), look
        return told

    def place(self, seen: Seen, masklet: Masklet, prompt: Prompt) -> Look:
        """Where a person's prompt is to be looked at: round what is drawn, or where the object is looked at anyway."""
        extent = prompt.extent(seen.size)
        if extent is not None:
            x, y, side = extent
            return self._looker.at(seen, [Region.round_place(x, y, side / self._share)])[0]
        region = masklet.region_at(seen.frame)
        height, width = seen.size
        clicks = [(click.x * width, click.y * height) for click in prompt.clicks if click.is_on]
        if region is not None and all(((region.inward(np.array(one)) - 0.5) ** 2).max() < 0.25 for one in clicks):
            return self._looker.at(seen, [region])[0]
        if clicks:
            return self._guessed(seen, masklet, prompt, clicks[0])
        return self._looker.at(seen, [region or _nowhere(seen).region(seen.frame, self._share)])[0]

    def _guessed(self, seen: Seen, masklet: Masklet, prompt: Prompt, click: tuple[float, float]) -> Look:
        """A click says nothing of the size: several are tried, and the best is looked at once more, centred."""
        sides = [seen.size[0] * guess / self._share for guess in _GUESSES]
        looks = self._looker.at(seen, [Region.round_place(*click, side) for side in sides])
        best, most = looks[0], -1.0
        for look, side in zip(looks, sides, strict=True):
            sight = sighted(self._runner.prompted(look, masklet, seen, prompt), seen.size)
            if sight is None or look.region is None:
                continue
            # the network knows best what fills the share it was trained with
            fits = min(sight.diameter / (side * self._share), side * self._share / sight.diameter)
            if sight.confidence * fits > most:
                most = sight.confidence * fits
                best = look
                refined = Region.round_place(sight.x, sight.y, sight.diameter / self._share)
        return best if most < 0 else self._looker.at(seen, [refined])[0]

    def _drawn(self, seen: Seen, masklets: Sequence[Masklet], regions: Sequence[Region]) -> list[tuple[Drawing, Look]]:
        looks = self._looker.at(seen, regions)
        return list(zip(self._runner.track(looks, masklets, seen.frame), looks, strict=True))

    def _side(self, motion: Motion) -> float:
        return motion.diameter / self._share

    def _search(
        self,
        seen: Seen,
        before: Seen | None,
        masklets: Sequence[Masklet],
        motions: Sequence[Motion],
        *,
        found: list[tuple[Drawing, Look]],
        sights: Sequence[Sight | None],
        taken: Sequence[Sight],
    ) -> None:
        """Looks for lost objects in larger regions and where the picture changed; puts what it finds into `found`."""
        lost = [index for index, sight in enumerate(sights) if sight is None and _is_due(motions[index], seen.frame)]
        taken = [*taken, *(sight for sight in sights if sight is not None)]
        tries = [
            (index, motions[index].region(seen.frame, self._share, spread=_wide(motions[index]))) for index in lost
        ]
        # a ball that lay still when it was lost lies there still
        tries += [
            (index, Region.round_place(motions[index].x, motions[index].y, self._side(motions[index])))
            for index in lost
        ]
        places = _free_places([motions[index] for index in lost], taken, seen, before)
        for index in lost:
            x, y = motions[index].at(seen.frame)
            near = sorted(places, key=lambda place: np.hypot(place[0] - x, place[1] - y))[:_PLACES]
            tries += [(index, Region.round_place(*place, self._side(motions[index]))) for place in near]
        tries = tries[:_AT_MOST]
        if not tries:
            return
        drawn = self._drawn(seen, [masklets[index] for index, _ in tries], [region for _, region in tries])
        ranked = []
        for (index, _), pair in zip(tries, drawn, strict=True):
            sight = sighted(pair[0], seen.size)
            if sight is not None and sight.confidence >= _SURE:
                ranked.append((sight.confidence - _strange(sight, motions[index], seen.frame), index, sight, pair))
        ranked.sort(key=lambda one: -one[0])
        for worth, index, sight, pair in ranked:
            if worth > 0 and index in lost and all(_apart(sight, other) >= _SAME_PLACE for other in taken):
                found[index] = pair
                taken.append(sight)
                lost.remove(index)


def _spots(spotted: Sequence[Spot], sights: Sequence[Sight | None], taken: Sequence[Sight], usual: float) -> list[Spot]:
    """Places that no object has yet: first what was spotted, then what was drawn elsewhere, the surest first."""
    ranked = sorted((sight for sight in sights if sight is not None), key=lambda sight: -sight.confidence)
    drawn = [Spot(one.x, one.y, one.diameter, one.diameter, one.confidence) for one in ranked]
    kept: list[Spot] = []
    full = [(sight.x, sight.y) for sight in taken]
    for spot in (*spotted, *(one for one in drawn if one.score >= _WEAK)):
        if all(math.hypot(spot.x - x, spot.y - y) > _SAME_SPOT * usual for x, y in full):
            kept.append(spot)
            full.append((spot.x, spot.y))
    return kept


def _usual(motions: Sequence[Motion]) -> float:
    """The diameter of most objects."""
    return float(np.median([motion.diameter for motion in motions]))


def _is_on(sight: Sight | None, spot: Spot) -> bool:
    if sight is None or sight.confidence < _WEAK:
        return False
    is_near = math.hypot(sight.x - spot.x, sight.y - spot.y) < _ON * spot.diameter
    return is_near and 1 / _ALIKE < sight.diameter / spot.diameter < _ALIKE


def _disc(drawing: Drawing, spot: Spot, masklet: Masklet) -> Drawing:
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


def _free_places(
    lost: Sequence[Motion], taken: Sequence[Sight], seen: Seen, before: Seen | None
) -> list[tuple[float, float]]:
    """Where the picture changed and no known object is."""
    if before is None or not lost or before.picture.shape != seen.picture.shape:
        return []
    diameter = float(np.median([motion.diameter for motion in lost]))
    most = _PLACES + 2 * len(taken)
    places = changed_places(before.picture, seen.picture, diameter=diameter, most=most)
    return [
        place
        for place in places
        if all(np.hypot(place[0] - one.x, place[1] - one.y) > 0.6 * one.diameter for one in taken)
    ]


def _wide(motion: Motion) -> float:
    """So much further than expected a lost object is looked for at first, pixels."""
    return 3.0 * motion.diameter


def _held(masklet: Masklet, seen: Seen, noise: float) -> Drawing | None:
    """The drawing of the frame before, if nothing changed there since the object was drawn."""
    drawing, motion = masklet.drawing, masklet.motion
    if drawing is None or masklet.imprint is None or motion is None:
        return None
    if not drawing.frame == motion.frame == seen.frame - 1 or not masklet.imprint.is_still(seen.picture, noise):
        return None
    return replace(drawing, frame=seen.frame, is_prompted=False, is_tracked=True, is_held=True)


def _unclear(sights: Sequence[Sight | None], taken: Sequence[Sight]) -> list[int]:
    """Objects that the network alone does not tell: lost, doubtful, or so near to another that both may be one."""
    return [
        index
        for index, sight in enumerate(sights)
        if sight is None or sight.confidence < _CLEAR or _is_beside_another(index, sight, sights, taken)
    ]


def _is_asked(unclear: Sequence[int], sights: Sequence[Sight | None], motions: Sequence[Motion], frame: int) -> bool:
    """Whether the spotter is: when an object was just lost, and every few frames while one is not clear."""
    gaps = {index: frame - motions[index].frame if sights[index] is None else 0 for index in unclear}
    if 1 in gaps.values():
        return True
    is_long_lost = all(gap > _PATIENCE for gap in gaps.values())
    return bool(unclear) and frame % (_EVERY * (_PAUSE if is_long_lost else 1)) == 0


def _is_beside_another(index: int, sight: Sight, sights: Sequence[Sight | None], taken: Sequence[Sight]) -> bool:
    """Whether an object is seen so near to another one that their masks may change places."""
    others = [*taken, *(other for place, other in enumerate(sights) if place != index and other is not None)]
    return any(_apart(sight, other) < _BESIDE for other in others)


def _trusted(found: Sequence[tuple[Drawing, Look]]) -> list[tuple[Drawing, Look]]:
    """What the network hardly believes itself is taken as absence, and searched for."""
    return [
        (drawing if sure(drawing.chosen.presence, drawing.chosen.quality) >= _WEAK else _blank(drawing), look)
        for drawing, look in found
    ]


def _told_apart(
    found: Sequence[tuple[Drawing, Look]], motions: Sequence[Motion], seen: Seen, taken: Sequence[Sight]
) -> tuple[list[tuple[Drawing, Look]], list[Sight | None]]:
    """Of two objects drawn in one place, the one that was expected there stays. Also where each is seen now."""
    told = list(found)
    sights = [sighted(drawing, seen.size) for drawing, _ in found]
    for index, sight in enumerate(sights):
        if sight is not None and any(_apart(sight, other) < _SAME_PLACE for other in taken):
            sights[index] = None
            told[index] = _blank(told[index][0]), told[index][1]
    there = [index for index, sight in enumerate(sights) if sight is not None]

    def worth(index: int) -> float:
        sight = sights[index]
        return 0.0 if sight is None else sight.confidence - _strange(sight, motions[index], seen.frame)

    for place, one in enumerate(there):
        for other in there[place + 1 :]:
            first, second = sights[one], sights[other]
            if first is not None and second is not None and _apart(first, second) < _SAME_PLACE:
                loser = one if worth(one) < worth(other) else other
                sights[loser] = None
                told[loser] = _blank(told[loser][0]), told[loser][1]
    return told, sights


def _strange(sight: Sight, motion: Motion, frame: int) -> float:
    """How unlikely a place is for an object: 0 where it was expected, without bound where it cannot have come."""
    x, y = motion.at(frame)
    away = min(np.hypot(sight.x - x, sight.y - y), np.hypot(sight.x - motion.x, sight.y - motion.y))
    gap = min(frame - motion.frame, _LONGEST)
    reach = (4.0 + gap) * motion.diameter + gap * (float(np.hypot(*motion.velocity)) + motion.doubt)
    far = float(away) / max(reach, 1.0)
    if far > _FARTHEST:
        return math.inf
    size = abs(math.log(max(sight.diameter, 1.0) / motion.diameter))
    return 0.25 * far + 0.3 * min(size, 2.0)


def _pushed(index: int, motions: Sequence[Motion], frame: int) -> float:
    """How far a fast neighbour may push an object that it reaches in this frame, pixels."""
    own = motions[index]
    x, y = own.at(frame)
    most = 0.0
    for place, other in enumerate(motions):
        speed = float(np.hypot(*other.velocity))
        if place == index or frame - other.frame > 2 or speed < 0.3 * own.diameter:
            continue
        start, way = np.array((other.x, other.y)), np.array(other.velocity) * (frame - other.frame)
        share = float(np.clip(((np.array((x, y)) - start) @ way) / max(float(way @ way), 1e-6), 0, 1))
        if np.hypot(*(start + share * way - (x, y))) < 1.5 * own.diameter:
            most = max(most, speed)
    return most


def _is_due(motion: Motion, frame: int) -> bool:
    gap = frame - motion.frame
    return gap <= _PATIENCE or gap % _PAUSE == 0


def _apart(one: Sight, other: Sight) -> float:
    """In mean diameters."""
    return float(np.hypot(one.x - other.x, one.y - other.y)) / (0.5 * (one.diameter + other.diameter))


def _blank(drawing: Drawing) -> Drawing:
    logits = np.full_like(drawing.chosen.logits, ABSENT)
    presence = -abs(drawing.chosen.presence)
    return replace(drawing, chosen=replace(drawing.chosen, logits=logits, presence=presence))


def _nowhere(seen: Seen) -> Motion:
    """Of an object that nobody has seen yet."""
    height, width = seen.size
    return Motion(seen.frame - 1, width / 2, height / 2, min(height, width) / 6)
