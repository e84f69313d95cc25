"""Where sources come from: which files and uploads each one is, and which one stands at a place now.

Equal bytes in two places are one source with two origins. A newer file at a place takes it from the older source
once it can be found; a source that has lost its last place is superseded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from jianwen.library.sources import Sources

__all__ = ["Origins"]

_TAKEN = """
DELETE FROM origins WHERE source_id != ?1 AND origin IN (SELECT origin FROM origins WHERE source_id = ?1)
AND (?2 OR source_id NOT IN (SELECT id FROM sources WHERE state = 'ready')) RETURNING source_id
"""


class Origins:
    """Rows of the table `origins`."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def claim(self, connection: sqlite3.Connection, source_id: str, *, origin: str, name: str) -> None:
        """This is what now lies at that place. What lay there before goes, unless it has to stand in until then."""
        connection.execute("INSERT OR REPLACE INTO origins VALUES (?, ?, ?)", (origin, source_id, name))
        state = connection.execute("SELECT state FROM sources WHERE id = ?", (source_id,)).fetchone()["state"]
        self._take(connection, source_id, from_ready=state == "ready")

    def settle(self, connection: sqlite3.Connection, source_id: str) -> None:
        """This source can be found: its places are its own."""
        self._take(connection, source_id, from_ready=True)

    def _take(self, connection: sqlite3.Connection, source_id: str, *, from_ready: bool) -> None:
        taken = connection.execute(_TAKEN, (source_id, from_ready)).fetchall()
        for other in {row["source_id"] for row in taken}:
            left = connection.execute("SELECT name FROM origins WHERE source_id = ? ORDER BY name", (other,)).fetchone()
            if left is None:
                self._sources.supersede(connection, other)
            else:
                connection.execute("UPDATE sources SET name = ? WHERE id = ?", (left["name"], other))
                self._sources.touch(connection, other)
