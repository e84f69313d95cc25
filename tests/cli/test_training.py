"""`jianwen train`: what is refused before anything is made ready, and what it says on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from jianwen.cli.main import app
from jianwen.errors import BadRequest, UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("torch", reason="the core install has no torch")


def test_a_resume_of_nothing_says_that_it_begins_anew(tmp_path: Path) -> None:
    """One line on stderr for whoever mistyped the folder; a folder with a checkpoint gets none."""
    command = [
        "train",
        "counter",
        "--out",
        str(tmp_path / "own"),
        "--begin-with",
        str(tmp_path / "none.pt"),
        "--resume",
    ]
    first = CliRunner().invoke(app, command)
    assert isinstance(first.exception, UnreadableFile)
    assert "own holds no training to go on with" in first.stderr
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "last.pt").touch()
    assert CliRunner().invoke(app, command).stderr.count("no training") == 0


def test_options_reach_the_training(tmp_path: Path) -> None:
    """Seeds, patience and a trunk's file are taken; both kinds of start at once are refused, and so is a bad number."""
    begin = ["train", "counter", "--out", str(tmp_path), "--seed", "2", "--patience", "3"]
    files = ["--trunk", str(tmp_path / "a.pth"), "--begin-with", str(tmp_path / "b.pt")]
    assert isinstance(CliRunner().invoke(app, [*begin, *files]).exception, BadRequest)
    assert isinstance(CliRunner().invoke(app, [*begin, *files[:2]]).exception, UnreadableFile)
    assert CliRunner().invoke(app, [*begin, "--patience", "-1"]).exit_code == 2
