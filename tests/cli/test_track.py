"""`jianwen track`: prompts from the command line to a folder of results, or one line and no folder."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from jianwen.video import Footage
from tracker_file import make_clip, make_tracker

from .conftest import environment, jianwen, only_json

if TYPE_CHECKING:
    from pathlib import Path

FRAMES, FPS = 40, 30


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tracker(tmp_path_factory.mktemp("model") / "tracker")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", FRAMES)


def test_points_and_boxes_become_masks_tables_and_an_overlay(tmp_path: Path, model: Path, clip: Path) -> None:
    """One JSON object that agrees with the files: objects in their order, each from its own second on."""
    out = tmp_path / "out"
    result = jianwen(
        tmp_path / "home", "track", str(clip), "--out", str(out), "--model", str(model), "--json",
        "--point", "32,48@0.5:white", "--point", "0.21,0.5@0.5:white", "--not", "0.5,0.5@0.5:white",
        "--box", "70,20,90,60@1:red", "--point", "0.8,0.4@0.5",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    said = only_json(result)
    assert (said["out"], said["frames"], said["ended"], said["error"]) == (str(out), FRAMES - 15, "end", None)
    assert {known["name"]: known["frames"] for known in said["objects"]} == {"red": 10, "white": 25, "1": 25}
    rows = list(csv.DictReader((out / "tracks.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 10 + 25 + 25
    assert len(json.loads((out / "events.json").read_text(encoding="utf-8"))["events"]) == said["events"]
    value = json.loads((out / "tracks.json").read_text(encoding="utf-8"))
    assert [frame["index"] for frame in value["frames"]] == list(range(15, FRAMES))
    masks = sorted((out / "masks").iterdir())
    assert [path.name for path in masks] == [f"{number:05d}.png" for number in range(15, FRAMES)]
    assert set(np.unique(np.asarray(Image.open(masks[-1])))) <= {0, 1, 2, 3}
    assert len(list(Footage.open(out / "overlay.mp4").frames())) == FRAMES - 15


def test_people_get_a_table_in_their_language(tmp_path: Path, model: Path, clip: Path) -> None:
    """A line an object, the pace, and where the files are."""
    for language, word in (("C.UTF-8", "frames/s"), ("zh_CN.UTF-8", "帧/秒")):
        result = jianwen(
            tmp_path / "home", "track", str(clip), "--out", str(tmp_path / language), "--point", "0.2,0.5@1.2:白球",
            "--model", str(model), LC_ALL=language,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        assert word in result.stdout
        assert "白球" in result.stdout
        assert language in result.stdout


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (("--point", "161,20@0:\x1b[31m"), 1, "outside"),
        (("--point", "0.2,0.5@0", "--until", "-1"), 2, "--until"),
        (("--point", "0.2,0.5@0", "--model", "/nowhere"), 1, "no such folder"),
        (("--point", "0.2,0.5@0", "--model", "sam2.1_hiera_tiny.pt"), 1, "jianwen models convert"),
    ],
)
def test_wrong_arguments_are_one_line_and_no_folder(
    tmp_path: Path, clip: Path, *, options: tuple[str, ...], code: int, word: str
) -> None:
    """Places, seconds and models that are none are told before any frame is tracked."""
    out = tmp_path / "out"
    result = jianwen(tmp_path / "home", "track", str(clip), "--out", str(out), *options)
    assert (result.returncode, result.stdout) == (code, "")
    assert word in result.stderr
    assert "\x1b" not in result.stderr
    assert code == 2 or len(result.stderr.splitlines()) == 1
    assert not out.exists()


def test_bad_videos_are_one_line_each(tmp_path: Path, clip: Path) -> None:
    """A letter, a missing file, a cut one; no model is needed to say so."""
    (tmp_path / "letter.mp4").write_text("Dear Sir or Madam,", encoding="utf-8")
    (tmp_path / "cut.mp4").write_bytes(clip.read_bytes()[:2000])
    for name in ("letter.mp4", "missing.mp4", "cut.mp4"):
        result = jianwen(
            tmp_path / "home", "track", str(tmp_path / name), "--out", str(tmp_path / "out"), "--point", "0.2,0.5@0",
            JIANWEN_TRACKER_MODEL="/nowhere",
        )  # fmt: skip
        assert (result.returncode, result.stdout) == (1, ""), name
        assert len(result.stderr.splitlines()) == 1
        assert "nowhere" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_older_results_are_kept_unless_told_otherwise(tmp_path: Path, model: Path, clip: Path) -> None:
    """A folder with results is refused in one line that names the way out."""
    (tmp_path / "out" / "masks").mkdir(parents=True)
    (tmp_path / "out" / "masks" / "00000.png").write_bytes(b"older")
    arguments = ("track", str(clip), "--out", str(tmp_path / "out"), "--point", "0.2,0.5@1.2", "--model", str(model))
    refused = jianwen(tmp_path / "home", *arguments)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert "--overwrite" in refused.stderr
    assert (tmp_path / "out" / "masks" / "00000.png").read_bytes() == b"older"


def test_a_damaged_video_leaves_results_and_a_line(tmp_path: Path, model: Path) -> None:
    """What could be read is tracked; exit code 1 and the reason say that it is not all."""
    whole = make_clip(tmp_path / "a.ts", 60).read_bytes()
    (tmp_path / "b.ts").write_bytes(whole[: len(whole) // 2] + bytes(3000) + whole[len(whole) // 2 + 3000 :])
    result = jianwen(
        tmp_path / "home", "track", str(tmp_path / "b.ts"), "--out", str(tmp_path / "out"), "--point", "0.2,0.5@0",
        "--model", str(model),
    )  # fmt: skip
    assert result.returncode == 1
    assert "damaged" in result.stderr
    assert json.loads((tmp_path / "out" / "tracks.json").read_text(encoding="utf-8"))["ended"] == "damaged"
    assert len(list((tmp_path / "out" / "masks").iterdir())) > 10


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "long.mp4", 1500)


def begun(home: Path, long_clip: Path, out: Path, model: Path) -> subprocess.Popen[str]:
    """A run in the middle of its work."""
    command = ["track", str(long_clip), "--out", str(out), "--point", "0.2,0.5@0", "--model", str(model)]
    process = subprocess.Popen(
        [sys.executable, "-m", "jianwen", *command],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up and len(list((out / "masks").glob("*.png"))) < 5:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return process


def test_an_interrupt_keeps_what_is_done_and_says_so(tmp_path: Path, model: Path, long_clip: Path) -> None:
    """Ctrl+C: every file is there, whole, and of the same frames."""
    out = tmp_path / "out"
    process = begun(tmp_path / "home", long_clip, out, model)
    os.kill(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Stopped at second" in stdout, stderr
    value = json.loads((out / "tracks.json").read_text(encoding="utf-8"))
    count = len(value["frames"])
    assert (value["ended"], 5 <= count < 1500) == ("stopped", True)
    assert len(list((out / "masks").iterdir())) == count
    assert len(list(Footage.open(out / "overlay.mp4").frames())) == count
    assert not list(out.rglob(".*"))


def test_a_kill_leaves_no_half_file(tmp_path: Path, model: Path, long_clip: Path) -> None:
    """Masks that are there are whole, no other result has its name, and the next run may clear the rest away."""
    out = tmp_path / "out"
    process = begun(tmp_path / "home", long_clip, out, model)
    process.kill()
    process.communicate(timeout=60)
    assert all(Image.open(path).load() is not None for path in (out / "masks").glob("*.png"))
    assert [path.name for path in out.iterdir() if not path.name.startswith(".")] == ["masks"]
    result = jianwen(
        tmp_path / "home", "track", str(long_clip), "--out", str(out), "--point", "0.2,0.5@0", "--model", str(model),
        "--until", "0.2", "--overwrite",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert not list(out.rglob(".*"))
    assert len(list((out / "masks").iterdir())) == 7
