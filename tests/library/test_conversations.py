"""Conversations: kept while they are written, and never lost half-way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwen.errors import NotFound

if TYPE_CHECKING:
    from .desk import Desk


def test_a_question_and_its_answer_are_kept(desk: Desk) -> None:
    """The answer's row is there from the first moment, and holds what was last saved."""
    conversations = desk.library.conversations
    kept_in, title, message = conversations.begin(None, "  几点\n关门？ ")
    assert title == "几点 关门？"
    assert [(m.role, m.text, m.state) for m in conversations.get(kept_in).messages] == [
        ("user", "  几点\n关门？ ", "done"),
        ("assistant", "", "writing"),
    ]
    conversations.save(message, "五点", state="writing")
    conversations.save(message, "五点关门。", state="done", answer={"answer": "五点关门。", "refused": False})
    last = conversations.get(kept_in).messages[-1]
    assert (last.id, last.text, last.state) == (message, "五点关门。", "done")
    assert last.answer == {"answer": "五点关门。", "refused": False}


def test_what_was_found_is_kept_with_the_answer(desk: Desk) -> None:
    """Ids and scores come back in their order; nothing found differs from nothing kept."""
    conversations = desk.library.conversations
    kept_in, _, message = conversations.begin(None, "几点关门？")
    assert conversations.get(kept_in).messages[-1].hits is None
    conversations.save(message, "五点", state="writing", hits=[("b", 2.25), ("a", 0.5)])
    assert conversations.get(kept_in).messages[-1].hits == (("b", 2.25), ("a", 0.5))
    conversations.save(message, "资料中没有提到。", state="done", hits=[])
    assert conversations.get(kept_in).messages[-1].hits == ()


def test_a_conversation_goes_on_and_the_last_used_is_first(desk: Desk) -> None:
    """A second question keeps the title, and moves its conversation to the top of the list."""
    conversations = desk.library.conversations
    first = conversations.begin(None, "几点关门？")[0]
    second = conversations.begin(None, "多少钱？")[0]
    assert [row.id for row in conversations.list()] == [second, first]
    assert conversations.begin(first, "那周末呢？")[:2] == (first, "几点关门？")
    assert [(row.id, row.messages) for row in conversations.list()] == [(first, 4), (second, 2)]


def test_a_deleted_conversation_is_forgotten(desk: Desk) -> None:
    """Its messages go too; what is still being written into it disappears quietly, and nothing new begins in it."""
    conversations = desk.library.conversations
    kept_in, _, message = conversations.begin(None, "几点关门？")
    conversations.delete(kept_in)
    conversations.save(message, "五点", state="done")
    assert (conversations.list(), desk.count("messages")) == ([], 0)
    with pytest.raises(NotFound):
        conversations.get(kept_in)
    with pytest.raises(NotFound):
        conversations.delete(kept_in)
    with pytest.raises(NotFound):
        conversations.begin(kept_in, "那周末呢？")
    assert desk.count("messages") == 0


def test_answers_that_a_crash_cut_short_are_settled(desk: Desk) -> None:
    """At the next start they read as stopped with the text they had; finished ones stay as they are."""
    conversations = desk.library.conversations
    kept_in, _, done = conversations.begin(None, "几点关门？")
    conversations.save(done, "五点。", state="done")
    half = conversations.begin(kept_in, "那周末呢？")[2]
    conversations.save(half, "周末", state="writing")
    conversations.settle()
    states = {m.id: (m.text, m.state) for m in conversations.get(kept_in).messages}
    assert (states[done], states[half]) == (("五点。", "done"), ("周末", "stopped"))


@pytest.mark.parametrize("question", ["", "\0", "😀" * 100, "a\ud800b", "'; DROP TABLE messages; --", "长" * 100_000])
def test_any_text_can_be_asked_and_answered(desk: Desk, question: str) -> None:
    """Whatever a browser sends is kept; only lone surrogates, which no file can hold, turn into question marks."""
    conversations = desk.library.conversations
    kept_in, title, message = conversations.begin(None, question)
    conversations.save(message, question, state="done", answer={"answer": question})
    asked, answered = conversations.get(kept_in).messages
    assert asked.text == answered.text == question.replace("\ud800", "?")
    assert answered.answer == {"answer": asked.text}
    assert len(title) <= 60
