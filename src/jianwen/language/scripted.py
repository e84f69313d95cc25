"""A language model without a model: it answers by quoting the sentence nearest to the question, with its number.

Deterministic and instant, so it serves tests, demonstrations and boxes too small for a real model.
Does not understand anything: it compares characters.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from jianwen.language.base import LanguageModel, Message
from jianwen.language.estimate import estimate_messages, estimate_text

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from jianwen.language.reply import Run

__all__ = ["Scripted"]

_DELTA_CHARACTERS = 4
_REFUSAL = {"zh": "资料中没有提到。", "en": "The documents do not say."}

_PASSAGE = re.compile(r"^\[(\d+)\] ", re.MULTILINE)
_QUESTION = re.compile(r"^(?:问题：|Question:)", re.MULTILINE)
_SENTENCE = re.compile(r".+?(?:[。！？!?；;]|\.(?=\s|$)|$)", re.MULTILINE)
_CJK_RUN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z0-9]+")
# Words of questions that say nothing about what is asked.
_EMPTY_WORDS = frozenset(
    _WORD.findall(
        "a an and are at be by can do does for from how i in is it many may much of on or the there this to we "
        "what when where which who why will with you"
    )
)
_EMPTY_PAIRS = frozenset({"什么", "多少", "几点", "怎么", "哪里", "可以", "是否", "请问", "有没"})


class Scripted(LanguageModel):
    """Lines of the prompt that begin with `[n] ` are passages; the last `问题：` or `Question:` line asks."""

    def __init__(self, *, context_tokens: int = 4096, delay_s: float = 0.0) -> None:
        """See the class; `delay_s` is slept before every piece, so that stopping can be shown."""
        super().__init__()
        self.name = "scripted"
        self.context_tokens = context_tokens
        self._delay_s = delay_s

    def _generate(self, messages: Sequence[Message], run: Run) -> Generator[str]:
        run.read = self.count(messages)
        answer = _answer(messages[-1].whole)
        for at in range(0, len(answer), _DELTA_CHARACTERS):
            if run.written == run.max_tokens:
                run.finish = "length"
                return
            time.sleep(self._delay_s)
            if run.is_cancelled:
                return
            run.written += 1
            yield answer[at : at + _DELTA_CHARACTERS]

    def _count(self, messages: Sequence[Message]) -> int:
        return estimate_messages(messages)

    def _count_text(self, text: str) -> int:
        return estimate_text(text)


def _answer(prompt: str) -> str:
    body, question = _split_off_question(prompt)
    wanted = _features(question)
    best, best_score = "", 0
    for number, passage in _passages(body):
        for sentence in _SENTENCE.findall(passage):
            score = len(wanted & _features(sentence))
            if score > best_score:
                best, best_score = f"{sentence.strip()} [{number}]", score
    return best or _REFUSAL["zh" if _CJK_RUN.search(question) else "en"]


def _split_off_question(prompt: str) -> tuple[str, str]:
    """Passages before, the rest of the last line that asks; without one, the whole prompt is both."""
    marks = list(_QUESTION.finditer(prompt))
    if not marks:
        return prompt, prompt
    return prompt[: marks[-1].start()], prompt[marks[-1].end() :].strip().partition("\n")[0]


def _passages(body: str) -> list[tuple[str, str]]:
    marks = list(_PASSAGE.finditer(body))
    ends = [*(mark.start() for mark in marks[1:]), len(body)]
    return [(mark[1], body[mark.end() : end]) for mark, end in zip(marks, ends, strict=False)]  # no mark, no passage


def _features(text: str) -> frozenset[str]:
    """Pairs of neighbouring Chinese characters, and words."""
    pairs = {run[at : at + 2] for run in _CJK_RUN.findall(text) for at in range(len(run) - 1)}
    return frozenset(pairs - _EMPTY_PAIRS) | (frozenset(_WORD.findall(text.lower())) - _EMPTY_WORDS)
