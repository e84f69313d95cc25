"""A folder of good and bad files together, added as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from bad_files import make_bad_files
from jianwen.library import Library
from jianwen.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_forty_kinds_of_bad_files_are_each_told_in_a_line_and_leave_nothing(tmp_path: Path) -> None:
    """Nothing crashes or hangs, the good files beside them are found, and of the bad ones only the report stays."""
    folder = tmp_path / "folder"
    folder.mkdir()
    expected = make_bad_files(folder)
    expected.pop("folder.pdf")  # a folder is walked, whatever its name
    (folder / "good.md").write_text("# 开放时间\n\n冬令时16:30停止入馆。\n", encoding="utf-8")
    (folder / "prices.csv").write_text("票种,价格\n成人票,60元\n学生票,30元\n", encoding="utf-8")
    environment = {**os.environ, "JIANWEN_HOME": str(tmp_path / "home"), "JIANWEN_LANGUAGE": "scripted", "LANG": "C"}

    run = subprocess.run(
        [sys.executable, "-m", "jianwen", "add", str(folder), "--json"],
        capture_output=True, text=True, env=environment, timeout=280, check=False,
    )  # fmt: skip

    assert run.returncode == 1, run.stderr
    report = json.loads(run.stdout)
    errors = {failure["path"]: failure["error"] for failure in report["failed"]}
    assert len(expected) >= 40
    assert set(errors) == set(expected)
    assert report["added"] == 2
    assert all(error.count("\n") == 0 and any(name in error for name in expected) for error in errors.values())
    with Library(Settings.load(environment)) as library:
        assert library.status()["passages"] == 3
        assert {row.source.name for row in library.sources(state="ready")[0]} == {"good.md", "prices.csv"}
        assert "16:30" in library.search("冬天几点停止入馆？")[0].passage.text
        assert library.jobs.count()["running"] == 0
        assert not list(library.files.incoming.iterdir())
