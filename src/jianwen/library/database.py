"""The library's one SQLite file: its schema, its connections, its transactions.

Knows no rules about sources or passages: `sources.py`, `jobs.py`, `passages.py` and `conversations.py` do.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from jianwen.errors import LibraryBusy, LibraryDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["SCHEMA_VERSION", "Database"]

SCHEMA_VERSION = 1
BUSY_S = 20.0  # the worker's longest write transaction, a 50,000-row sheet, takes a few seconds

_SCHEMA = """
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counters VALUES ('change', 1), ('generation', 1);

CREATE TABLE sources (
    id TEXT PRIMARY KEY,            -- sha256 of the bytes
    name TEXT NOT NULL,
    origin TEXT NOT NULL,           -- where it was added from: a newer file of the same origin replaces it
    media_type TEXT NOT NULL,
    kind TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    added_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'reading', 'ready', 'failed')),
    error TEXT, error_zh TEXT,
    pages INTEGER NOT NULL DEFAULT 0,
    ocr_pages TEXT NOT NULL DEFAULT '[]',
    removed_at REAL,                -- hidden, and purged after a while
    change INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sources_by_origin ON sources (origin);
CREATE INDEX sources_by_change ON sources (change);
CREATE TABLE removals (id TEXT NOT NULL, change INTEGER PRIMARY KEY);

CREATE TABLE jobs (
    source_id TEXT PRIMARY KEY REFERENCES sources (id) ON DELETE CASCADE,
    queued_at REAL NOT NULL,
    running INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,   -- runs that died while parsing
    stage TEXT, done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
    heartbeat_at REAL
) WITHOUT ROWID;

CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,   -- also the row in `words`; never used again: indexes keep it
    id TEXT NOT NULL UNIQUE,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    text TEXT NOT NULL,
    heading_path TEXT NOT NULL,
    locator TEXT NOT NULL,
    language TEXT NOT NULL,
    valid_from TEXT, valid_to TEXT,
    text_hash BLOB NOT NULL
);
CREATE INDEX passages_by_source ON passages (source_id, position);
CREATE INDEX passages_by_text ON passages (text_hash);
CREATE VIRTUAL TABLE words USING fts5 (terms, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE TABLE vectors (
    embedder TEXT NOT NULL, text_hash BLOB NOT NULL, vector BLOB NOT NULL,   -- float16, of length 1
    PRIMARY KEY (embedder, text_hash)
) WITHOUT ROWID;

CREATE TABLE conversations (id TEXT PRIMARY KEY, title TEXT NOT NULL, updated_at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE messages (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    text TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'writing', 'stopped', 'failed')),
    answer TEXT
);
CREATE INDEX messages_by_conversation ON messages (conversation_id, number);
"""


class Database:
    """One connection a thread to one file, opened on first use.

    Raises:
        LibraryDamaged: the file is no database, or was written by a newer version.
        LibraryBusy: another process held it for longer than `BUSY_S`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.transaction() as connection:
            self._create(connection)

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit mode. Use `transaction` for writing."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._connect()
            self._local.connection = found
        return found

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside happens, durably, or nothing does."""
        connection = self.connection
        with self._translated():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def bump(self, connection: sqlite3.Connection, counter: str) -> int:
        """Advance "change" (something a list shows) or "generation" (something a search finds); the new value."""
        row = connection.execute(
            "UPDATE counters SET value = value + 1 WHERE name = ? RETURNING value", (counter,)
        ).fetchone()
        return int(row[0])

    def counter(self, name: str) -> int:
        row = self.connection.execute("SELECT value FROM counters WHERE name = ?", (name,)).fetchone()
        return int(row[0])

    def close(self) -> None:
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
            self._local = threading.local()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self) -> sqlite3.Connection:
        with self._translated():
            connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")  # what was reported as kept survives a power cut
            connection.execute("PRAGMA foreign_keys = ON")
        with self._lock:
            self._open.append(connection)
        return connection

    def _create(self, connection: sqlite3.Connection) -> None:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise LibraryDamaged(name=self.path, detail=f"written by a newer version, schema {version}")
        if version == 0:
            for statement in _statements(_SCHEMA):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as exc:
            if "locked" in str(exc) or "busy" in str(exc):
                raise LibraryBusy from exc
            raise LibraryDamaged(name=self.path, detail=exc) from exc
        except sqlite3.DatabaseError as exc:
            raise LibraryDamaged(name=self.path, detail=exc) from exc


def _statements(script: str) -> Iterator[str]:
    """Split a script, since `executescript` would end the transaction it runs in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def now_s() -> float:
    """Seconds since 1970: times in the database are compared between processes."""
    return time.time()
