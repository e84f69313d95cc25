"""The videos that are open for tracking: at most four, each in a private folder that goes when it is closed.

A video that nobody asked anything of for ten minutes is closed. What a server that crashed left is deleted at the
next start. Does not receive uploads and does not track. Thread-safe.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import threading
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from jianwen.errors import NotFound, TooManyWaiting
from jianwen.server.queue import FairQueue
from jianwen.server.tracking_reel import Reel
from jianwen.server.tracking_session import Tracking
from jianwen.server.tracking_snapshots import Snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwen.tracking import Graphs, Spotter

__all__ = ["MOST_OPEN", "TrackingRoom"]

MOST_OPEN = 4
IDLE_S = 600.0
LOOK_S = 5.0  # how often the idle ones are looked for
_LOCK = "lock"


class TrackingRoom:
    """One a server.

    Args:
        folder: where the private folders are made.
        idle_s: how long a video may lie untouched.
    """

    def __init__(self, folder: Path, *, idle_s: float = IDLE_S) -> None:
        self._folder = folder
        self._idle_s = idle_s
        self._open: dict[str, Tracking] = {}
        self._coming = 0  # uploads that will be opened
        self._own: Path | None = None
        self._hold: IO[bytes] | None = None  # keeps other servers off our folder; the system lets go of it if we crash
        self._queue = FairQueue(running=1)
        self._changed = threading.Condition()
        self._closing = False

    def __len__(self) -> int:
        with self._changed:
            return len(self._open) + self._coming

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places while a video comes in and is opened.

        Raises:
            TooManyWaiting: all are taken.
        """
        with self._changed:
            if self._closing or len(self._open) + self._coming >= MOST_OPEN:
                raise TooManyWaiting
            self._coming += 1
        try:
            yield
        finally:
            with self._changed:
                self._coming -= 1

    def open(self, upload: Path, name: str, graphs: Graphs, spotter: Spotter | None = None) -> Tracking:
        """Take a file over, inside `place`.

        Raises:
            DocumentError: it is no video that can be read.
        """
        id_ = uuid.uuid4().hex
        folder = self._private() / id_
        (folder / "snapshots").mkdir(parents=True, mode=0o700)
        try:
            video = folder / "video"
            shutil.move(upload, video)
            reel = Reel(video, name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        tracking = Tracking(id_, name, reel, graphs, Snapshots(folder / "snapshots"), self._queue, spotter)
        with self._changed:
            self._open[id_] = tracking
            self._changed.notify_all()
        return tracking

    def get(self, id_: str) -> Tracking:
        """An open video, which is touched by this.

        Raises:
            NotFound: there is none, or it has been closed.
        """
        with self._changed:
            tracking = self._open.get(id_)
        if tracking is None:
            raise NotFound(what="tracking session", id=id_)
        tracking.touch()
        return tracking

    def close(self, id_: str) -> None:
        """End it and delete its files. One that is closed already is fine."""
        with self._changed:
            tracking = self._open.pop(id_, None)
        if tracking is not None:
            tracking.close()
            shutil.rmtree(self._private() / id_, ignore_errors=True)

    def close_all(self) -> None:
        """At the end of the server."""
        with self._changed:
            self._closing = True
            left = list(self._open)
            self._changed.notify_all()
        for id_ in left:
            self.close(id_)
        if self._own is not None and self._hold is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            self._hold.close()
            self._own = self._hold = None

    def tidy(self) -> None:
        """Delete what servers left that are not there any more."""
        for folder in self._folder.glob("*"):
            try:
                with (folder / _LOCK).open("rb") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
            except BlockingIOError:
                continue  # its server is at work
            except OSError:
                shutil.rmtree(folder, ignore_errors=True)

    def _private(self) -> Path:
        """Our own folder, made with the first video; then the idle ones are looked for as well."""
        with self._changed:
            if self._own is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                own = Path(tempfile.mkdtemp(dir=self._folder))  # for this user only
                self._hold = (own / _LOCK).open("wb")
                fcntl.flock(self._hold, fcntl.LOCK_EX)
                self._own = own
                threading.Thread(target=self._watch, name="jianwen-tracking", daemon=True).start()
            return self._own

    def _watch(self) -> None:
        while True:
            with self._changed:
                self._changed.wait(min(LOOK_S, self._idle_s))
                if self._closing:
                    return
                long_ago_s = time.monotonic() - self._idle_s
                idle = [id_ for id_, tracking in self._open.items() if tracking.touched_s < long_ago_s]
            for id_ in idle:
                self.close(id_)
