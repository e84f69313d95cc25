"""Things larger than balls: cut out where somebody points, they keep their names through hands and look-alikes."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.errors import BadRequest
from jianwen.places import Box
from jianwen.tracking import Click, Prompt, Session, Track, built_in
from tracking.colours import ColourGraphs
from tracking.worlds import Stub

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

HEIGHT, WIDTH = 240, 320
CUP = 40, 60  # width and height, pixels
RED, BLUE, SKIN = (200, 30, 50), (40, 60, 190), (215, 170, 145)
PLACES = (60.0, 160.0, 260.0)  # of three cups at the start
FLOOR = 150.0
LAST = 90


def cup_places(frame: int) -> list[tuple[float, float]]:
    """Centres of three cups: 0 and 1 change places, 0 in front; then 0, now in the middle, and 2, 2 in front."""
    first, second = (np.clip((frame - begin) / 20, 0, 1) for begin in (20, 55))

    def bent(share: float) -> float:
        return 28 * float(np.sin(np.pi * share))

    x0 = PLACES[0] + 100 * first + 100 * second
    x1, x2 = PLACES[1] - 100 * first, PLACES[2] - 100 * second
    return [(x0, FLOOR + bent(first) - bent(second) / 4), (x1, FLOOR - bent(first) / 4), (x2, FLOOR + bent(second))]


def cup_frame(
    frame: int, *, colour: tuple[int, int, int] = RED, light: float = 1.0, shift: int = 0
) -> NDArray[np.uint8]:
    """A table with three cups of one colour and a hand that passes before them."""
    rng = np.random.default_rng(frame)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture = np.where((rows < 110)[..., None], (60, 80, 50), (225, 225, 222)).astype(np.float32)
    picture[:110] += ((7 * columns + 5 * rows) % 23)[:110, :, None]
    for x, y in sorted(cup_places(frame), key=lambda place: place[1]):  # what is lower is nearer
        within = (np.abs(columns + 0.5 - x) < CUP[0] / 2) & (np.abs(rows + 0.5 - y) < CUP[1] / 2)
        picture[within] = colour
        picture[within] += (0.6 * (columns + 0.5 - x))[within, None]
    hand = (np.abs(columns - 5 * frame) < 9) & (rows < 160)
    picture[hand] = SKIN
    shown = picture + rng.normal(0, 3, picture.shape)
    return np.roll(shown, shift, axis=1).clip(0, 255).astype(np.uint8)


def box_at(x: float, y: float) -> Prompt:
    across, down = CUP[0] / 2 + 3, CUP[1] / 2 + 3
    return Prompt(box=Box((x - across) / WIDTH, (y - down) / HEIGHT, (x + across) / WIDTH, (y + down) / HEIGHT))


def off_px(track: Track, place: tuple[float, float]) -> float:
    assert track.centre is not None
    return float(np.hypot(track.centre[0] * WIDTH - place[0], track.centre[1] * HEIGHT - place[1]))


def shuffled(prompts: dict[str, Prompt], frames: int = LAST) -> tuple[Session, dict[str, list[Track]]]:
    """A session over the shuffle, and the tracks of every frame after the first."""
    session = Session.open(ColourGraphs(), reach=2)
    session.step(cup_frame(0))
    for name, prompt in prompts.items():
        session.add(prompt, name=name)
    tracks: dict[str, list[Track]] = {name: [] for name in prompts}
    for frame in range(1, frames):
        for track in session.step(cup_frame(frame)):
            tracks[track.object].append(track)
    return session, tracks


def test_three_cups_keep_their_names_through_a_shuffle() -> None:
    """Two swaps and a hand before them; each is on its own cup at the end, and never far from it in sight."""
    starts = cup_places(0)
    _, tracks = shuffled({str(index): box_at(*place) for index, place in enumerate(starts)})
    for index, place in enumerate(cup_places(LAST - 1)):
        assert off_px(tracks[str(index)][-1], place) < 6
    clear = [(track, index) for index in range(3) for track in tracks[str(index)] if track.confidence > 0.9]
    assert len(clear) > 200
    assert max(off_px(track, cup_places(track.frame)[index]) for track, index in clear) < 8


@pytest.mark.parametrize("way", ["box", "click", "mask"])
def test_a_single_cup_is_not_taken_for_its_look_alikes(way: str) -> None:
    """Only one is pointed at, by a box, a click, or a mask; the others are noticed without being asked for."""
    x, y = cup_places(0)[0]
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    drawn = (np.abs(columns + 0.5 - x) < CUP[0] / 2) & (np.abs(rows + 0.5 - y) < CUP[1] / 2)
    prompt = {
        "box": box_at(x, y),
        "click": Prompt(clicks=(Click(x / WIDTH, y / HEIGHT),)),
        "mask": Prompt(mask=drawn),
    }[way]
    session, tracks = shuffled({"mine": prompt})
    assert session.objects == ("mine",)
    assert off_px(tracks["mine"][-1], cup_places(LAST - 1)[0]) < 6
    mask = tracks["mine"][-1].mask
    assert mask.sum() == pytest.approx(CUP[0] * CUP[1], rel=0.15)


def test_behind_another_it_is_doubted_or_lost_and_then_seen_again() -> None:
    """While cup 1 is hidden by cup 0 its confidence falls to what is seen of it."""
    _, tracks = shuffled({"1": box_at(*cup_places(0)[1])}, frames=60)
    known = {track.frame: track for track in tracks["1"]}
    assert min(known[frame].confidence for frame in range(25, 36)) < 0.6
    assert known[50].confidence > 0.9
    assert not known[50].is_lost


def test_what_leaves_the_picture_is_lost_and_found_again() -> None:
    """Covered wholly for ten frames, then back a hand's breadth away: lost, not guessed, then found again."""
    session = Session.open(ColourGraphs())
    session.step(cup_frame(0))
    session.add(box_at(*cup_places(0)[0]), name="cup")
    for frame in range(1, 12):
        session.step(cup_frame(frame))
    seen = []
    for _ in range(10):
        picture = cup_frame(0)
        picture[100:200, 20:110] = SKIN
        seen.append(session.step(picture)[0])
    assert all(track.is_lost for track in seen[2:])
    back = [session.step(np.roll(cup_frame(0), 14, axis=1))[0] for _ in range(4)]
    assert any(track.is_found_again for track in back)
    assert off_px(back[-1], (PLACES[0] + 14, FLOOR)) < 6


def test_a_session_with_a_stage_is_saved_and_goes_on_the_same(tmp_path: Path) -> None:
    """In the middle of a swap; look-alikes that nobody follows are saved too."""
    session, _ = shuffled({"mine": box_at(*cup_places(0)[0])}, frames=30)
    session.save(tmp_path / "state")
    loaded = Session.load(tmp_path / "state", ColourGraphs())
    for frame in range(30, 50):
        mine, theirs = session.step(cup_frame(frame))[0], loaded.step(cup_frame(frame))[0]
        assert np.array_equal(mine.logits, theirs.logits)
        assert mine.region == theirs.region


@pytest.mark.parametrize(
    ("where", "value"),
    [("left", 10**9), ("velocity", [float("nan"), 0]), ("outline", "a0"), ("colours", "a0"), ("name", None)],
)
def test_a_stage_that_makes_no_sense_is_refused(tmp_path: Path, where: str, value: object) -> None:
    """Numbers out of bounds and arrays of another kind never reach the program."""
    session, _ = shuffled({"mine": box_at(*cup_places(0)[0])}, frames=3)
    session.save(tmp_path / "state")
    with np.load(tmp_path / "state") as kept:
        arrays = {name: kept[name] for name in kept.files}
    table = json.loads(arrays["table"].tobytes())
    if value is None:
        del table["stage"]["pieces"][0][where]
    else:
        table["stage"]["pieces"][0][where] = value
    arrays["table"] = np.frombuffer(json.dumps(table).encode(), np.uint8)
    with (tmp_path / "state").open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    with pytest.raises(BadRequest, match="cannot be opened"):
        Session.load(tmp_path / "state", ColourGraphs())


def test_a_prompt_on_an_earlier_frame_is_followed_to_the_newest() -> None:
    """Two frames back, as the page does; from there on the object is on the stage."""
    session = Session.open(ColourGraphs(), reach=2)
    for frame in range(24):
        session.step(cup_frame(frame))
    tracks = session.add(box_at(*cup_places(21)[0]), name="late", frame=21)
    assert [track.frame for track in tracks] == [21, 22, 23]
    assert all(off_px(track, cup_places(track.frame)[0]) < 8 for track in tracks)
    for frame in range(24, 60):
        last = session.step(cup_frame(frame))[0]
    assert off_px(last, cup_places(59)[0]) < 8


def test_a_removed_object_is_forgotten_and_may_be_pointed_at_anew() -> None:
    """Its look-alikes go with it, and the name is free."""
    session, _ = shuffled({"mine": box_at(*cup_places(0)[0])}, frames=10)
    stage = session._state.stage  # nothing outside says what is on it
    assert stage is not None
    assert len(stage.pieces) == 3
    session.remove("mine")
    assert session.step(cup_frame(10)) == ()
    assert session._state.stage is not None
    assert not session._state.stage.pieces
    session.add(box_at(*cup_places(10)[1]), name="mine")
    assert off_px(session.step(cup_frame(11))[0], cup_places(11)[1]) < 6


def test_what_has_the_colours_of_its_surroundings_is_left_to_the_network() -> None:
    """A white cup on a white table: nothing to tell it by, so it is not put on the stage."""
    session = Session.open(ColourGraphs())
    session.step(cup_frame(0, colour=(225, 225, 222)))
    session.add(box_at(*cup_places(0)[0]))
    assert not session._state.stage or not session._state.stage.pieces  # nothing outside says it


def test_a_camera_that_turns_does_not_lose_it() -> None:
    """The whole picture slides by three pixels a frame."""
    session = Session.open(ColourGraphs())
    session.step(cup_frame(0, colour=BLUE))
    session.add(box_at(*cup_places(0)[1]))
    for frame in range(1, 15):
        track = session.step(cup_frame(frame, colour=BLUE, shift=3 * frame))[0]
    x, y = cup_places(14)[1]
    assert off_px(track, (x + 42, y)) < 8


def test_frames_without_anything_and_one_of_another_size_do_no_harm() -> None:
    """Black frames lose it, another size begins anew, and a box at the picture's edge is an object."""
    session = Session.open(ColourGraphs())
    session.step(cup_frame(0))
    session.add(Prompt(box=Box(-0.1, 0.4, 0.26, 0.8)), name="edge")
    session.add(Prompt(box=Box(0, 0, 1, 1)), name="all")
    for picture in (np.zeros((HEIGHT, WIDTH, 3), np.uint8), cup_frame(1)):
        assert len(session.step(picture)) == 2
    sizes = [(HEIGHT, WIDTH), (HEIGHT // 2, WIDTH // 2)]
    for before, now in pairwise(sizes):
        assert before != now
        assert len(session.step(cup_frame(2)[:: before[0] // now[0], :: before[1] // now[1]])) == 2


def test_networks_that_look_at_whole_pictures_have_no_stage() -> None:
    """They know more than balls: nothing is cut out for them, on the newest frame or an earlier one."""
    session = Session.open(Stub(built_in("nano").at(64)), reach=2)
    for frame in range(3):
        session.step(cup_frame(frame))
    session.add(box_at(*cup_places(2)[0]))
    session.add(box_at(*cup_places(1)[1]), frame=1)
    session.step(cup_frame(3))
    assert session._state.stage is None  # nothing outside says it


def test_a_hand_that_was_never_seen_is_not_the_cup() -> None:
    """It comes into the picture later, in a colour that the first frame had nowhere, and covers the cup slowly."""
    session, bare = Session.open(ColourGraphs()), cup_frame(0)
    session.step(bare)
    session.add(box_at(*cup_places(0)[0]), name="cup")
    for frame in range(40):
        picture = bare.copy()
        picture[100:200, 20 : 20 + 3 * frame] = (90, 20, 140)
        track = session.step(picture)[0]
    assert track.is_lost
    for _ in range(3):
        track = session.step(bare)[0]
    assert not track.is_lost
    assert track.mask.sum() == pytest.approx(CUP[0] * CUP[1], rel=0.15)


def test_a_lost_thing_is_not_found_across_the_picture() -> None:
    """Covered while its look-alike appears far away: it stays lost, and is itself again when the cover goes."""
    only = cup_frame(0)
    only[100:190, 110:] = (225, 225, 222)
    session = Session.open(ColourGraphs())
    session.step(only)
    session.add(box_at(*cup_places(0)[0]), name="cup")
    covered, both = only.copy(), cup_frame(0)
    covered[100:200, 20:105] = SKIN
    both[100:200, 20:105], both[100:190, 110:200] = SKIN, (225, 225, 222)
    for picture in (only, only, covered, covered, both, both, both):
        track = session.step(picture)[0]
    assert track.is_lost
    for _ in range(3):
        track = session.step(only)[0]
    assert off_px(track, cup_places(0)[0]) < 6


def test_clicks_beside_it_leave_a_large_thing_on_the_stage() -> None:
    """A `--not` beside it, then a click on it once more: it goes on being followed as a whole."""
    session, _ = shuffled({"mine": box_at(*cup_places(0)[0])}, frames=5)
    x, y = cup_places(4)[0]
    session.correct("mine", Prompt(clicks=(Click((x + 40) / WIDTH, y / HEIGHT, is_on=False),)))
    session.correct("mine", Prompt(clicks=(Click(x / WIDTH, (y + 20) / HEIGHT),)))
    track = session.step(cup_frame(5))[0]
    assert track.mask.sum() == pytest.approx(CUP[0] * CUP[1], rel=0.15)
    assert off_px(track, cup_places(5)[0]) < 6


def test_a_click_on_a_ball_of_the_cloths_colour_does_not_follow_the_cloth() -> None:
    """What hangs together with it is as long as the table, so it is left to the network."""
    session = Session.open(ColourGraphs())
    session.step(cup_frame(0))
    session.add(Prompt(clicks=(Click(0.5, 0.95),)))
    assert not session._state.stage  # nothing outside says it


def test_a_prompt_on_an_earlier_frame_takes_a_thing_off_the_stage_too() -> None:
    """It was a cup, and is said to have been something small two frames ago: the cup is forgotten."""
    session, _ = shuffled({"mine": box_at(*cup_places(0)[0])}, frames=10)
    session.prompt("mine", Prompt(box=Box(0.9, 0.9, 0.93, 0.94)), frame=8)
    assert session._state.stage is not None  # nothing outside says it
    assert session._state.stage.named("mine") is None


def test_a_small_box_that_is_refused_wholly_is_no_error() -> None:
    """A click beside it that covers all of a tiny picture's box: nothing is cut out, and nothing breaks."""
    session = Session.open(ColourGraphs())
    session.step(np.random.default_rng(0).integers(0, 256, (10, 10, 3), np.uint8))
    session.add(Prompt(box=Box(0.2, 0.2, 0.4, 0.4), clicks=(Click(0.25, 0.25, is_on=False),)))
    assert len(session.tracks()) == 1


def test_a_ball_rolls_before_a_cup() -> None:
    """The cup takes no ball's place: both are followed while one is before the other."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]

    def shown(frame: int) -> NDArray[np.uint8]:
        picture = cup_frame(0)
        picture[(columns - ball(frame)) ** 2 + (rows - FLOOR) ** 2 < 8**2] = (240, 190, 30)
        return picture

    def ball(frame: int) -> float:
        return 110.0 - 3 * frame

    session = Session.open(ColourGraphs())
    session.step(shown(0))
    session.add(box_at(*cup_places(0)[0]), name="cup")
    x, y = ball(0) / WIDTH, FLOOR / HEIGHT
    session.add(Prompt(box=Box(x - 8 / WIDTH, y - 8 / HEIGHT, x + 8 / WIDTH, y + 8 / HEIGHT)), name="ball")
    for frame in range(1, 31):
        cup, small = session.step(shown(frame))
        assert not small.is_lost
        assert off_px(small, (ball(frame), FLOOR)) < 4
        assert off_px(cup, cup_places(0)[0]) < 8
