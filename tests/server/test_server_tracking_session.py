"""A video that is tracked in: going back, correcting, removing and interrupting give what one way through gives."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from jianwen.errors import BadRequest, NotFound
from jianwen.places import Box
from jianwen.server.queue import FairQueue
from jianwen.server.tracking_events import Happenings
from jianwen.server.tracking_reel import Reel
from jianwen.server.tracking_session import MOST_OBJECTS, Behind, Step, Tracking
from jianwen.server.tracking_shapes import HappenedShape
from jianwen.server.tracking_snapshots import CLOSE, CLOSE_KEPT, OLDER_KEPT, Live, Snapshots
from jianwen.server.tracking_told import MOST_CELLS, event_to_json, mask_to_json
from jianwen.tracking import Click, Event, Prompt, Session, Spot, open_graphs
from jianwen.video import Footage, Frame
from tracker_file import make_clip, tiny_graphs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwen.tracking import Graphs, Region, Track

FRAMES = 24
BALL, BOX = Prompt(clicks=(Click(0.2, 0.5),)), Prompt(box=Box(0.4, 0.3, 0.6, 0.6))
GO = threading.Event()  # never set


@pytest.fixture(scope="module")
def graphs() -> Graphs:
    return tiny_graphs()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", FRAMES)


@pytest.fixture
def tracking(clip: Path, graphs: Graphs, tmp_path: Path) -> Iterator[Tracking]:
    opened = Tracking("a", "clip.mp4", Reel(clip, "clip.mp4"), graphs, Snapshots(tmp_path), FairQueue(running=1))
    yield opened
    opened.close()


def steps(tracking: Tracking, start: int, count: int = FRAMES) -> list[Step]:
    """The first frames of a run, without those on the way to it."""
    found: list[Step] = []
    for step in tracking.run(start, GO):
        if isinstance(step, Step):
            found.append(step)
        if len(found) == count:
            break
    return found


def one_way(clip: Path, graphs: Graphs, *said: tuple[str, int, Prompt]) -> dict[int, tuple[Track, ...]]:
    """The tracks of every frame, of a session that hears each prompt when its frame comes."""
    first, session = min(frame for _, frame, _ in said), Session.open(graphs)
    found: dict[int, tuple[Track, ...]] = {}
    for frame in Footage.open(clip).frames():
        if frame.index < first:
            continue
        session.step(frame.picture)
        for name, at, prompt in said:
            if at == frame.index:
                session.prompt(name, prompt)
        found[frame.index] = session.tracks()
    return found


def same(ours: tuple[Track, ...], others: tuple[Track, ...]) -> bool:
    pairs = list(zip(ours, others, strict=True))
    return all(a.object == b.object and np.array_equal(a.mask, b.mask) and a.box == b.box for a, b in pairs)


def test_a_run_is_a_session_that_hears_every_prompt(tracking: Tracking, clip: Path, graphs: Graphs) -> None:
    """Two objects, of which the later one begins in the middle; every frame as one way through gives it."""
    tracking.say("1", 2, BALL)
    tracking.say("2", 12, BOX)
    truth = one_way(clip, graphs, ("1", 2, BALL), ("2", 12, BOX))
    run = steps(tracking, 0)
    assert [step.frame for step in run] == list(range(FRAMES))
    assert [step.time_s for step in run] == pytest.approx([frame / 30 for frame in range(FRAMES)], abs=1e-3)
    assert [len(step.tracks) for step in run] == [0] * 2 + [1] * 10 + [2] * 12
    assert all(same(step.tracks, truth[step.frame]) for step in run[2:])


def test_a_correction_at_an_earlier_frame_counts_from_there_on(tracking: Tracking, clip: Path, graphs: Graphs) -> None:
    """Said after the whole video was run, it gives what it would have given at the first time."""
    tracking.say("1", 0, BALL)
    steps(tracking, 0)
    more = Prompt(clicks=(Click(0.25, 0.5), Click(0.8, 0.2, is_on=False)))
    told = tracking.say("1", 19, more)
    truth = one_way(clip, graphs, ("1", 0, BALL), ("1", 19, more))
    assert same((told,), truth[19])
    assert all(same(step.tracks, truth[step.frame]) for step in steps(tracking, 19))
    assert same(steps(tracking, 10, 1)[0].tracks, truth[10])


def test_what_is_said_again_replaces_what_was_said(tracking: Tracking, clip: Path, graphs: Graphs) -> None:
    """A second prompt in the same frame stands in place of the first; one taken back leaves no trace."""
    tracking.say("1", 4, BALL)
    tracking.say("1", 4, BOX)
    tracking.say("1", 10, BALL)
    steps(tracking, 4, 10)
    tracking.unsay("1", 10)
    truth = one_way(clip, graphs, ("1", 4, BOX))
    assert all(same(step.tracks, truth[step.frame]) for step in steps(tracking, 4))
    tracking.say("1", 4, BALL)
    truth = one_way(clip, graphs, ("1", 4, BALL))
    assert all(same(step.tracks, truth[step.frame]) for step in steps(tracking, 4))
    tracking.unsay("1", 4)
    assert tracking.objects == []
    assert steps(tracking, 4, 1)[0].tracks == ()


def test_further_clicks_mend_what_is_seen(tracking: Tracking, clip: Path, graphs: Graphs) -> None:
    """A click beside the earlier ones works on the mask that is there, also when the frame is come to again."""
    more = Prompt(clicks=(*BALL.clicks, Click(0.3, 0.4, is_on=False)))
    tracking.say("1", 2, BALL)
    told = tracking.say("1", 2, more)
    truth = one_way(clip, graphs, ("1", 2, BALL), ("1", 2, more))
    assert same((told,), truth[2])
    steps(tracking, 10, 1)
    tracking.say("2", 0, BOX)
    again = tuple(track for track in steps(tracking, 5, 1)[0].tracks if track.object == "1")
    assert same(again, truth[5])


def test_what_is_not_the_object_can_be_said_of_one_that_is_known(
    tracking: Tracking, clip: Path, graphs: Graphs
) -> None:
    """A click beside an object that was followed to here mends it; of one that nobody has seen it means nothing."""
    off = Prompt(clicks=(Click(0.7, 0.3, is_on=False),))
    with pytest.raises(BadRequest, match="first"):
        tracking.say("1", 5, off)
    tracking.say("1", 2, BALL)
    told = tracking.say("1", 5, off)
    truth = one_way(clip, graphs, ("1", 2, BALL), ("1", 5, off))
    assert same((told,), truth[5])
    with pytest.raises(BadRequest, match="first"):
        tracking.say("1", 1, off)


def test_a_removed_object_is_gone_and_its_name_begins_anew(tracking: Tracking, clip: Path, graphs: Graphs) -> None:
    """The others stay as they were; nothing of the old one is remembered under its name."""
    tracking.say("1", 0, BALL)
    tracking.say("2", 0, BOX)
    steps(tracking, 0)
    tracking.remove("1")
    with pytest.raises(NotFound):
        tracking.remove("1")
    truth = one_way(clip, graphs, ("2", 0, BOX))
    assert same(steps(tracking, 20, 1)[0].tracks, truth[20])
    tracking.say("1", 20, BOX)
    truth = one_way(clip, graphs, ("2", 0, BOX), ("1", 20, BOX))
    assert all(same(step.tracks, truth[step.frame]) for step in steps(tracking, 20))


def test_going_back_begins_at_a_snapshot(tracking: Tracking) -> None:
    """After a run to the end, a frame behind a snapshot costs only the frames from there."""
    tracking.say("1", 0, BALL)
    steps(tracking, 0)
    way = [step.frame for step in tracking.run(CLOSE + 3, GO) if isinstance(step, Behind)]
    assert way == [CLOSE + 1, CLOSE + 2]


def test_snapshots_are_few_however_long_the_video(graphs: Graphs, tmp_path: Path) -> None:
    """Over hundreds of frames there are never more files than allowed; the first one and close late ones are there."""
    session, snapshots = Session.open(graphs), Snapshots(tmp_path)
    live, picture = Live(session, 0), np.zeros((8, 8, 3), np.uint8)
    for _ in range(400):
        session.step(picture)
        snapshots.keep(live)
        assert len(list(tmp_path.iterdir())) <= OLDER_KEPT + CLOSE_KEPT
    assert snapshots.nearest(10) == 0
    late = snapshots.nearest(399)
    assert late == 399 - 399 % CLOSE
    assert snapshots.nearest(late - 1) == late - CLOSE
    assert snapshots.nearest(200) >= 64
    assert snapshots.restore(late, graphs, None).at == late
    snapshots.forget(1)
    assert snapshots.nearest(399) == 0


def test_the_spotter_is_asked_also_after_going_back(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the way forward, and from a snapshot on, when nothing is clear and the camera moves."""
    monkeypatch.setattr("jianwen.tracking.sharing._CLEAR", 2.0)
    monkeypatch.setattr("jianwen.tracking.motion._LARGEST", 2.0)
    monkeypatch.setattr("jianwen.tracking.session.camera_moves", lambda *_pictures: True)
    asked: list[int] = []

    def spotter(picture: np.ndarray, _region: Region | None, *_beside: object) -> list[Spot]:
        asked.append(picture.shape[0])
        return []

    graphs, folder = open_graphs(), Snapshots(tmp_path)
    tracking = Tracking("a", "clip.mp4", Reel(clip, "clip.mp4"), graphs, folder, FairQueue(running=1), spotter)
    tracking.say("1", 0, BALL)
    steps(tracking, 0)
    forward = len(asked)
    assert forward
    steps(tracking, 10)
    tracking.close()
    assert len(asked) > forward


def test_another_request_ends_a_run(tracking: Tracking) -> None:
    """A prompt does not wait for the end of the video: the run stops after its frame, and the prompt is heard."""
    tracking.say("1", 0, BALL)
    begun, frames = threading.Event(), []

    def run() -> None:
        for step in tracking.run(0, GO, watched=True):
            frames.append(step.frame)
            begun.set()

    runner = threading.Thread(target=run)
    runner.start()
    assert begun.wait(20)
    tracking.say("2", 0, BOX)
    runner.join(20)
    assert not runner.is_alive()
    assert len(frames) < FRAMES
    assert tracking.objects == ["1", "2"]


def test_a_stop_ends_a_run_and_a_closed_video_answers_nothing(tracking: Tracking) -> None:
    """Nobody listens: no frame more than the one in work. Closed: not found, and closing twice is fine."""
    tracking.say("1", 0, BALL)
    stop = threading.Event()
    run = tracking.run(0, stop)
    next(run)
    stop.set()
    assert list(run) == []
    tracking.close()
    tracking.close()
    with pytest.raises(NotFound):
        tracking.say("1", 0, BALL)


def test_objects_and_frames_are_bounded(tracking: Tracking) -> None:
    """One object more than allowed is refused in one line; a frame that is not there is not found."""
    for number in range(MOST_OBJECTS):
        tracking.say(str(number), 0, BALL)
    with pytest.raises(BadRequest, match="Remove one"):
        tracking.say("one more", 0, BALL)
    for frame in (-1, FRAMES):
        with pytest.raises(NotFound):
            tracking.say("0", frame, BALL)


@pytest.mark.parametrize("ticks", [(), tuple(n * 2 + (n > 12) * 40 for n in range(FRAMES))], ids=["even", "uneven"])
def test_every_frame_is_shown_under_its_own_number(tmp_path: Path, ticks: tuple[int, ...]) -> None:
    """Backwards, forwards and by leaps; also where a camera made a pause."""
    reel = Reel(make_clip(tmp_path / "clip.mp4", FRAMES, ticks=ticks), "clip.mp4")
    for number in (23, 22, 3, 17, 18, 0, 20, 12, 13):
        frame = reel.still(number)
        assert frame.index == number
        assert float(frame.picture[4:12, 4:12, 0].mean()) == pytest.approx(4 * number, abs=12)
    reel.close()


def test_a_file_that_is_no_video_is_named_as_its_owner_does(tmp_path: Path) -> None:
    """The error has the name it was uploaded with, and nothing of where it lies."""
    path = tmp_path / "video"
    path.write_bytes(b"a letter")
    with pytest.raises(BadRequest) as caught:
        Reel(path, "度假.mp4")
    assert "度假.mp4" in caught.value.text("en")
    assert str(tmp_path) not in caught.value.text("en") + caught.value.text("zh")


def test_pictures_are_small_and_in_step(tracking: Tracking) -> None:
    """A frame is a JPEG of at most 1280 pixels a side, the same one when asked twice."""
    made = tracking.picture(9)
    assert Image.open(io.BytesIO(made)).size == (160, 96)
    assert tracking.picture(9) is made
    with pytest.raises(NotFound):
        tracking.picture(FRAMES)


def test_a_mask_comes_back_from_its_runs() -> None:
    """Whatever the shape; a large one is thinned out to what a screen shows."""
    mask = np.zeros((50, 70), np.bool_)
    mask[10:20, 30:44] = np.random.default_rng(0).random((10, 14)) > 0.5
    mask[10, 30] = mask[19, 43] = True
    told = mask_to_json(mask, Box(30 / 70, 10 / 50, 44 / 70, 20 / 50))
    cells = np.repeat(np.arange(len(told["runs"])) % 2 == 1, told["runs"]).reshape(told["rows"], told["columns"])
    assert np.array_equal(cells, mask[10:20, 30:44])
    large = mask_to_json(np.ones((2000, 900), np.bool_), Box(0, 0, 1, 1))
    assert max(large["rows"], large["columns"]) <= MOST_CELLS
    assert large["runs"] == [0, large["rows"] * large["columns"]]


def test_what_happened_is_told_and_two_frames_of_one_moment_do_no_harm() -> None:
    """An event has the shape of the contract; a camera that repeats a time stamp does not end the run."""
    told = event_to_json(Event("ball_ball", 1.23456, (0.5, 0.25), ("1", "2"), 0.9))
    assert HappenedShape.model_validate(told).model_dump() == told
    happenings, picture = Happenings(), np.zeros((48, 64, 3), np.uint8)
    for number, time_s in enumerate((0.0, 0.033, 0.033, 0.066)):
        happenings.see(Frame(picture, time_s, number), ())
    happenings.finish()
    assert happenings.take() == ()
