"""The table of passages with their search words and vectors: all three change together or not at all.

Does not search: `search.py` does.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING

from jianwen.errors import NotFound
from jianwen.library.words import search_words
from jianwen.places import Passage, locator_from_json, locator_to_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from jianwen.library.database import Database
    from jianwen.library.embed import FloatArray

__all__ = ["Passages", "terms_of", "text_hash"]

MANY = 500  # parameters in one statement


def text_hash(passage: Passage) -> bytes:
    """What a vector is kept under: equal text under equal headings is embedded once, whichever file it is in."""
    return hashlib.sha256(passage.indexed_text.encode()).digest()[:16]


def terms_of(passage: Passage) -> str:
    """The search words of a passage as the table `words` holds them."""
    return " ".join(search_words(passage.indexed_text))


class Passages:
    """Rows of the tables `passages`, `words` and `vectors`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, passage_id: str) -> Passage:
        """One passage of a source that is not removed.

        Raises:
            NotFound: there is none.
        """
        row = self._database.row(
            "SELECT p.* FROM passages p JOIN sources s ON s.id = p.source_id WHERE p.id = ? AND s.removed_at IS NULL",
            (passage_id,),
        )
        if row is None:
            raise NotFound(what="passage", id=passage_id)
        return _passage(row)

    def by_id(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        """Those of the passages that are there, of sources that are not removed."""
        found: dict[str, Passage] = {}
        for start in range(0, len(passage_ids), MANY):
            some = passage_ids[start : start + MANY]
            marks = ",".join("?" * len(some))
            rows = self._database.rows(
                f"SELECT * FROM passages WHERE id IN ({marks})"  # noqa: S608 - only question marks
                " AND source_id IN (SELECT id FROM sources WHERE removed_at IS NULL)",
                list(some),
            )
            found |= {row["id"]: _passage(row) for row in rows}
        return found

    def by_number(self, numbers: Sequence[int]) -> dict[int, Passage]:
        """The passages in those rows of the table."""
        marks = ",".join("?" * len(numbers))
        rows = self._database.rows(
            f"SELECT * FROM passages WHERE number IN ({marks})",  # noqa: S608 - only question marks
            list(numbers),
        )
        return {row["number"]: _passage(row) for row in rows}

    def of_source(self, source_id: str) -> list[Passage]:
        """All passages of a source in reading order; none when it is removed."""
        rows = self._database.rows(
            "SELECT p.* FROM passages p JOIN sources s ON s.id = p.source_id AND s.removed_at IS NULL"
            " WHERE p.source_id = ? ORDER BY p.position",
            (source_id,),
        )
        return [_passage(row) for row in rows]

    def around(self, passage: Passage, *, before: int, after: int) -> list[Passage]:
        """The passage and its neighbours in the same source, in reading order."""
        rows = self._database.rows(
            "SELECT p.* FROM passages p JOIN passages m ON m.id = ? AND p.source_id = m.source_id"
            " WHERE p.position BETWEEN m.position - ? AND m.position + ? ORDER BY p.position",
            (passage.id, before, after),
        )
        return [_passage(row) for row in rows]

    def put(self, connection: sqlite3.Connection, passages: Sequence[Passage], terms: Sequence[str]) -> None:
        """Keep a source's passages in reading order, with the `terms_of` each."""
        for position, (passage, words) in enumerate(zip(passages, terms, strict=True)):
            number = connection.execute(
                "INSERT INTO passages (id, source_id, position, text, heading_path, locator, language,"
                " valid_from, valid_to, text_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    passage.id,
                    passage.source_id,
                    position,
                    passage.text,
                    json.dumps(passage.heading_path, ensure_ascii=False),
                    json.dumps(locator_to_json(passage.locator), ensure_ascii=False),
                    passage.language,
                    passage.valid_from and passage.valid_from.isoformat(),
                    passage.valid_to and passage.valid_to.isoformat(),
                    text_hash(passage),
                ),
            ).lastrowid
            connection.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (number, words))

    def delete_of(self, connection: sqlite3.Connection, source_id: str) -> None:
        connection.execute(
            "DELETE FROM words WHERE rowid IN (SELECT number FROM passages WHERE source_id = ?)", (source_id,)
        )
        connection.execute("DELETE FROM passages WHERE source_id = ?", (source_id,))

    def without_vector(self, passages: Sequence[Passage], *, embedder: str) -> list[Passage]:
        """Those of the passages, one per text, that this embedder has not seen."""
        by_hash = {text_hash(passage): passage for passage in passages}
        hashes = list(by_hash)
        for start in range(0, len(hashes), MANY):
            some = hashes[start : start + MANY]
            marks = ",".join("?" * len(some))
            rows = self._database.rows(
                f"SELECT text_hash FROM vectors WHERE embedder = ? AND text_hash IN ({marks})",  # noqa: S608 - only question marks
                [embedder, *some],
            )
            for row in rows:
                by_hash.pop(row["text_hash"], None)
        return list(by_hash.values())

    def lacking(self, *, embedder: str, limit: int) -> list[Passage]:
        """Some passages that can be found but for their vector, since only another embedder has seen them."""
        rows = self._database.rows(
            "SELECT p.* FROM passages p JOIN sources s ON s.id = p.source_id AND s.removed_at IS NULL"
            " WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.embedder = ? AND v.text_hash = p.text_hash)"
            " GROUP BY p.text_hash LIMIT ?",
            (embedder, limit),
        )
        return [_passage(row) for row in rows]

    def put_vectors(self, passages: Sequence[Passage], vectors: FloatArray, *, embedder: str) -> None:
        """Keep vectors, (len(passages), dim) float32, as float16: the cosine moves by less than 0.001."""
        import numpy as np  # noqa: PLC0415 - kept out of `import jianwen`

        halves = vectors.astype(np.float16)
        rows = [(embedder, text_hash(p), half.tobytes()) for p, half in zip(passages, halves, strict=True)]
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def vector(self, passage: Passage, *, embedder: str) -> bytes | None:
        """A passage's vector, (dim,) float16, or None."""
        row = self._database.row(
            "SELECT vector FROM vectors WHERE embedder = ? AND text_hash = ?", (embedder, text_hash(passage))
        )
        return row["vector"] if row else None

    def drop_unused_vectors(self) -> None:
        """Forget vectors of texts that no passage has; not while a source may be half embedded and need them."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM vectors WHERE text_hash NOT IN (SELECT text_hash FROM passages)"
                " AND NOT EXISTS (SELECT 1 FROM jobs)"
            )

    def count(self) -> int:
        """Passages that can be found."""
        rows = self._database.rows(
            "SELECT (SELECT COUNT(*) FROM passages) - (SELECT COUNT(*) FROM passages"
            " WHERE source_id IN (SELECT id FROM sources WHERE removed_at IS NOT NULL))"
        )
        return int(rows[0][0])

    def names(self, source_ids: Iterable[str]) -> Mapping[str, str]:
        """What people call those sources."""
        ids = list(dict.fromkeys(source_ids))
        marks = ",".join("?" * len(ids))
        rows = self._database.rows(
            f"SELECT id, name FROM sources WHERE id IN ({marks})",  # noqa: S608 - only question marks
            ids,
        )
        return {row["id"]: row["name"] for row in rows}


def _passage(row: sqlite3.Row) -> Passage:
    return Passage(
        id=row["id"],
        source_id=row["source_id"],
        text=row["text"],
        heading_path=tuple(json.loads(row["heading_path"])),
        locator=locator_from_json(json.loads(row["locator"])),
        language=row["language"],
        valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
    )
