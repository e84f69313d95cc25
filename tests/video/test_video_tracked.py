"""Following through a video: prompts at their seconds, all files of a folder, and what is left when it ends early."""

from __future__ import annotations

import csv
import json
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from jianwen.errors import BadRequest, DamagedDocument
from jianwen.places import Box
from jianwen.tracking import Click, Prompt
from jianwen.video import (
    PALETTE,
    RESULT_FILES,
    Film,
    Footage,
    Pointing,
    check_pointings,
    colour_of,
    follow,
    track_video,
)

from .seer import HEIGHT, WIDTH, Seer, disc, place

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.tracking import Track
    from jianwen.video import Tracked

COUNT, FPS, HIDDEN = 24, 20.0, (10, 14)


def click(name: str, time_s: float, x: float = 0.4, y: float = 0.5, *, is_on: bool = True) -> Pointing:
    return Pointing(name, time_s, Prompt(clicks=(Click(x, y, is_on),)))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The disc goes to the right, and is away for four frames."""
    path = tmp_path_factory.mktemp("film") / "disc.mp4"
    with Film(path, fps=FPS, crf=5) as made:
        for number in range(COUNT):
            made.add(disc(number, hidden=HIDDEN), number / FPS)
    return path


def read(folder: Path) -> tuple[list[dict[str, str]], dict[str, Any]]:
    rows = list(csv.DictReader((folder / "tracks.csv").read_text(encoding="utf-8").splitlines()))
    return rows, json.loads((folder / "tracks.json").read_text(encoding="utf-8"))


def run(film: Path, out: Path, *pointings: Pointing, **options: Any) -> Tracked:
    return track_video(Footage.open(film), Seer(), pointings or [click("ball", 0.1)], out, **options)


def test_all_files_say_the_same_of_every_frame(tmp_path: Path, film: Path) -> None:
    """Masks, table and JSON agree with each other and with where the disc is; lost frames are marked as such."""
    tracked = run(film, tmp_path / "out")
    rows, value = read(tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.name != "events.json") == [
        "masks",
        "overlay.mp4",
        "tracks.csv",
        "tracks.json",
    ]
    wanted = list(range(2, COUNT))
    assert [int(row["frame"]) for row in rows] == [frame["index"] for frame in value["frames"]] == wanted
    assert sorted(path.name for path in (tmp_path / "out" / "masks").iterdir()) == [f"{n:05d}.png" for n in wanted]
    for row, frame in zip(rows, value["frames"], strict=True):
        number, track = frame["index"], frame["tracks"][0]
        mask = np.asarray(Image.open(tmp_path / "out" / "masks" / f"{number:05d}.png"))
        is_lost = HIDDEN[0] <= number < HIDDEN[1]
        assert mask.shape == (HEIGHT, WIDTH)
        assert row["lost"] == str(int(is_lost))
        assert track["lost"] is is_lost
        assert track["found_again"] is (number == HIDDEN[1])
        assert int(row["area_px"]) == (mask == 1).sum()
        assert float(row["time_s"]) == frame["time_s"] == pytest.approx(number / FPS, abs=1e-4)
        if is_lost:
            assert track["box"] is track["centre"] is None
            assert row["x_px"] == row["x0_px"] == ""
        else:
            x, y = place(number)
            assert (float(row["x_px"]), float(row["y_px"])) == pytest.approx((x, y), abs=1.5)
            assert track["centre"] == pytest.approx((x / WIDTH, y / HEIGHT), abs=0.02)
            box = [float(row[side]) for side in ("x0_px", "y0_px", "x1_px", "y1_px")]
            there = np.argwhere(mask == 1)
            assert box == [*there.min(axis=0)[::-1], *(there.max(axis=0)[::-1] + 1)]
    assert (tracked.frames, tracked.ended, tracked.error, value["ended"]) == (22, "end", None, "end")
    known = tracked.objects[0]
    assert (known.frames, known.lost_frames, known.found_again) == (22, 4, 1)
    assert 0.8 < known.confidence <= 1


def test_the_overlay_shows_the_video_with_colour_on_the_object(tmp_path: Path, film: Path) -> None:
    """It has a frame for every tracked one, the object is tinted, and far from it nothing changed."""
    run(film, tmp_path / "out")
    frames = list(Footage.open(tmp_path / "out" / "overlay.mp4").frames())
    assert len(frames) == COUNT - 2
    assert frames[-1].time_s == pytest.approx((COUNT - 3) / FPS, abs=1e-3)
    x, y = place(2)
    ball = frames[0].picture[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4].mean(axis=(0, 1))
    expected = 0.6 * 240 + 0.4 * np.array(colour_of(1))
    assert np.abs(ball - expected).max() < 25
    assert np.abs(frames[0].picture[-20:, -40:].astype(int) - 30).max() < 8


def test_masks_are_indexed_pictures_as_segmentation_tools_have_them(tmp_path: Path, film: Path) -> None:
    """Mode P, 0 where nothing is, and index i in the colour of object i."""
    run(film, tmp_path / "out", click("a", 0.1), click("b", 0.3))
    with Image.open(tmp_path / "out" / "masks" / "00007.png") as mask:
        assert mask.mode == "P"
        assert set(np.unique(np.asarray(mask))) <= {0, 1, 2}
        assert bytes(mask.getpalette() or [])[:9] == PALETTE[:9] == bytes((0, 0, 0, *colour_of(1), *colour_of(2)))
    assert len({colour_of(number) for number in range(1, 41)}) == 40


def test_every_prompt_is_heard_at_its_own_frame(tmp_path: Path, film: Path) -> None:
    """Objects begin at the frame that is shown at their second, in the order of their names' first mention."""
    seen = list(follow(Footage.open(film), Seer(), [click("late", 0.52), click("early", 0.1), click("late", 0.8, 0.6)]))
    begins = {
        name: next(f.frame.index for f in seen if any(t.object == name for t in f.tracks)) for name in ("late", "early")
    }
    assert begins == {"early": 2, "late": 10}
    run(film, tmp_path / "out", click("late", 0.52), click("early", 0.1))
    value = read(tmp_path / "out")[1]
    assert [(known["name"], known["index"]) for known in value["objects"]] == [("late", 1), ("early", 2)]


def test_the_last_frame_can_be_pointed_at(film: Path) -> None:
    """A second within the last frame is no second past the end."""
    seen = list(follow(Footage.open(film), Seer(), [click("a", (COUNT - 1) / FPS + 0.02)]))
    assert [one.frame.index for one in seen] == [COUNT - 1]
    assert len(seen[0].tracks) == 1


def test_it_ends_where_it_was_told_to(tmp_path: Path, film: Path) -> None:
    """The frame that is shown at that second is the last one."""
    tracked = run(film, tmp_path / "out", until_s=0.42)
    assert [row["frame"] for row in read(tmp_path / "out")[0]][-1] == "8"
    assert tracked.ended == "until"


def test_a_stop_keeps_what_is_done(tmp_path: Path, film: Path) -> None:
    """Every file is whole and says that it was stopped; no part of another is left."""
    stopped = threading.Event()
    tracked = run(
        film, tmp_path / "out", stopped=stopped, progress=lambda so_far: stopped.set() if so_far.frames == 5 else None
    )
    rows, value = read(tmp_path / "out")
    assert (len(rows), tracked.ended, value["ended"], value["last_s"]) == (5, "stopped", "stopped", 0.3)
    assert len(list(Footage.open(tmp_path / "out" / "overlay.mp4").frames())) == 5
    assert not list((tmp_path / "out").rglob(".*"))


def test_a_damaged_video_is_tracked_up_to_the_damage(tmp_path: Path, film: Path) -> None:
    """What could be read is in the files, and the error is told beside it."""
    whole = film.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) * 9 // 10])
    tracked = run(tmp_path / "cut.mp4", tmp_path / "out")
    rows, value = read(tmp_path / "out")
    assert 0 < len(rows) < COUNT - 2
    assert (value["ended"], tracked.ended) == ("damaged", "damaged")
    assert isinstance(tracked.error, DamagedDocument)


def test_results_are_not_mixed_with_older_ones(tmp_path: Path, film: Path) -> None:
    """A folder that holds results is refused and left as it is; when told to, they are replaced, and only they."""
    out = tmp_path / "out"
    run(film, out, until_s=1.0)
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    (out / "masks" / "notes.txt").write_text("mine", encoding="utf-8")
    (out / ".tracks.csv.1.part").write_text("left by a kill", encoding="utf-8")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    with pytest.raises(BadRequest, match="--overwrite"):
        run(film, out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    run(film, out, click("ball", 0.6), overwrite=True)
    masks = sorted(path.name for path in (out / "masks").iterdir())
    assert masks == [*(f"{number:05d}.png" for number in range(12, COUNT)), "notes.txt"]
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert not list(out.rglob(".*"))


def test_what_breaks_off_leaves_no_half_file(tmp_path: Path, film: Path) -> None:
    """After an unforeseen error there are whole masks and no file of another kind."""

    def fail(tracked: Tracked) -> None:
        if tracked.frames == 3:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        run(film, tmp_path / "out", progress=fail)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["masks"]
    assert len([Image.open(path).load() for path in (tmp_path / "out" / "masks").iterdir()]) == 3


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path, film: Path) -> None:
    """A file in its place, or one on the way to it."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    for out in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(BadRequest, match="cannot be written"):
            run(film, out)


@pytest.mark.parametrize(
    ("pointings", "until_s", "word"),
    [
        ([], None, "--point"),
        ([click("a", 99.0)], None, "ends at"),
        ([click("a", 0.5)], 0.2, "after the end"),
        ([click("a", -1.0)], None, "no second"),
        ([click("a", float("nan"))], None, "no second"),
        ([click("a\x1b[31m", 0.0)], None, "printable"),
        ([click(" ", 0.0)], None, "printable"),
        ([click("a" * 61, 0.0)], None, "printable"),
        ([click("a", 0.0, is_on=False)], None, "beside"),
        ([click("a", 0.0, is_on=False), click("a", 0.2)], None, "beside"),
        ([click(str(number), 0.0) for number in range(256)], None, "255"),
        ([Pointing("a", 0.0, Prompt(box=Box(0, 0, 1, share))) for share in (0.5, 1)], None, "two boxes"),
    ],
)
def test_what_cannot_be_followed_is_said_before_there_is_a_folder(
    tmp_path: Path, film: Path, pointings: list[Pointing], until_s: float | None, word: str
) -> None:
    """Nothing, too many, seconds and names that are none, an object that is only pointed beside, or twice."""
    with pytest.raises(BadRequest, match=word):
        track_video(Footage.open(film), Seer(), pointings, tmp_path / "out", until_s=until_s)
    assert not (tmp_path / "out").exists()


def test_a_box_with_clicks_in_one_frame_is_one_prompt() -> None:
    """A box and clicks on and beside an object may come together, in whatever order."""
    check_pointings([click("a", 0.0, is_on=False), Pointing("a", 0.0, Prompt(box=Box(0, 0, 1, 1))), click("a", 0.0)])


@dataclass(frozen=True)
class Said:
    """An event."""

    kind: str
    time_s: float
    place: tuple[float, float]
    objects: tuple[str, ...]
    confidence: float


class Losses:
    """Says when an object was lost, two frames late; and once at the end that it is over."""

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        self.size = picture.shape[:2]
        self._late: deque[list[Said]] = deque([[], []])

    def step(self, time_s: float, tracks: tuple[Track, ...]) -> list[Said]:
        self._late.append([Said("lost", time_s, (0.5, 0.5), (track.object,), 1.0) for track in tracks if track.is_lost])
        return self._late.popleft()

    def finish(self) -> list[Said]:
        return [Said("over", 0.0, (0.0, 1.0), (), 0.25), *self._late[0], *self._late[1]]


def test_what_happened_is_written_by_time(tmp_path: Path, film: Path) -> None:
    """Late and last words are in their place; without a watcher there is no such file."""
    tracked = run(film, tmp_path / "out", happenings=Losses)
    events = json.loads((tmp_path / "out" / "events.json").read_text(encoding="utf-8"))["events"]
    assert events[0] == {"kind": "over", "time_s": 0.0, "place": [0.0, 1.0], "objects": [], "confidence": 0.25}
    assert [event["time_s"] for event in events[1:]] == [
        pytest.approx(number / FPS, abs=1e-3) for number in range(*HIDDEN)
    ]
    assert events[1]["objects"] == ["ball"]
    assert tracked.events == len(events) == 5
    assert run(film, tmp_path / "other").events is None
    assert not (tmp_path / "other" / "events.json").exists()


def test_the_names_of_results_are_those_that_are_cleared() -> None:
    """Whatever is written beside masks is also known when a folder is looked at."""
    assert set(RESULT_FILES) == {"tracks.csv", "tracks.json", "events.json", "overlay.mp4"}
