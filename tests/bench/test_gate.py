"""Answers are judged by way and question, and an ended run goes on where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwen.bench.dataset import Gold, QuestionItem
from jianwen.bench.gate import Gate, character_f1
from jianwen.bench.questions import Asked
from jianwen.language import Message

if TYPE_CHECKING:
    from pathlib import Path


PLACE = Gold("a.txt", None)


def asked(number: int, gold: str) -> Asked:
    question = QuestionItem(
        id=f"q{number}", text="几点关门？", kind="text", split="test", history=(), answers=((gold,),), gold=(PLACE,)
    )
    messages = [Message("user", f"问题 {number}")]
    return Asked(question, messages, messages, 0.0)


def test_a_run_that_was_ended_goes_on_where_it_was(tmp_path: Path) -> None:
    """Answers on disk are not asked for again, and a line cut short by a kill is answered anew."""
    both = [asked(1, "五点"), asked(2, "六点")]
    seen: list[str] = []

    def answer(each: Asked) -> str:
        seen.append(each.question.id)
        return "五点关门"

    first = Gate(tmp_path, identity="a" * 64)
    assert list(first.answer("full", answer, both[:1])) == [1]
    with next(tmp_path.iterdir()).open("a", encoding="utf-8") as file:
        file.write('["full q2 0')
    second = Gate(tmp_path, identity="a" * 64)
    assert list(second.answer("full", answer, both)) == [1, 2]
    assert seen == ["q1", "q2"]
    assert second.quality("full", both).contains == 0.5
    third = Gate(tmp_path, identity="a" * 64)
    assert list(third.answer("full", answer, both)) == [1, 2]
    assert seen == ["q1", "q2"]
    third.end()
    assert list(Gate(tmp_path, identity="a" * 64).answer("full", answer, both)) == [1, 2]
    assert seen == ["q1", "q2", "q1", "q2"]


def test_each_way_has_its_own_answers_and_can_be_asked_anew(tmp_path: Path) -> None:
    """What one way wrote is not counted for another; a way that changed is forgotten alone."""
    one = [asked(1, "五点")]
    gate = Gate(tmp_path, identity="b" * 64)
    list(gate.answer("full", lambda _: "五点", one))
    list(gate.answer("the guide", lambda _: "不知道", one))
    assert (gate.quality("full", one).contains, gate.quality("the guide", one).contains) == (1.0, 0.0)
    gate.forget("the guide")
    list(gate.answer("the guide", lambda _: "五点", one))
    list(gate.answer("full", lambda _: "六点", one))
    assert (gate.quality("full", one).contains, gate.quality("the guide", one).contains) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("text", "gold", "f1"), [("五点", "五点", 1.0), ("五点关门", "五点", 2 / 3), ("早上", "五点", 0.0)]
)
def test_character_f1_is_the_harmonic_mean_over_characters(text: str, gold: str, f1: float) -> None:
    """Longer answers with the gold in them lose precision, others lose all."""
    assert character_f1(text, gold) == pytest.approx(f1)
