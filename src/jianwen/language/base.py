"""`LanguageModel`: what every back end is to the rest of the program.

A back end writes `_generate`, `_count` and `_count_text`; the checks and the room live here.
Does not choose a back end: `registry.py` does.
"""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Self

from jianwen.errors import BadRequest, ModelUnavailable, PromptTooLong
from jianwen.language.reply import Reply, Run

if TYPE_CHECKING:
    import threading
    from collections.abc import Generator, Sequence

__all__ = ["LanguageModel", "Message"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    Attributes:
        role: who speaks.
        text: what is said.
        passages: texts that stand in front of it and were known beforehand, so that a back end may have read them
            already; each is followed by `text` or the next one without anything between.
    """

    role: Literal["system", "user", "assistant"]
    text: str
    passages: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The passages and the text, as a back end reads them that knows no passages."""
        return "".join([*self.passages, self.text])


class LanguageModel(ABC):
    """Messages to text. Greedy: the same messages give the same text.

    Attributes:
        name: as people chose it.
        context_tokens: the window: prompt and answer together.
        memory_bytes: of its weights and of all conversations together, in this process; 0 where that is not known.
        states_bytes: the most that what it keeps of passages may take on disk; 0 where nothing is kept.
    """

    name: str
    context_tokens: int
    memory_bytes: int = 0
    states_bytes: int = 0
    _is_closed = False

    def __init__(self) -> None:
        self._open_replies: weakref.WeakSet[Reply] = weakref.WeakSet()

    def count(self, messages: Sequence[Message]) -> int:
        """Tokens of the whole prompt, the chat template included."""
        return self._count(messages)

    def tokens(self, messages: Sequence[Message]) -> list[int]:
        """The whole prompt as the model's token numbers; empty where the back end keeps them to itself."""
        del messages
        return []

    def count_text(self, text: str) -> int:
        """Tokens of a bare text."""
        return self._count_text(text)

    def room(self, messages: Sequence[Message], *, max_tokens: int) -> int:
        """Tokens that stay free beside the prompt and an answer of `max_tokens`; negative when they do not fit."""
        return self.context_tokens - max_tokens - self.count(messages)

    def reply(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        stop: Sequence[str] = (),
        cancelled: threading.Event | None = None,
    ) -> Reply:
        """Begin an answer; it is generated while the `Reply` is iterated.

        Args:
            messages: the conversation, oldest first.
            max_tokens: at most so many tokens are written.
            stop: the answer ends before the first of these strings.
            cancelled: once set, the answer ends soon.

        Raises:
            BadRequest: there is nothing to answer.
            PromptTooLong: prompt and answer do not fit the window.
            ModelUnavailable: the model is closed.
        """
        self._check(messages, max_tokens)
        run = Run(max_tokens, stop=tuple(stop), cancelled=cancelled)
        reply = Reply(self._generate(messages, run), run)
        self._open_replies.add(reply)
        return reply

    def odds(self, messages: Sequence[Message], *, yes: Sequence[str], no: Sequence[str]) -> float | None:
        """How the model leans between two kinds of reply, without writing one.

        Args:
            messages: a question that is answered with one of the words.
            yes: words that begin the one kind, such as "是".
            no: words that begin the other.

        Returns:
            Natural logarithm of the odds that the reply begins like `yes` rather than like `no`; None where the
            back end cannot tell.

        Raises:
            BadRequest, PromptTooLong, ModelUnavailable: as `reply`.
        """
        self._check(messages, 1)
        return self._odds(messages, yes, no)

    def likelihood(self, messages: Sequence[Message], text: str) -> float | None:
        """How likely the model holds it that the last message goes on with a text, without writing anything.

        Args:
            messages: the last one is not ended: the text follows upon its own.
            text: at least one character.

        Returns:
            Mean natural logarithm of the probabilities of the text's tokens, at most 0; None where the back end cannot
            tell.

        Raises:
            BadRequest, PromptTooLong, ModelUnavailable: as `reply`.
        """
        if not text:
            raise BadRequest(detail="There is no text to judge.", detail_zh="没有要判断的文字。")
        self._check([*messages[:-1], replace(messages[-1], text=messages[-1].text + text)], 1)
        return self._likelihood(messages, text)

    def remember(
        self, messages: Sequence[Message], *, pinned: bool = False, cancelled: threading.Event | None = None
    ) -> int | None:
        """Read the passages of the messages for later replies, each alone, whenever nobody else needs the model.

        Args:
            messages: with passages.
            pinned: they are to stay: what is damaged is read again, and what is used less, and not pinned, goes.
            cancelled: once set, reading ends soon.

        Returns:
            How many had not been read before; None where nothing can be kept, or there is no room for more.

        Raises:
            ModelUnavailable: the model is closed.
        """
        del messages, pinned, cancelled
        return None

    def states_of(self, messages: Sequence[Message]) -> dict[str, int]:
        """Under which names `remember` keeps the passages, and about how many bytes each takes; empty without any."""
        del messages
        return {}

    def close(self) -> None:
        """Free the memory and connections; twice is fine."""
        if not self._is_closed:
            self._is_closed = True
            for reply in list(self._open_replies):
                reply.close()
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _check(self, messages: Sequence[Message], max_tokens: int) -> None:
        if self._is_closed:
            raise ModelUnavailable(
                name=self.name, detail="it was closed", remedy="Open it again.", remedy_zh="请重新打开。"
            )
        if not messages or not messages[-1].whole.strip():
            raise BadRequest(detail="There is no question to answer.", detail_zh="没有要回答的问题。")
        if max_tokens < 1:
            raise BadRequest(detail="An answer needs at least one token.", detail_zh="回答至少需要一个词元。")
        room = self.room(messages, max_tokens=max_tokens)
        if room < 0:
            limit = max(0, self.context_tokens - max_tokens)
            raise PromptTooLong(found=limit - room, limit=limit)

    @abstractmethod
    def _generate(self, messages: Sequence[Message], run: Run) -> Generator[str]:
        """Yield one piece a token (maybe empty), keep the counts of `run`, look at `run.is_cancelled` between steps."""

    def _odds(self, messages: Sequence[Message], yes: Sequence[str], no: Sequence[str]) -> float | None:  # noqa: ARG002 - for back ends that can
        return None

    def _likelihood(self, messages: Sequence[Message], text: str) -> float | None:  # noqa: ARG002 - as above
        return None

    @abstractmethod
    def _count(self, messages: Sequence[Message]) -> int: ...

    @abstractmethod
    def _count_text(self, text: str) -> int: ...

    def _close(self) -> None:  # noqa: B027 - a default, not a duty
        """Nothing to free, unless a back end says so."""
