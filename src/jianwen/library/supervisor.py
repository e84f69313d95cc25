"""Keeps a worker process alive, and ends one that hangs.

Reads no documents and holds no lock: if another program's worker is at work, it waits for its turn.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from jianwen.errors import JianwenError, LibraryBusy

if TYPE_CHECKING:
    from jianwen.library.library import Library

__all__ = ["Supervisor"]

LOOK_S = 0.5
FAULT_PAUSE_S = 10.0
LOG_BYTES = 1 << 20  # a longer log is begun anew

log = logging.getLogger(__name__)


class Supervisor:
    """A worker process for as long as this object is open. A context manager; closing twice is fine."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._closing = threading.Event()
        self._worker: subprocess.Popen[bytes] | None = None
        self._started_s = 0.0
        self._thread = threading.Thread(target=self._watch, name="worker-supervisor", daemon=True)

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._end_worker():
            with suppress(LibraryBusy):  # one attempt too many is counted then, of five
                self._library.jobs.pardon()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _watch(self) -> None:
        while not self._closing.is_set():
            try:
                pause_s = self._look()
            except (JianwenError, OSError):
                # The database is held or the disk is full: a later look may find it better.
                log.exception("looking after the worker")
                pause_s = FAULT_PAUSE_S
            self._closing.wait(pause_s)

    def _look(self) -> float:
        """Start, replace or end the worker as needed; how long to wait before the next look."""
        ended = self._worker.poll() if self._worker else None
        if ended is not None and ended > 0:  # not a crash: it could not begin, and will hardly in a moment
            self._end_worker()
            return FAULT_PAUSE_S
        if self._worker is None or ended is not None:
            self._end_worker()
            self._worker = self._start_worker()
            self._started_s = time.monotonic()
        elif self._silent_for_s() > self._library.settings.read_timeout_s:
            self._end_worker()
            self._library.jobs.condemn()
        return LOOK_S

    def _silent_for_s(self) -> float:
        """Of our own worker: what the database says may be of one that died before, or of an adjusted clock."""
        return min(self._library.jobs.silent_for_s(), time.monotonic() - self._started_s)

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

    def _end_worker(self) -> bool:
        """Whether it was still alive."""
        if self._worker is None:
            return False
        alive = self._worker.poll() is None
        self._worker.kill()  # it is safe to kill at any moment
        self._worker.wait()
        if self._worker.stdin:
            self._worker.stdin.close()
        self._worker = None
        return alive
