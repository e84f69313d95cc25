"""The queue of sources to be read: it lives in the database, so no crash loses it.

Does not read documents: `worker.py` takes a job from here and says how far it is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jianwen.errors import ReaderFailed
from jianwen.library.database import now_s

if TYPE_CHECKING:
    import sqlite3

    from jianwen.errors import JianwenError
    from jianwen.library.database import Database
    from jianwen.library.sources import Sources

__all__ = ["MAX_ATTEMPTS", "Jobs"]

MAX_ATTEMPTS = 5  # a file whose reader dies this often in a row is given up; some die of other things
SHOWN_EVERY_S = 0.25


class Jobs:
    """At most one job a source; a finished job is deleted."""

    def __init__(self, database: Database, sources: Sources) -> None:
        self._database = database
        self._sources = sources
        self._shown = ("", "", 0.0)

    def put(self, connection: sqlite3.Connection, source_id: str) -> None:
        connection.execute("INSERT OR REPLACE INTO jobs (source_id, queued_at) VALUES (?, ?)", (source_id, now_s()))
        connection.execute(
            "UPDATE sources SET state = 'queued', error = NULL, error_zh = NULL WHERE id = ?", (source_id,)
        )
        self._sources.touch(connection, source_id)

    def take(self) -> str | None:
        """The oldest waiting job, now running; None when nothing waits."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT j.source_id FROM jobs j JOIN sources s ON s.id = j.source_id"
                " WHERE NOT j.running AND s.removed_at IS NULL ORDER BY j.queued_at, j.source_id LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            source_id = str(row["source_id"])
            connection.execute(
                "UPDATE jobs SET running = 1, attempts = attempts + 1, stage = 'reading', heartbeat_at = ?"
                " WHERE source_id = ?",
                (now_s(), source_id),
            )
            connection.execute("UPDATE sources SET state = 'reading' WHERE id = ?", (source_id,))
            self._sources.touch(connection, source_id)
        return source_id

    def progress(self, source_id: str, stage: str, done: int, total: int) -> None:
        """Say how far a job is. The first word of a stage is always written, the others only now and then."""
        shown_id, shown_stage, shown_at_s = self._shown
        if (source_id, stage) == (shown_id, shown_stage) and time.monotonic() - shown_at_s < SHOWN_EVERY_S:
            return  # each write waits for the disk
        with self._database.transaction() as connection:
            # Embedding speaks after a batch that is kept: whatever ends this run, the next one is further.
            connection.execute(
                "UPDATE jobs SET stage = ?, done = ?, total = ?, heartbeat_at = ?,"
                " attempts = CASE WHEN ? = 'embedding' THEN 0 ELSE attempts END WHERE source_id = ?",
                (stage, done, total, now_s(), stage, source_id),
            )
            self._sources.touch(connection, source_id)
        self._shown = (source_id, stage, time.monotonic())

    def finish(self, connection: sqlite3.Connection, source_id: str) -> None:
        connection.execute("DELETE FROM jobs WHERE source_id = ?", (source_id,))

    def fail(self, source_id: str, error: JianwenError) -> None:
        with self._database.transaction() as connection:
            self.finish(connection, source_id)
            self._sources.fail(connection, source_id, error)

    def recover(self) -> None:
        """Put jobs back whose worker died; give up those that died of the same file too often.

        Call it only while holding the worker's lock: it takes every running job for orphaned.
        """
        rows = self._database.rows(
            "SELECT j.source_id, j.attempts, s.name FROM jobs j JOIN sources s ON s.id = j.source_id WHERE j.running"
        )
        for row in rows:
            if row["attempts"] >= MAX_ATTEMPTS:
                detail = f"its reader stopped {row['attempts']} times"
                self.fail(row["source_id"], ReaderFailed(name=row["name"], detail=detail))
            else:
                with self._database.transaction() as connection:
                    connection.execute(
                        "UPDATE jobs SET running = 0, stage = NULL WHERE source_id = ?", (row["source_id"],)
                    )
                    connection.execute("UPDATE sources SET state = 'queued' WHERE id = ?", (row["source_id"],))
                    self._sources.touch(connection, row["source_id"])

    def pardon(self) -> None:
        """The worker was ended on purpose: that does not count against the file it was at."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE jobs SET attempts = MAX(attempts - 1, 0) WHERE running")

    def condemn(self) -> None:
        """The worker hung: the next one gives its file up."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE jobs SET attempts = ? WHERE running", (MAX_ATTEMPTS,))

    def silent_for_s(self) -> float:
        """How long ago the running job last said something; 0 when none runs."""
        row = self._database.rows("SELECT MIN(heartbeat_at) AS at FROM jobs WHERE running")[0]
        return now_s() - row["at"] if row["at"] is not None else 0.0

    def count(self) -> dict[str, int]:
        """Jobs queued and running, and sources failed."""
        row = self._database.rows(
            "SELECT COUNT(*) AS n, COALESCE(SUM(j.running), 0) AS running FROM jobs j"
            " JOIN sources s ON s.id = j.source_id WHERE s.removed_at IS NULL"
        )[0]
        failed = self._sources.count().get("failed", 0)
        return {"queued": row["n"] - row["running"], "running": row["running"], "failed": failed}
