"""One library, many hands: threads and processes add, search and remove at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from jianwen.library import Library

from .desk import disagreements

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.library import Enqueued
    from jianwen.settings import Settings

    from .desk import Desk

ADD_TEN = """
import sys
from pathlib import Path
from jianwen.library import Library
from jianwen.settings import Settings
with Library(Settings.load()) as library:
    for path in sorted(Path(sys.argv[1]).iterdir()):
        library.enqueue(path, name=path.name, origin=str(path))
"""


def ten_files(desk: Desk) -> list[Path]:
    return [desk.write(f"{number}.txt", f"第{number}号展厅。") for number in range(10)]


def test_two_threads_adding_the_same_files_add_each_once(desk: Desk) -> None:
    """For every file one of the two is told "added" and the other "unchanged"."""
    files = ten_files(desk)

    def add_all(_: int) -> list[Enqueued]:
        return [desk.library.enqueue(path, name=path.name, origin=str(path)) for path in files]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(add_all, range(2))
    outcomes = [sorted((a.outcome, b.outcome)) for a, b in zip(first, second, strict=True)]
    assert outcomes == [["added", "unchanged"]] * 10
    desk.work()
    assert desk.count("passages") == 10
    assert disagreements(desk.library) == []


def test_processes_that_create_a_library_together_share_it(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    """Three programs started at once in an empty home all get in, and every file is there once."""
    ten_files(desk)
    home = tmp_path / "new home"
    environment = os.environ | settings.for_child() | {"JIANWEN_HOME": str(home)}
    programs = [
        subprocess.Popen([sys.executable, "-c", ADD_TEN, str(desk.folder)], env=environment, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [(program.communicate()[1], program.returncode) for program in programs] == [(b"", 0)] * 3
    with Library(replace(settings, home=home)) as library:
        assert library.status() == {
            "sources": 10,
            "passages": 0,
            "jobs": {"queued": 10, "running": 0, "failed": 0},
        }


def test_searches_during_changes_always_find_one_version(desk: Desk, settings: Settings) -> None:
    """While a file changes again and again, every search finds its old or its new text, never both, never neither."""
    desk.add("price.txt", "门票第0版：十元。")
    found: list[list[str]] = []
    done = threading.Event()

    def search(library: Library) -> None:
        vector = desk.embedder.embed(["门票多少钱"], role="query")[0]
        while not done.is_set():
            found.append([hit.passage.text for hit in library.finder.search_vector(vector, "门票多少钱")])

    with Library(settings, embedder=desk.embedder) as second:
        threads = [threading.Thread(target=search, args=(library,)) for library in (desk.library, second)]
        for thread in threads:
            thread.start()
        for version in range(1, 8):
            desk.add("price.txt", f"门票第{version}版：{version}十元。")
        done.set()
        for thread in threads:
            thread.join()
    assert {len(texts) for texts in found} == {1}
    assert len({texts[0] for texts in found}) > 1
    assert desk.texts("门票") == ["门票第7版：7十元。"]


def test_a_list_can_be_read_while_a_long_change_is_written(desk: Desk) -> None:
    """Counts and lists do not wait for the writer, and show the last finished state."""
    desk.add("a.txt", "甲。")
    with desk.library.database.transaction() as connection, ThreadPoolExecutor(1) as pool:
        connection.execute("UPDATE sources SET name = 'b.txt'")
        assert pool.submit(desk.names).result() == ["a.txt"]
        assert pool.submit(desk.library.status).result()["passages"] == 1
    assert desk.names() == ["b.txt"]
