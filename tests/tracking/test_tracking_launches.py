"""A struck ball as pale as its cloth: its streak is found by how it looked at rest, or nothing is said."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.tracking import RECENT, Backdrop, Motion, Spot
from jianwen.tracking.bank import Bank, Limits
from jianwen.tracking.choosing import Chosen
from jianwen.tracking.hunt import Hunt
from jianwen.tracking.imprint import Imprint
from jianwen.tracking.launches import gone_on, launched, resting
from jianwen.tracking.masklet import Drawing, Masklet
from jianwen.tracking.state import Seen

if TYPE_CHECKING:
    from numpy.typing import NDArray

RADIUS = 8.0
SIZE = (240, 420)
LAY = (90.0, 120.0)
ROWS, COLUMNS = np.mgrid[0 : SIZE[0], 0 : SIZE[1]] + 0.5


def cloth(noise: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(noise)
    return np.array((196.0, 190.0, 172.0)) + rng.normal(0, 2.0, (*SIZE, 3))


def with_ball(picture: NDArray[np.float64], x: float, y: float) -> NDArray[np.float64]:
    """A ball of the cloth's colour: only its shaded side and its shadow tell it."""
    picture = picture.copy()
    picture[np.hypot(COLUMNS - x - 3, ROWS - y - 6) < RADIUS] *= 0.7
    on = np.hypot(COLUMNS - x, ROWS - y) < RADIUS
    picture[on] = np.array((200.0, 194.0, 178.0)) * (1 - 0.02 * np.clip(ROWS[on] - y, 0, None))[:, None]
    return picture


def frame(noise: int, *places: tuple[float, float], way: tuple[float, float] = (0.0, 0.0)) -> NDArray[np.uint8]:
    """Each ball drawn out along the way."""
    base = cloth(noise)
    total = np.zeros_like(base)
    steps = np.linspace(-0.5, 0.5, 41) if any(way) else np.zeros(1)
    for step in steps:
        one = base
        for x, y in places:
            one = with_ball(one, x + step * way[0], y + step * way[1])
        total += one
    return np.asarray((total / len(steps)).clip(0, 255).astype(np.uint8))


EMPTY = Backdrop(cloth(0).clip(0, 255).astype(np.uint8))
REST = Imprint.of(frame(1, LAY), *LAY, 2.5 * 2 * RADIUS)


def hunt_in(picture: NDArray[np.uint8], motion: Motion, *, rest: Imprint | None = REST) -> Hunt:
    masklet = Masklet("1", Bank(Limits(), RECENT), motion=motion, rest=rest)
    return Hunt(Seen(5, picture, SIZE), None, [masklet], [motion])


def still(x: float = LAY[0], y: float = LAY[1]) -> Motion:
    return Motion(4, x, y, 2 * RADIUS, is_new=False)


@pytest.mark.parametrize("way", [(44.0, 6.0), (70.0, -30.0), (20.0, 38.0)])
def test_the_streak_of_a_struck_ball_is_found(way: tuple[float, float]) -> None:
    """As long as several balls, it differs from the cloth by less than the noise of a pixel."""
    middle = (LAY[0] + 0.8 * way[0], LAY[1] + 0.8 * way[1])
    (spot,) = launched(hunt_in(frame(2, middle, way=way), still()), EMPTY, [])
    assert math.dist((spot.x, spot.y), middle) < 0.4 * RADIUS
    turn = abs(spot.way[0] * way[0] + spot.way[1] * way[1]) / math.hypot(*way)
    assert turn == pytest.approx(math.hypot(*way), abs=0.8 * RADIUS)


def test_nothing_is_said_where_nothing_is_seen() -> None:
    """The ball was taken away; or it is still half there, as in the frame in which it is struck; or two went off."""
    assert launched(hunt_in(frame(2), still()), EMPTY, []) == []
    half = frame(2, LAY).astype(np.float64) / 2 + frame(3, (110.0, 124.0), way=(34.0, 6.0)) / 2
    assert launched(hunt_in(half.astype(np.uint8), still()), EMPTY, []) == []
    two = frame(2, (130.0, 124.0), (130.0, 170.0), way=(40.0, 4.0))
    assert launched(hunt_in(two, still(100.0, 147.0), rest=replace(REST)), EMPTY, []) == []


def test_who_is_seen_or_moves_already_is_not_looked_for() -> None:
    """Nor one that nobody saw at rest, or that has been away for long."""
    picture = frame(2, (130.0, 124.0), way=(40.0, 4.0))
    assert len(launched(hunt_in(picture, still()), EMPTY, [])) == 1
    assert launched(hunt_in(picture, still()), EMPTY, [Spot(*LAY, 16.0, 16.0, 0.9)]) == []
    assert launched(hunt_in(picture, replace(still(), velocity=(30.0, 0.0))), EMPTY, []) == []
    assert launched(hunt_in(picture, replace(still(), frame=1)), EMPTY, []) == []
    assert launched(hunt_in(picture, still(), rest=None), EMPTY, []) == []


def test_it_is_followed_as_it_goes_on() -> None:
    """Near where it is expected, and about as far in the frame; elsewhere there is nothing to be said."""
    way, middle = (40.0, 8.0), (210.0, 140.0)
    picture = frame(2, middle, way=way)
    moving = Motion(4, middle[0] - 48.0, middle[1] - 6.0, 2 * RADIUS, velocity=(50.0, 10.0), is_new=False)
    spot = gone_on(hunt_in(picture, moving), EMPTY, 0, [])
    assert spot is not None
    assert math.dist((spot.x, spot.y), middle) < 0.4 * RADIUS
    assert spot.score > 0.4
    assert gone_on(hunt_in(frame(2), moving), EMPTY, 0, []) is None
    assert gone_on(hunt_in(picture, replace(moving, y=-80.0)), EMPTY, 0, []) is None


def test_a_ball_that_nothing_tells_from_its_cloth_is_not_looked_for() -> None:
    """What it adds is noise, and noise is everywhere."""
    bare = Imprint.of(frame(4), *LAY, 2.5 * 2 * RADIUS)
    assert launched(hunt_in(frame(2, (130.0, 124.0), way=(40.0, 4.0)), still(), rest=bare), EMPTY, []) == []


def drawn(rested: int) -> Drawing:
    chosen = Chosen(np.zeros((4, 4), np.float32), np.zeros(4, np.float32), 0.9, 5.0, 0.0)
    return Drawing(4, chosen, is_prompted=False, is_tracked=True, rested=rested)


def test_what_comes_to_rest_alone_is_kept_as_it_looks() -> None:
    """Neither beside another, nor in every frame that it rests, nor while it moves."""
    seen = Seen(4, frame(1, LAY), SIZE)
    bank = Bank(Limits(), RECENT)
    lone, far = Masklet("1", bank, motion=still()), Masklet("2", bank, motion=still(300.0, 60.0))
    near = Masklet("3", bank, motion=still(LAY[0] + 2.2 * RADIUS, LAY[1]))
    (first, _) = resting([lone, far], [drawn(1), drawn(0)], seen)
    assert first.rest is not None
    assert (first.rest.x, first.rest.y) == LAY
    assert np.array_equal(first.rest.pixels, REST.pixels)
    assert resting([first, far], [drawn(2), drawn(0)], seen)[0].rest is first.rest
    assert resting([lone, far], [drawn(0), drawn(0)], seen)[0].rest is None
    assert [one.rest for one in resting([lone, near], [drawn(1), drawn(1)], seen)] == [None, None]


def test_what_left_the_picture_comes_back_by_its_edge() -> None:
    """Places in its middle are another's; one that is still expected within may be anywhere."""
    places = np.array([(60.0, 6.0), (60.0, 120.0)])
    gone = Motion(4, 60.0, 10.0, 2 * RADIUS, velocity=(0.0, -12.0), is_new=False)
    assert gone.may_be(places, 8, SIZE).tolist() == [True, False]
    assert gone.may_be(places, 5, SIZE).tolist() == [True, False]
    assert still().may_be(places, 8, SIZE).all()
