"""The worker's process. Run: `python -m jianwen.library`; `supervisor.py` starts it, and starts it anew.

One a home, by a lock on a file. It ends when the program that started it ends.
"""

from __future__ import annotations

import fcntl
import logging
import os
import resource
import sys
import threading
from typing import TYPE_CHECKING

from jianwen.library.library import Library
from jianwen.library.worker import Worker
from jianwen.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

ALREADY_RUNNING = 3  # exit code: another worker holds the lock
MEMORY_BYTES = 3 << 30  # a last fence behind the readers' own limits


def _lock(path: Path) -> AbstractContextManager[object] | None:
    """Hold the worker's lock for as long as the returned file is open; None when another process holds it."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _end_with_parent() -> None:
    """Stop when the pipe to the parent closes: a worker never outlives the program that started it."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> int:
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(levelname)s %(message)s")
    settings = Settings.load()
    settings.home.mkdir(parents=True, exist_ok=True)
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    lock = _lock(settings.home / "worker.lock")
    if lock is None:
        return ALREADY_RUNNING
    with lock, Library(settings) as library:
        Worker(library).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
