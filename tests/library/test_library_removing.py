"""Removing sources: gone at once from everything, back for a moment, then gone for good."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from jianwen.errors import NotFound

from .desk import disagreements

if TYPE_CHECKING:
    from .desk import Desk

HOURS = "周二至周日九点开馆，五点闭馆，周一休息。"
PARKING = "地下停车场有两百个车位，前两小时免费。"


def age_removals(desk: Desk) -> None:
    """As if the removals were a minute ago."""
    with desk.library.database.transaction() as connection:
        connection.execute("UPDATE sources SET removed_at = ? WHERE removed_at IS NOT NULL", (time.time() - 60,))


def test_a_removed_source_is_out_of_everything_at_once(desk: Desk) -> None:
    """Search, list, passages, neighbours and counts forget it in the moment of removal."""
    source_id = desk.add("hours.txt", HOURS)
    desk.add("parking.txt", PARKING)
    passage = desk.hits("几点闭馆")[0].passage
    desk.library.remove(source_id)
    assert desk.texts("几点闭馆") == [PARKING]
    assert desk.names() == ["parking.txt"]
    assert desk.library.passages_of(source_id) == []
    assert desk.library.status() == {
        "sources": 1,
        "passages": 1,
        "jobs": {"queued": 0, "running": 0, "failed": 0},
    }
    for ask in (desk.library.passage, desk.library.source, desk.library.original, desk.library.remove):
        with pytest.raises(NotFound):
            ask(passage.id if ask == desk.library.passage else source_id)


def test_a_removal_can_be_undone_for_a_moment(desk: Desk) -> None:
    """Restoring brings list, search and passage back as they were, without embedding again."""
    source_id = desk.add("hours.txt", HOURS)
    before = desk.library.source(source_id), desk.hits("几点闭馆")
    embedded = len(desk.embedder.passages)
    desk.library.remove(source_id)
    desk.work()
    desk.library.restore(source_id)
    assert (desk.library.source(source_id), desk.hits("几点闭馆")) == before
    assert len(desk.embedder.passages) == embedded


def test_a_purge_removes_rows_words_vectors_and_files(desk: Desk) -> None:
    """After its moment a removed source cannot be restored, and nothing of it is left on the disk."""
    kept = desk.add("parking.txt", PARKING)
    source_id = desk.add("hours.txt", HOURS)
    desk.library.remove(source_id)
    age_removals(desk)
    desk.library.purge()
    with pytest.raises(NotFound):
        desk.library.restore(source_id)
    assert {
        table: desk.count(table) for table in ("sources", "passages", "words", "vectors", "origins")
    } == dict.fromkeys(("sources", "passages", "words", "vectors", "origins"), 1)
    assert desk.folders() == {kept}
    assert disagreements(desk.library) == []


def test_a_deleted_source_is_gone_at_once(desk: Desk) -> None:
    """`delete` waits for no moment of grace, and the same file can be added again."""
    source_id = desk.add("hours.txt", HOURS)
    desk.library.delete(source_id)
    assert (desk.count("sources"), desk.count("words"), desk.count("vectors"), desk.folders()) == (0, 0, 0, set())
    assert desk.add("hours.txt", HOURS) == source_id
    assert desk.texts("几点闭馆") == [HOURS]


def test_what_was_superseded_cannot_be_restored(desk: Desk) -> None:
    """Neither the old version of a file nor one that was removed before the new one came."""
    first = desk.add("hours.txt", HOURS)
    desk.put("hours.txt", "夏季九点闭馆。")
    desk.worker.step()
    with pytest.raises(NotFound):
        desk.library.restore(first)
    second = desk.library.sources()[0][0].source.id
    desk.library.remove(second)
    desk.add("hours.txt", "冬季四点闭馆。")
    with pytest.raises(NotFound):
        desk.library.restore(second)
    assert desk.texts("几点闭馆") == ["冬季四点闭馆。"]


def test_a_removed_source_that_is_added_again_is_back(desk: Desk) -> None:
    """Adding the bytes of a source that waits for its purge restores it without reading it."""
    source_id = desk.add("hours.txt", HOURS)
    desk.library.remove(source_id)
    embedded = len(desk.embedder.passages)
    desk.put("hours.txt", HOURS)
    assert desk.texts("几点闭馆") == [HOURS]
    age_removals(desk)
    desk.library.purge()
    assert desk.names() == ["hours.txt"]
    assert len(desk.embedder.passages) == embedded


def test_a_source_removed_while_it_waits_is_not_read(desk: Desk) -> None:
    """The queue passes it over; restored, it is read as if nothing had been."""
    source_id = desk.put("hours.txt", HOURS).source_id
    desk.library.remove(source_id)
    desk.work()
    assert desk.count("passages") == 0
    desk.library.restore(source_id)
    desk.work()
    assert desk.texts("几点闭馆") == [HOURS]


def test_a_source_removed_while_it_is_read_stays_removed(desk: Desk) -> None:
    """What the reader brings is not shown; restored, it is read again instead of being stuck or failed."""
    source_id = desk.put("hours.txt", HOURS).source_id
    assert desk.library.jobs.take() == source_id
    desk.library.remove(source_id)
    desk.worker._do(source_id)
    assert desk.texts("几点闭馆") == []
    desk.library.restore(source_id)
    assert desk.library.source(source_id).state == "queued"
    desk.work()
    assert desk.states() == {"hours.txt": "ready"}


def test_lists_that_follow_changes_hear_of_everything(desk: Desk) -> None:
    """Added, read, removed and restored: each shows once after the number that was last heard."""
    start, rows, removed = desk.library.changes(0)
    assert (rows, removed) == ([], [])
    source_id = desk.add("hours.txt", HOURS)
    after, rows, removed = desk.library.changes(start)
    assert ([row.state for row in rows], removed) == (["ready"], [])
    desk.library.remove(source_id)
    after, rows, removed = desk.library.changes(after)
    assert (rows, removed) == ([], [source_id])
    desk.library.restore(source_id)
    after, rows, removed = desk.library.changes(after)
    assert ([row.source.id for row in rows], removed) == ([source_id], [])
    assert desk.library.changes(after) == (after, [], [])


def test_many_changes_come_in_several_answers(desk: Desk) -> None:
    """A list that slept through more changes than one answer holds misses none of them."""
    start = desk.library.changes(0)[0]
    with desk.library.database.transaction() as connection:
        for number in range(2300):
            connection.execute(
                "INSERT INTO sources (id, name, media_type, kind, bytes, added_at, state, change)"
                " VALUES (?, ?, 'text/plain', 'text', 1, '2025-01-01T00:00:00+00:00', 'ready', ?)",
                (f"{number:064}", f"{number}.txt", desk.library.database.bump(connection, "change")),
            )
    seen: set[str] = set()
    after = start
    while (news := desk.library.changes(after))[1]:
        after = news[0]
        seen |= {row.source.name for row in news[1]}
    assert len(seen) == 2300


def test_people_name_a_source_by_its_name_or_the_start_of_its_id(desk: Desk) -> None:
    """Six characters are enough, fewer and unknown ones are refused, and so is what two sources are called."""
    source_id = desk.add("a/hours.txt", HOURS)
    find = desk.library.rows.find_prefix
    assert find(source_id) == find(source_id[:6]) == find("a/hours.txt") == source_id
    desk.library.enqueue(desk.write("b/hours.txt", PARKING), name="a/hours.txt", origin="elsewhere")
    for wrong in (source_id[:5], "", "%", "hours", "a/hours.txt", "\ud800"):
        with pytest.raises(Exception, match=r"no source|Unicode"):
            find(wrong)


def test_what_is_pinned_for_a_source_goes_with_it(desk: Desk) -> None:
    """Marks and states, once the removal cannot be undone; what is pinned for another source too stays."""
    pins, folder = desk.library.pins, desk.library.settings.states
    parking, hours = desk.add("parking.txt", PARKING), desk.add("hours.txt", HOURS)
    own, shared, loose = ("a" * 64, "b" * 64, "c" * 64)
    for state in (own, shared, loose):
        (folder / state).write_bytes(b"state")
    pins.put(hours, [own, shared])
    pins.put(parking, [shared])
    desk.library.remove(hours)
    desk.library.purge()
    assert pins.of(hours) == {own, shared}
    age_removals(desk)
    desk.library.purge()
    assert (pins.of(hours), pins.of(parking)) == (set(), {shared})
    assert [(folder / state).exists() for state in (own, shared, loose)] == [False, True, True]
    desk.library.delete(parking)
    assert [path.name for path in folder.iterdir() if len(path.name) >= 64] == [loose]


def test_pins_of_no_source_are_swept(desk: Desk) -> None:
    """What a killed program left pinned is gone when the worker tidies up."""
    source_id = desk.add("hours.txt", HOURS)
    pins, folder = desk.library.pins, desk.library.settings.states
    for state in ("a" * 64, "b" * 64):
        (folder / state).write_bytes(b"state")
    pins.put(source_id, ["a" * 64])
    pins.put("0" * 64, ["b" * 64])
    desk.worker._tidy()
    assert (pins.of(source_id), pins.of_others(source_id)) == ({"a" * 64}, set())
    assert not (folder / ("b" * 64)).exists()
