"""The library's file: what is wrong with it is said in one line, and older ones are taken along."""

from __future__ import annotations

import gc
import os
import sqlite3
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jianwen.errors import BadRequest, BadSetting, LibraryBusy, LibraryDamaged
from jianwen.library import Library
from jianwen.library.database import SCHEMA_VERSION, Database

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.settings import Settings

    from .desk import Desk


def test_a_library_of_a_newer_version_is_left_alone(settings: Settings) -> None:
    """It is refused by number, and opens again in the version it came from."""
    Library(settings).close()
    with sqlite3.connect(settings.database) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(LibraryDamaged, match="newer version"):
        Library(settings)
    with sqlite3.connect(settings.database) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    Library(settings).close()


def test_a_library_of_the_first_version_is_taken_along(settings: Settings) -> None:
    """Where its sources came from is kept: a changed file still takes the place of the old one."""
    with Library(settings) as library, library.database.transaction() as connection:
        connection.execute(
            "INSERT INTO sources (id, name, media_type, kind, bytes, added_at, state, change)"
            " VALUES ('a', 'a.txt', 'text/plain', 'text', 1, '2025-01-01T00:00:00+00:00', 'ready', 2)"
        )
    with sqlite3.connect(settings.database) as connection:
        connection.executescript(
            "DROP TABLE origins; ALTER TABLE sources ADD COLUMN origin TEXT NOT NULL DEFAULT '/a.txt';"
            "CREATE INDEX sources_by_origin ON sources (origin); ALTER TABLE messages DROP COLUMN hits;"
            "PRAGMA user_version = 1;"
        )
    with Library(settings) as library:
        assert [tuple(row) for row in library.database.rows("SELECT * FROM origins")] == [("/a.txt", "a", "a.txt")]
        assert [row.source.name for row in library.sources()[0]] == ["a.txt"]


def test_conversations_of_the_second_version_are_taken_along(settings: Settings) -> None:
    """What was said before hits were kept is still there, without any; what is said from now on has them."""
    with Library(settings) as library:
        kept_in, _, message = library.conversations.begin(None, "几点关门？")
        library.conversations.save(message, "五点。", state="done")
    with sqlite3.connect(settings.database) as connection:
        connection.executescript("ALTER TABLE messages DROP COLUMN hits; PRAGMA user_version = 2;")
    with Library(settings) as library:
        assert [(m.text, m.hits) for m in library.conversations.get(kept_in).messages] == [
            ("几点关门？", None),
            ("五点。", None),
        ]
        newer = library.conversations.begin(kept_in, "那周末呢？")[2]
        library.conversations.save(newer, "四点。", state="done", hits=[("a", 1.5)])
        assert library.conversations.get(kept_in).messages[-1].hits == (("a", 1.5),)


@pytest.mark.parametrize("garbage", [b"this is no database, it is a letter. " * 100, b"\0" * 5000])
def test_a_file_that_is_no_library_is_said_to_be_damaged(settings: Settings, garbage: bytes) -> None:
    """Garbage in the place of the library gives one line that says what to do."""
    settings.database.write_bytes(garbage)
    with pytest.raises(LibraryDamaged) as caught:
        Library(settings)
    assert "\n" not in caught.value.text("en")


def test_damage_inside_is_said_when_it_is_met(desk: Desk, settings: Settings) -> None:
    """A library whose pages were overwritten opens or not, but never ends in a foreign error."""
    for number in range(30):
        desk.put(f"{number}.txt", f"第{number}号展厅在{number}楼。")
    desk.work()
    desk.library.database.close()
    contents = bytearray(settings.database.read_bytes())
    contents[8192:-4096] = os.urandom(len(contents) - 12288)
    settings.database.write_bytes(contents)
    with pytest.raises(LibraryDamaged):
        Library(settings, embedder=desk.embedder).search("展厅")


def test_a_home_that_cannot_be_used_is_a_setting_to_mend(tmp_path: Path, settings: Settings) -> None:
    """A file where the home should be, or something else where its folders should be, is named as such."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BadSetting, match="home"):
        Library(replace(settings, home=tmp_path / "file" / "home"))
    settings.database.mkdir()
    with pytest.raises(BadSetting, match="home"):
        Library(settings)
    settings.database.rmdir()
    (settings.home / "sources").write_text("", encoding="utf-8")
    with pytest.raises(BadSetting, match="home"):
        Library(settings)


def test_a_library_that_cannot_grow_says_so_and_goes_on(desk: Desk) -> None:
    """A full disk fails the one change, names the home, and the next change works."""
    database = desk.library.database
    pages = database.rows("PRAGMA page_count")[0][0]
    database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(BadSetting, match="home"):
        desk.library.conversations.begin(None, "长" * 100_000)
    database.rows("PRAGMA max_page_count = 100000")
    assert desk.library.conversations.begin(None, "短")[1] == "短"


def test_a_held_library_is_busy_and_can_still_be_read(settings: Settings, tmp_path: Path) -> None:
    """While another program writes, opening and reading go on; writing waits, and then says who is in the way."""
    with Library(settings) as library:
        library.conversations.begin(None, "几点关门？")
        with sqlite3.connect(settings.database, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            with Library(settings) as second:
                assert second.status()["sources"] == 0
                second.database.rows("PRAGMA busy_timeout = 50")
                with pytest.raises(LibraryBusy):
                    second.conversations.settle()
            other.execute("ROLLBACK")


def test_a_failed_change_leaves_nothing_behind(tmp_path: Path) -> None:
    """Half a transaction is undone, whatever broke it, and the connection is ready for the next."""
    removals: dict[type[Exception], list[tuple[object, object]]] = {
        sqlite3.IntegrityError: [("a", 1), ("b", 1)],
        sqlite3.ProgrammingError: [("a", 1), ("b", object())],
        BadRequest: [("a", 1), ("\ud800", 2)],
    }
    with Database(tmp_path / "a.sqlite") as database:
        for error, values in removals.items():
            with pytest.raises(error), database.transaction() as connection:
                connection.executemany("INSERT INTO removals VALUES (?, ?)", values)
        assert database.rows("SELECT * FROM removals") == []


def test_a_snapshot_sees_one_moment(tmp_path: Path) -> None:
    """What others write while it is open shows only after it."""
    with Database(tmp_path / "a.sqlite") as database:

        def count() -> int:
            return len(database.rows("SELECT * FROM removals"))

        with database.snapshot():
            assert count() == 0
            writer = threading.Thread(target=_write, args=(database,))
            writer.start()
            writer.join()
            assert count() == 0
        assert count() == 1


def _write(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO removals VALUES ('a', 1)")


def test_threads_that_end_take_their_connections_along(tmp_path: Path) -> None:
    """A server whose threads come and go does not run out of files."""
    with Database(tmp_path / "a.sqlite") as database:
        for _ in range(30):
            thread = threading.Thread(target=database.counter, args=("change",))
            thread.start()
            thread.join()
        gc.collect()
        assert len(database._open) == 1


def test_closing_twice_is_fine(settings: Settings) -> None:
    """A library that is closed may be closed again."""
    library = Library(settings)
    library.close()
    library.close()
    with library:
        assert library.status()["passages"] == 0
