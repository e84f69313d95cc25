"""Places and ids: what is written to JSON comes back, and equal input has equal ids on every machine."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from itertools import combinations

import pytest

from jianwen.places import (
    Box,
    Locator,
    PageSpan,
    Passage,
    RowSpan,
    TimeSpan,
    locator_from_json,
    locator_to_json,
    passage_id,
)

LOCATORS: list[Locator] = [
    PageSpan(3),
    PageSpan(3, (Box(0.1, 0.2, 0.3, 0.4), Box(0.0, 0.0, 1.0, 1.0))),
    RowSpan("票价", 7),
    RowSpan("", 1),
    TimeSpan(12.4, 15.0),
    TimeSpan(0.0, 0.5, Box(0.1, 0.2, 0.3, 0.4)),
]


@pytest.mark.parametrize("locator", LOCATORS, ids=str)
def test_a_locator_comes_back_from_json(locator: Locator) -> None:
    """Through JSON text and back, every kind of place is the same."""
    assert locator_from_json(json.loads(json.dumps(locator_to_json(locator)))) == locator


def test_locators_have_the_shapes_that_scripts_read() -> None:
    """The keys of the command line and of HTTP; what is absent is left out."""
    assert [locator_to_json(locator) for locator in LOCATORS] == [
        {"page": 3},
        {"page": 3, "boxes": [[0.1, 0.2, 0.3, 0.4], [0.0, 0.0, 1.0, 1.0]]},
        {"sheet": "票价", "row": 7},
        {"sheet": "", "row": 1},
        {"start_s": 12.4, "end_s": 15.0},
        {"start_s": 0.0, "end_s": 0.5, "box": [0.1, 0.2, 0.3, 0.4]},
    ]


def test_what_is_no_locator_is_refused() -> None:
    """A mapping without the keys of any place raises `KeyError`."""
    for wrong in ({}, {"sheet": "a"}, {"start_s": 1.0}):
        with pytest.raises(KeyError):
            locator_from_json(wrong)


def test_ids_tell_passages_apart() -> None:
    """Source, place and text each change the id, and moving text between them does too."""
    keys = [
        ("a", LOCATORS[0], "text"),
        ("b", LOCATORS[0], "text"),
        ("a", LOCATORS[0], "text "),
        ("at", LOCATORS[0], "ext"),
    ]
    keys += [("a", locator, "text") for locator in LOCATORS[1:]]
    ids = [passage_id(*key) for key in keys]
    assert all(first != second for first, second in combinations(ids, 2))
    assert all(len(each) == 32 and set(each) <= set("0123456789abcdef") for each in ids)


def test_ids_are_those_of_yesterday() -> None:
    """Citations and stored vectors rest on them, so they may never change."""
    assert (
        passage_id("a" * 64, PageSpan(3, (Box(0.1, 0.2, 0.3, 0.4),)), "开放时间") == "ed0b9db645b3d90668a649003f436973"
    )
    assert passage_id("a" * 64, RowSpan("票价", 7), "成人票 60 元") == "9c875b6fec1646ad1d2ca44116928b70"
    assert passage_id("a" * 64, TimeSpan(12.4, 15.0), "A ball falls.") == "a490bc44005a3ea67a175c70b7d95fde"


def test_what_is_indexed_has_its_headings_in_front() -> None:
    """Without headings it is the text alone; and nobody changes a passage once it is made."""
    passage = Passage("id", "source", "九点开馆。", ("指南", "开放时间"), PageSpan(1), "zh")
    assert passage.indexed_text == "指南 > 开放时间\n九点开馆。"
    assert Passage("id", "source", "九点开馆。", (), PageSpan(1), "zh").indexed_text == "九点开馆。"
    with pytest.raises(FrozenInstanceError):
        passage.text = "十点开馆。"  # type: ignore[misc]
