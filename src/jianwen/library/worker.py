"""Takes jobs from the queue, one at a time, and reads them into the library.

It may be killed at any moment: what it finished is kept, what it was at is taken up again. `__main__.py` makes a
process of it.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from jianwen import documents
from jianwen.errors import EmptyDocument, JianwenError, NotFound, ReaderFailed
from jianwen.library.embed import BATCH
from jianwen.library.library import limits_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwen.library.library import Library
    from jianwen.places import Passage

__all__ = ["Worker"]

IDLE_S = 0.2
CAUGHT_UP = 64  # passages between two looks at whether a file waits to be read
TIDY_EVERY_S = 3600.0

log = logging.getLogger(__name__)


class Worker:
    """Works through one library's queue."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def run(self) -> None:
        """Work until killed."""
        self._library.jobs.recover()
        untidy, tidied_at_s, behind = True, 0.0, True
        while True:
            if self.step():
                untidy = True
                continue
            if behind:  # passages lack vectors only after a start with another embedder than before
                behind = self.catch_up()
                continue
            if untidy or time.monotonic() - tidied_at_s > TIDY_EVERY_S:
                self._tidy()
                untidy, tidied_at_s = False, time.monotonic()
            time.sleep(IDLE_S)

    def step(self) -> bool:
        """Do one job; False when there was none."""
        self._library.purge()
        source_id = self._library.jobs.take()
        if source_id is not None:
            self._do(source_id)
        return source_id is not None

    def catch_up(self) -> bool:
        """Embed some passages that only another embedder has seen, so that they are found again; False when done."""
        library = self._library
        try:
            some = library.texts.lacking(embedder=library.embedder.space, limit=CAUGHT_UP)
            for batch in _batches(some):
                vectors = library.embedder.embed([p.indexed_text for p in batch], role="passage")
                library.texts.put_vectors(batch, vectors, embedder=library.embedder.space)
        except JianwenError:
            log.exception("embedding anew")
            return False
        if some:
            with library.database.transaction() as connection:
                library.database.bump(connection, "generation")
        return bool(some)

    def _do(self, source_id: str) -> None:
        try:
            self._read(source_id)
        except JianwenError as error:
            self._library.jobs.fail(source_id, error)
        except Exception as error:
            # Whatever a reader trips over, the queue goes on and the person is told.
            log.exception("reading %s", source_id)
            self._library.jobs.fail(source_id, ReaderFailed(name=self._name(source_id), detail=type(error).__name__))

    def _read(self, source_id: str) -> None:
        library = self._library
        row = library.rows.get(source_id)
        document = documents.read(
            library.files.original(source_id),
            name=row.source.name,
            limits=limits_of(library.settings),
            progress=lambda stage, done, total: library.jobs.progress(source_id, stage, done, total),
        )
        passages = documents.passages(document, source_id=source_id)
        if not passages:
            raise EmptyDocument(name=row.source.name)
        self._embed(source_id, passages)
        library.put_document(source_id, document, passages)

    def _embed(self, source_id: str, passages: Sequence[Passage]) -> None:
        """Embed what this embedder has not seen, keeping every batch: a killed worker goes on behind the last one."""
        library = self._library
        missing = library.texts.without_vector(passages, embedder=library.embedder.space)
        missing.sort(key=lambda passage: len(passage.indexed_text))
        done = len(passages) - len(missing)
        for batch in _batches(missing):
            vectors = library.embedder.embed([p.indexed_text for p in batch], role="passage")
            library.texts.put_vectors(batch, vectors, embedder=library.embedder.space)
            done += len(batch)
            library.jobs.progress(source_id, "embedding", done, len(passages))

    def _name(self, source_id: str) -> str:
        try:
            return self._library.rows.get(source_id).source.name
        except NotFound:
            return source_id[:12]

    def _tidy(self) -> None:
        """Drop what interrupted work left behind: vectors without a passage, files and pins without a source."""
        self._library.texts.drop_unused_vectors()
        known = {row["id"] for row in self._library.database.rows("SELECT id FROM sources")}
        self._library.files.sweep(known)
        self._library.pins.sweep(known)


def _batches(passages: Sequence[Passage]) -> Iterator[Sequence[Passage]]:
    for start in range(0, len(passages), BATCH):
        yield passages[start : start + BATCH]
