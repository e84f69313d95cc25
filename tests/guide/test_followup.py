"""Follow-up questions are completed for the search by rules."""

from __future__ import annotations

import pytest

from jianwen.guide import Turn, search_text

HISTORY = [Turn("冬天几点停止入馆？", "16:30。"), Turn("那夏天呢？", "17:30。")]


@pytest.mark.parametrize("question", ["那周一呢？", "周末呢", "它在几楼？", "and on Mondays?", "儿童票？"])
def test_a_question_that_leans_on_the_last_one_is_completed(question: str) -> None:
    """The search gets the nearest question that stands on its own, and everything since."""
    assert search_text(question, HISTORY) == f"冬天几点停止入馆？ 那夏天呢？ {question}"


@pytest.mark.parametrize(
    "question", ["台球厅一小时要多少钱，需要预约吗？", "Where can I park a coach for forty people?"]
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    """A new subject is not mixed with the old one."""
    assert search_text(question, HISTORY) == question


def test_without_a_conversation_nothing_changes() -> None:
    """The first question is searched as it is."""
    assert search_text("那周一呢？", []) == "那周一呢？"
