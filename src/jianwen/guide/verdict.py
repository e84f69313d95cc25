"""Whether the passages answer the question, by what the model itself holds likely, not by what it says.

Asked to say when it does not know, a small model refuses half of what it could answer. Asked two short questions of
which only the odds of "yes" are looked at, the same model tells the answerable from the rest: are the passages stating
an answer, and is it this one? Both are asked over passages that are read already: about 40 tokens each.

Bounds fitted on the tuning half of the sample venue with Qwen2.5-Coder 1.5B: see `dev/log.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen.guide.prompt import wording_of
from jianwen.library import language_of

if TYPE_CHECKING:
    from jianwen.guide.prompt import Prompt
    from jianwen.language import LanguageModel

__all__ = ["Verdict"]


@dataclass(frozen=True, slots=True)
class _Bounds:
    """In logarithms of odds.

    Attributes:
        stated: below it, nothing is worth writing.
        right: below it, what was written is taken back; compared with both checks and a little of the search's score.
    """

    stated: float
    right: float


_BOUNDS = {"zh": _Bounds(stated=0.8, right=3.9), "en": _Bounds(stated=-0.8, right=2.1)}
SCORE_WEIGHT = 0.15  # of the best hit's score


class Verdict:
    """The two checks around one answer. A model that cannot be looked into passes both: it refuses in words."""

    def __init__(self, model: LanguageModel, prompt: Prompt, *, score: float) -> None:
        """Ask the first check.

        Args:
            model: it will also write the answer.
            prompt: what it reads.
            score: of the best hit.
        """
        self._model = model
        self._prompt = prompt
        self._wording = wording_of(prompt.question)
        self._bounds = _BOUNDS[language_of(prompt.question)]
        self._score = score
        self._stated = self._odds(self._wording.is_stated)

    @property
    def template(self) -> str:
        """How to ask for the answer."""
        return self._wording.answer_or_refuse if self._stated is None else self._wording.answer

    @property
    def is_stated(self) -> bool:
        """Whether it is worth writing an answer."""
        return self._stated is None or self._stated >= self._bounds.stated

    def is_right(self, answer: str) -> bool:
        """Whether the passages state this answer, and it is what was asked."""
        if self._stated is None:
            return True
        right = self._odds(self._wording.is_right, answer=answer) or 0.0
        return self._stated + right + SCORE_WEIGHT * self._score >= self._bounds.right

    def _odds(self, template: str, *, answer: str = "") -> float | None:
        messages = self._prompt.ask(template, answer=answer)
        return self._model.odds(messages, yes=self._wording.yes, no=self._wording.no)
