"""Work for questions that are still being typed: worth doing only while nobody waits for an answer.

At most one piece of it at a time on the whole box, and at most one waiting a client, the newest. Whatever fails is
nobody's error. Knows nothing of questions and keeps nothing. Thread-safe.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwen.errors import JianwenError
from jianwen.server.faults import log_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    Work = Callable[[threading.Event], object]

__all__ = ["Drafts"]

PAUSE_S = 0.3  # between two of one client: nobody types a new thought sooner
STALE_S = 5.0  # what waited so long has been typed further, asked or given up
MOST = 32  # waiting clients


@dataclass(slots=True)
class _Waiting:
    work: Work
    topic: str
    since_s: float = field(default_factory=time.monotonic)


class Drafts:
    """Works off what is offered, in a thread of its own that begins with the first offer.

    Args:
        busy: whether anybody is answered or waits for it; what is offered or would begin then is dropped.
    """

    def __init__(self, busy: Callable[[], bool]) -> None:
        self._busy = busy
        self._waiting: dict[str, _Waiting] = {}  # by client, in the order of their first offers
        self._begun_s: dict[str, float] = {}  # when a client's last one began, of the last moments
        self._running: tuple[str, str, threading.Event] | None = None  # client, topic, and what ends it
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._changed = threading.Condition()

    def offer(self, client: str, work: Work, topic: str = "") -> None:
        """Do `work` when there is time, in place of what this client offered before of other topics.

        `work` is given an event that is set when it should end.
        """
        with self._changed:
            if self._closing.is_set() or self._busy() or (client not in self._waiting and len(self._waiting) >= MOST):
                return
            self._end_running(client, topic)
            self._waiting[client] = _Waiting(work, topic)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="jianwen-drafts", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def forget(self, client: str, topic: str = "") -> None:
        """Drop what this client offered: the question itself is there. Work on its own topic, if begun, goes on."""
        with self._changed:
            self._end_running(client, topic)
            self._waiting.pop(client, None)

    def close(self, timeout_s: float = 1.0) -> None:
        """Drop all, tell what runs to end, and wait a moment for that; twice is fine."""
        with self._changed:
            self._closing.set()
            if self._running:
                self._running[2].set()
            self._waiting.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while (begun := self._next()) is not None:
            work, end = begun
            try:
                work(end)
            except JianwenError:
                continue  # no model, no such conversation: whoever asks will be told
            except Exception as error:  # noqa: BLE001 - nobody waits for it
                if not self._closing.is_set():
                    log_fault(error, where="a draft")

    def _end_running(self, client: str, topic: str) -> None:
        if self._running and self._running[0] == client and self._running[1] != topic:
            self._running[2].set()

    def _next(self) -> tuple[Work, threading.Event] | None:
        """Wait for the next piece that may begin, and what is to end it; None at the end."""
        with self._changed:
            self._running = None
            while not self._closing.is_set():
                self._drop_what_is_late()
                client = next((client for client in self._waiting if client not in self._begun_s), None)
                if client is not None:
                    self._begun_s[client] = time.monotonic()
                    chosen, end = self._waiting.pop(client), threading.Event()
                    self._running = (client, chosen.topic, end)
                    return chosen.work, end
                self._changed.wait(PAUSE_S if self._waiting else None)
        return None

    def _drop_what_is_late(self) -> None:
        now_s = time.monotonic()
        if self._busy():
            self._waiting.clear()
        self._waiting = {c: one for c, one in self._waiting.items() if now_s - one.since_s < STALE_S}
        self._begun_s = {c: begun_s for c, begun_s in self._begun_s.items() if now_s - begun_s < PAUSE_S}
