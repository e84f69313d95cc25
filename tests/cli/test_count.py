"""`jianwen count`: numbers for people and for scripts, doubts, and bad pictures that do not stop the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counter_file import NEVER_SURE, box_picture, make_counter
from jianwen.counting import Counter

from .conftest import jianwen, only_json

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_counter(tmp_path_factory.mktemp("model") / "counter.onnx")


def test_every_picture_gets_the_number_that_the_counter_says(tmp_path: Path, model: Path) -> None:
    """One entry a picture in the order of the arguments, with the counter's own number and confidence."""
    names = [tmp_path / "a.png", tmp_path / "b.jpg"]
    for number, (path, kind) in enumerate(zip(names, ("PNG", "JPEG"), strict=True)):
        path.write_bytes(box_picture(number, kind=kind))
    result = jianwen(tmp_path / "home", "count", *map(str, names), "--json", JIANWEN_COUNTER_MODEL=str(model))
    assert result.returncode == 0
    images = only_json(result)["images"]
    counter = Counter(model)
    for path, said in zip(names, images, strict=True):
        count = counter.count(path)
        assert (said["path"], said["count"], said["abstained"], said["error"]) == (
            str(path),
            count.number,
            False,
            None,
        )
        assert said["confidence"] == pytest.approx(count.confidence, abs=1e-3)


def test_bad_pictures_are_told_in_a_line_each_and_the_others_are_counted(tmp_path: Path, model: Path) -> None:
    """Of every kind of bad picture there is a line, and exit code 1; the good one is counted."""
    (tmp_path / "good.png").write_bytes(box_picture())
    (tmp_path / "[bold] \x1b[31m.png").write_text("a letter", encoding="utf-8")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "tiny.png").write_bytes(box_picture(width=8, height=8))
    (tmp_path / "cut.png").write_bytes(box_picture()[:2000])
    (tmp_path / "folder").mkdir()
    bad = ["[bold] \x1b[31m.png", "empty.png", "tiny.png", "cut.png", "missing.png", "x" * 300 + ".png", "folder"]
    paths = [str(tmp_path / name) for name in ("good.png", *bad)]
    shown = jianwen(tmp_path / "home", "count", *paths, JIANWEN_COUNTER_MODEL=str(model))
    assert shown.returncode == 1
    assert "good.png" in shown.stdout
    assert "\x1b" not in shown.stdout + shown.stderr
    lines = shown.stderr.splitlines()
    assert len(lines) == len(bad)
    for name, line in zip(bad, lines, strict=True):
        assert line.startswith("jianwen: ")
        assert name.replace("\x1b", "?").rpartition(" ")[2] in line
    assert "*.jpg" in lines[-1]
    result = jianwen(tmp_path / "home", "count", *paths, "--json", JIANWEN_COUNTER_MODEL=str(model))
    assert result.returncode == 1
    good, *others = only_json(result)["images"]
    assert good["error"] is None
    assert isinstance(good["count"], int)
    assert all(other["error"] and other["count"] is None and other["confidence"] is None for other in others)


def test_a_doubtful_picture_gets_words_in_place_of_a_number(tmp_path: Path) -> None:
    """Where the number would stand it says "cannot tell", in the terminal's language; a doubt is no error."""
    (tmp_path / "a.png").write_bytes(box_picture())
    model = make_counter(tmp_path / "counter.onnx", bound=NEVER_SURE)
    arguments, variables = ("count", str(tmp_path / "a.png")), {"JIANWEN_COUNTER_MODEL": str(model)}
    english = jianwen(tmp_path / "home", *arguments, **variables)
    chinese = jianwen(tmp_path / "home", *arguments, **variables, LC_ALL="zh_CN.UTF-8")
    assert (english.returncode, chinese.returncode) == (0, 0)
    assert "cannot tell" in english.stdout
    assert "perhaps" in english.stdout
    assert "看不清" in chinese.stdout
    image = only_json(jianwen(tmp_path / "home", *arguments, "--json", **variables))["images"][0]
    assert image["abstained"] is True
    assert isinstance(image["count"], int)


def test_without_a_model_file_there_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    """However many pictures are named, the missing model is told once, with the command that makes one."""
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(box_picture())
    result = jianwen(
        tmp_path / "home",
        "count",
        str(tmp_path / "a.png"),
        str(tmp_path / "b.png"),
        "--json",
        JIANWEN_COUNTER_MODEL=str(tmp_path / "none.onnx"),
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert "jianwen train counter" in result.stderr
