"""Adding files: what is known is not added again, what changed takes the old one's place."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jianwen.errors import EmptyDocument, TooLarge, UnreadableFile
from jianwen.library import Library

from .desk import disagreements

if TYPE_CHECKING:
    from jianwen.settings import Settings

    from .desk import Desk

HOURS = "周二至周日九点开馆，五点闭馆，周一休息。"
PRICES = "成人票六十元，学生票三十元，老人免票。"


def three_parts(middle: str) -> str:
    return f"# 开放\n\n{HOURS}\n\n# 票价\n\n{middle}\n\n# 停车\n\n地下停车场有两百个车位，前两小时免费。\n"


def test_the_same_file_twice_adds_nothing(desk: Desk) -> None:
    """Adding equal bytes from the same place again is "unchanged", and no passage is embedded."""
    first = desk.add("hours.txt", HOURS)
    before = desk.count("passages"), len(desk.embedder.passages)
    again = desk.put("hours.txt", HOURS)
    desk.work()
    assert (again.source_id, again.outcome) == (first, "unchanged")
    assert (desk.count("passages"), len(desk.embedder.passages)) == before
    assert desk.states() == {"hours.txt": "ready"}


def test_the_same_bytes_under_another_name_add_nothing(desk: Desk) -> None:
    """A copy of a file is the same source: one row in the list, one passage in the search."""
    desk.add("hours.txt", HOURS)
    copy = desk.put("copy of hours.txt", HOURS)
    desk.work()
    assert copy.outcome == "unchanged"
    assert desk.names() == ["hours.txt"]
    assert len(desk.texts("几点闭馆")) == 1


def test_a_copy_stays_when_its_original_changes(desk: Desk) -> None:
    """The bytes that still lie somewhere else are not superseded, and go by the name they have there."""
    desk.add("hours.txt", HOURS)
    desk.put("last year.txt", HOURS)
    desk.add("hours.txt", "夏季延长到晚上八点闭馆。")
    assert desk.names() == ["hours.txt", "last year.txt"]
    assert sorted(desk.texts("几点闭馆")) == sorted([HOURS, "夏季延长到晚上八点闭馆。"])


def test_a_changed_file_embeds_only_its_changed_passages(desk: Desk) -> None:
    """Editing the middle of three parts leaves the vectors of the first and the last untouched."""
    desk.add("guide.md", three_parts(PRICES))
    desk.embedder.passages.clear()
    desk.add("guide.md", three_parts("成人票七十元，学生票三十五元。"))
    assert len(desk.embedder.passages) == 1
    assert "七十元" in desk.embedder.passages[0]
    assert len(desk.texts("票价")) == 3


def test_the_old_version_answers_until_the_new_one_is_ready(desk: Desk) -> None:
    """Never both, never neither: the change happens in one step, at the end of reading."""
    desk.add("price.txt", PRICES)
    desk.put("price.txt", "成人票七十元。")
    assert desk.texts("票价") == [PRICES]
    assert desk.worker.step()
    assert desk.texts("票价") == ["成人票七十元。"]
    assert desk.names() == ["price.txt"]


def test_two_quick_changes_end_with_the_last(desk: Desk) -> None:
    """A version that was overtaken before it was read is dropped, and the last one is not."""
    desk.add("price.txt", PRICES)
    desk.put("price.txt", "成人票七十元。")
    desk.put("price.txt", "成人票八十元。")
    desk.work()
    assert desk.texts("票价") == ["成人票八十元。"]
    assert disagreements(desk.library) == []


def test_a_change_taken_back_brings_the_first_version_alone(desk: Desk) -> None:
    """The old bytes come back at once, in whatever state their removal is, and the newer ones go."""
    desk.add("price.txt", PRICES)
    desk.put("price.txt", "成人票七十元。")
    desk.worker.step()
    assert desk.put("price.txt", PRICES).outcome == "added"
    assert desk.texts("票价") == [PRICES]
    desk.work()
    assert desk.texts("票价") == [PRICES]
    desk.add("price.txt", "成人票七十元。")
    assert desk.texts("票价") == ["成人票七十元。"]
    assert desk.add("price.txt", PRICES)
    assert desk.texts("票价") == [PRICES]


def test_a_new_version_that_cannot_be_read_leaves_the_old_one(desk: Desk) -> None:
    """A broken save of a file shows as failed, and the last good version goes on answering."""
    desk.add("price.html", f"<h1>票价</h1><p>{PRICES}</p>")
    desk.put("price.html", "<html><body></body></html>")
    desk.work()
    assert [row.state for row in desk.library.sources()[0]] == ["failed", "ready"]
    assert PRICES in desk.texts("票价")[0]
    desk.add("price.html", f"<h1>票价</h1><p>{PRICES}</p>")
    assert [row.state for row in desk.library.sources()[0]] == ["ready"]


def test_a_failed_file_is_read_again_when_added_again(desk: Desk) -> None:
    """The same bytes get another chance: a new version of the program may read them."""
    failed = desk.put("empty.html", "<p> </p>")
    desk.work()
    row = desk.library.source(failed.source_id)
    assert (row.state, row.error is not None, row.error_zh is not None) == ("failed", True, True)
    assert desk.put("empty.html", "<p> </p>").outcome == "added"
    assert desk.library.source(failed.source_id).state == "queued"
    desk.work()
    desk.library.retry(failed.source_id)
    assert desk.library.source(failed.source_id).error is None


def test_what_can_be_seen_at_once_is_refused_at_once(desk: Desk, settings: Settings) -> None:
    """Empty, missing and oversized files leave neither a row nor a copy."""
    with pytest.raises(EmptyDocument):
        desk.put("empty.txt", "")
    with pytest.raises(UnreadableFile):
        desk.library.enqueue(desk.folder / "nowhere.txt", name="nowhere.txt", origin="nowhere")
    with Library(replace(settings, max_file_mb=1), embedder=desk.embedder) as small, pytest.raises(TooLarge):
        small.enqueue(desk.write("big.txt", "长" * 400_000), name="big.txt", origin="big")
    assert desk.names() == []
    assert desk.folders() == set()


def test_equal_passages_of_two_files_are_embedded_once(desk: Desk) -> None:
    """The same words under the same headings share a vector, whichever file they are in."""
    desk.add("a.md", f"# 开放\n\n{HOURS}\n")
    seen = len(desk.embedder.passages)
    desk.add("b/a.md", f"# 开放\n\n{HOURS}\n\n\n")
    assert len(desk.embedder.passages) == seen
    assert len(desk.texts("几点闭馆")) == 2


def test_a_paragraph_that_is_repeated_does_not_stop_its_file(desk: Desk) -> None:
    """Equal rows and paragraphs have equal ids; the file is read all the same."""
    desk.add("twice.txt", f"{HOURS}\n\n{HOURS}\n\n{HOURS}\n")
    desk.add("twice.csv", "时间,说明\n9:00,开馆\n9:00,开馆\n")
    assert set(desk.states().values()) == {"ready"}


def test_leftovers_of_killed_programs_are_swept(desk: Desk) -> None:
    """A copy without a row and a folder without a source go after an hour; everything known stays."""
    kept = desk.add("hours.txt", HOURS)
    old_copy, new_copy = desk.library.files.incoming / "old", desk.library.files.incoming / "new"
    old_folder = desk.library.files.sources / ("0" * 64)
    old_folder.mkdir()
    for path in (old_copy, new_copy):
        path.write_text("half a file", encoding="utf-8")
    for path in (old_copy, old_folder, desk.library.files.folder(kept)):
        os.utime(path, (0, 0))
    desk.library.files.sweep({kept})
    assert desk.folders() == {"new", kept}
