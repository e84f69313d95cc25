"""Keeps a worker process alive, and ends one that hangs.

Reads no documents and holds no lock: if another program's worker is at work, it waits for its turn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Self

from jianwen.library.jobs import MAX_ATTEMPTS

if TYPE_CHECKING:
    from jianwen.library.library import Library

__all__ = ["Supervisor"]

LOOK_S = 0.5
LOG_BYTES = 1 << 20  # a longer log is begun anew


class Supervisor:
    """A worker process for as long as this object is open. A context manager; closing twice is fine."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._closing = threading.Event()
        self._worker: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._watch, name="worker-supervisor", daemon=True)

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        self._end_worker()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _watch(self) -> None:
        while not self._closing.is_set():
            if self._worker is None or self._worker.poll() is not None:
                self._end_worker()
                self._worker = self._start_worker()
            elif self._library.jobs.silent_for_s() > self._library.settings.read_timeout_s:
                self._give_up_file()
            self._closing.wait(LOOK_S)

    def _start_worker(self) -> subprocess.Popen[bytes]:
        environment = os.environ | self._library.settings.for_child()
        log_file = self._library.settings.home / "worker.log"
        too_long = log_file.exists() and log_file.stat().st_size > LOG_BYTES
        with log_file.open("wb" if too_long else "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "jianwen.library"],
                stdin=subprocess.PIPE,  # its closing tells the worker that we are gone
                stdout=log,
                stderr=log,
                env=environment,
            )

    def _give_up_file(self) -> None:
        """The reader hangs: this file has used all its attempts, the next worker says so and goes on."""
        with self._library.database.transaction() as connection:
            connection.execute("UPDATE jobs SET attempts = ? WHERE running", (MAX_ATTEMPTS,))
        self._end_worker()

    def _end_worker(self) -> None:
        if self._worker is None:
            return
        self._worker.kill()  # it is safe to kill at any moment
        self._worker.wait()
        if self._worker.stdin:
            self._worker.stdin.close()
        self._worker = None
