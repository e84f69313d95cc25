"""Questions as the model is asked them: what the search finds for each, composed into a prompt.

Measures nothing.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen import weights
from jianwen.errors import WeightsMissing
from jianwen.guide import Evidence, Prompt, wording_of
from jianwen.language import States, open_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jianwen.assistant import Assistant
    from jianwen.bench.dataset import QuestionItem
    from jianwen.language import Compose, LanguageModel, Message
    from jianwen.settings import Settings

__all__ = ["PASSAGES", "STATES_GB", "Asked", "Opener", "ask_all"]

PASSAGES = 5
_PASSAGE_TOKENS = 1300  # all together
STATES_GB = 8
_SEED = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what the search found for it.

    Attributes:
        question: with its gold answers.
        messages: what the model reads, the best passage last.
        shuffled: the same with the passages in another order.
        search_s: how long the search took, embedding the question included.
    """

    question: QuestionItem
    messages: list[Message]
    shuffled: list[Message]
    search_s: float


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens the settings' model in different ways.

    Attributes:
        settings: name the model.
        folder: for states.
    """

    settings: Settings
    folder: Path

    @property
    def path(self) -> Path:
        path = weights.locate(self.settings.language, folder=self.settings.weights)
        if path is None:
            raise WeightsMissing(name=self.settings.language, detail=f"looked in {self.settings.weights}")
        return path

    @property
    def identity(self) -> str:
        return weights.identity(self.settings.language, self.path)

    def open(self, how: Compose, *, visitors: int = 1, drafts: bool = True) -> LanguageModel:
        states = None if how == "full" else States(self.folder, STATES_GB << 30, self.identity, how)
        return open_language(
            self.settings.language,
            model_path=self.path,
            context_tokens=self.settings.context_tokens,
            threads=self.settings.threads,
            visitors=visitors,
            states=states,
            drafts=drafts,
        )


def ask_all(
    assistant: Assistant, questions: Sequence[QuestionItem], model: LanguageModel, *, limit: int
) -> Iterator[Asked]:
    """Search for questions that have an answer, evenly picked, and compose their prompts."""
    fit = [question for question in questions if question.answerable and not question.history]
    shuffled = random.Random(_SEED)  # noqa: S311 - an order, not a secret
    library = assistant.library
    library.search("开放时间 opening hours")
    for question in fit[:: max(1, len(fit) // limit)][:limit]:
        started_s = time.perf_counter()
        hits = library.search(question.text)
        search_s = time.perf_counter() - started_s
        names = library.names(hit.passage.source_id for hit in hits)
        found: list[Evidence] = []
        left = _PASSAGE_TOKENS
        for n, hit in enumerate(hits, 1):
            left -= model.count_text(hit.passage.text)
            if len(found) < PASSAGES and left >= 0:
                found.append(Evidence(n, names.get(hit.passage.source_id, ""), hit))
        best_last = tuple(reversed(found))
        other = tuple(shuffled.sample(best_last, len(best_last)))
        template = wording_of(question.text).answer
        yield Asked(
            question,
            Prompt(question.text, best_last).ask(template),
            Prompt("？", other).ask(template),
            search_s,
        )
