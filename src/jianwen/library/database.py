"""The library's one SQLite file: its schema, its connections, its transactions.

Knows no rules about sources or passages: `sources.py`, `jobs.py`, `passages.py` and `conversations.py` do.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from jianwen.errors import BadRequest, BadSetting, LibraryBusy, LibraryDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["SCHEMA_VERSION", "Database"]

SCHEMA_VERSION = 3
BUSY_S = 20.0  # the worker's longest write transaction, a 50,000-row sheet, takes a few seconds
_BUSY_LOOK_S = 0.02

_SCHEMA = """
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counters VALUES ('change', 1), ('generation', 1);

CREATE TABLE sources (
    id TEXT PRIMARY KEY,            -- sha256 of the bytes
    name TEXT NOT NULL,
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
CREATE INDEX sources_by_change ON sources (change);
CREATE TABLE removals (id TEXT NOT NULL, change INTEGER PRIMARY KEY);
CREATE TABLE origins (              -- where a source was added from; equal files in two places are one source
    origin TEXT NOT NULL,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    name TEXT NOT NULL,             -- what it is called there
    PRIMARY KEY (origin, source_id)
) WITHOUT ROWID;
CREATE INDEX origins_by_source ON origins (source_id);

CREATE TABLE jobs (
    source_id TEXT PRIMARY KEY REFERENCES sources (id) ON DELETE CASCADE,
    queued_at REAL NOT NULL,
    running INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,   -- runs that died in a row, without getting any further
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
    answer TEXT,
    hits TEXT                       -- [[passage id, score], …], best first
);
CREATE INDEX messages_by_conversation ON messages (conversation_id, number);
"""

# What makes a file of that version one of the next.
_UPGRADES: Mapping[int, str] = {
    1: """
CREATE TABLE origins (
    origin TEXT NOT NULL,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (origin, source_id)
) WITHOUT ROWID;
CREATE INDEX origins_by_source ON origins (source_id);
INSERT INTO origins SELECT origin, id, name FROM sources;
DROP INDEX sources_by_origin;
ALTER TABLE sources DROP COLUMN origin;
""",
    2: "ALTER TABLE messages ADD COLUMN hits TEXT;\n",
}

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NO_ROOM = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class _Connection(sqlite3.Connection):
    """One that can be weakly referenced: it closes when the thread that opened it is gone."""


class Database:
    """One connection a thread to one file, opened on first use.

    Raises:
        BadSetting: the home cannot be written to, or its disk is full.
        LibraryDamaged: the file is no database, or was written by a newer version.
        LibraryBusy: another process held it for longer than `BUSY_S`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._open: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise self._unusable(exc.strerror or exc) from exc
        self._bring_up_to_date()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """All rows of one reading statement."""
        with self._translated():
            return self._connection().execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Row | None:
        """The first row of one reading statement."""
        return next(iter(self.rows(sql, values)), None)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside is of one moment, whatever others write meanwhile."""
        with self._translated():
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                yield
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside happens, durably, or nothing does."""
        with self._translated():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # after a full disk SQLite has rolled back itself
                    connection.execute("ROLLBACK")
                raise

    def bump(self, connection: sqlite3.Connection, counter: str) -> int:
        """Advance "change" (something a list shows) or "generation" (something a search finds); the new value."""
        row = connection.execute(
            "UPDATE counters SET value = value + 1 WHERE name = ? RETURNING value", (counter,)
        ).fetchone()
        return int(row[0])

    def counter(self, name: str) -> int:
        return int(self.rows("SELECT value FROM counters WHERE name = ?", (name,))[0][0])

    def close(self) -> None:
        with self._lock:
            for connection in list(self._open):
                connection.close()
            self._open.clear()
            self._local = threading.local()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connection(self) -> _Connection:
        """This thread's connection, in autocommit mode."""
        found: _Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._connect()
            self._local.connection = found
            with self._lock:
                self._open.add(found)
        return found

    def _connect(self) -> _Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False, factory=_Connection
        )
        connection.row_factory = sqlite3.Row
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")  # what was reported as kept survives a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _version(self) -> int:
        return int(self.rows("PRAGMA user_version")[0][0])

    def _bring_up_to_date(self) -> None:
        if self._version() == SCHEMA_VERSION:  # the common case waits for no writer
            return
        with self.transaction() as connection:
            version = self._version()
            if version > SCHEMA_VERSION:
                raise LibraryDamaged(name=self.path, detail=f"written by a newer version, schema {version}")
            scripts = [_UPGRADES[old] for old in range(version, SCHEMA_VERSION)] if version else [_SCHEMA]
            for statement in _statements("\n".join(scripts)):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as exc:
            code = getattr(exc, "sqlite_errorcode", 0) & 0xFF  # the primary code; what is above it is detail
            if code in _BUSY:
                raise LibraryBusy from exc
            if code in _BROKEN:
                raise LibraryDamaged(name=self.path, detail=exc) from exc
            if code in _NO_ROOM:
                raise self._unusable(exc) from exc
            raise  # a slip of ours: advice to move the library away would be wrong
        except UnicodeEncodeError as exc:
            raise BadRequest(detail="The text is not valid Unicode.", detail_zh="文字不是有效的 Unicode。") from exc

    def _unusable(self, detail: object) -> BadSetting:
        wanted = f"a folder that can be written to, on a disk with room left ({detail})"
        return BadSetting(name="home", value=str(self.path.parent), wanted=wanted)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL. Of two programs that do so in a new library at once, SQLite tells one "busy" without waiting."""
    end_s = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as exc:
            if getattr(exc, "sqlite_errorcode", 0) & 0xFF not in _BUSY or time.monotonic() > end_s:
                raise
            time.sleep(_BUSY_LOOK_S)
        else:
            return


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
