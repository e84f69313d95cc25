"""Every command's exit code and shape, as scripts rely on them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jianwen import __version__
from jianwen.library import Library
from jianwen.settings import Settings

from .conftest import HOURS, environment, jianwen, only_json

if TYPE_CHECKING:
    Venue = tuple[Path, subprocess.CompletedProcess[str]]


def test_adding_a_folder_reports_every_file(venue: Venue) -> None:
    """Good files are in, equal ones counted once, bad ones named with their reason, and the exit code is 1."""
    result = venue[1]
    assert result.returncode == 1
    report = only_json(result)
    assert (report["added"], report["unchanged"]) == (3, 1)
    assert sorted(failure["path"] for failure in report["failed"]) == ["blank.html", "tune.mp3"]
    assert all("\n" not in failure["error"] and failure["error"] for failure in report["failed"])


def test_the_list_shows_every_source(venue: Venue) -> None:
    """Each source with its state, a failed one with its error; ids are those of the bytes."""
    sources = only_json(jianwen(venue[0], "list", "--json"))["sources"]
    assert {source["state"] for source in sources} == {"ready", "failed"}
    assert len(sources) == 4
    for source in sources:
        assert len(source["id"]) == 64
        assert {"name", "kind", "passages", "error"} <= source.keys()
        assert (source["error"] is None) == (source["state"] == "ready")


def test_the_table_prints_names_as_they_are(venue: Venue) -> None:
    """A name that looks like markup or a terminal's command is only a name; Chinese is spoken on request."""
    result = jianwen(venue[0], "list", LC_ALL="zh_CN.UTF-8")
    assert result.returncode == 0
    assert "[/bold] ?[31m.txt" in result.stdout
    assert "名称" in result.stdout


def test_the_status_is_one_object(venue: Venue) -> None:
    """Counts, models and memory, under the names that scripts read."""
    status = only_json(jianwen(venue[0], "status", "--json"))
    assert (status["sources"], status["passages"]) == (4, 4)
    assert status["jobs"] == {"queued": 0, "running": 0, "failed": 1}
    assert status["memory_mb"] > 0
    assert "language" in status["models"]


def test_a_question_is_answered_with_its_source(venue: Venue) -> None:
    """The answer is one object with citations that name a source of the library and a quote from it."""
    answer = only_json(jianwen(venue[0], "ask", "博物馆几点闭馆？", "--json"))
    assert answer["refused"] is False
    assert {"search", "first_token", "total"} <= answer["timings_s"].keys()
    assert {"read", "reused", "written"} <= answer["tokens"].keys()
    for citation in answer["citations"]:
        assert {"n", "source", "source_id", "where", "quote"} <= citation.keys()
    assert answer["citations"][0]["source"] in {"hours.txt", "copy.txt"}
    assert answer["citations"][0]["where"] == {"page": 1}
    assert answer["citations"][0]["quote"] in HOURS


def test_an_empty_library_refuses(tmp_path: Path) -> None:
    """Without documents there is no answer, which is no error."""
    result = jianwen(tmp_path, "ask", "几点闭馆？", "--json")
    assert result.returncode == 0
    answer = only_json(result)
    assert (answer["refused"], answer["citations"]) == (True, [])


def test_removing_takes_an_id_its_start_or_a_name(tmp_path: Path) -> None:
    """A removed source is out of the list and off the disk; an unknown one is one line and exit code 1."""
    file = tmp_path / "a.txt"
    file.write_text(HOURS, encoding="utf-8")
    home = tmp_path / "home"
    assert jianwen(home, "add", str(file)).returncode == 0
    assert jianwen(home, "remove", "nothing.txt").returncode == 1
    removed = only_json(jianwen(home, "remove", "a.txt", "--json"))
    assert removed["name"] == "a.txt"
    assert list((home / "sources").iterdir()) == []
    assert jianwen(home, "remove", removed["removed"][:8]).returncode == 1


def test_pinning_without_a_model_that_keeps_anything_is_one_line(venue: Venue) -> None:
    """Nothing is kept by the scripted model or without room for it; an unknown or failed source is no better."""
    for source, variables, word in (
        ("prices.csv", {}, "JIANWEN_STATES_GB"),
        ("prices.csv", {"JIANWEN_STATES_GB": "0", "JIANWEN_LANGUAGE": "qwen2.5-coder-0.5b"}, "JIANWEN_STATES_GB"),
        ("blank.html", {}, "jianwen list"),
        ("nothing.txt", {}, "nothing.txt"),
    ):
        result = jianwen(venue[0], "pin", source, "--json", **variables)
        assert (result.returncode, result.stdout) == (1, "")
        assert len(result.stderr.splitlines()) == 1
        assert word in result.stderr
    assert not list((venue[0] / "states").glob("*.pinned"))


def test_pins_go_with_off_and_with_their_source(tmp_path: Path) -> None:
    """`--off` needs no model and leaves the states to be dropped; removing the source deletes them."""
    file, home, state = tmp_path / "a.txt", tmp_path / "home", "a" * 64
    file.write_text(HOURS, encoding="utf-8")
    assert jianwen(home, "add", str(file)).returncode == 0
    with Library(Settings.load(environment(home))) as library:
        source_id = library.find("a.txt").source.id
        library.pins.put(source_id, [state])
        (library.settings.states / state).write_bytes(b"state")
        off = only_json(jianwen(home, "pin", source_id[:6], "--off", "--json"))
        assert off == {"unpinned": source_id, "name": "a.txt", "passages": 1}
        assert (library.settings.states / state).exists()
        library.pins.put(source_id, [state])
        assert jianwen(home, "remove", "a.txt").returncode == 0
        assert not library.pins.of(source_id)
        assert not (library.settings.states / state).exists()


@pytest.mark.slow
def test_a_pinned_source_is_read_once(tmp_path: Path) -> None:
    """With a real model: every passage is kept and marked; again, nothing is read; a killed run goes on."""
    weights = Path("~/.cache/jianwen").expanduser()
    if not list(weights.glob("*/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf")):
        pytest.skip("the small model is not on this box: run `jianwen models pull qwen2.5-coder-0.5b`")
    home, table = tmp_path / "home", tmp_path / "exhibits.csv"
    small = {"JIANWEN_LANGUAGE": "qwen2.5-coder-0.5b", "JIANWEN_WEIGHTS": str(weights)}
    rows = "".join(f"展品{row},第{row % 7}展厅，年代约为公元{row * 3}年\n" for row in range(12))
    table.write_text("名称,说明\n" + rows, encoding="utf-8")
    assert jianwen(home, "add", str(table)).returncode == 0
    variables = {**environment(home), **small}
    program = subprocess.Popen([sys.executable, "-m", "jianwen", "pin", "exhibits.csv"], env=variables)
    states = home / "states"
    while program.poll() is None and sum(len(path.name) == 64 for path in states.glob("*")) < 2:
        time.sleep(0.05)
    program.kill()
    program.wait()
    first = only_json(jianwen(home, "pin", "exhibits.csv", "--json", **small))
    again = only_json(jianwen(home, "pin", "exhibits.csv", "--json", **small))
    assert first["passages"] == first["done"] == again["done"] == len(list(states.glob("*.pinned")))
    assert first["read"] < first["passages"]
    assert (again["read"], again["bytes"]) == (0, first["bytes"])


def test_errors_are_one_line_and_exit_code_1(tmp_path: Path) -> None:
    """Bad settings, a bad home and a damaged library each say what to do, without a traceback."""
    bad, damaged, file = tmp_path / "bad", tmp_path / "damaged", tmp_path / "file"
    for folder in (bad, damaged):
        folder.mkdir()
    (bad / "settings.toml").write_text("port = 'high'", encoding="utf-8")
    (damaged / "library.sqlite").write_bytes(b"a letter, not a library" * 100)
    file.write_text("", encoding="utf-8")
    for home, word in ((bad, "port"), (damaged, "library.sqlite"), (file, "home")):
        result = jianwen(home, "status", "--json")
        assert (result.returncode, result.stdout) == (1, "")
        assert len(result.stderr.splitlines()) == 1
        assert word in result.stderr


def test_wrong_usage_is_exit_code_2(tmp_path: Path) -> None:
    """An unknown command, a missing argument, an unknown option."""
    for arguments in (["sing"], ["add"], ["list", "--loud"], ["ask"]):
        assert jianwen(tmp_path, *arguments).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_printed_alone(tmp_path: Path) -> None:
    """`--version` prints the version, and loads none of the heavy rooms for it."""
    assert jianwen(tmp_path, "--version").stdout == __version__ + "\n"
    script = "import jianwen.cli.main, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "fastapi", "jianwen.assistant", "jianwen.documents"} & set(loaded)


def test_an_add_that_was_killed_goes_on_when_started_again(tmp_path: Path) -> None:
    """What was queued is read by the next `add`, everything is there once, and no copy is left."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number}.txt").write_text(f"第{number}号展厅，编号 A{number:03}。", encoding="utf-8")
    rows = "".join(f"展品{row},B{row:03}\n" for row in range(40))
    (folder / "exhibits.csv").write_text("名称,编号\n" + rows, encoding="utf-8")
    home = tmp_path / "home"
    for wait_s in (0.7, 1.2, 2.0):
        program = subprocess.Popen([sys.executable, "-m", "jianwen", "add", str(folder)], env=environment(home))
        time.sleep(wait_s)
        program.kill()
        program.wait()
    report = only_json(jianwen(home, "add", str(folder), "--json"))
    assert (report["added"] + report["unchanged"], report["failed"]) == (13, [])
    with Library(Settings.load(environment(home))) as library:
        assert {row.state for row in library.sources()[0]} == {"ready"}
        assert library.status()["passages"] == 52
        known = {row.source.id for row in library.sources()[0]}
        assert {path.name for path in library.files.sources.iterdir()} == known
