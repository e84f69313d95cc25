"""Passages are looked at one by one; the first that can answer is answered from; nothing when none of them can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwen.guide import Prompt, wording_of
from jianwen.guide.verdict import ENOUGH, SURE, TOGETHER, select
from jianwen.language import LanguageModel, Scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwen.guide import Evidence
    from jianwen.language import Message

    Make = Callable[..., list[Evidence]]


class Leaning(Scripted):
    """A model whose odds are given by what is asked, and over which passages."""

    def __init__(self, odds: dict[tuple[str, str], float]) -> None:
        super().__init__()
        self._given = odds
        self.asked: list[tuple[str, str]] = []

    def _odds(self, messages: Sequence[Message], yes: Sequence[str], no: Sequence[str]) -> float:
        del yes, no
        last = messages[-1]
        check = "can" if "能回答" in last.text or "Can this" in last.text else "mentions"
        key = (check, "".join(mark for mark in "甲乙丙" if any(mark in passage for passage in last.passages)))
        self.asked.append(key)
        return self._given[key]


def prompt_of(evidence: Make, question: str) -> Prompt:
    """Three passages, the best one last."""
    return Prompt(question, tuple(evidence("丙", "乙", "甲")))


def read(selected: tuple[Prompt, str] | None) -> list[str]:
    assert selected is not None
    return [item.passage.text for item in selected[0].evidence]


@pytest.mark.parametrize("question", ["几点关门？", "When do you close?"])
def test_a_best_passage_that_answers_is_read_alone(evidence: Make, question: str) -> None:
    """One check, over one passage, and the answer is asked for in the question's language."""
    model = Leaning({("can", "甲"): ENOUGH["zh" if "？" in question else "en"] + 0.1})
    selected = select(model, prompt_of(evidence, question))
    assert read(selected) == ["甲"]
    assert selected is not None
    assert selected[1] == wording_of(question).answer
    assert len(model.asked) == 1


def test_the_next_passages_are_looked_at_in_their_order(evidence: Make) -> None:
    """The search's second is answered from when the first cannot answer; the third is not looked at."""
    model = Leaning({("can", "甲"): -0.5, ("can", "乙"): ENOUGH["zh"] + 0.1})
    assert read(select(model, prompt_of(evidence, "几点关门？"))) == ["乙"]


def test_the_likeliest_is_read_when_none_is_sure(evidence: Make) -> None:
    """A second check on it decides, without looking at the others again."""
    odds = {("can", "甲"): -0.5, ("can", "乙"): 0.1, ("can", "丙"): 0.0, ("mentions", "乙"): SURE}
    assert read(select(Leaning(odds), prompt_of(evidence, "几点关门？"))) == ["乙"]


def test_all_are_read_together_when_none_answers_alone(evidence: Make) -> None:
    """A question about two passages is answered from both."""
    odds = {("can", "甲"): -0.5, ("can", "乙"): -0.6, ("can", "丙"): -1.0, ("mentions", "甲"): 0.0}
    model = Leaning(odds | {("can", "甲乙丙"): TOGETHER + 0.1})
    assert read(select(model, prompt_of(evidence, "两处一样吗？"))) == ["丙", "乙", "甲"]


def test_nothing_is_written_when_no_passage_answers(evidence: Make) -> None:
    """The checks speak against it, so no word of an invented answer is ever shown."""
    odds = {("can", "甲"): -1.2, ("can", "乙"): -2.0, ("can", "丙"): -2.0, ("mentions", "甲"): 0.4}
    assert select(Leaning(odds | {("can", "甲乙丙"): 0.5}), prompt_of(evidence, "法国的首都是哪里？")) is None


def test_a_model_without_odds_reads_all_and_refuses_in_words(evidence: Make) -> None:
    """A back end that gives only text is asked for numbers of passages and for refusals."""
    model: LanguageModel = Scripted()
    prompt = prompt_of(evidence, "几点关门？")
    assert select(model, prompt) == (prompt, wording_of("几点关门？").answer_or_refuse)
