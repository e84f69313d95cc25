"""What is held is looked at closely now and then; what no look sees is let go, and found where nobody else is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.tracking import RECENT, Backdrop, Motion, Session, Spot
from jianwen.tracking.attesting import attested, claimed, is_let_go, is_sought
from jianwen.tracking.bank import Bank, Limits
from jianwen.tracking.choosing import Chosen
from jianwen.tracking.hunt import Hunt
from jianwen.tracking.imprint import Imprint
from jianwen.tracking.masklet import Drawing, Masklet
from jianwen.tracking.regions import Region
from jianwen.tracking.sights import sighted
from jianwen.tracking.state import Seen
from tracking.colours import HEIGHT, WIDTH, ColourGraphs, boxed, table_frame

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RADIUS = 8.0
MASK = 32


def drawn(rested: int, doubts: int = 0) -> Drawing:
    chosen = Chosen(np.full((MASK, MASK), 5.0, np.float32), np.zeros(4, np.float32), 0.9, 8.0, 0.0)
    return Drawing(5, chosen, False, True, Region(184, 84, 32), rested=rested, doubts=doubts)


def hunt_of(*, is_ball: bool = True, is_new: bool = False, doubts: int = 0) -> Hunt:
    """One object at (200, 100), as of a frame ago."""
    masklet = Masklet("a", Bank(Limits(), RECENT), drawing=drawn(2, doubts), is_ball=is_ball)
    motion = Motion(4, 200, 100, 2 * RADIUS, is_new=is_new)
    picture = table_frame([(200.0, 100.0)])
    return Hunt(Seen(5, picture, picture.shape[:2]), None, [masklet], [motion])


def looked(hunt: Hunt, rested: int, *seen: tuple[float, float], doubts: int = 0) -> tuple[Drawing | None, int]:
    """What becomes of a held object, and how often the spotter was asked."""
    asked: list[Region | None] = []

    def spotter(_picture: NDArray[np.uint8], region: Region | None, *_beside: object) -> list[Spot]:
        asked.append(region)
        return [Spot(x, y, 2 * RADIUS, 2 * RADIUS, 0.6) for x, y in seen]

    (told,) = attested([drawn(rested, doubts)], hunt, Backdrop(hunt.seen.picture), spotter)
    return told, len(asked)


def test_what_is_not_seen_twice_is_let_go() -> None:
    """One look that sees nothing is a doubt, a second one in the next frame lets go; a ball beside it is another."""
    told, asked = looked(hunt_of(), 3, (212, 100))
    assert (told is not None and told.doubts, asked) == (1, 1)
    told, asked = looked(hunt_of(doubts=1), 4, (212, 100), doubts=1)
    assert told is not None
    assert (told.doubts, told.is_held, asked) == (2, False, 1)
    assert sighted(told, (HEIGHT, WIDTH)) is None
    assert is_let_go(replace(hunt_of().masklets[0], drawing=told))


def test_a_look_that_sees_it_ends_the_doubt() -> None:
    """A ball within half a diameter of the place is the one that is held, and is known for a ball from then on."""
    told, _ = looked(hunt_of(doubts=1), 4, (203, 101), doubts=1)
    assert told is not None
    assert (told.doubts, told.is_ball, told.is_held) == (0, True, True)


def test_what_lies_still_for_long_is_seldom_looked_at() -> None:
    """The spotter is asked soon after it came to rest, then at ever longer intervals, and no more after 40 frames."""
    assert [rested for rested in range(1, 100) if looked(hunt_of(), rested, (200, 100))[1]] == [1, 3, 6, 10, 16, 24, 40]


@pytest.mark.parametrize(("is_ball", "is_new"), [(False, False), (True, True)])
def test_neither_a_stranger_nor_what_was_pointed_at_is_let_go(*, is_ball: bool, is_new: bool) -> None:
    """A spotter of balls never saw a piece of chalk; and where a person has just pointed there is something."""
    for rested in (1, 2, 3):
        told, _ = looked(hunt_of(is_ball=is_ball, is_new=is_new), rested)
        assert told is not None
        assert (told.doubts, told.is_held) == (0, True)


def test_large_things_are_not_asked_for() -> None:
    """What is a quarter of the frame high is no ball, so no spotter of balls judges it."""
    hunt = hunt_of()
    large = replace(hunt, motions=[replace(hunt.motions[0], diameter=HEIGHT / 4)])
    assert looked(large, 1)[1] == 0


def test_one_that_was_let_go_is_sought_less_and_less() -> None:
    """In the next frame, two times six frames later, and from then on every thirty frames."""
    motion = Motion(10, 200, 100, 2 * RADIUS)
    assert [frame - 10 for frame in range(11, 110) if is_sought(motion, frame)] == [2, 8, 14, 32, 62, 92]


def coloured(name: str, picture: NDArray[np.uint8], x: float, y: float) -> Masklet:
    return Masklet(name, Bank(Limits(), RECENT), imprint=Imprint.of(picture, x, y, 2 * RADIUS))


def test_a_free_ball_goes_to_the_one_whose_colour_it_has() -> None:
    """Yellow, blue, red in turn: the blue one was let go, and takes the blue ball alone, not a nearer red one."""
    before = table_frame([(100.0, 100.0), (200.0, 100.0), (300.0, 100.0)])
    yellow, blue, red = (coloured(name, before, x, 100.0) for name, x in (("y", 100), ("b", 200), ("r", 300)))
    hunt = Hunt(Seen(9, before, before.shape[:2]), None, [blue], [Motion(4, 290, 100, 2 * RADIUS)])
    free = [Spot(x, 100.0, 16, 16, 0.9) for x in (300.0, 200.0)]
    assert claimed(free, [blue], [yellow, blue, red], hunt) == {0: free[1]}
    assert claimed(free[:1], [blue], [yellow, blue, red], hunt) == {}


def test_among_equal_balls_no_free_one_is_claimed() -> None:
    """Another one looks at least as much like it."""
    before = table_frame([(100.0, 100.0)])
    twins = [coloured(name, before, 100.0, 100.0) for name in "ab"]
    hunt = Hunt(Seen(9, before, before.shape[:2]), None, twins[:1], [Motion(4, 290, 100, 2 * RADIUS)])
    assert claimed([Spot(100.0, 100.0, 16, 16, 0.9)], twins[:1], twins, hunt) == {}


def test_a_track_on_empty_cloth_is_let_go_and_finds_its_ball(tmp_path: Path) -> None:
    """As after a break that took its name astray: lost after two looks, then where it is; so too over a save."""
    places, empty = [(200.0, 100.0), (400.0, 200.0)], (300.0, 300.0)
    picture = table_frame([*places])

    def spotter(_picture: NDArray[np.uint8], region: Region | None, *_beside: object) -> list[Spot]:
        seen = [one for one in places if region is None or ((region.inward(np.array(one)) - 0.5) ** 2).max() < 0.25]
        return [Spot(x, y, 16, 16, 0.9) for x, y in seen]

    session = Session.open(ColourGraphs(), spotter=spotter)
    session.step(picture.copy())
    session.add(boxed(*places[0]), name="first")
    session.add(boxed(*places[1]), name="second")
    for _ in range(3):
        session.step(picture.copy())
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture[np.hypot(columns - empty[0], rows - empty[1]) < RADIUS] += 25  # chalk, so there is something
    session.step(picture)
    session._put(astray(session._state.masklets[0], picture, empty))
    said = [session.step(picture)[0].centre for _ in range(2)]
    session.save(tmp_path / "session")
    for one in (session, Session.load(tmp_path / "session", ColourGraphs(), spotter=spotter)):
        later = [*said, *(one.step(picture)[0].centre for _ in range(3))]
        assert later[0] == pytest.approx((empty[0] / WIDTH, empty[1] / HEIGHT), abs=2e-3)
        assert later[1] is None
        assert later[-1] == pytest.approx((places[0][0] / WIDTH, places[0][1] / HEIGHT), abs=2e-3)


def astray(masklet: Masklet, picture: NDArray[np.uint8], place: tuple[float, float]) -> Masklet:
    """An object that was drawn where nothing is."""
    assert masklet.drawing is not None
    assert masklet.imprint is not None
    drawing, old = masklet.drawing, masklet.imprint
    assert drawing.region is not None
    region = replace(
        drawing.region, left=drawing.region.left + place[0] - old.x, top=drawing.region.top + place[1] - old.y
    )
    return replace(
        masklet,
        drawing=replace(drawing, region=region, rested=0),
        motion=Motion(drawing.frame - 1, *place, old.diameter, is_new=False),
        imprint=replace(Imprint.of(picture, *place, old.diameter), colour=old.colour),
    )
