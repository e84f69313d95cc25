"""Passages in, an answer out: each is read alone, and what is in doubt is checked before it is shown.

The model answers better from the one passage that holds the answer than from four of which one does: neighbours in a
table mislead it. And a passage alone costs only the question where it was read beforehand. So passages are looked at
one by one in the search's order; the first that can surely answer is answered from, word by word. Where none can, an
answer is tried in silence from each that might, and the one that stands up best to the check of its citations and to
the model's own second look is shown.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jianwen.guide.answer import Answer, Delta
from jianwen.guide.grounding import check_citations, is_refusal
from jianwen.guide.prompt import wording_of
from jianwen.guide.verdict import CLEAR, ENOUGH, HOPELESS, SURE, Trust

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Generator, Iterator, Sequence

    from jianwen.guide.prompt import Prompt
    from jianwen.guide.verdict import Promises
    from jianwen.language import LanguageModel, Reply
    from jianwen.places import Passage

__all__ = ["Reader"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads for one question.

    Attributes:
        model: it reads and writes.
        promises: what it has said of passages already.
        similarity: cosine of a sentence and a passage: see `grounding.check_citations`.
        max_tokens: of an answer.
        cancelled: once set, the answer ends soon.
    """

    model: LanguageModel
    promises: Promises
    similarity: Callable[[str, Passage], float]
    max_tokens: int
    cancelled: threading.Event | None = None

    def look_ahead(self, prompt: Prompt) -> None:
        """Do what `read` does before its first word: look at passages, and where none is sure, try answers."""
        doubtful: list[tuple[float, Prompt]] = []
        for promised, alone in self._looks(prompt):
            if promised is None or promised >= SURE or self._is_cancelled():
                return
            if promised >= HOPELESS:
                doubtful.append((promised, alone))
        self._best_of(doubtful)

    def read(self, prompt: Prompt) -> Generator[Delta, None, Answer]:
        """Answer from the prompt's passages, the best one last.

        Returns:
            The checked answer; `refused` and without text where the passages do not say. A model that cannot be looked
            into reads all passages together and refuses in words.
        """
        started_s = time.perf_counter()
        doubtful: list[tuple[float, Prompt]] = []
        for promised, alone in self._looks(prompt):
            if promised is None:
                return (yield from self._aloud(prompt, wording_of(prompt.question).answer_or_refuse, started_s))
            if self._is_cancelled():
                return _STOPPED
            if promised >= SURE:
                answer = yield from self._aloud(alone, wording_of(prompt.question).answer, started_s)
                if not answer.refused:
                    return answer
            elif promised >= HOPELESS:
                doubtful.append((promised, alone))
        answer = self._best_of(doubtful)
        if answer.text:
            yield Delta(answer.text)
            answer = replace(answer, timings_s={"first_token": time.perf_counter() - started_s})
        return answer

    def _looks(self, prompt: Prompt) -> Iterator[tuple[float | None, Prompt]]:
        """Each passage alone, the best first, and how far it promises an answer."""
        for item in reversed(prompt.evidence):
            alone = replace(prompt, evidence=(item,))
            yield self.promises.of(self.model, alone), alone

    def _aloud(self, prompt: Prompt, template: str, started_s: float) -> Generator[Delta, None, Answer]:
        """An answer that is shown while it is written."""
        first_token_s: dict[str, float] = {}
        with self._reply(prompt, template) as reply:
            for delta in reply:
                first_token_s.setdefault("first_token", time.perf_counter() - started_s)
                yield Delta(delta)
        return replace(self._checked(prompt, reply), timings_s=first_token_s)

    def _best_of(self, doubtful: Sequence[tuple[float, Prompt]]) -> Answer:
        """The best answer from passages in doubt, the likeliest tried first."""
        prompts = [alone for _, alone in sorted(doubtful, key=lambda pair: -pair[0])]
        return self.promises.tried(self.model, prompts, self.max_tokens, lambda: self._tried(prompts))

    def _tried(self, prompts: Sequence[Prompt]) -> Answer:
        """The answer that stands up best; a refusal where none does well enough."""
        best, best_trust = _REFUSED, ENOUGH
        trust = Trust(self.model)
        for prompt in prompts:
            with self._reply(prompt, wording_of(prompt.question).answer) as reply:
                for _ in reply:
                    continue
            if self._is_cancelled():
                return _STOPPED
            answer = self._checked(prompt, reply)
            if answer.refused:
                continue
            trusted = trust.of(prompt, " ".join(citation.quote for citation in answer.citations))
            if trusted >= best_trust:
                best, best_trust = answer, trusted
            if trusted >= CLEAR:
                break
        return best

    def _reply(self, prompt: Prompt, template: str) -> Reply:
        return self.model.reply(prompt.ask(template), max_tokens=self.max_tokens, cancelled=self.cancelled)

    def _checked(self, prompt: Prompt, reply: Reply) -> Answer:
        usage = reply.usage
        tokens = {"read": usage.read, "reused": usage.reused, "written": usage.written}
        stopped = reply.finish == "cancelled"
        if is_refusal(reply.text) and not stopped:
            return _REFUSED
        asked = " ".join([*(turn.question for turn in prompt.history[-2:]), prompt.question])
        answer = check_citations(reply.text, prompt.evidence, question=asked, similarity=self.similarity)
        if answer.refused and not stopped:
            return _REFUSED
        return replace(answer, stopped=stopped, refused=False, tokens=tokens)

    def _is_cancelled(self) -> bool:
        return self.cancelled is not None and self.cancelled.is_set()


_NO_TOKENS = {"read": 0, "reused": 0, "written": 0}
_REFUSED = Answer("", refused=True, tokens=_NO_TOKENS)
_STOPPED = Answer("", stopped=True, tokens=_NO_TOKENS)
