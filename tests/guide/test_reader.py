"""Passages are read one by one; what is in doubt is shown after its checks, or not at all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from jianwen.guide import Answer, Prompt
from jianwen.guide.reader import Reader
from jianwen.guide.verdict import CLEAR, ENOUGH, HOPELESS, MOST_PROMISES, SURE, Promises
from jianwen.language import Scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from jianwen.guide import Delta, Evidence
    from jianwen.language import Message
    from jianwen.language.reply import Run
    from jianwen.places import Passage

    Make = Callable[..., list[Evidence]]

FIRST, SECOND, THIRD = "北门十七点关门。", "南门十八点关门。", "东门十九点关门。"


class Leaning(Scripted):
    """A model that copies the passage it reads, with odds given by passage and check."""

    def __init__(self, odds: dict[tuple[str, str], float], *, replies: dict[str, str] | None = None) -> None:
        super().__init__()
        self._given = odds
        self._replies = replies or {}
        self.asked: list[tuple[str, str]] = []

    def _generate(self, messages: Sequence[Message], run: Run) -> Generator[str]:
        gate = gate_of(messages)
        self.asked.append(("write", gate))
        if not run.is_cancelled:
            run.written = 1
            yield self._replies.get(gate, messages[-1].passages[0].strip().splitlines()[-1])

    def _odds(self, messages: Sequence[Message], yes: Sequence[str], no: Sequence[str]) -> float:
        del yes, no
        text = messages[-1].text
        check = "can" if "能回答" in text else "mentions"
        self.asked.append((check, gate_of(messages)))
        return self._given.get(self.asked[-1], 0.0)


def gate_of(messages: Sequence[Message]) -> str:
    text = messages[-1].whole
    return "".join(gate for gate in "北南东" if f"{gate}门" in text)


def promising(promise: float) -> float:
    """Odds of the first check that give this promise to a passage of score 0."""
    return (promise + 5.0) / 2.8 + 0.01


def trusted(trust: float) -> float:
    """Odds of the second check that give this trust to a passage of score 0 with the usual support."""
    return (trust + 4.93 - 1.06) / 3.13 + 0.01


def alike(sentence: str, passage: Passage) -> float:
    del sentence, passage
    return 1.0


def read(
    model: Scripted, evidence: Make, *texts: str, cancelled: threading.Event | None = None
) -> tuple[Answer, list[str]]:
    """The answer, and what was shown on the way; texts are given best first."""
    prompt = Prompt("几点关门？", tuple(evidence(*reversed(texts), score=0.0)))
    steps = Reader(model, Promises(), alike, 50, cancelled).read(prompt)
    shown: list[Delta] = []
    while True:
        try:
            shown.append(next(steps))
        except StopIteration as end:
            return end.value, [delta.text for delta in shown]


def test_a_best_passage_that_answers_is_read_alone(evidence: Make) -> None:
    """One check over one passage, and the answer is shown while it is written."""
    model = Leaning({("can", "北"): promising(SURE)})
    answer, shown = read(model, evidence, FIRST, SECOND, THIRD)
    assert shown == [FIRST]
    assert answer.text == "北门十七点关门 [1]。"
    assert answer.timings_s["first_token"] >= 0
    assert model.asked == [("can", "北"), ("write", "北")]


def test_the_next_passages_are_looked_at_in_their_order(evidence: Make) -> None:
    """The search's second is answered from when the first cannot answer; the third is not looked at."""
    model = Leaning({("can", "北"): -3.0, ("can", "南"): promising(SURE)})
    answer, _ = read(model, evidence, FIRST, SECOND, THIRD)
    assert answer.text.startswith("南门")
    assert ("can", "东") not in model.asked


def test_in_doubt_the_answer_that_stands_up_best_is_shown(evidence: Make) -> None:
    """Each passage that might answer is tried in silence; only the best of what came of it is ever seen."""
    doubt = promising(0.0)
    odds = {
        ("can", "北"): doubt,
        ("can", "南"): doubt,
        ("mentions", "北"): trusted(ENOUGH),
        ("mentions", "南"): trusted((ENOUGH + CLEAR) / 2),
    }
    answer, shown = read(Leaning(odds | {("can", "东"): -3.0}), evidence, FIRST, SECOND, THIRD)
    assert answer.text == "南门十八点关门 [1]。"
    assert shown == [answer.text]


def test_a_clear_answer_ends_the_trying(evidence: Make) -> None:
    """The likeliest passage is tried first, and another one only if that leaves a doubt."""
    odds = {("can", "北"): promising(-1.0), ("can", "南"): promising(0.0), ("mentions", "南"): trusted(CLEAR)}
    model = Leaning(odds)
    answer, _ = read(model, evidence, FIRST, SECOND)
    assert answer.text.startswith("南门")
    assert ("write", "北") not in model.asked


def test_an_answer_that_no_passage_carries_is_not_the_last_word(evidence: Make) -> None:
    """What the check of citations rejects is followed by a try at the other passages."""
    odds = {("can", "北"): promising(SURE), ("can", "南"): promising(0.0), ("mentions", "南"): trusted(CLEAR)}
    answer, _ = read(Leaning(odds, replies={"北": "二十三点关门。"}), evidence, FIRST, SECOND)
    assert answer.text.startswith("南门")


@pytest.mark.parametrize("odds", [promising(HOPELESS) - 0.5, promising(0.0)])
def test_nothing_is_shown_when_no_passage_answers(evidence: Make, odds: float) -> None:
    """Checks that speak against it end in a refusal, before or after an answer was tried."""
    model = Leaning({("can", "北"): odds, ("mentions", "北"): trusted(ENOUGH) - 0.5})
    answer, shown = read(model, evidence, FIRST)
    assert answer.refused
    assert not shown
    assert (("write", "北") in model.asked) == (odds > 0)


def test_a_person_who_leaves_while_answers_are_tried_sees_none(evidence: Make) -> None:
    """Stopped before the first word, the answer is empty and not a refusal."""
    cancelled = threading.Event()
    cancelled.set()
    answer, shown = read(Leaning({("can", "北"): promising(0.0)}), evidence, FIRST, cancelled=cancelled)
    assert answer.stopped
    assert not answer.refused
    assert not shown


def test_a_model_without_odds_reads_all_and_refuses_in_words(evidence: Make) -> None:
    """A back end that gives only text is asked over all passages at once, numbered."""
    answer, shown = read(Scripted(), evidence, FIRST, SECOND)
    assert "".join(shown).rstrip().endswith("]")
    assert answer.citations


def test_what_was_looked_at_while_it_was_typed_is_not_looked_at_again(evidence: Make) -> None:
    """The look ahead stops at the passage that will be answered from, writes nothing, and is remembered."""
    model = Leaning({("can", "北"): -3.0, ("can", "南"): promising(SURE)})
    prompt = Prompt("几点关门？", tuple(evidence(THIRD, SECOND, FIRST, score=0.0)))
    promises = Promises()
    Reader(model, promises, alike, 50).look_ahead(prompt)
    assert model.asked == [("can", "北"), ("can", "南")]
    for _ in Reader(model, promises, alike, 50).read(prompt):
        continue
    assert model.asked == [("can", "北"), ("can", "南"), ("write", "南")]


def test_a_doubtful_answer_is_tried_while_the_question_is_typed(evidence: Make) -> None:
    """Nothing is left to do at Enter; one that was stopped amid it is tried anew, one of other length as well."""
    model = Leaning({("can", "北"): promising(0.0), ("mentions", "北"): trusted(CLEAR)})
    prompt = Prompt("几点关门？", tuple(evidence(FIRST, score=0.0)))
    promises, stop = Promises(), threading.Event()
    stop.set()
    promises.of(model, prompt)
    assert Reader(model, promises, alike, 50, stop)._best_of([(0.0, prompt)]).stopped
    Reader(model, promises, alike, 50).look_ahead(prompt)
    done = list(model.asked)
    assert ("write", "北") in done
    shown = "".join(delta.text for delta in Reader(model, promises, alike, 50).read(prompt))
    assert shown == "北门十七点关门 [1]。"
    assert model.asked == done
    Reader(model, promises, alike, 60).look_ahead(prompt)
    assert len(model.asked) > len(done)


class Slow(Leaning):
    """Looks only once it is let."""

    def __init__(self) -> None:
        super().__init__({("can", "北"): promising(SURE)})
        self.begun, self.let = threading.Event(), threading.Event()

    def _odds(self, messages: Sequence[Message], yes: Sequence[str], no: Sequence[str]) -> float:
        self.begun.set()
        assert self.let.wait(10)
        return super()._odds(messages, yes, no)


def test_who_presses_enter_amid_a_look_takes_it_over(evidence: Make) -> None:
    """Two who need the same look at the same time: it is done once, and both have it."""
    model, promises, found = Slow(), Promises(), []
    prompt = Prompt("几点关门？", tuple(evidence(FIRST, score=0.0)))
    both = [threading.Thread(target=lambda: found.append(promises.of(model, prompt))) for _ in range(2)]
    both[0].start()
    assert model.begun.wait(10)
    both[1].start()
    model.let.set()
    for one in both:
        one.join(10)
    assert model.asked == [("can", "北")]
    assert found[0] is not None
    assert found == found[:1] * 2


def test_only_the_last_looks_are_remembered(evidence: Make) -> None:
    """A day of questions does not fill the memory."""
    model, promises = Leaning({}), Promises()
    for n in range(MOST_PROMISES + 10):
        promises.of(model, Prompt(f"第{n}问？", tuple(evidence(FIRST, score=0.0))))
    asked = len(model.asked)
    promises.of(model, Prompt(f"第{MOST_PROMISES}问？", tuple(evidence(FIRST, score=0.0))))
    assert len(model.asked) == asked
    promises.of(model, Prompt("第0问？", tuple(evidence(FIRST, score=0.0))))
    assert len(model.asked) == asked + 1


class Supporting(Leaning):
    """Holds questions for so much likelier behind a quote than without one."""

    support = 0.0

    def _likelihood(self, messages: Sequence[Message], text: str) -> float:
        assert text == "几点关门？"
        return -5.0 + self.support if FIRST in messages[-1].text else -5.0


@pytest.mark.parametrize(("support", "is_shown"), [(3.0, True), (-1.0, False)])
def test_a_quote_that_makes_the_question_no_likelier_carries_no_answer(
    evidence: Make, support: float, *, is_shown: bool
) -> None:
    """What the first checks leave in doubt, the likelihood of the question decides."""
    model = Supporting({("can", "北"): promising(0.0), ("mentions", "北"): trusted(ENOUGH)})
    model.support = support
    _, shown = read(model, evidence, FIRST)
    assert bool(shown) == is_shown


def test_the_question_without_a_quote_is_judged_once(evidence: Make) -> None:
    """However many answers are tried, its likelihood without any of them is the same."""
    model = Supporting({("can", "北"): promising(0.0), ("can", "南"): promising(0.0)})
    judged: list[str] = []
    likelihood = model._likelihood

    def counted(messages: Sequence[Message], text: str) -> float:
        judged.append(messages[-1].text)
        return likelihood(messages, text)

    model._likelihood = counted  # type: ignore[method-assign]
    read(model, evidence, FIRST, SECOND)
    assert len(judged) == 3
    assert sum(FIRST not in text and SECOND not in text for text in judged) == 1
