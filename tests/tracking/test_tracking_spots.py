"""What holds still, and places that a finder of balls gives: whose they are, and what is drawn there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.tracking import Motion, Session, Spot
from jianwen.tracking.imprint import Imprint, camera_moves, noise_between
from jianwen.tracking.matching import matched
from jianwen.tracking.meeting import outlooks
from tracking.colours import HEIGHT, WIDTH, ColourGraphs, boxed, table_frame

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.tracking import Decoded, Features, Region
    from jianwen.tracking.graphs import Floats


def spot(x: float, y: float, score: float = 0.9) -> Spot:
    return Spot(x, y, 16, 16, score)


class Counted(ColourGraphs):
    """Counts what it is asked."""

    asked = 0

    def encode(self, picture: Floats) -> Features:
        self.asked += 1
        return super().encode(picture)


class Blind(ColourGraphs):
    """Sees only what is pointed at."""

    def decode(self, cells: Floats, features: Features, places: Floats, labels: Floats, mask: Floats | None) -> Decoded:
        decoded = super().decode(cells, features, places, labels, mask)
        seen = (labels >= 0).any(axis=1)
        return replace(decoded, presence=np.where(seen, decoded.presence, -8.0).astype(np.float32))


def test_what_does_not_change_is_not_drawn_again() -> None:
    """While a ball lies still, under noise too, its mask stands and the network is not asked."""
    rng = np.random.default_rng(0)
    graphs = Counted()
    session = Session.open(graphs)
    picture = table_frame([(200.0, 100.0)])
    session.step(picture)
    (first,) = session.add(boxed(200, 100))
    before = graphs.asked
    for _ in range(20):
        (track,) = session.step((picture + rng.normal(0, 2, picture.shape)).clip(0, 255).astype(np.uint8))
        assert (track.centre, track.is_lost) == (first.centre, False)
    assert graphs.asked == before
    (track,) = session.step(table_frame([(203.0, 100.0)]))
    assert graphs.asked > before
    assert track.centre is not None
    assert track.centre[0] * WIDTH == pytest.approx(203, abs=0.5)


def test_slow_rolling_is_not_taken_for_rest() -> None:
    """A tenth of a pixel a frame is too little to see from frame to frame; against the last drawing it is seen."""
    session = Session.open(ColourGraphs())
    session.step(table_frame([(200.0, 100.0)]))
    session.add(boxed(200, 100))
    for frame in range(1, 60):
        x = 200 + 0.1 * frame
        (track,) = session.step(table_frame([(x, 100.0)]))
        assert track.centre is not None
        assert track.centre[0] * WIDTH == pytest.approx(x, abs=2.5)  # half a cell of the mask and more


def test_a_held_ball_is_saved_and_goes_on(tmp_path: Path) -> None:
    """A session that is opened again holds what it held."""
    picture = table_frame([(200.0, 100.0)])
    session = Session.open(ColourGraphs())
    session.step(picture)
    session.add(boxed(200, 100))
    session.step(picture)
    session.save(tmp_path / "held.session")
    graphs = Counted()
    (track,) = Session.load(tmp_path / "held.session", graphs).step(picture)
    assert not track.is_lost
    assert graphs.asked == 0


def test_a_covered_or_moved_ball_is_not_still() -> None:
    """Only the same thing in the same place is at rest; nothing is when the camera moves."""
    before, hidden = table_frame([(100.0, 100.0)]), table_frame([None])
    imprint = Imprint.of(before, 100, 100, 16)
    noise = noise_between(before, before)
    assert imprint.is_still(before, noise)
    assert not imprint.is_still(hidden, noise)
    noisy = np.random.default_rng(0).normal(0, 10, before.shape)
    assert not camera_moves(before, (before + noisy).clip(0, 255).astype(np.uint8))
    scene = np.random.default_rng(1).integers(0, 255, (45, 80, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    assert camera_moves(scene, np.roll(scene, 5, axis=1))
    assert camera_moves(scene, scene[:-8])


def test_equal_balls_keep_their_ways_when_they_cross() -> None:
    """Of two places the one on its way is a ball's own, also when the other lies nearer to where it was."""
    picture = table_frame([None])
    right = Motion(0, 100, 100, 16, velocity=(20.0, 0.0), is_new=False)
    left = Motion(0, 122, 108, 16, velocity=(-20.0, 0.0), is_new=False)
    places = [spot(103, 108), spot(119.5, 100)]
    assert matched(places, [right, left], [None, None], picture=picture, frame=1) == [1, 0]


def test_what_a_look_tells_of_the_way_counts_for_more_than_what_was_expected() -> None:
    """Two equal balls of a rack lay still; a close look saw each fly past where the other is, and whence it came."""
    picture = table_frame([None])
    motions = [Motion(0, 100, 100, 16, is_new=False), Motion(0, 116, 100, 16, is_new=False)]
    seen = [spot(96, 112), spot(121, 112)]
    assert matched(seen, motions, [None, None], picture=picture, frame=1) == [0, 1]
    told = [replace(seen[0], came=(-20.0, 12.0)), replace(seen[1], came=(21.0, 12.0))]
    assert matched(told, motions, [None, None], picture=picture, frame=1) == [1, 0]
    gone = [replace(motion, frame=-1) for motion in motions]  # unseen in the frame before, so nothing is told of it
    assert matched(told, gone, [None, None], picture=picture, frame=1) == [0, 1]


def test_nothing_is_farther_than_a_ball_can_go() -> None:
    """Beyond its reach a place is nobody's; after some frames unseen the ball may be there."""
    picture = table_frame([None])
    resting = Motion(0, 100, 100, 16, is_new=False)
    far = [spot(280, 100)]
    assert matched(far, [resting], [None], picture=picture, frame=1) == [None]
    assert matched(far, [resting], [None], picture=picture, frame=4) == [0]


def test_a_streak_is_known_by_its_colour_without_the_cloths() -> None:
    """What it is in the picture, mostly cloth, would be as far from one ball as from the other."""
    picture = table_frame([None])
    yellow, blue = (Imprint.of(table_frame([(100.0, 100.0), (130.0, 100.0)]), x, 100, 16) for x in (100, 130))
    streaks = [
        replace(spot(300, 100), way=(40.0, 0.0), colour=blue.colour),
        replace(spot(300, 120), way=(40.0, 0.0), colour=yellow.colour),
    ]
    motions = [Motion(0, 290, 110, 16, is_new=False), Motion(0, 290, 110, 16, is_new=False)]
    assert matched(streaks, motions, [yellow, blue], picture=picture, frame=1) == [1, 0]


def test_colour_tells_balls_apart() -> None:
    """The nearer place is left alone if it has another ball's colour."""
    picture = table_frame([(100.0, 100.0), (130.0, 100.0)])
    own = Imprint.of(picture, 130, 100, 16)
    moved = table_frame([(130.0, 100.0), (154.0, 100.0)])
    motion = Motion(0, 130, 100, 16, is_new=False)
    places = [spot(130, 100), spot(154, 100)]
    assert matched(places, [motion], [own], picture=moved, frame=1) == [1]


def test_what_is_spotted_is_drawn_where_the_network_sees_nothing() -> None:
    """An oval of the spot's size stands for the mask, and the ball keeps its name."""
    at = [(200.0, 100.0)]

    def spotter(picture: NDArray[np.uint8], _region: Region | None, *_beside: object) -> list[Spot]:
        assert picture.shape == (HEIGHT, WIDTH, 3)
        return [spot(*at[0])]

    session = Session.open(Blind(), spotter=spotter)
    session.step(table_frame([at[0]]))
    session.add(boxed(*at[0]), name="red")
    for frame in range(1, 6):
        at[0] = (200.0 + 10 * frame, 100.0)
        (track,) = session.step(table_frame([at[0]]))
        assert not track.is_lost
        assert track.centre is not None
        assert track.centre[0] * WIDTH == pytest.approx(at[0][0], abs=0.3)
        assert track.mask.sum() == pytest.approx(np.pi * 8**2, rel=0.15)


def test_a_ball_that_is_clearly_seen_needs_no_spotter() -> None:
    """While the network draws a lone rolling ball surely, nobody else is asked."""
    asked = 0

    def spotter(_picture: NDArray[np.uint8], _region: Region | None, *_beside: object) -> list[Spot]:
        nonlocal asked
        asked += 1
        return []

    session = Session.open(ColourGraphs(), spotter=spotter)
    session.step(table_frame([(200.0, 100.0)]))
    session.add(boxed(200, 100))
    for frame in range(1, 13):
        (track,) = session.step(table_frame([(200.0 + 4 * frame, 100.0)]))
        assert not track.is_lost
    assert asked == 0


def test_a_lost_ball_is_spotted_while_it_may_come_back() -> None:
    """The spotter is asked as soon as a ball is lost, then now and then, and no more once it is gone for long."""
    asked: list[int] = []
    number = 0

    def spotter(_picture: NDArray[np.uint8], _region: Region | None, *_beside: object) -> list[Spot]:
        asked.append(number)
        return []

    session = Session.open(ColourGraphs(), spotter=spotter)
    session.step(table_frame([(200.0, 100.0)]))
    session.add(boxed(200, 100))
    for number in range(1, 40):  # noqa: B007 - the spotter reads it
        (track,) = session.step(table_frame([None]))
        assert track.is_lost
    assert asked[0] == 1
    assert 3 <= len(asked) <= 12
    assert asked[-1] <= 12


def test_what_is_clear_is_not_shared_out() -> None:
    """A spot on a ball that is clearly seen is nobody else's, and moves nothing."""
    session = Session.open(ColourGraphs(), spotter=lambda _picture, _region, _beside: [spot(208, 100)])
    session.step(table_frame([(200.0, 100.0), (300.0, 200.0)]))
    session.add(boxed(200, 100), name="first")
    session.add(boxed(300, 200), name="second")
    first, second = session.step(table_frame([(204.0, 100.0), None]))
    assert first.centre is not None
    assert first.centre[0] * WIDTH == pytest.approx(204, abs=0.5)
    assert second.is_lost


def test_nobody_looks_for_balls_among_large_things() -> None:
    """What is far larger than a ball in a picture of a table is no ball, so the spotter is not asked for it."""
    asked: list[int] = []

    def spotter(picture: NDArray[np.uint8], _region: Region | None, *_beside: object) -> list[Spot]:
        asked.append(len(picture))
        return []

    session = Session.open(ColourGraphs(), spotter=spotter)
    session.step(table_frame([(200.0, 100.0)], radius=40))
    session.add(boxed(200, 100, 40))
    (track,) = session.step(table_frame([None]))
    assert track.is_lost
    assert not asked


def test_a_ball_that_hits_another_full_does_not_pass_through_it() -> None:
    """Equal balls: the one that lay still goes on, the other stays where they touched."""
    picture = table_frame([None])
    motions = [Motion(0, 100, 100, 16, velocity=(40, 0), is_new=False), Motion(0, 130, 101, 16, is_new=False)]
    places = [spot(152, 102), spot(116, 100)]
    assert matched(places, motions, [None, None], picture=picture, frame=1) == [1, 0]


def test_a_ball_that_goes_by_another_keeps_its_way() -> None:
    """A whole ball aside nothing is hit; nor where the other one comes along as fast."""
    picture = table_frame([None])
    for other in (Motion(0, 130, 118, 16, is_new=False), Motion(0, 130, 101, 16, velocity=(40, 0), is_new=False)):
        motions = [Motion(0, 100, 100, 16, velocity=(40, 0), is_new=False), other]
        places = [spot(*other.at(1)), spot(*motions[0].at(1))]
        assert matched(places, motions, [None, None], picture=picture, frame=1) == [1, 0]
        assert not any(one.afterwards or one.is_stopped for one in outlooks(motions, 1))


def test_who_meets_whom_takes_both_speeds() -> None:
    """Two that run at each other go back as the other came; one that was not seen a frame ago is left out."""
    left, right = Motion(0, 100, 100, 16, velocity=(20, 0)), Motion(0, 140, 100, 16, velocity=(-10, 0))
    first, second = outlooks([left, right], 1)
    touch = (40 - 1.6 * 8) / 30
    assert first.afterwards[0] == pytest.approx((100 + 20 * touch - 10 * (1 - touch), 100))
    assert second.afterwards[0] == pytest.approx((140 - 10 * touch + 20 * (1 - touch), 100))
    assert not any(one.afterwards for one in outlooks([left, replace(right, frame=-2)], 1))


def test_nothing_jumps_to_where_nothing_changed() -> None:
    """A fast ball's only likely place was there a frame ago, so it is lost; one that lay there stays."""
    picture = table_frame([None])
    places, same = [spot(130, 100)], np.array([True])
    fast, lying = Motion(0, 100, 100, 16, velocity=(30, 0), is_new=False), Motion(0, 128, 100, 16, is_new=False)
    assert matched(places, [fast], [None], picture=picture, frame=1) == [0]
    assert matched(places, [fast], [None], picture=picture, frame=1, unchanged=same) == [None]
    assert matched(places, [lying], [None], picture=picture, frame=1, unchanged=same) == [0]
    assert matched(places, [fast], [None], picture=picture, frame=2, unchanged=same) == [0]
