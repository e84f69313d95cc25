"""Regions that follow what moves: where to look, what was looked at, and how the lost are found again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.tracking import Click, Motion, Prompt, Region, Session, Track
from jianwen.tracking.changes import changed_places
from tracking.colours import ColourGraphs, boxed, smeared, table_frame

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (360, 640)
Places = list[tuple[float, float] | None]


def off_px(track: Track, place: tuple[float, float]) -> float:
    assert track.centre is not None
    return float(np.hypot(track.centre[0] * SIZE[1] - place[0], track.centre[1] * SIZE[0] - place[1]))


def test_a_region_is_cut_to_the_pixel() -> None:
    """At its own size nothing is changed; beyond the edge the edge goes on."""
    picture = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    assert np.array_equal(Region(10, 5, 16).cut(picture, 16), picture[5:21, 10:26])
    beyond = Region(-8, -8, 16).cut(picture, 16)
    assert np.array_equal(beyond[8:, 8:], picture[:8, :8])
    assert (beyond[:8, :8] == picture[0, 0]).all()
    half = Region(0, 0, 40).cut(picture, 20)
    assert half.astype(float).mean() == pytest.approx(picture[:40, :40].mean(), abs=1.0)


def test_there_and_back() -> None:
    """A place in a region is the same place in the frame."""
    region, points = Region(12.5, -3.0, 37.0), np.array([[12.5, -3.0], [31.0, 15.5], [0.0, 0.0]])
    assert region.inward(points)[:2].tolist() == [[0, 0], [0.5, 0.5]]
    assert np.allclose(region.outward(region.inward(points)), points)


def test_motion_goes_on_and_breaks_at_a_collision() -> None:
    """A rolling ball is expected on its line; after a collision only the newest displacement counts, with doubt."""
    motion = Motion(0, 100, 100, 16).seen(1, 120, 100, 16).seen(2, 139.7, 100, 16).seen(3, 159.1, 100, 16)
    x, y = motion.at(4)
    assert x == pytest.approx(178.4, abs=1.0)
    assert y == pytest.approx(100)
    calm = motion.region(4, 1 / 6).side
    struck = motion.seen(4, 165, 130, 16)
    assert struck.velocity == pytest.approx((5.9, 30.0), abs=0.1)
    assert struck.region(5, 1 / 6).side > calm
    assert motion.region(9, 1 / 6).side > motion.region(5, 1 / 6).side  # the longer unseen, the larger


def test_changed_places_are_where_something_came_or_went() -> None:
    """A disc that moved changes two places; noise changes none."""
    rng = np.random.default_rng(1)
    before, after = table_frame([(100, 100), (300, 200)]), table_frame([(100, 100), (420, 90)])
    noisy = (after + rng.normal(0, 3, after.shape)).clip(0, 255).astype(np.uint8)
    places = changed_places(before, noisy, diameter=16, most=6)
    assert len(places) == 2
    found = sorted(places)
    assert np.allclose(found, [(300, 200), (420, 90)], atol=6)


def test_fast_balls_are_followed_at_native_resolution() -> None:
    """Discs of 16 pixels that move two diameters a frame keep their names, and their centres to half a pixel."""
    session = Session.open(ColourGraphs())

    def at(frame: int) -> Places:
        return [(60 + 30.0 * frame, 80 + 4.0 * frame), (600 - 33.0 * frame, 300), (320, 180)]

    session.step(table_frame(at(0)))
    for number, place in enumerate(at(0)):
        assert place is not None
        session.add(boxed(*place), name=str(number))
    for frame in range(1, 15):
        tracks = session.step(table_frame(at(frame)))
        assert not any(track.is_lost for track in tracks)
        assert max(off_px(track, place) for track, place in zip(tracks, at(frame), strict=True) if place) < 0.5


def test_a_ball_struck_from_rest_is_found_where_the_picture_changed() -> None:
    """Six diameters away in one frame, beyond any region, it has its name again; without motion it is lost."""
    resting, struck = [(200.0, 180.0)], [(296.0, 120.0)]
    for motion, is_lost in ((True, False), (False, True)):
        session = Session.open(ColourGraphs(), motion=motion)
        session.step(table_frame(list(resting)))
        session.add(boxed(*resting[0]), name="red")
        session.step(table_frame(list(resting)))
        (track,) = session.step(table_frame(list(struck)))
        assert track.is_lost == is_lost
        if motion:
            assert off_px(track, struck[0]) < 0.5


def test_a_hidden_ball_is_lost_and_found_again() -> None:
    """While nobody sees it, it is said to be lost; in the frame it comes back it is found again."""
    session = Session.open(ColourGraphs())
    session.step(table_frame([(100.0, 100.0)]))
    session.add(boxed(100, 100), name="yellow")
    said = []
    for frame in range(1, 16):
        place = (100.0 + 8 * frame, 100.0)
        (track,) = session.step(table_frame([None if 5 <= frame < 11 else place]))
        said.append((track.is_lost, track.is_found_again))
    assert [is_lost for is_lost, _ in said] == [5 <= frame < 11 for frame in range(1, 16)]
    assert [frame for frame, (_, again) in enumerate(said, start=1) if again] == [11]


def test_a_click_finds_the_size_by_itself() -> None:
    """A click on a small or a large disc gives a mask of its size."""
    for radius in (5, 9, 20):
        session = Session.open(ColourGraphs())
        session.step(table_frame([(300.0, 150.0)], radius=radius))
        (track,) = session.add(Prompt(clicks=(Click(300 / 640, 150 / 360),)))
        assert off_px(track, (300, 150)) < 1.5
        assert track.mask.sum() == pytest.approx(np.pi * radius**2, rel=0.4)


def test_a_saved_region_session_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    """Also in the middle of a search."""

    def at(frame: int) -> Places:
        hidden = frame in {4, 5, 6}
        return [(60 + 20.0 * frame, 80.0), None if hidden else (500 - 15.0 * frame, 250.0)]

    def story(*, breaks: bool) -> list[Track]:
        tracks: list[Track] = []
        session = Session.open(ColourGraphs())
        session.step(table_frame(at(0)))
        session.add(boxed(60, 80), name="a")
        session.add(boxed(500, 250), name="b")
        for frame in range(1, 10):
            tracks += session.step(table_frame(at(frame)))
            if breaks:
                session.save(tmp_path / "s.session")
                session = Session.load(tmp_path / "s.session", ColourGraphs())
        return tracks

    for one, other in zip(story(breaks=False), story(breaks=True), strict=True):
        assert (one.object, one.frame, one.is_lost, one.centre) == (
            other.object,
            other.frame,
            other.is_lost,
            other.centre,
        )


def test_a_struck_ball_is_followed_as_a_streak_also_over_a_save(tmp_path: Path) -> None:
    """Three diameters a frame, the shutter always open: from the first on, its middle and the whole outline."""
    session = Session.open(ColourGraphs())
    session.step(table_frame([(100.0, 120.0)]))
    session.add(boxed(100, 120), name="white")
    session.step(table_frame([(100.0, 120.0)]))
    for frame in range(6):
        middle = 130.0 + 48 * frame, 120.0 + 10 * frame
        (track,) = session.step(smeared(middle, (48.0, 10.0)))
        assert off_px(track, middle) < 4
        assert track.mask.sum() == pytest.approx(np.pi * 8**2 + 16 * math.hypot(48, 10), rel=0.35)
        session.save(tmp_path / "s.session")
        session = Session.load(tmp_path / "s.session", ColourGraphs())


def test_a_prompt_on_an_earlier_frame_is_followed_to_the_newest() -> None:
    """With reach, an object that nobody had seen is followed from where it was pointed at."""
    session = Session.open(ColourGraphs(), reach=6)
    for frame in range(6):
        session.step(table_frame([(100 + 25.0 * frame, 120.0)]))
    tracks = session.add(boxed(100 + 25 * 2, 120), name="late", frame=2)
    assert [track.frame for track in tracks] == [2, 3, 4, 5]
    assert max(off_px(track, (100 + 25 * track.frame, 120)) for track in tracks) < 0.5
    (track,) = session.step(table_frame([(100 + 25.0 * 6, 120.0)]))
    assert off_px(track, (250, 120)) < 0.5


def test_memory_does_not_grow_with_regions() -> None:
    """What a session keeps after 40 frames it keeps after 140."""
    session = Session.open(ColourGraphs())
    picture = table_frame([(100.0, 100.0)])
    session.step(picture)
    session.add(boxed(100, 100))
    sizes = []
    for frame in range(140):
        session.step(picture)
        if frame in {40, 139}:
            sizes.append(session.bytes)
    assert sizes[0] == sizes[1]
