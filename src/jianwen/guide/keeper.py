"""Lets the language model read every passage beforehand, whenever nobody needs it: a thread beside the server.

What is read is kept in files by the model's back end, so an interrupted round goes on where it was. Does not read
anything itself, and does nothing for a back end that keeps nothing.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Self

from jianwen.guide.prompt import alone

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwen.language import LanguageModel
    from jianwen.library import Library

__all__ = ["Keeper"]

LOOK_S = 2.0
FROM_THE_START = -1  # 0 would mean: from now on
FAULT_PAUSE_S = 60.0

log = logging.getLogger(__name__)


class Keeper:
    """A context manager; closing twice is fine."""

    def __init__(self, library: Library, model: Callable[[], LanguageModel | None]) -> None:
        """Nothing runs before `start`.

        Args:
            library: whose passages are read.
            model: gives the model once it is loaded, None before.
        """
        self._library = library
        self._model = model
        self._closing = threading.Event()
        self._seen = FROM_THE_START  # of the library's changes
        self._sources: list[str] = []  # still to be read
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        pause_s = LOOK_S
        while not self._closing.wait(pause_s):
            try:
                self._look()
                pause_s = LOOK_S
            except Exception:  # the thread must outlive whatever one source trips over
                log.exception("reading passages beforehand")
                pause_s = FAULT_PAUSE_S

    def _look(self) -> None:
        """Read what is new, source after source, until something else needs the processor."""
        seen, rows, _ = self._library.changes(self._seen)
        self._seen = seen or FROM_THE_START
        self._sources += [row.source.id for row in rows if row.state == "ready" and row.source.id not in self._sources]
        model = self._model()
        while model and self._sources and not self._closing.is_set() and not self._library.jobs.count()["running"]:
            source_id = self._sources.pop(0)
            try:
                is_room = self._read(source_id, model)
            except Exception:
                self._sources.append(source_id)  # others first
                raise
            if not is_room:
                self._sources.clear()  # later changes are worth another look
                return

    def _read(self, source_id: str, model: LanguageModel) -> bool:
        """False once nothing more can be kept."""
        name = self._library.names([source_id]).get(source_id, "")
        for passage in self._library.passages_of(source_id):
            if self._closing.is_set():
                return True
            if model.remember(alone(passage, name), cancelled=self._closing) is None:
                return False
        return True
