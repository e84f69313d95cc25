"""The best passage is read alone; the others only when it does not answer; nothing when none of them does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jianwen.guide import Prompt, wording_of
from jianwen.guide.verdict import ENOUGH, SURE, select
from jianwen.language import LanguageModel, Scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwen.guide import Evidence
    from jianwen.language import Message

    Make = Callable[..., list[Evidence]]


class Leaning(Scripted):
    """A model whose odds are given by what is asked, and over how many passages."""

    def __init__(self, odds: dict[tuple[str, int], float]) -> None:
        super().__init__()
        self._given = odds
        self.asked: list[tuple[str, int]] = []

    def _odds(self, messages: Sequence[Message], yes: Sequence[str], no: Sequence[str]) -> float:
        del yes, no
        last = messages[-1]
        key = ("can_answer" if "能回答" in last.text or "Can this" in last.text else "mentions", len(last.passages))
        self.asked.append(key)
        return self._given[key]


def prompts(evidence: Make, question: str) -> tuple[Prompt, Prompt]:
    """The best passage alone, and all three."""
    several = Prompt(question, tuple(evidence("甲", "乙", "丙")))
    return replace(several, evidence=several.evidence[-1:]), several


@pytest.mark.parametrize("question", ["几点关门？", "When do you close?"])
def test_a_best_passage_that_answers_is_read_alone(evidence: Make, question: str) -> None:
    """One check, over one passage, and the answer is asked for in the question's language."""
    best, several = prompts(evidence, question)
    language = "zh" if "？" in question else "en"
    model = Leaning({("can_answer", 1): ENOUGH[language] + 0.1})
    assert select(model, best, several) == (best, wording_of(question).answer)
    assert model.asked == [("can_answer", 1)]


def test_all_passages_are_read_when_the_best_does_not_answer(evidence: Make) -> None:
    """The others bring what is missing: together the checks are sure enough."""
    best, several = prompts(evidence, "几点关门？")
    model = Leaning({("can_answer", 1): 0.1, ("mentions", 1): 0.1, ("mentions", 3): SURE})
    assert select(model, best, several) == (several, wording_of("几点关门？").answer)


def test_nothing_is_written_when_no_passage_answers(evidence: Make) -> None:
    """The checks speak against it, so no word of an invented answer is ever shown."""
    best, several = prompts(evidence, "法国的首都是哪里？")
    model = Leaning({("can_answer", 1): -1.2, ("mentions", 1): -2.0, ("mentions", 3): 0.4})
    assert select(model, best, several) is None


def test_a_model_without_odds_reads_all_and_refuses_in_words(evidence: Make) -> None:
    """A back end that gives only text is asked for numbers of passages and for refusals."""
    best, several = prompts(evidence, "几点关门？")
    model: LanguageModel = Scripted()
    assert select(model, best, several) == (several, wording_of("几点关门？").answer_or_refuse)
