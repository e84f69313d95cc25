"""Objects from one frame to the next in regions: hold what did not change, look where the others are expected, search.

Where the network does not tell objects clearly, a spotter is asked, and its places are shared out one to one among them
(`matching.py`) instead of searched for. It costs as much as many regions, so it is not asked in every frame.
Two things cannot be in one place: of two tracks that meet, the one that belongs there less is searched for elsewhere.
Has the network and no state.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.attesting import attested, claimed, is_let_go, is_sought
from jianwen.tracking.changes import changed_places
from jianwen.tracking.finding import PATIENCE, clear_spots, faint_streaks
from jianwen.tracking.hunt import Hunt
from jianwen.tracking.imprint import noise_between
from jianwen.tracking.matching import matched
from jianwen.tracking.meeting import push
from jianwen.tracking.motion import Motion, region_side
from jianwen.tracking.regions import Region
from jianwen.tracking.sharing import (
    PAUSE,
    free_spots,
    is_asked,
    is_on_spot,
    is_surer,
    oval,
    unclear_ones,
)
from jianwen.tracking.sights import SAME_PLACE, apart, blank, sighted, strange, told_apart, trusted
from jianwen.tracking.spots import is_apart
from jianwen.tracking.staging import shown_on
from jianwen.tracking.still import held_drawing, unchanged
from jianwen.tracking.whole import as_streaks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jianwen.tracking.backdrop import Backdrop
    from jianwen.tracking.looking import Look, Looker
    from jianwen.tracking.masklet import Drawing, Masklet
    from jianwen.tracking.prompt import Prompt
    from jianwen.tracking.runner import Runner
    from jianwen.tracking.sights import Sight
    from jianwen.tracking.spots import Spot, Spotter
    from jianwen.tracking.stage import Stage
    from jianwen.tracking.state import Seen

__all__ = ["Follower"]

_SURE = 0.5  # … from which a search has found something
_PLACES = 5  # changed places that are looked at for an object
_AT_MOST = 24  # regions searched in a frame, for all objects together
_SPOTTED = 0.1  # score from which a spotted ball is one: colours and ways decide whose
_LIKELY = 0.4  # … and from which one that nobody follows is a ball: only colours decide
_FREE = 0.5  # usual diameters from any other object
_SIZES = 2.0  # times larger or smaller than usual: no ball
_GUESSES = (1 / 90, 1 / 50, 1 / 28, 1 / 14, 1 / 7)  # sizes tried for a lone click, as shares of the frame's height


class Follower:
    def __init__(self, runner: Runner, looker: Looker, share: float, spotter: Spotter | None = None) -> None:
        self._runner, self._looker, self._share, self._spotter = runner, looker, share, spotter

    def follow(
        self,
        seen: Seen,
        before: Seen | None,
        masklets: Sequence[Masklet],
        *,
        moves: bool,
        stands: bool = False,
        backdrop: Backdrop | None = None,
        stage: Stage | None = None,
    ) -> list[tuple[Drawing, Look | None]]:
        """The drawing of each object in a frame, and the look it was drawn on if there was one.

        Args:
            seen: the frame.
            before: the one before it, where it is known.
            masklets: the objects.
            moves: regions go where an object is expected.
            stands: the camera has not moved since the frame before.
            backdrop: what lies behind the objects, where that is known.
            stage: of the frame, with things larger than balls.
        """
        motions = [masklet.motion or _nowhere(seen) for masklet in masklets]
        if not moves:
            motions = [replace(motion, velocity=(0.0, 0.0), doubt=0.0, frame=seen.frame - 1) for motion in motions]
        noise = noise_between(before.picture, seen.picture) if stands and before is not None else None
        hunt = Hunt(seen, before, masklets, motions, noise=noise)
        found: dict[int, tuple[Drawing, Look | None]] = {}
        if noise is not None:
            held = [held_drawing(masklet, seen, noise, backdrop) for masklet in masklets]
            if backdrop and self._spotter:
                held = attested(held, hunt, backdrop, self._spotter)
            found = {index: (drawing, None) for index, drawing in enumerate(held) if drawing is not None}
        large = _on_stage(stage, seen, masklets, found)
        left = [index for index in range(len(masklets)) if index not in found and index not in large]
        small = [n for n in left if backdrop and motions[n].is_small(seen.size[0])]
        let_go = [index for index in small if self._spotter and is_let_go(masklets[index])]
        small = [index for index in small if index not in let_go]
        if backdrop and small:
            drawn = self._standing_out(hunt.only(small, _seen_in(found, seen)), backdrop)
            found |= dict(zip(small, drawn, strict=True))
        if let_go:
            found |= dict(zip(let_go, self._regained(hunt.only(let_go, _seen_in(found, seen)), masklets), strict=True))
        rest = [index for index in left if index not in found]
        if rest:
            drawn = self._found(hunt.only(rest, _seen_in(found, seen)), moves=moves)
            found |= dict(zip(rest, drawn, strict=True))
        found |= large
        return [found[index] for index in range(len(masklets))]

    def _standing_out(self, hunt: Hunt, backdrop: Backdrop) -> list[tuple[Drawing, Look]]:
        """What differs from the backdrop, shared out first; each object is then drawn where its share is."""
        seen, motions = hunt.seen, hunt.motions
        spots, shares = self._shared(hunt, backdrop)
        regions = [
            Region.round_place(spots[share].x, spots[share].y, self._side(motion, spots[share].way))
            if share is not None
            else motion.region(seen.frame, self._share, spread=push(index, motions, seen.frame))
            for index, (share, motion) in enumerate(zip(shares, motions, strict=True))
        ]
        told = self._drawn(hunt, regions)
        for index, share in enumerate(shares):
            drawing, look = told[index]
            sight = sighted(drawing, seen.size)
            if share is None:
                continue
            way = spots[share].way
            if is_on_spot(sight, spots[share]):
                told[index] = replace(drawing, way=way), look
            elif any(way) or not is_surer(sight, share, spots, motions[index]):
                told[index] = replace(oval(drawing, spots[share], hunt.masklets[index]), way=way), look
        alone = [index for index, share in enumerate(shares) if share is None]
        if alone:
            shared = {index: told[index] for index, share in enumerate(shares) if share is not None}
            left = hunt.only(alone, [*hunt.taken, *_seen_in(shared, seen)])
            found, sights = told_apart(trusted([told[index] for index in alone]), left.motions, seen, left.taken)
            self._search(left, found, sights)
            for index, pair in zip(alone, found, strict=True):
                told[index] = pair
        return told

    def _shared(self, hunt: Hunt, backdrop: Backdrop) -> tuple[list[Spot], list[int | None]]:
        """The spots of a frame, and which one is whose: first the clear ones, then streaks for those left over."""
        seen, motions = hunt.seen, hunt.motions
        spots = clear_spots(hunt, backdrop, self._spotter)
        imprints, same = [one.imprint for one in hunt.masklets], unchanged(spots, hunt)
        shares = matched(spots, motions, imprints, picture=seen.picture, frame=seen.frame, unchanged=same)
        lost = [index for index, share in enumerate(shares) if share is None and _is_due(motions[index], seen.frame)]
        if lost:
            left = hunt.only(lost, hunt.taken)
            fresh = faint_streaks(left, backdrop, spots)
            # a faint streak has more of the cloth's colour than of its object's
            again = matched(fresh, left.motions, [None] * len(lost), picture=seen.picture, frame=seen.frame)
            for index, share in zip(lost, again, strict=True):
                shares[index] = None if share is None else len(spots) + share
            spots += fresh
        return as_streaks(hunt, backdrop, spots, shares), shares

    def _found(self, hunt: Hunt, *, moves: bool) -> list[tuple[Drawing, Look]]:
        """What is not still, looked for where it is expected and then elsewhere."""
        seen, motions, taken = hunt.seen, hunt.motions, hunt.taken
        regions = [
            motion.region(seen.frame, self._share, spread=push(index, motions, seen.frame) if moves else 0.0)
            for index, motion in enumerate(motions)
        ]
        drawn = self._drawn(hunt, regions)
        if not moves:
            return drawn
        found, sights = told_apart(trusted(drawn), motions, seen, taken)
        unclear = [index for index in unclear_ones(sights, taken) if motions[index].is_small(seen.size[0])]
        spotted = self._spotted(hunt) if is_asked(unclear, sights, motions, seen.frame) else []
        if spotted:
            clear = [sight for index, sight in enumerate(sights) if sight is not None and index not in unclear]
            shared = self._matched(hunt.only(unclear, [*taken, *clear]), [drawn[index] for index in unclear], spotted)
            told = dict(zip(unclear, shared, strict=True))
            return [told.get(index, pair) for index, pair in enumerate(found)]
        self._search(hunt, found, sights)
        return found

    def _spotted(self, hunt: Hunt, least: float = _SPOTTED) -> list[Spot]:
        """Balls in a frame that may be objects by their size; none where no balls are followed."""
        usual = hunt.usual_diameter
        found = self._spotter(hunt.seen.picture, None, ()) if self._spotter else ()
        return [spot for spot in found if spot.score >= least and 1 / _SIZES < spot.diameter / usual < _SIZES]

    def _matched(
        self, hunt: Hunt, found: Sequence[tuple[Drawing, Look]], spotted: Sequence[Spot]
    ) -> list[tuple[Drawing, Look]]:
        """What was spotted and what was drawn, shared out among the objects; each is drawn where its share is."""
        seen, masklets, motions = hunt.seen, hunt.masklets, hunt.motions
        sights = [sighted(drawing, seen.size) for drawing, _ in found]
        spots = free_spots(spotted, sights, hunt.taken, hunt.usual_diameter)
        imprints = [masklet.imprint for masklet in masklets]
        shares = matched(spots, motions, imprints, picture=seen.picture, frame=seen.frame)
        told = [(blank(drawing), look) for drawing, look in found]
        again = {}
        for index, share in enumerate(shares):
            if share is None:
                continue
            if is_on_spot(sights[index], spots[share]):
                told[index] = found[index]
            else:
                again[index] = spots[share]
        for index, pair in self._drawn_on(hunt, again).items():
            told[index] = pair
        return told

    def _regained(self, hunt: Hunt, everyone: Sequence[Masklet]) -> list[tuple[Drawing, Look | None]]:
        """Those that were let go, where the whole frame shows them; else they stay so."""
        seen, masklets = hunt.seen, hunt.masklets
        told: list[tuple[Drawing, Look | None]] = [
            (replace(one.drawing, frame=seen.frame), None) for one in masklets if one.drawing is not None
        ]
        if any(is_sought(motion, seen.frame) for motion in hunt.motions):
            free = [
                spot for spot in self._spotted(hunt, _LIKELY) if is_apart(spot, hunt.taken, _FREE * hunt.usual_diameter)
            ]
            for index, pair in self._drawn_on(hunt, claimed(free, masklets, everyone, hunt)).items():
                told[index] = pair
        return told

    def _drawn_on(self, hunt: Hunt, places: Mapping[int, Spot]) -> dict[int, tuple[Drawing, Look]]:
        """Objects, by their index, as they look where they were spotted; as ovals where the network sees others."""
        if not places:
            return {}
        regions = [
            Region.round_place(spot.x, spot.y, self._side(hunt.motions[index])) for index, spot in places.items()
        ]
        drawn = dict(zip(places, self._drawn(hunt.only(list(places), ()), regions), strict=True))
        for index, (drawing, look) in drawn.items():
            if not is_on_spot(sighted(drawing, hunt.seen.size), places[index]):
                drawn[index] = oval(drawing, places[index], hunt.masklets[index]), look
        return drawn

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

    def _drawn(self, hunt: Hunt, regions: Sequence[Region]) -> list[tuple[Drawing, Look]]:
        """Each object as it looks in its region."""
        looks = self._looker.at(hunt.seen, regions)
        return list(zip(self._runner.track(looks, hunt.masklets, hunt.seen.frame), looks, strict=True))

    def _side(self, motion: Motion, way: tuple[float, float] = (0.0, 0.0)) -> float:
        return region_side(motion.diameter, math.hypot(*way), self._share)

    def _search(self, hunt: Hunt, found: list[tuple[Drawing, Look]], sights: Sequence[Sight | None]) -> None:
        """Looks for lost objects in larger regions and where the picture changed; puts what it finds into `found`."""
        seen, motions = hunt.seen, hunt.motions
        lost = [index for index, sight in enumerate(sights) if sight is None and _is_due(motions[index], seen.frame)]
        taken = [*hunt.taken, *(sight for sight in sights if sight is not None)]
        tries = [
            (index, motions[index].region(seen.frame, self._share, spread=_wide(motions[index]))) for index in lost
        ]
        # a ball that lay still when it was lost lies there still
        tries += [
            (index, Region.round_place(motions[index].x, motions[index].y, self._side(motions[index])))
            for index in lost
        ]
        places = _free_places([motions[index] for index in lost], taken, seen, hunt.before)
        for index in lost:
            x, y = motions[index].at(seen.frame)
            near = sorted(places, key=lambda place: np.hypot(place[0] - x, place[1] - y))[:_PLACES]
            tries += [(index, Region.round_place(*place, self._side(motions[index]))) for place in near]
        tries = tries[:_AT_MOST]
        if not tries:
            return
        drawn = self._drawn(hunt.only([index for index, _ in tries], ()), [region for _, region in tries])
        ranked = []
        for (index, _), pair in zip(tries, drawn, strict=True):
            sight = sighted(pair[0], seen.size)
            if sight is not None and sight.confidence >= _SURE:
                ranked.append((sight.confidence - strange(sight, motions[index], seen), index, sight, pair))
        ranked.sort(key=lambda one: -one[0])
        for worth, index, sight, pair in ranked:
            if worth > 0 and index in lost and all(apart(sight, other) >= SAME_PLACE for other in taken):
                found[index] = pair
                taken.append(sight)
                lost.remove(index)


def _on_stage(
    stage: Stage | None, seen: Seen, masklets: Sequence[Masklet], found: dict[int, tuple[Drawing, Look | None]]
) -> dict[int, tuple[Drawing, Look | None]]:
    """What is larger than a ball, taken out of what was found: it takes no ball's place, as one may roll before it."""
    large: dict[int, tuple[Drawing, Look | None]] = {}
    for index, masklet in enumerate(masklets):
        if stage is None or stage.named(masklet.name) is None:
            continue
        if index in found:
            large[index] = found.pop(index)
        elif (drawing := shown_on(stage, masklet.name, seen, masklet.drawn_at(seen.frame - 1))) is not None:
            large[index] = drawing, None
    return large


def _seen_in(found: Mapping[int, tuple[Drawing, Look | None]], seen: Seen) -> list[Sight]:
    sights = [sighted(drawing, seen.size) for drawing, _ in found.values()]
    return [sight for sight in sights if sight is not None]


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


def _is_due(motion: Motion, frame: int) -> bool:
    gap = frame - motion.frame
    return gap <= PATIENCE or gap % PAUSE == 0


def _nowhere(seen: Seen) -> Motion:
    """Of an object that nobody has seen yet."""
    height, width = seen.size
    return Motion(seen.frame - 1, width / 2, height / 2, min(height, width) / 6)
