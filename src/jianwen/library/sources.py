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

SUPERSEDED = 0.0  # as the time of a removal: long past restoring
RESTORE_S = 15.0  # the page offers ten seconds; a little grace for the way there
CHANGES = 1000  # rows in one answer to "what is new"

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
        row = self._database.row(_ROW + "WHERE s.id = ? AND s.removed_at IS NULL", (source_id,))
        if row is None:
            raise NotFound(what="source", id=source_id)
        return _source_row(row)

    def find_prefix(self, prefix: str) -> str:
        """The full id of the one source whose id or name starts so: people type short ids.

        Raises:
            NotFound: none, or more than one.
        """
        rows = self._database.rows(
            "SELECT id FROM sources WHERE removed_at IS NULL"
            " AND (name = ? OR (length(?) >= 6 AND substr(id, 1, length(?)) = ?))",
            (prefix, prefix, prefix, prefix),
        )
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
        total = int(self._database.rows("SELECT COUNT(*) FROM sources s " + where, values)[0][0])  # noqa: S608 - fixed pieces
        rows = self._database.rows(
            _ROW + where + " ORDER BY s.added_at DESC, s.name LIMIT ? OFFSET ?", [*values, limit, offset]
        )
        return [_source_row(row) for row in rows], total

    def changes(self, after: int) -> tuple[int, list[SourceRow], list[str]]:
        """The rows changed and the ids removed after `after`, and the number to ask with next. 0 means from now on."""
        with self._database.snapshot():
            latest = self._database.counter("change")
            if after in (0, latest):
                return latest, [], []
            rows = self._database.rows(
                _ROW + "WHERE s.change > ? AND s.removed_at IS NULL ORDER BY s.change LIMIT ?", (after, CHANGES)
            )
            gone = self._database.rows("SELECT id FROM removals WHERE change > ? ORDER BY change", (after,))
        if len(rows) == CHANGES:
            latest = int(rows[-1]["change"])  # the others come with the next call
        present = {row["id"] for row in rows}
        return latest, [_source_row(row) for row in rows], [row["id"] for row in gone if row["id"] not in present]

    def insert(self, connection: sqlite3.Connection, source: Source, *, kind: str, size_bytes: int) -> None:
        change = self._database.bump(connection, "change")
        connection.execute(
            "INSERT INTO sources (id, name, media_type, kind, bytes, added_at, state, change)"
            " VALUES (?, ?, ?, ?, ?, ?, 'queued', ?)",
            (source.id, source.name, source.media_type, kind, size_bytes, source.added_at.isoformat(), change),
        )

    def touch(self, connection: sqlite3.Connection, source_id: str) -> None:
        """Let lists that follow `changes` see this source again."""
        change = self._database.bump(connection, "change")
        connection.execute("UPDATE sources SET change = ? WHERE id = ?", (change, source_id))

    def fail(self, connection: sqlite3.Connection, source_id: str, error: JianwenError) -> None:
        """Say why a source cannot be read. One that was removed meanwhile is read again if it is restored."""
        connection.execute(
            "UPDATE sources SET state = CASE WHEN removed_at IS NULL THEN 'failed' ELSE 'queued' END,"
            " error = ?, error_zh = ? WHERE id = ?",
            (error.text("en"), error.text("zh"), source_id),
        )
        self.touch(connection, source_id)

    def hide(self, source_id: str) -> None:
        """Take a source out of every list and answer at once; `restore` brings it back until it is purged."""
        with self._database.transaction() as connection:
            if not self._hide(connection, source_id, at_s=now_s()):
                raise NotFound(what="source", id=source_id)

    def supersede(self, connection: sqlite3.Connection, source_id: str) -> None:
        """As `hide`, for good: another source stands in its place."""
        if not self._hide(connection, source_id, at_s=SUPERSEDED):
            connection.execute("UPDATE sources SET removed_at = ? WHERE id = ?", (SUPERSEDED, source_id))

    def _hide(self, connection: sqlite3.Connection, source_id: str, *, at_s: float) -> bool:
        changed = connection.execute(
            "UPDATE sources SET removed_at = ? WHERE id = ? AND removed_at IS NULL", (at_s, source_id)
        ).rowcount
        if changed:
            change = self._database.bump(connection, "change")
            connection.execute("INSERT INTO removals VALUES (?, ?)", (source_id, change))
            self._database.bump(connection, "generation")
        return bool(changed)

    def restore(self, source_id: str) -> bool:
        """Undo `hide`; False when it was not hidden, is superseded, or is purged already."""
        with self._database.transaction() as connection:
            return self.show(connection, source_id, hidden_after_s=SUPERSEDED)

    def show(self, connection: sqlite3.Connection, source_id: str, *, hidden_after_s: float = -1.0) -> bool:
        """Back into lists and answers; whether it was hidden."""
        changed = connection.execute(
            "UPDATE sources SET removed_at = NULL WHERE id = ? AND removed_at > ?", (source_id, hidden_after_s)
        ).rowcount
        if changed:
            self.touch(connection, source_id)
            self._database.bump(connection, "generation")
        return bool(changed)

    def purgeable(self) -> list[str]:
        """Ids of sources that were hidden too long ago to be restored."""
        rows = self._database.rows("SELECT id FROM sources WHERE removed_at <= ?", (now_s() - RESTORE_S,))
        return [row["id"] for row in rows]

    def count(self) -> dict[str, int]:
        """How many sources are in each state."""
        rows = self._database.rows("SELECT state, COUNT(*) AS n FROM sources WHERE removed_at IS NULL GROUP BY state")
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
