"""A session's promises, with a network that takes no time."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.errors import BadRequest, NotFound
from jianwen.places import Box
from jianwen.tracking import Click, Prompt, Session, Track, built_in
from tracking.worlds import Stub, disc_frame

if TYPE_CHECKING:
    from pathlib import Path

SMALL = built_in("nano").at(64)
CLICK = Prompt(clicks=(Click(0.3, 0.4),))
FRAMES = [disc_frame(index, height=24, width=32) for index in range(40)]


def alike(one: Track, other: Track) -> bool:
    is_same = (one.object, one.frame, one.is_lost) == (other.object, other.frame, other.is_lost)
    return is_same and np.array_equal(one.logits, other.logits)


def test_objects_of_equal_history_go_through_the_network_in_one_pass() -> None:
    """Eight objects cost one call of each graph a frame, not eight."""
    stub = Stub(SMALL)
    session = Session.open(stub)
    session.step(FRAMES[0])
    for index in range(8):
        session.add(Prompt(clicks=(Click(index / 8, 0.5),)))
    stub.calls.clear()
    assert len(session.step(FRAMES[1])) == 8
    assert list(stub.calls) == [("memorise", 8), ("encode", 1), ("attend", 8)]


def test_an_object_among_others_is_tracked_as_if_alone() -> None:
    """Batch equals single, also when the objects began at different frames."""

    def story(*begins: int) -> dict[tuple[str, int], Track]:
        session, found = Session.open(Stub(SMALL)), {}
        for index, picture in enumerate(FRAMES):
            found.update({(track.object, track.frame): track for track in session.step(picture)})
            if index in begins:
                session.add(Prompt(clicks=(Click(index / 40, 0.5),)), name=str(index))
        return found

    together = story(0, 3, 9)
    for begin in (0, 3, 9):
        alone = story(begin)
        assert alone
        assert all(alike(track, together[key]) for key, track in alone.items())


def test_a_saved_session_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    """Save and load in the middle, with prompts of every kind: the same tracks come out after it."""
    going = Session.open(Stub(SMALL), reach=4)
    for index, picture in enumerate(FRAMES[:20]):
        going.step(picture)
        if index == 3:
            going.add(CLICK, name="白球")
            going.add(Prompt(box=Box(0.1, 0.1, 0.5, 0.6)))
        if index == 11:
            going.prompt("白球", Prompt(mask=np.eye(24, 32, dtype=np.bool_)), frame=9)
    going.save(tmp_path / "state")
    loaded = Session.load(tmp_path / "state", Stub(SMALL))
    assert loaded.objects == going.objects == ("白球", "1")
    assert all(map(alike, loaded.tracks(), going.tracks()))
    assert all(map(alike, loaded.correct("白球", CLICK, frame=18), going.correct("白球", CLICK, frame=18)))
    for picture in FRAMES[20:]:
        assert all(map(alike, loaded.step(picture), going.step(picture)))


@pytest.mark.parametrize("damage", [b"", b"PK nothing", None])
def test_a_damaged_or_foreign_state_is_refused_in_one_line(tmp_path: Path, damage: bytes | None) -> None:
    """A file that is no session, or that of another network, opens nothing and says so."""
    session = Session.open(Stub(SMALL if damage is not None else built_in("nano").at(96)))
    session.step(FRAMES[0])
    session.save(tmp_path / "state")
    if damage is not None:
        (tmp_path / "state").write_bytes(damage)
    with pytest.raises(BadRequest, match="cannot be opened"):
        Session.load(tmp_path / "state", Stub(SMALL))


def test_memory_does_not_grow_with_the_length_of_the_stream() -> None:
    """After 1,000 frames a session of two objects holds no more than after 200; what it says it keeps is constant."""
    session = Session.open(Stub(SMALL), reach=2)
    session.step(FRAMES[0])
    session.add(CLICK)
    session.add(CLICK)

    def held(frames: int) -> tuple[int, int]:
        for index in range(frames):
            session.step(FRAMES[index % 40])
        gc.collect()
        return tracemalloc.get_traced_memory()[0], session.bytes

    tracemalloc.start()
    early, early_said = held(200)
    late, late_said = held(800)
    tracemalloc.stop()
    assert late - early < 50_000
    assert late_said == early_said


def test_an_object_at_the_official_size_keeps_at_most_four_megabytes() -> None:
    """Six maps, one prompted map, sixteen pointers and the newest mask."""
    session = Session.open(Stub(built_in("tiny")))
    session.step(FRAMES[0])
    session.add(CLICK)
    for picture in FRAMES[1:18]:
        session.step(picture)
        assert session.bytes <= 4_000_000


def test_a_hidden_object_is_lost_and_then_found_again() -> None:
    """Presence below zero means no mask, no box, no confidence; the first frame after it says so."""
    session = Session.open(Stub(SMALL, absent=(5, 6)))
    session.step(FRAMES[0])
    session.add(CLICK)
    tracks = [session.step(picture)[0] for picture in FRAMES[1:10]]
    assert [track.frame for track in tracks if track.is_lost] == [5, 6]
    assert [track.frame for track in tracks if track.is_found_again] == [7]
    lost, found = tracks[4], tracks[6]
    assert (lost.box, lost.centre, lost.confidence, lost.mask.any()) == (None, None, 0.0, np.False_)
    assert found.box is not None
    assert found.confidence > 0.5


def test_mask_box_and_centre_are_in_the_frames_own_measure() -> None:
    """The mask has the frame's size, and box and centre are fractions that fit it."""
    session = Session.open(Stub(SMALL))
    session.step(disc_frame(0, height=60, width=100))
    (track,) = session.add(CLICK)
    assert track.mask.shape == (60, 100)
    assert track.box is not None
    rows, columns = np.nonzero(track.mask)
    edges = (columns.min() / 100, rows.min() / 60, (columns.max() + 1) / 100, (rows.max() + 1) / 60)
    assert (track.box.x0, track.box.y0, track.box.x1, track.box.y1) == pytest.approx(edges)
    assert track.centre == pytest.approx(((columns.mean() + 0.5) / 100, (rows.mean() + 0.5) / 60))


def test_a_prompt_in_the_past_is_followed_to_the_newest_frame() -> None:
    """Within reach a new object gets tracks of every frame since; out of reach the refusal says how far it goes."""
    session = Session.open(Stub(SMALL), reach=5)
    for picture in FRAMES[:12]:
        session.step(picture)
    tracks = session.add(CLICK, frame=7)
    assert [track.frame for track in tracks] == [7, 8, 9, 10, 11]
    assert len(session.step(FRAMES[12])) == 1
    with pytest.raises(BadRequest, match="not in reach"):
        session.add(CLICK, frame=6)


def test_a_past_prompt_equals_the_same_prompt_given_in_time() -> None:
    """Streaming equals offline: what is said late, but in reach, ends in the tracks it would have had."""

    def story(told_at: int) -> list[Track]:
        session = Session.open(Stub(SMALL), reach=6)
        last: list[Track] = []
        for index, picture in enumerate(FRAMES):
            tracks = session.step(picture)
            last += tracks if index > 10 else ()
            if index == told_at:
                session.add(CLICK, frame=4)
        return last

    for in_time, late in zip(story(4), story(10), strict=True):
        assert alike(in_time, late)


def test_a_correction_hears_earlier_clicks_and_a_prompt_does_not() -> None:
    """`correct` adds to what was said of a frame, `prompt` replaces it."""

    def after(verb: str) -> Track:
        session = Session.open(Stub(SMALL))
        session.step(FRAMES[0])
        session.add(CLICK, name="ball")
        say = session.correct if verb == "correct" else session.prompt
        return say("ball", Prompt(clicks=(Click(0.9, 0.9, is_on=False),)))[0]

    assert not np.array_equal(after("correct").logits, after("prompt").logits)


def test_removed_objects_are_gone_and_unknown_ones_are_said_to_be_unknown() -> None:
    """The others go on; naming what is not there is an error that names it."""
    session = Session.open(Stub(SMALL))
    session.step(FRAMES[0])
    session.add(CLICK)
    session.add(CLICK)
    session.remove("1")
    assert [track.object for track in session.step(FRAMES[1])] == ["2"]
    for act in (session.remove, lambda name: session.correct(name, CLICK), lambda name: session.follow(name, start=0)):
        with pytest.raises(NotFound, match="object 1"):
            act("1")
    with pytest.raises(BadRequest, match="already"):
        session.add(CLICK, name="2")


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"clicks": (Click(float("nan"), 0),)},
        {"clicks": (Click(640, 480),)},
        {"mask": np.ones((4, 4), np.bool_), "clicks": (Click(0, 0),)},
        {"mask": np.ones(4, np.bool_)},
        {"clicks": (Click(0, 0),) * 300},
    ],
)
def test_a_prompt_that_makes_no_sense_is_refused(facts: dict[str, object]) -> None:
    """Nothing, pixels instead of fractions, two things at once: one line says what is wanted."""
    with pytest.raises(BadRequest):
        Prompt(**facts)  # type: ignore[arg-type]


def test_a_session_that_could_remember_nothing_is_not_opened() -> None:
    """At least one prompted frame is kept, and the reach is not negative."""
    for prompted, reach in ((0, 0), (1, -1)):
        with pytest.raises(BadRequest, match="at least one prompted frame"):
            Session.open(Stub(SMALL), prompted=prompted, reach=reach)


def test_a_frame_that_is_no_picture_is_refused() -> None:
    """Grey, float or empty frames are named before anything is changed."""
    session = Session.open(Stub(SMALL))
    for frame in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(BadRequest, match="RGB"):
            session.step(frame)  # type: ignore[arg-type]
    assert session.newest == -1


def test_frames_come_from_any_iterator_and_none_is_read_ahead() -> None:
    """A camera is asked for a frame only when the last one is done."""
    asked: list[int] = []

    def camera() -> object:
        for index, picture in enumerate(FRAMES):
            asked.append(index)
            yield picture

    session = Session.open(Stub(SMALL))
    stream = session.run(camera())  # type: ignore[arg-type]
    next(stream)
    next(stream)
    assert asked == [0, 1]


def test_memories_are_kept_as_bfloat16_and_only_while_they_can_be_asked_for() -> None:
    """Half-size bits as SAM 2 keeps them; maps of six frames, pointers of fifteen, masks of none but the newest."""
    session = Session.open(Stub(SMALL))
    session.step(FRAMES[0])
    session.add(CLICK)
    for picture in FRAMES[1:31]:
        session.step(picture)
    (masklet,) = session._state.masklets
    assert [one.frame for one in masklet.bank.recent] == list(range(15, 30))
    maps = [(one.frame, str(one.map.dtype)) for one in masklet.bank.recent if one.map is not None]
    assert maps == [(frame, "uint16") for frame in range(24, 30)]
    assert all(one.logits is None for one in (*masklet.bank.recent, *masklet.bank.prompted))


def test_a_frame_without_a_prompt_still_takes_one_point_that_is_none() -> None:
    """Following and mask prompts decode with one point labelled −1, as the network was trained."""
    stub = Stub(SMALL)
    session = Session.open(stub)
    session.step(FRAMES[0])
    session.add(Prompt(mask=np.ones((4, 4), np.bool_)))
    assert stub.labels == [[-1]]
    session.add(Prompt(box=Box(0, 0, 1, 1)))
    assert stub.labels == [[2, 3]]
    session.step(FRAMES[1])
    assert stub.labels == [[-1], [-1]]
