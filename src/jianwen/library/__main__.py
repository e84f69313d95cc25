"""The worker's process. Run: `python -m jianwen.library`; `supervisor.py` starts it, and starts it anew.

One a home works, by a lock on a file; others wait for their turn. It ends when the program that started it ends.
"""

from __future__ import annotations

import fcntl
import logging
import os
import resource
import signal
import sys
import threading
from typing import TYPE_CHECKING

from jianwen.library.library import Library
from jianwen.library.worker import Worker
from jianwen.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

MEMORY_BYTES = 3 << 30  # a last fence behind the readers' own limits


def _lock(path: Path) -> AbstractContextManager[object]:
    """Wait for the worker's lock, and hold it for as long as the returned file is open."""
    file = path.open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _end_with_parent() -> None:
    """Stop when the pipe to the parent closes: a worker never outlives the program that started it."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(levelname)s %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group: our parent decides
    settings = Settings.load()
    settings.home.mkdir(parents=True, exist_ok=True)
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with _lock(settings.home / "worker.lock"), Library(settings) as library:
        Worker(library).run()


if __name__ == "__main__":
    main()
