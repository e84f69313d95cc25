"""Where objects may be before a standing camera: close looks at what is crowded, and what differs beside them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.tracking import CLOSE_DIAMETERS, RECENT, Backdrop, Motion, Region, Spot, parted
from jianwen.tracking.bank import Bank, Limits
from jianwen.tracking.finding import PATIENCE, clear_spots, faint_streaks
from jianwen.tracking.hunt import Hunt
from jianwen.tracking.imprint import Imprint, noise_between
from jianwen.tracking.masklet import Masklet
from jianwen.tracking.parting import has_core
from jianwen.tracking.sights import Sight
from jianwen.tracking.squares import squares_round
from jianwen.tracking.state import Seen
from jianwen.tracking.still import nudged_spots, unchanged, without_remains
from jianwen.tracking.whole import as_streaks, slim_streaks, without_parts
from tracking.colours import HEIGHT, WIDTH, smeared, table_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.spots import Spotter

RADIUS = 8.0
EMPTY = Backdrop(table_frame([None]))


def hunt_in(
    picture: NDArray[np.uint8],
    *motions: Motion,
    taken: Sequence[Sight] = (),
    frame: int = 1,
    before: NDArray[np.uint8] | None = None,
) -> Hunt:
    """For objects whose motions are known, and their looks where the frame before is given."""
    masklets = [
        Masklet(
            str(index),
            Bank(Limits(), RECENT),
            imprint=None if before is None else Imprint.of(before, motion.x, motion.y, motion.diameter),
        )
        for index, motion in enumerate(motions)
    ]
    return Hunt(Seen(frame, picture, picture.shape[:2]), None, masklets, motions, taken)


def resting(x: float, y: float) -> Motion:
    return Motion(0, x, y, 2 * RADIUS, is_new=False)


def spotter_of(*places: tuple[float, float, float]) -> tuple[Spotter, list[Region | None]]:
    """Sees balls at places, each with a score; and a list of the regions that it was asked for."""
    asked: list[Region | None] = []

    def spotter(_picture: NDArray[np.uint8], region: Region | None, *_beside: object) -> list[Spot]:
        asked.append(region)
        return [Spot(x, y, 2 * RADIUS, 2 * RADIUS, score) for x, y, score in places]

    return spotter, asked


def test_squares_hold_neighbours_and_follow_the_scale() -> None:
    """A rack is one square; what lies far off, or is seen much larger, has its own; no more than are asked for."""
    rack = [(100.0 + 16 * step, 100.0 + 8 * step) for step in range(5)]
    places = np.array([*rack, (420.0, 100.0), (110.0, 110.0)])
    sizes = [16.0] * 6 + [40.0]
    squares = squares_round(places, sizes, most=4)
    assert [square.side for square in squares] == [CLOSE_DIAMETERS * size for size in (16, 16, 40)]
    inward = squares[0].inward(np.array(rack))
    assert inward.min() > 0.1
    assert inward.max() < 0.9
    assert len(squares_round(places, sizes, most=2)) == 2
    assert squares_round(np.zeros((0, 2)), [], most=4) == []


def test_only_what_is_crowded_is_looked_at_closely() -> None:
    """A lone ball is seen by the difference; two that may touch are looked at, in one square round both."""
    spotter, asked = spotter_of((100, 100, 0.9), (114, 100, 0.9))
    lone = table_frame([(300.0, 100.0)])
    (spot,) = clear_spots(hunt_in(lone, resting(300, 100)), EMPTY, spotter)
    assert (spot.x, spot.y) == pytest.approx((300, 100), abs=0.5)
    assert not asked
    both = table_frame([(100.0, 100.0), (114.0, 100.0)])
    spots = clear_spots(hunt_in(both, resting(100, 100), resting(114, 100)), EMPTY, spotter)
    assert [(spot.x, spot.y) for spot in spots] == [(100, 100), (114, 100)]
    (region,) = asked
    assert region is not None
    assert region.inward(np.array([(107.0, 100.0)])) == pytest.approx(np.array([(0.5, 0.5)]))


def test_a_ball_beside_one_that_lies_still_is_crowded() -> None:
    """It may hide behind it. The spot of the one that is known already is not given away."""
    picture = table_frame([(100.0, 100.0), (114.0, 100.0)])
    still = Sight(100, 100, 2 * RADIUS, 0.9)
    spotter, asked = spotter_of((100, 101, 0.9), (114, 100, 0.9))
    (spot,) = clear_spots(hunt_in(picture, resting(114, 100), taken=[still]), EMPTY, spotter)
    assert (spot.x, spot.y) == (114, 100)
    assert len(asked) == 1


def test_a_ball_lost_for_long_is_not_looked_for_closely() -> None:
    """Only where it may still be near."""
    spotter, asked = spotter_of()
    picture = table_frame([None])
    clear_spots(hunt_in(picture, resting(100, 100), frame=2), EMPTY, spotter)
    assert len(asked) == 1
    clear_spots(hunt_in(picture, resting(100, 100), frame=PATIENCE + 2), EMPTY, spotter)
    assert len(asked) == 1


def test_what_the_spotter_takes_for_a_ball_on_empty_cloth_is_none() -> None:
    """A logo, a pocket, a weak guess, and the same ball seen in two squares."""
    picture = table_frame([(100.0, 100.0), (114.0, 100.0)])
    spotter, _ = spotter_of((100, 100, 0.9), (101, 100, 0.8), (114, 100, 0.7), (160, 140, 0.5), (108, 108, 0.1))
    spots = clear_spots(hunt_in(picture, resting(100, 100), resting(114, 100)), EMPTY, spotter)
    assert [(spot.x, spot.y) for spot in spots] == [(100, 100), (114, 100)]


def test_a_ball_as_pale_as_its_cloth_is_looked_at_closely() -> None:
    """The difference does not show it, so the spotter is asked, and believed if it is sure."""
    cloth = table_frame([None])
    spotter, asked = spotter_of((204, 100, 0.8))
    (spot,) = clear_spots(hunt_in(cloth, resting(200, 100)), EMPTY, spotter)
    assert (spot.x, spot.y) == (204, 100)
    assert len(asked) == 1
    doubtful, _ = spotter_of((204, 100, 0.4))
    assert clear_spots(hunt_in(cloth, resting(200, 100)), EMPTY, doubtful) == []


def test_a_close_look_is_shown_what_was_before_and_what_is_behind() -> None:
    """The frame before, or the frame itself where there is none, and the picture without balls."""
    shown: list[Sequence[NDArray[np.uint8]]] = []

    def spotter(_picture: NDArray[np.uint8], _region: Region | None, beside: Sequence[NDArray[np.uint8]]) -> list[Spot]:
        shown.append(beside)
        return []

    picture, earlier = table_frame([(114.0, 100.0)]), table_frame([(100.0, 100.0)])
    hunt = hunt_in(picture, resting(100, 100), resting(114, 100))
    clear_spots(hunt, EMPTY, spotter)
    clear_spots(replace(hunt, before=Seen(0, earlier, earlier.shape[:2])), EMPTY, spotter)
    assert [beside[0] is one for beside, one in zip(shown, (picture, earlier), strict=True)] == [True, True]
    assert all(beside[1] is EMPTY.picture for beside in shown)


def test_a_streak_is_one_spot_in_its_middle() -> None:
    """Three diameters long, it has several places as round as a ball; no spotter knows it."""
    middle, way = (200.0, 120.0), (44.0, 18.0)
    hunt = hunt_in(smeared(middle, way), resting(180, 110))
    (spot,) = [*clear_spots(hunt, EMPTY, None), *faint_streaks(hunt, EMPTY, clear_spots(hunt, EMPTY, None))]
    assert math.dist((spot.x, spot.y), middle) < 0.5 * RADIUS


def test_rims_beside_a_known_ball_are_no_balls() -> None:
    """What a close look leaves over of a patch needs a middle of its own."""
    ring = np.array([(x, y) for x in range(40) for y in range(40) if 7 < math.hypot(x - 20, y - 20) < 10])
    assert not has_core(ring, RADIUS)
    disc = np.array([(x, y) for x in range(40) for y in range(40) if math.hypot(x - 20, y - 20) < 6])
    assert has_core(disc, RADIUS)


def test_two_that_touch_are_no_streak() -> None:
    """They are as slim as one, but slimmer between them."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    two = np.any([np.hypot(columns + 0.5 - x, rows + 0.5 - 100) < RADIUS for x in (100, 115)], axis=0)
    assert len(parted(two, np.zeros((0, 2)), RADIUS)) == 2
    capsule = (np.abs(rows + 0.5 - 100) < RADIUS) & (np.abs(columns + 0.5 - 120) < 20)
    assert len(parted(capsule, np.array([(110.0, 100.0)]), RADIUS)) == 1


RACK = [(100.0, 100.0), (116.0, 100.0), (108.0, 114.0)]


def shaded(places: Sequence[tuple[float, float]]) -> NDArray[np.uint8]:
    """Equal balls, lighter on top as lamps make them."""
    picture = table_frame([None]).astype(np.float64)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    for x, y in places:
        on = np.hypot(columns - x, rows - y) < RADIUS
        picture[on] = np.array((210, 40, 40)) - 8 * (rows - y + 0.5 * (columns - x))[on][:, None]
    return np.asarray(picture.clip(0, 255).astype(np.uint8))


def test_equal_balls_that_are_pushed_a_little_are_each_found_by_their_looks() -> None:
    """In the frame in which a rack is hit no detector tells them, and the difference shows one patch of all."""
    moved = [(101.5, 98.0), (118.0, 99.0), (108.0, 117.0)]
    hunt = hunt_in(shaded(moved), *(resting(x, y) for x, y in RACK), before=shaded(RACK))
    spots = nudged_spots(hunt, EMPTY)
    assert len(spots) == 3
    for spot, place in zip(spots, moved, strict=True):
        assert math.dist((spot.x, spot.y), place) < 0.6
    assert [(one.x, one.y) for one in clear_spots(hunt, EMPTY, None)] == [(one.x, one.y) for one in spots]


def test_a_ball_that_has_gone_is_not_found_by_its_looks() -> None:
    """Where it lay there is cloth, and a ball like its cloth would be found anywhere."""
    rest = [resting(x, y) for x, y in RACK]
    assert nudged_spots(hunt_in(shaded([]), *rest, before=shaded(RACK)), EMPTY) == []
    assert nudged_spots(hunt_in(shaded([]), resting(300, 200), before=shaded([])), EMPTY) == []
    assert nudged_spots(hunt_in(shaded(RACK), *rest), EMPTY) == []  # nothing is known of their looks
    at_edge = hunt_in(shaded([(2.0, 2.0)]), resting(2, 2), before=shaded([(2.0, 2.0)]))
    assert nudged_spots(at_edge, EMPTY) == []


def test_what_was_painted_badly_behind_a_ball_is_not_taken_for_it() -> None:
    """It differs from the cloth as a patch does, but by a fraction of what the ball made."""
    picture = shaded([])
    picture[92:108, 92:108] = (picture[92:108, 92:108] * 0.8).astype(np.uint8) + np.array((0, 0, 40), np.uint8)
    assert clear_spots(hunt_in(picture, resting(100, 100)), EMPTY, None)
    assert clear_spots(hunt_in(picture, resting(100, 100), before=shaded([(100.0, 100.0)])), EMPTY, None) == []


def test_a_struck_ball_is_the_whole_of_its_streak() -> None:
    """Its spot was an end of it; the way of the streak comes with it. One that goes on needs no spot at all."""
    middle, way = (250.0, 120.0), (60.0, 10.0)
    picture, before = smeared(middle, way), table_frame([(200.0, 110.0)])
    then = table_frame([(190.0, 110.0)])
    struck = hunt_in(picture, resting(200, 110), before=before)
    (spot,) = as_streaks(struck, EMPTY, [Spot(270, 123, 16, 16, 0.8)], [0])
    assert math.dist((spot.x, spot.y), middle) < 0.4 * RADIUS
    assert abs(spot.way[0] * way[0] + spot.way[1] * way[1]) > 0.98 * math.hypot(*spot.way) * math.hypot(*way)
    goes_on = Motion(0, 190.0, 110.0, 2 * RADIUS, velocity=(60.0, 10.0), is_new=False)
    (spot,) = clear_spots(hunt_in(picture, goes_on, before=then), EMPTY, None)
    assert math.dist((spot.x, spot.y), middle) < 0.4 * RADIUS
    assert any(spot.way)
    slow = as_streaks(struck, EMPTY, [Spot(203, 110, 16, 16, 0.8)], [0])
    assert slow == [Spot(203, 110, 16, 16, 0.8)]


def test_no_patch_stands_for_one_of_a_crowd_that_has_gone() -> None:
    """Its neighbours' rims lie where it lay. A ball that lies alone may be seen as a patch there."""
    patch = Spot(101, 100, 16, 16, 0.8)
    picture = table_frame([None])
    assert without_remains([patch], hunt_in(picture, resting(100, 100), resting(115, 100))) == []
    assert without_remains([patch], hunt_in(picture, resting(100, 100))) == [patch]
    beside = hunt_in(picture, resting(100, 100), taken=[Sight(115, 100, 2 * RADIUS, 0.9)])
    assert without_remains([patch], beside) == []


def test_a_slim_patch_is_a_streak_of_one_ball_only() -> None:
    """Whose it is, is not known yet; where two are expected on it, they touch."""
    picture = smeared((250.0, 120.0), (60.0, 10.0))
    rows, columns = np.nonzero((np.abs(picture.astype(int) - EMPTY.picture) > 10).any(axis=2))
    part = np.column_stack((columns, rows))
    one = hunt_in(picture, resting(200, 110))
    (streak,) = slim_streaks(one, EMPTY, [part], [])
    assert math.dist((streak.x, streak.y), (250, 120)) < 0.5 * RADIUS
    assert streak.colour is not None
    assert slim_streaks(hunt_in(picture, resting(235, 118), resting(262, 122)), EMPTY, [part], []) == []
    ends = [Spot(225, 116, 12, 12, 0.4, is_close=True), Spot(250, 150, 16, 16, 0.4, is_close=True)]
    assert without_parts(ends, [streak]) == ends[1:]


def test_a_ball_printed_on_the_cloth_is_known_by_not_changing() -> None:
    """Where a ball came the picture changed; where one is printed, or lies still, it did not, under noise too."""
    noise = np.random.default_rng(1).normal(0, 2, (HEIGHT, WIDTH, 3))
    before = table_frame([(200.0, 100.0), (100.0, 100.0), None])
    after = table_frame([(200.0, 100.0), None, (300.0, 100.0)])
    hunt = hunt_in((after + noise).clip(0, 255).astype(np.uint8), resting(100, 100))
    hunt = replace(hunt, before=Seen(0, before, before.shape[:2]), noise=noise_between(before, hunt.seen.picture))
    spots = [Spot(x, 100.0, 16, 16, 0.9) for x in (200.0, 300.0)]
    assert unchanged(spots, hunt).tolist() == [True, False]
    assert unchanged(spots, replace(hunt, before=None)).tolist() == [False, False]
    assert unchanged([], hunt).tolist() == []
