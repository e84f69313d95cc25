"""The library: sources in, hits out. The one object that other rooms hold.

Adding only queues; `worker.py` reads. All methods may be called from several threads and processes at once.
"""

from __future__ import annotations

import threading
import time
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Self

from jianwen.documents import Limits, kind_of, media_type_of
from jianwen.errors import JianwenError
from jianwen.library.conversations import Conversations
from jianwen.library.database import Database
from jianwen.library.embed import open_embedder
from jianwen.library.files import Files
from jianwen.library.jobs import Jobs
from jianwen.library.origins import Origins
from jianwen.library.passages import Passages, terms_of
from jianwen.library.pins import Pins
from jianwen.library.rows import Enqueued
from jianwen.library.sources import Sources, utc_now
from jianwen.places import Source

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from jianwen.documents import Document
    from jianwen.library.embed import Embedder
    from jianwen.library.rows import Hit, SourceRow
    from jianwen.library.search import Search
    from jianwen.places import Passage
    from jianwen.settings import Settings

__all__ = ["Library", "limits_of"]


ENGINE_S = 60.0  # at most, for the embedder's engine to open or to end its batch: that takes a second on a quiet box


def limits_of(settings: Settings) -> Limits:
    """The reading limits that a person may set."""
    return Limits(
        max_file_mb=settings.max_file_mb,
        max_pages=settings.max_pages,
        max_rows=settings.max_rows,
        max_pixels=settings.max_pixels,
        max_unpacked_mb=settings.max_unpacked_mb,
        max_unpack_ratio=settings.max_unpack_ratio,
    )


class Library:
    """Sources, passages, search and conversations under one home folder.

    Raises:
        LibraryDamaged: the database cannot be used.
    """

    def __init__(self, settings: Settings, *, embedder: Embedder | None = None) -> None:
        self.settings = settings
        self.database = Database(settings.database)
        self.files = Files(settings.home, max_file_mb=settings.max_file_mb)
        self.pins = Pins(settings.states)
        self.rows = Sources(self.database)
        self.origins = Origins(self.rows)
        self.jobs = Jobs(self.database, self.rows)
        self.texts = Passages(self.database)
        self.conversations = Conversations(self.database)
        self._closing = threading.Event()
        self._opening = threading.Lock()
        self._embedder = embedder
        self._embedder_error: JianwenError | None = None

    @cached_property
    def embedder(self) -> Embedder:
        """Loaded when it is first needed.

        Raises:
            EmbedderUnavailable: it cannot be loaded or reached; the next use tries again.
        """
        with self._opening:
            try:
                return self._embedder or open_embedder(self.settings, closing=self._closing)
            except JianwenError as error:
                self._embedder_error = error
                raise

    @cached_property
    def finder(self) -> Search:
        from jianwen.library.search import Search  # noqa: PLC0415 - NumPy, kept out of `import jianwen`
        from jianwen.library.vectors import VectorIndex  # noqa: PLC0415

        index = VectorIndex(self.database, embedder=self.embedder.space, dim=self.embedder.dim)
        return Search(self.database, self.texts, index, self.embedder, cache=self.settings.states)

    # Adding

    def enqueue(self, path: Path, *, name: str, origin: str) -> Enqueued:
        """Copy a file into the library and queue it for reading.

        Args:
            path: the file.
            name: what people call it.
            origin: where it comes from; when it is read, other sources of this origin go.

        Raises:
            DocumentError: what can be seen at once: empty, of no known kind, too large.
        """
        media_type = media_type_of(path, name=name)
        source_id, size, copy = self.files.take_in(path, name=name)
        source = Source(source_id, name, media_type, utc_now())
        try:
            with self.database.transaction() as connection:
                known = connection.execute(
                    "SELECT state, removed_at FROM sources WHERE id = ?", (source_id,)
                ).fetchone()
                usable = known is not None and known["state"] != "failed" and known["removed_at"] is None
                if not usable:
                    self.files.keep(copy, source_id, suffix=PurePosixPath(name).suffix.lower())
                    self._queue(connection, source, size_bytes=size, state=known and known["state"])
                self.origins.claim(connection, source_id, origin=origin, name=name)
        finally:
            copy.unlink(missing_ok=True)
        return Enqueued(source_id, "unchanged" if usable else "added")

    def _queue(self, connection: sqlite3.Connection, source: Source, *, size_bytes: int, state: str | None) -> None:
        """Have a source read that is not there (state None), failed, or is removed; the last may be read already."""
        if state is None:
            self.rows.insert(connection, source, kind=kind_of(source.media_type), size_bytes=size_bytes)
        else:
            connection.execute("UPDATE sources SET name = ? WHERE id = ?", (source.name, source.id))
            self.rows.show(connection, source.id)
        if state != "ready":
            self.jobs.put(connection, source.id)

    def put_document(self, source_id: str, document: Document, passages: Sequence[Passage]) -> None:
        """Make a read source findable, in the place of older ones of its origins. One transaction."""
        terms = [terms_of(passage) for passage in passages]  # half of the work, done while others may write
        with self.database.transaction() as connection:
            self.jobs.finish(connection, source_id)
            there = connection.execute("SELECT 1 FROM sources WHERE id = ? AND removed_at IS NULL", (source_id,))
            if there.fetchone() is None:  # removed while it was read; if it is restored, it is read again
                connection.execute("UPDATE sources SET state = 'queued' WHERE id = ?", (source_id,))
                return
            self.texts.delete_of(connection, source_id)
            self.texts.put(connection, passages, terms)
            connection.execute(
                "UPDATE sources SET state = 'ready', pages = ?, ocr_pages = ? WHERE id = ?",
                (document.pages, str(list(document.ocr_pages)), source_id),
            )
            self.origins.settle(connection, source_id)
            self.rows.touch(connection, source_id)
            self.database.bump(connection, "generation")

    # Looking after sources

    def sources(
        self, search: str = "", kind: str = "", state: str = "", offset: int = 0, limit: int = 100
    ) -> tuple[list[SourceRow], int]:
        """See `Sources.page`."""
        return self.rows.page(search=search, kind=kind, state=state, offset=offset, limit=limit)

    def source(self, source_id: str) -> SourceRow:
        """See `Sources.get`."""
        return self.rows.get(source_id)

    def find(self, wanted: str) -> SourceRow:
        """The source that a person means: see `Sources.find_prefix`."""
        return self.rows.get(self.rows.find_prefix(wanted))

    def changes(self, after: int) -> tuple[int, list[SourceRow], list[str]]:
        """See `Sources.changes`."""
        return self.rows.changes(after)

    def retry(self, source_id: str) -> None:
        """Read a failed source again; nothing happens to one that is read or being read."""
        if self.rows.get(source_id).state in {"failed", "queued"}:
            with self.database.transaction() as connection:
                self.jobs.put(connection, source_id)

    def remove(self, source_id: str) -> None:
        """Out of every list and answer at once; for some seconds `restore` brings it back."""
        self.rows.hide(source_id)

    def restore(self, source_id: str) -> None:
        """Undo `remove`.

        Raises:
            NotFound: too late, or never there.
        """
        if self.rows.restore(source_id) and self.rows.get(source_id).state == "queued":
            self.retry(source_id)
        self.rows.get(source_id)

    def delete(self, source_id: str) -> None:
        """Remove a source for good, at once."""
        self.rows.hide(source_id)
        self._purge(source_id)
        self.texts.drop_unused_vectors()

    def purge(self) -> None:
        """Delete everything of the sources that were removed and can no longer be restored."""
        doomed = self.rows.purgeable()
        for source_id in doomed:
            self._purge(source_id)
        if doomed:
            self.texts.drop_unused_vectors()

    def _purge(self, source_id: str) -> None:
        with self.database.transaction() as connection:
            hidden = connection.execute(
                "SELECT 1 FROM sources WHERE id = ? AND removed_at IS NOT NULL", (source_id,)
            ).fetchone()
            if hidden is None:  # restored, or added again, in the meantime
                return
            self.texts.delete_of(connection, source_id)
            connection.execute("DELETE FROM sources WHERE id = ?", (source_id,))
            self.database.bump(connection, "generation")
            self.files.delete(source_id)
            self.pins.delete(source_id)

    def original(self, source_id: str) -> Path:
        """The source's own bytes."""
        self.rows.get(source_id)
        return self.files.original(source_id)

    # Finding

    def search(self, question: str, *, limit: int = 20) -> list[Hit]:
        """See `Search.search`."""
        return self.finder.search(question, limit=limit)

    def similarity(self, text: str, passage: Passage) -> float:
        """Cosine of any text, in any language, and a passage of this library; 0 when its vector is gone."""
        import numpy as np  # noqa: PLC0415 - kept out of `import jianwen`

        stored = self.texts.vector(passage, embedder=self.embedder.space)
        if stored is None:
            return 0.0
        return float(
            np.frombuffer(stored, np.float16).astype(np.float32) @ self.embedder.embed([text], role="query")[0]
        )

    def passage(self, passage_id: str) -> Passage:
        """See `Passages.get`."""
        return self.texts.get(passage_id)

    def passages_of(self, source_id: str) -> list[Passage]:
        """See `Passages.of_source`."""
        return self.texts.of_source(source_id)

    def names(self, source_ids: Iterable[str]) -> Mapping[str, str]:
        """What people call those sources, by id."""
        return self.texts.names(source_ids)

    def status(self) -> dict[str, Any]:
        """Counts of sources, passages and jobs."""
        return {
            "sources": sum(self.rows.count().values()),
            "passages": self.texts.count(),
            "jobs": self.jobs.count(),
        }

    def embedder_status(self) -> dict[str, str]:
        """Whether texts can be embedded; before the first use that is expected."""
        loaded: Embedder | None = self.__dict__.get("embedder")
        if loaded is not None:
            return {"name": loaded.name, "state": "ready", "detail": loaded.detail, "detail_zh": loaded.detail_zh}
        error = self._embedder_error
        detail = {"detail": error.text("en") if error else "", "detail_zh": error.text("zh") if error else ""}
        return {"name": self.settings.embedder, "state": "failed" if error else "ready", **detail}

    def wind_down(self) -> None:
        """Have the embedder that was opened here end after its batch, and open none from now on."""
        self._closing.set()

    def close(self) -> None:
        self.wind_down()
        if self.settings.embedder != "openai":  # a server's answer may be minutes away, and nothing breaks without it
            self._wait_for_engine()
        self.database.close()

    def _wait_for_engine(self) -> None:
        """Until no thread is inside SentencePiece or ONNX Runtime: Python, if it ended meanwhile, would abort."""
        end_s = time.monotonic() + ENGINE_S
        loaded: Embedder | None = self.__dict__.get("embedder")
        for lock in (self._opening, loaded.lock) if loaded else (self._opening,):
            if lock.acquire(timeout=max(0, end_s - time.monotonic())):
                lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
