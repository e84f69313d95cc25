"""`jianwen billiards render`: a video with its labels, or one line and no file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import av
import pytest

from jianwen.billiards import read_labels

from .conftest import jianwen

if TYPE_CHECKING:
    from pathlib import Path

SMALL = ("--seconds", "0.4", "--fps", "10", "--width", "96", "--height", "54")


@pytest.mark.parametrize(
    ("game", "preset", "balls"), [("eight", "varied", 16), ("nine", "clips", 10), ("snooker", "varied", 22)]
)
def test_a_clip_has_the_frames_and_labels_that_were_asked_for(
    tmp_path: Path, game: str, preset: str, balls: int
) -> None:
    """Four tenths of a second at ten frames are four frames, each with its labels, and the whole set is in play."""
    out = tmp_path / "shot.mp4"
    result = jianwen(tmp_path / "home", "billiards", "render", str(out), *SMALL, "--game", game, "--preset", preset)
    assert (result.returncode, result.stderr.strip()) == (0, "")
    assert "4 frames" in result.stdout
    with av.open(str(out)) as container:
        assert [frame.width for frame in container.decode(video=0)] == [96] * 4
    assert len(read_labels(out.with_suffix(".json"))) == 4
    about = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert len(about["balls"]) == balls
    assert about["events"][0]["kind"] == "strike"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shot.json", "shot.mp4"]


def test_a_seed_repeats_to_the_byte(tmp_path: Path) -> None:
    """The same seed gives the same video and labels, another seed others."""
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        jianwen(tmp_path, "billiards", "render", str(tmp_path / f"{name}.mp4"), *SMALL, "--seed", seed)
    for kind in ("mp4", "json"):
        one, same, other = ((tmp_path / f"{name}.{kind}").read_bytes() for name in "abc")
        assert one == same != other


@pytest.mark.parametrize(
    ("name", "options", "code", "word"),
    [
        ("a.avi", (), 1, ".mp4"),
        ("none/a.mp4", (), 1, "no folder"),
        ("file/a.mp4", (), 1, "no folder"),
        ("folder.mp4", (), 1, "folder"),
        ("/proc/a.mp4", (), 1, "cannot be written"),
        ("a.mp4", ("--width", "97"), 1, "even"),
        ("a.mp4", ("--game", "snooker", "--preset", "clips"), 1, "varied"),
        ("a.mp4", ("--width", "999999"), 2, "--width"),
        ("a.mp4", ("--seconds", "0"), 2, "--seconds"),
        ("a.mp4", ("--fps", "100000"), 2, "--fps"),
        ("a.mp4", ("--game", "chess"), 2, "--game"),
    ],
)
def test_what_cannot_be_rendered_is_one_clear_error_and_no_file(
    tmp_path: Path, name: str, options: tuple[str, ...], code: int, word: str
) -> None:
    """Wrong names, folders, sizes and games are told before or without any work; nothing is left in the folder."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder.mp4").mkdir()
    result = jianwen(tmp_path / "home", "billiards", "render", str(tmp_path / name), *SMALL, *options)
    assert result.returncode == code, result.stderr
    assert word in result.stderr
    assert code == 2 or len(result.stderr.strip().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.mp4"]
