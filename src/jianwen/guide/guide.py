"""The staircase from a question to a checked answer: search, judge, choose, compose, read, check."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jianwen.errors import BadRequest
from jianwen.guide.answer import Answer, Evidence, Finished, Found, Reading, Searching
from jianwen.guide.choose import choose
from jianwen.guide.followup import search_text
from jianwen.guide.prompt import Prompt, wording_of
from jianwen.guide.reader import Reader
from jianwen.guide.relevance import judge
from jianwen.guide.verdict import Promises
from jianwen.library import language_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Generator, Iterator, Sequence

    from jianwen.guide.answer import Event, Turn
    from jianwen.language import LanguageModel
    from jianwen.library import Hit, Library

__all__ = ["MAX_TOKENS", "Guide", "Question"]

SEARCHED = 20  # hits
SHOWN = 8  # of them in lists
NEAREST = 3  # shown with a refusal
CONTEXT_TOKENS = 900  # of passages: more is read more slowly and answered no better
MAX_QUESTION_CHARACTERS = 4000
MAX_TOKENS = 300  # of an answer


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks, and what went before."""

    text: str
    history: tuple[Turn, ...] = ()
    max_tokens: int = MAX_TOKENS


class Guide:
    """Answers from one library.

    Args:
        library: where to search.
        model: a function that gives the language model; called only when something relevant was found.
    """

    def __init__(self, library: Library, model: Callable[[], LanguageModel]) -> None:
        self._library = library
        self._model = model
        self._promises = Promises()

    def ask(self, question: Question, *, cancelled: threading.Event | None = None) -> Iterator[Event]:
        """The events of one answer; the last one is `Finished`.

        Raises:
            BadRequest: the question is empty or far too long.
            LanguageError: the model cannot answer.
        """
        text = _checked(question.text)
        started_s = time.perf_counter()
        yield Searching(self._library.texts.count())
        hits = self._library.search(search_text(text, question.history), limit=SEARCHED)
        found = self._as_evidence(hits[:SHOWN])
        timings = {"search": time.perf_counter() - started_s}
        yield Found(found)
        answer = _refusal(text, found)
        if judge(search_text(text, question.history), hits).relevant:
            answer = yield from self._read(replace(question, text=text), hits, found, cancelled)
        if "first_token" in answer.timings_s:
            timings["first_token"] = timings["search"] + answer.timings_s["first_token"]
        timings["total"] = time.perf_counter() - started_s
        yield Finished(replace(answer, timings_s=timings))

    def prepare(self, question: Question, *, cancelled: threading.Event | None = None) -> int:
        """Let the model get ready for a question that is still being typed; how many passages it was given.

        Raises: as `ask`.
        """
        text = _checked(question.text)
        sought = search_text(text, question.history)
        hits = self._library.search(sought, limit=SEARCHED)
        if not judge(sought, hits).relevant:
            return 0
        model = self._model()
        evidence, prompt = self._compose(replace(question, text=text), hits, model)
        self._reader(model, question, cancelled).look_ahead(prompt)
        return len(evidence)

    def _read(
        self,
        question: Question,
        hits: Sequence[Hit],
        found: tuple[Evidence, ...],
        cancelled: threading.Event | None,
    ) -> Generator[Event, None, Answer]:
        """Let the model read the best hits and write; returns the checked answer."""
        model = self._model()
        evidence, prompt = self._compose(question, hits, model)
        yield Reading(len(evidence), model.count(prompt.ask(wording_of(question.text).answer)))
        answer = yield from self._reader(model, question, cancelled).read(prompt)
        return _refusal(question.text, found) if answer.refused else answer

    def _reader(self, model: LanguageModel, question: Question, cancelled: threading.Event | None) -> Reader:
        return Reader(model, self._promises, self._library.similarity, question.max_tokens, cancelled)

    def _compose(
        self, question: Question, hits: Sequence[Hit], model: LanguageModel
    ) -> tuple[tuple[Evidence, ...], Prompt]:
        """The hits that fit, best first, and the prompt around them."""
        empty = Prompt(question.text, (), question.history)
        room = model.room(empty.ask(wording_of(question.text).answer_or_refuse), max_tokens=question.max_tokens)
        evidence = self._as_evidence(choose(hits, budget_tokens=min(CONTEXT_TOKENS, room), count=model.count_text))
        return evidence, Prompt(question.text, evidence[::-1], question.history)  # what is read last is remembered best

    def _as_evidence(self, hits: Sequence[Hit]) -> tuple[Evidence, ...]:
        names = self._library.names(hit.passage.source_id for hit in hits)
        return tuple(Evidence(n, names.get(hit.passage.source_id, ""), hit) for n, hit in enumerate(hits, 1))


def _checked(text: str) -> str:
    text = text.replace("\0", " ").strip()
    if not text:
        raise BadRequest(detail="The question is empty. Type one.", detail_zh="问题是空的，请输入问题。")
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise BadRequest(
            detail=f"The question has {len(text)} characters; at most {MAX_QUESTION_CHARACTERS} are read. Shorten it.",
            detail_zh=f"问题有 {len(text)} 个字，最多 {MAX_QUESTION_CHARACTERS} 个，请缩短。",
        )
    return text


def _refusal(question: str, found: tuple[Evidence, ...]) -> Answer:
    text = "资料中没有提到。" if language_of(question) == "zh" else "The documents do not say."
    nothing = {"read": 0, "reused": 0, "written": 0}
    return Answer(text, nearest=found[:NEAREST], refused=True, tokens=nothing)
