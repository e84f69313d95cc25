"""The table of sources: which there are, in what state, what changed since a moment.

Reads and writes rows only. Files on disk are `files.py`'s, the order of work is `jobs.py`'s.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jianwen.errors import NotFound
from jianwen.library.database import now_s
from jianwen.library.rows import SourceRow, Stage
from jianwen.places import Source

if TYPE_CHECKING:
    import sqlite3

    from jianwen.errors import JianwenError
    from jianwen.library.database import Database

__all__ = ["RESTORE_S", "Sources"]

RESTORE_S = 15.0  # the page offers ten seconds; a little grace for the way there

_ROW = """
SELECT s.*, j.stage, j.done, j.total,
       (SELECT COUNT(*) FROM passages p WHERE p.source_id = s.id) AS passages
FROM sources s LEFT JOIN jobs j ON j.source_id = s.id
"""


class Sources:
    """Rows of the table `sources`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, source_id: str) -> SourceRow:
        """One source that is not removed.

        Raises:
            NotFound: there is none.
        """
        row = self._database.connection.execute(
            _ROW + "WHERE s.id = ? AND s.removed_at IS NULL", (source_id,)
        ).fetchone()
        if row is None:
            raise NotFound(what="source", id=source_id)
        return _source_row(row)

    def find_prefix(self, prefix: str) -> str:
        """The full id of the one source whose id or name starts so: people type short ids.

        Raises:
            NotFound: none, or more than one.
        """
        rows = self._database.connection.execute(
            "SELECT id FROM sources WHERE removed_at IS NULL"
            " AND (name = ? OR (length(?) >= 6 AND substr(id, 1, length(?)) = ?))",
            (prefix, prefix, prefix, prefix),
        ).fetchall()
        if len(rows) != 1:
            raise NotFound(what="source", id=prefix)
        return str(rows[0]["id"])

    def page(
        self, *, search: str = "", kind: str = "", state: str = "", offset: int = 0, limit: int = 100
    ) -> tuple[list[SourceRow], int]:
        """A page of the list, newest first, and how many there are in all."""
        where = "WHERE s.removed_at IS NULL"
        values: list[object] = []
        if search:
            where += " AND instr(lower(s.name), lower(?)) > 0"
            values.append(search)
        if kind:
            where += " AND s.kind = ?"
            values.append(kind)
        if state:
            where += " AND s.state = ?"
            values.append(state)
        connection = self._database.connection
        total = int(connection.execute("SELECT COUNT(*) FROM sources s " + where, values).fetchone()[0])  # noqa: S608 - fixed pieces
        rows = connection.execute(
            _ROW + where + " ORDER BY s.added_at DESC, s.name LIMIT ? OFFSET ?", [*values, limit, offset]
        ).fetchall()
        return [_source_row(row) for row in rows], total

    def changes(self, after: int) -> tuple[int, list[SourceRow], list[str]]:
        """The change counter now, the rows changed after `after`, the ids removed after it. 0 means from now on."""
        latest = self._database.counter("change")
        if after in (0, latest):
            return latest, [], []
        connection = self._database.connection
        rows = connection.execute(
            _ROW + "WHERE s.change > ? AND s.removed_at IS NULL ORDER BY s.change LIMIT 1000", (after,)
        ).fetchall()
        gone = connection.execute("SELECT id FROM removals WHERE change > ? ORDER BY change", (after,)).fetchall()
        present = {row["id"] for row in rows}
        return latest, [_source_row(row) for row in rows], [row["id"] for row in gone if row["id"] not in present]

    def insert(
        self, connection: sqlite3.Connection, source: Source, *, origin: str, kind: str, size_bytes: int
    ) -> None:
        change = self._database.bump(connection, "change")
        connection.execute(
            "INSERT INTO sources (id, name, origin, media_type, kind, bytes, added_at, state, change)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?)",
            (source.id, source.name, origin, source.media_type, kind, size_bytes, source.added_at.isoformat(), change),
        )

    def touch(self, connection: sqlite3.Connection, source_id: str) -> None:
        """Let lists that follow `changes` see this source again."""
        change = self._database.bump(connection, "change")
        connection.execute("UPDATE sources SET change = ? WHERE id = ?", (change, source_id))

    def fail(self, connection: sqlite3.Connection, source_id: str, error: JianwenError) -> None:
        connection.execute(
            "UPDATE sources SET state = 'failed', error = ?, error_zh = ? WHERE id = ?",
            (error.text("en"), error.text("zh"), source_id),
        )
        self.touch(connection, source_id)

    def hide(self, source_id: str) -> None:
        """Take a source out of every list and answer at once; `restore` brings it back until it is purged."""
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE sources SET removed_at = ? WHERE id = ? AND removed_at IS NULL", (now_s(), source_id)
            ).rowcount
            if not changed:
                raise NotFound(what="source", id=source_id)
            self.note_removal(connection, source_id)
            self._database.bump(connection, "generation")

    def restore(self, source_id: str) -> bool:
        """Undo `hide`; False when it was not hidden or is purged already."""
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE sources SET removed_at = NULL WHERE id = ? AND removed_at IS NOT NULL", (source_id,)
            ).rowcount
            if changed:
                self.touch(connection, source_id)
                self._database.bump(connection, "generation")
        return bool(changed)

    def note_removal(self, connection: sqlite3.Connection, source_id: str) -> None:
        change = self._database.bump(connection, "change")
        connection.execute("INSERT INTO removals VALUES (?, ?)", (source_id, change))

    def purgeable(self) -> list[str]:
        """Ids of sources that were hidden too long ago to be restored."""
        rows = self._database.connection.execute(
            "SELECT id FROM sources WHERE removed_at <= ?", (now_s() - RESTORE_S,)
        ).fetchall()
        return [row["id"] for row in rows]

    def count(self) -> dict[str, int]:
        """How many sources are in each state."""
        rows = self._database.connection.execute(
            "SELECT state, COUNT(*) AS n FROM sources WHERE removed_at IS NULL GROUP BY state"
        ).fetchall()
        return {row["state"]: row["n"] for row in rows}


def _source_row(row: sqlite3.Row) -> SourceRow:
    return SourceRow(
        source=Source(row["id"], row["name"], row["media_type"], datetime.fromisoformat(row["added_at"])),
        kind=row["kind"],
        state=row["state"],
        error=row["error"],
        error_zh=row["error_zh"],
        passages=row["passages"],
        pages=row["pages"],
        ocr_pages=tuple(json.loads(row["ocr_pages"])),
        bytes=row["bytes"],
        stage=Stage(row["stage"], row["done"], row["total"]) if row["stage"] else None,
    )


def utc_now() -> datetime:
    return datetime.now(UTC)
