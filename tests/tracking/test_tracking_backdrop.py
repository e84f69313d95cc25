"""What stands out from a picture without its objects, and how a patch under several of them is parted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.tracking import Backdrop, Session, parted
from jianwen.tracking.backdrop import is_bare, is_vacant
from jianwen.tracking.imprint import Imprint
from jianwen.tracking.motion import Motion
from jianwen.tracking.parting import is_streak, spot_of
from tracking.colours import ColourGraphs, boxed, table_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HEIGHT, WIDTH, RADIUS = 120, 200, 8.0
CLOTH, RED = (40, 140, 190), (200, 30, 40)
ALL = slice(None), slice(None)


def table(*balls: tuple[float, float], noise: float = 0.0, seed: int = 0) -> NDArray[np.uint8]:
    """A cloth with red balls."""
    picture = np.tile(np.array(CLOTH, np.float64), (HEIGHT, WIDTH, 1))
    for x, y in balls:
        picture[disc(x, y)] = RED
    picture += np.random.default_rng(seed).normal(0, noise, picture.shape) if noise else 0
    return picture.clip(0, 255).astype(np.uint8)


def disc(x: float, y: float, radius: float = RADIUS) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.asarray(np.hypot(columns + 0.5 - x, rows + 0.5 - y) <= radius)


def mask_of(places: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    return np.asarray(np.any([disc(x, y) for x, y in places], axis=0))


def test_what_is_painted_out_is_seen_elsewhere() -> None:
    """A ball that rolled away stands out where it is, and nothing where it was."""
    backdrop = Backdrop(table((50, 60))).without({"red": (50, 60, RADIUS)})
    mask = backdrop.differing(table((120, 60)), *ALL, radius=RADIUS)
    assert not mask[disc(50, 60, 12)].any()
    (spot,) = [spot_of(part, 0.8) for part in parted(mask, np.zeros((0, 2)), RADIUS)]
    assert (spot.x, spot.y) == pytest.approx((120, 60), abs=0.3)
    assert spot.diameter == pytest.approx(2 * RADIUS, rel=0.15)


def test_noise_does_not_stand_out() -> None:
    """Grain of ten grey levels makes no spots, and hides no ball."""
    backdrop = Backdrop(table((50, 60), noise=10)).without({"red": (50, 60, RADIUS)})
    mask = backdrop.differing(table((120, 60), noise=10, seed=1), *ALL, radius=RADIUS)
    parts = parted(mask, np.zeros((0, 2)), RADIUS)
    assert len(parts) == 1
    assert parts[0].mean(axis=0) == pytest.approx((119.5, 59.5), abs=1.0)


def test_a_shadow_is_no_object() -> None:
    """A place that is darker in all colours alike is still the cloth."""
    shaded = table()
    shaded[disc(120, 60)] = (np.array(CLOTH) * 0.7).astype(np.uint8)
    assert not Backdrop(table()).differing(shaded, *ALL, radius=RADIUS).any()


def test_a_faint_streak_is_seen_when_asked_for() -> None:
    """A ball that crosses five of its widths while the shutter is open leaves a fifth of its colour."""
    fast = table().astype(np.float64)
    streak = np.zeros((HEIGHT, WIDTH), np.bool_)
    streak[52:68, 60:140] = True
    fast[streak] += 0.12 * (np.array(RED) - np.array(CLOTH))
    picture = fast.astype(np.uint8)
    assert not Backdrop(table()).differing(picture, *ALL, radius=RADIUS).any()
    (part,) = parted(Backdrop(table()).differing(picture, *ALL, radius=RADIUS, faint=True), np.zeros((0, 2)), RADIUS)
    assert is_streak(part, RADIUS, least=2)
    assert part.mean(axis=0) == pytest.approx((99.5, 59.5), abs=0.5)


def test_what_lay_behind_a_ball_is_learned_when_it_has_gone() -> None:
    """A mark under the ball does not stand out for ever; a ball that nobody follows is not taken for the cloth."""
    under = table()
    under[disc(50, 60, 4)] = (60, 150, 180)
    backdrop = Backdrop(table((50, 60), (150, 90))).without({"red": (50, 60, RADIUS), "other": (150, 90, RADIUS)})
    assert backdrop.revealed(under, [(50, 60, RADIUS)]).guessed == backdrop.guessed[:1]
    left = under.copy()
    left[disc(150, 90)] = RED
    known = backdrop.revealed(left, [])
    assert not known.guessed
    assert np.abs(known.picture[60, 50].astype(int) - (60, 150, 180)).max() <= 2
    assert known.differing(left, *ALL, radius=RADIUS)[90, 150]


def test_an_even_place_is_bare_and_a_ball_is_not() -> None:
    """Cloth, grainy cloth and cloth with a printed spot are; a ball is not, even a pale one, nor is what is tiny."""
    pale = table()
    pale[disc(50, 60)] = [value + 25 for value in CLOTH]
    spotted = table()
    spotted[disc(50, 60, 0.4 * RADIUS)] = (10, 10, 10)
    bare = [is_bare(picture, 50, 60, RADIUS) for picture in (table(), table(noise=5), spotted, table((50, 60)), pale)]
    assert bare == [True, True, True, False, False]
    assert not is_bare(table(), 50, 60, 2.5)
    assert not is_bare(table(), -40, 60, RADIUS)


def test_a_place_of_the_cloths_colour_is_vacant() -> None:
    """A red ball is not where there is cloth, even among neighbours; of a ball of the cloth's colour nobody can say."""
    backdrop, motion = Backdrop(table()), Motion(3, 50, 60, 2 * RADIUS)
    red = Imprint.of(table((50, 60)), 50, 60, 2 * RADIUS)
    assert not is_vacant(backdrop, table((50, 60)), motion, red)
    assert is_vacant(backdrop, table(), motion, red)
    assert is_vacant(backdrop, table((50 - 1.6 * RADIUS, 60), (50, 60 + 1.6 * RADIUS)), motion, red)
    assert not is_vacant(backdrop, table(), motion, Imprint.of(table(), 50, 60, 2 * RADIUS))


def test_what_is_pointed_at_anew_is_painted_out_anew() -> None:
    """An object that was removed, or corrected, may be where nobody looked for it: there it must stand out as well."""
    session = Session.open(ColourGraphs())
    first, second = (200.0, 100.0), (400.0, 250.0)
    session.step(table_frame([first, second]))
    session.add(boxed(*first), name="red")
    session.step(table_frame([first, second]))
    session.remove("red")
    session.add(boxed(*second), name="red")
    for step in range(1, 4):
        (track,) = session.step(table_frame([first, (400.0 + 6 * step, 250.0)]))
        assert not track.is_lost
        assert track.centre is not None
        assert track.centre[0] * 640 == pytest.approx(400 + 6 * step, abs=1.0)


def test_touching_balls_are_parted_by_their_shape() -> None:
    """Three in a row, with nothing known of them."""
    places = [(50.0, 60.0), (66.0, 60.0), (82.0, 60.0)]
    parts = parted(mask_of(places), np.zeros((0, 2)), RADIUS)
    middles = sorted(tuple(part.mean(axis=0) + 0.5) for part in parts)
    assert np.array(middles) == pytest.approx(np.array(places), abs=1.0)


def test_a_rack_is_parted_by_what_is_expected() -> None:
    """Fifteen balls that make one patch, each where it was."""
    wide = 2 * RADIUS
    places = [(60 + 0.87 * wide * row, 60 + wide * (place - row / 2)) for row in range(5) for place in range(row + 1)]
    parts = parted(mask_of(places), np.array(places), RADIUS)
    middles = np.array([part.mean(axis=0) + 0.5 for part in parts])
    assert len(parts) == 15
    for place in places:
        assert np.hypot(*(middles - place).T).min() < 0.3 * RADIUS


def test_a_streak_is_one() -> None:
    """A patch as slim as a ball is not cut into balls, however long; a hand beside a ball is not its streak."""
    streak = np.zeros((HEIGHT, WIDTH), np.bool_)
    streak[54:66, 40:100] = True
    assert len(parted(streak, np.array([(70.0, 60.0)]), RADIUS)) == 1
    hand = np.argwhere(disc(60, 60, 30))[:, ::-1]
    assert not is_streak(hand, RADIUS)
