"""How far to trust a passage to hold the answer, by what the model holds likely and not by what it says.

Asked to say when it does not know, a small model refuses half of what it could answer. Asked a short question of which
only the odds of "yes" are looked at, the same model tells the answerable from the rest; together with how well the
passage was found, better still. Both sums below are logistic regressions over questions of the sample venue with
Qwen2.5-Coder 1.5B (`promise` over its tuning half, `Trust` over the tried answers of both halves, cross-validated): see
`dev/log.md`. They give logarithms of odds that the passage holds the answer.

Does not write: `reader.py` does.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from jianwen.guide.prompt import wording_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from jianwen.guide.answer import Answer
    from jianwen.guide.prompt import Prompt
    from jianwen.language import LanguageModel

__all__ = ["CLEAR", "ENOUGH", "HOPELESS", "SURE", "Promises", "Trust", "promise"]

SURE = 1.0  # promise: the answer is shown while it is written
HOPELESS = -4.5  # promise: no answer is tried
CLEAR = 1.15  # trust: other passages are not tried
ENOUGH = 0.0  # trust in the best tried answer: below it, nothing is shown
MOST_PROMISES = 256
T = TypeVar("T")
_SCORE_LIMIT = 5.0  # a passage that was found better still is no likelier to answer
_SUPPORT_LIMIT = 3.0  # nor is one that makes the question likelier still
_USUAL_SUPPORT = 1.0


class Promises:
    """Remembers what `promise` gave and which answers were tried: what was done while a question was typed is done.

    Who asks while somebody else is at it waits for that. Safe from threads. Holds the last `MOST_PROMISES` of each.
    """

    def __init__(self) -> None:
        self._promised: dict[Hashable, float | None] = {}
        self._tried: dict[Hashable, Answer] = {}
        self._at_work: set[Hashable] = set()
        self._changed = threading.Condition()

    def of(self, model: LanguageModel, prompt: Prompt) -> float | None:
        """As `promise`."""
        return self._once(self._promised, _key(model, [prompt]), lambda: promise(model, prompt))

    def tried(self, model: LanguageModel, prompts: Sequence[Prompt], most: int, try_: Callable[[], Answer]) -> Answer:
        """What `try_` makes of the prompts in at most `most` tokens; an answer that was stopped is not remembered."""
        return self._once(self._tried, (most, *_key(model, prompts)), try_, lambda answer: not answer.stopped)

    def _once(
        self,
        known: dict[Hashable, T],
        key: Hashable,
        make: Callable[[], T],
        is_whole: Callable[[T], bool] | None = None,
    ) -> T:
        work = (id(known), key)
        with self._changed:
            self._changed.wait_for(lambda: work not in self._at_work)
            if key in known:
                return known[key]
            self._at_work.add(work)
        try:
            made = make()
            with self._changed:
                if is_whole is None or is_whole(made):
                    known[key] = made
                while len(known) > MOST_PROMISES:
                    del known[next(iter(known))]
        finally:
            with self._changed:
                self._at_work.discard(work)
                self._changed.notify_all()  # when it failed, the next one does it
        return made


def _key(model: LanguageModel, prompts: Sequence[Prompt]) -> tuple[Hashable, ...]:
    """All that the model sees of prompts about one passage each, and how well the passages were found."""
    found = tuple((prompt.evidence[0].passage.id, prompt.evidence[0].hit.score) for prompt in prompts)
    return (model.name, *((prompt.question, prompt.history) for prompt in prompts[:1]), found)


def promise(model: LanguageModel, prompt: Prompt) -> float | None:
    """What speaks for the prompt's one passage before anything is written; None where the model hides its odds."""
    check = wording_of(prompt.question).can_answer
    can_answer = model.odds(prompt.ask(check.template), yes=check.yes, no=check.no)
    return None if can_answer is None else 2.8 * can_answer + 0.74 * _score(prompt) - 5.0


class Trust:
    """What speaks for answers to one question that were written from one passage each and rest on a quote of it.

    How much likelier the question becomes behind the quote (query likelihood: Ponte & Croft 1998; by a language model:
    Sachan et al. 2022, arXiv:2204.07496) tells whether a number belongs to what was asked: that a lost badge costs 25
    yuan makes nobody ask for wages.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._without: float | None = None  # the question's likelihood without a quote: the same for all answers

    def of(self, prompt: Prompt, quote: str) -> float:
        """The trust in the answer from the prompt's one passage."""
        mentions = wording_of(prompt.question).mentions
        seen = self._model.odds(prompt.ask(mentions.template), yes=mentions.yes, no=mentions.no) or 0.0
        return 3.13 * seen + 0.81 * _score(prompt) + 1.06 * self._support(prompt, quote) - 4.93

    def _support(self, prompt: Prompt, quote: str) -> float:
        """How much likelier a token of the question is behind the quote than without it, in logarithms."""
        if prompt.history:
            return _USUAL_SUPPORT  # a follow-up leaves out what it asks about: its few words tell nothing
        question = prompt.question.strip()
        behind = self._model.likelihood(prompt.unasked(quote), question)
        if self._without is None:
            self._without = self._model.likelihood(prompt.unasked(None), question)
        if behind is None or self._without is None:
            return _USUAL_SUPPORT
        return min(behind - self._without, _SUPPORT_LIMIT)


def _score(prompt: Prompt) -> float:
    return min(prompt.evidence[0].hit.score, _SCORE_LIMIT)
