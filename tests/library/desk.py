"""A desk of small files and a library that they are put into: what the tests of this room work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwen.library import Embedder, Library, Worker
from jianwen.library.passages import terms_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from jianwen.library import Enqueued, Hit, Role
    from jianwen.settings import Settings

__all__ = ["CountingEmbedder", "Desk", "disagreements"]


class CountingEmbedder(Embedder):
    """An embedder that writes down which passages it was given."""

    def __init__(self, engine: Embedder) -> None:
        super().__init__()
        self.name, self.dim = engine.name, engine.dim
        self.passages: list[str] = []
        self._engine = engine

    def _embed(self, texts: Sequence[str], role: Role) -> NDArray[np.float32]:
        if role == "passage":
            self.passages.extend(texts)
        return self._engine.embed(texts, role=role)


class Desk:
    """Files to add, and the library they go into, worked in this process."""

    def __init__(self, folder: Path, settings: Settings, embedder: Embedder) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.embedder = CountingEmbedder(embedder)
        self.library = Library(settings, embedder=self.embedder)
        self.worker = Worker(self.library)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def put(self, name: str, text: str) -> Enqueued:
        """Write a file and queue it, with its path as the origin."""
        path = self.write(name, text)
        return self.library.enqueue(path, name=name, origin=str(path))

    def work(self) -> None:
        while self.worker.step():
            continue

    def add(self, name: str, text: str) -> str:
        """Queue a file and read it: the source's id."""
        source_id = self.put(name, text).source_id
        self.work()
        return source_id

    def names(self) -> list[str]:
        """Names in the list, sorted."""
        return sorted(row.source.name for row in self.library.sources()[0])

    def states(self) -> dict[str, str]:
        return {row.source.name: row.state for row in self.library.sources()[0]}

    def texts(self, question: str) -> list[str]:
        return [hit.passage.text for hit in self.hits(question)]

    def hits(self, question: str) -> list[Hit]:
        return self.library.search(question, limit=100)

    def count(self, table: str) -> int:
        return int(self.library.database.rows(f"SELECT COUNT(*) FROM {table}")[0][0])

    def folders(self) -> set[str]:
        """What lies in `sources` and `incoming`."""
        return {
            path.name
            for folder in (self.library.files.sources, self.library.files.incoming)
            for path in folder.iterdir()
        }


_DISAGREEMENTS = {
    "words of no passage": "SELECT rowid FROM words WHERE rowid NOT IN (SELECT number FROM passages)",
    "passage without words": "SELECT number FROM passages WHERE number NOT IN (SELECT rowid FROM words)",
    "passage without vector": "SELECT number FROM passages WHERE text_hash NOT IN (SELECT text_hash FROM vectors)",
    "vector of no passage": "SELECT hex(text_hash) FROM vectors"
    " WHERE text_hash NOT IN (SELECT text_hash FROM passages)",
    "two passages in one place": "SELECT source_id FROM passages GROUP BY source_id, position HAVING COUNT(*) > 1",
    "job left": "SELECT source_id FROM jobs",
    "source that is not ready": "SELECT name FROM sources WHERE state != 'ready' OR removed_at IS NOT NULL",
    "source from nowhere": "SELECT name FROM sources WHERE id NOT IN (SELECT source_id FROM origins)",
}


def disagreements(library: Library) -> list[str]:
    """What is left half done, or does not belong together, in a library that has nothing to do."""
    found = [f"{what}: {row[0]}" for what, sql in _DISAGREEMENTS.items() for row in library.database.rows(sql)]
    found += [
        f"words of another passage: {row['number']}"
        for row in library.database.rows(
            "SELECT number, terms, p.* FROM words JOIN passages p ON p.number = words.rowid"
        )
        if row["terms"] != terms_of(library.texts.get(row["id"]))
    ]
    known = {row["id"] for row in library.database.rows("SELECT id FROM sources")}
    found += [f"folder: {name}" for name in {path.name for path in library.files.sources.iterdir()} ^ known]
    return found + [f"copy: {path.name}" for path in library.files.incoming.iterdir()]
