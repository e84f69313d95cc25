"""A GGUF chat model in this process: messages to text, by the engine's loop.

Several replies are written at the same time; further ones wait for a place. Does not fetch model files, and takes the
likeliest token each time.
"""

from __future__ import annotations

import codecs
import threading
import warnings
from typing import TYPE_CHECKING

import numpy as np

from jianwen.errors import ModelFailed
from jianwen.language.base import LanguageModel
from jianwen.language.compose import header_of
from jianwen.language.engine import Engine, Work
from jianwen.language.llama import Llama
from jianwen.language.reply import Run
from jianwen.language.states import StateStore
from jianwen.language.template import ChatTemplate, Piece

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.language.base import Message
    from jianwen.language.states import States


__all__ = ["LlamaCpp"]

_ROOM_FOR_OTHERS = 2  # windows of memory for all visitors together
_SPARE_CELLS = 512  # for what is read in the background


class LlamaCpp(LanguageModel):
    """A GGUF chat model."""

    _engine: Engine | None = None

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        context_tokens: int,
        threads: int = 0,
        visitors: int = 4,
        states: States | None = None,
        cache: str = "f16",
        drafts: bool = True,
    ) -> None:
        """Load the file.

        Args:
            path: of the GGUF file.
            name: as people chose it.
            context_tokens: the window of one reply; at most the one the model was trained for.
            threads: 0 means one per core.
            visitors: replies that are written at the same time.
            states: where what was read of passages is kept; None keeps nothing and reads every prompt in full.
            cache: type of keys and values, "f16" or "q8_0".
            drafts: whether to write quotations several tokens a step; changes no answer.

        Raises:
            ModelUnavailable: the file is damaged, of an unknown kind, or too large for this box.
        """
        super().__init__()
        self.name = name
        cells = context_tokens * (_ROOM_FOR_OTHERS if visitors > 1 else 1) + _SPARE_CELLS
        llama = Llama(
            path,
            name=name,
            context_tokens=context_tokens,
            cells=cells,
            sequences=2 * (visitors + 1),
            threads=threads,
            cache=cache,
        )
        self._llama = llama
        self.context_tokens = llama.context_tokens
        self.memory_bytes = llama.memory_bytes
        self._template = ChatTemplate(llama.render, llama.tokenise)
        self._closing = threading.Lock()
        store = None
        if states:
            identity = f"{states.identity} {llama.layout}"
            store = StateStore(states.folder, limit_bytes=states.limit_bytes, identity=identity)
        how = states.how if states else "full"
        self._engine = Engine(llama, visitors=visitors, states=store, how=how, drafts=drafts)
        self._states = self._engine.states
        self.states_bytes = states.limit_bytes if states and self._states else 0

    def _generate(self, messages: Sequence[Message], run: Run) -> Generator[str]:
        """One piece a token. A token may end within a character: that part waits for the next."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        work = self._submit(Work("write", self._pieces(messages), run))
        for token in work.results():
            yield decoder.decode(self._llama.bytes_of(token))

    def _odds(self, messages: Sequence[Message], yes: Sequence[str], no: Sequence[str]) -> float:
        first_yes, first_no = self._first_tokens(yes), self._first_tokens(no)

        def lean(logits: NDArray[np.float32]) -> float:
            return float(np.logaddexp.reduce(logits[first_yes]) - np.logaddexp.reduce(logits[first_no]))

        work = self._submit(Work("look", self._pieces(messages), Run(1), reduce=lean))
        return float(next(work.results()))

    def _likelihood(self, messages: Sequence[Message], text: str) -> float:
        before = [token for piece in self._pieces(messages, unended=True) for token in piece.tokens]
        tokens = self._llama.tokenise(text, False)
        following = iter(tokens)

        def log_probability(logits: NDArray[np.float32]) -> float:
            return float(logits[next(following)] - np.logaddexp.reduce(logits))

        prompt = Piece((*before, *tokens[:-1]))  # behind the last token nothing is asked
        work = self._submit(Work("look", [prompt], Run(1), reduce=log_probability, wanted=len(tokens)))
        return float(sum(work.results())) / len(tokens)

    def _first_tokens(self, words: Sequence[str]) -> list[int]:
        """With which a reply begins that begins with one of the words, however capitalised."""
        spellings = {spelling for word in words for spelling in (word, word.capitalize(), " " + word)}
        return sorted({self._llama.tokenise(spelling, False)[0] for spelling in spellings})

    def remember(
        self, messages: Sequence[Message], *, pinned: bool = False, cancelled: threading.Event | None = None
    ) -> int | None:
        self._check(messages, 1)
        run = Run(1, cancelled=cancelled)
        kept = list(self._submit(Work("keep", self._pieces(messages), run, pinned=pinned)).results())
        return None if None in kept else sum(kept)

    def states_of(self, messages: Sequence[Message]) -> dict[str, int]:
        if self._states is None:
            return {}
        pieces = self._pieces(messages)
        header = header_of(pieces)
        return {
            self._states.key(header, piece.tokens): self._llama.state_bytes(len(piece.tokens))
            for piece in pieces
            if piece.is_passage
        }

    def tokens(self, messages: Sequence[Message]) -> list[int]:
        return [token for piece in self._pieces(messages) for token in piece.tokens]

    def _submit(self, work: Work) -> Work:
        if self._engine is None:
            raise ModelFailed(detail="the model was closed")
        return self._engine.submit(work)

    def _count(self, messages: Sequence[Message]) -> int:
        return len(self.tokens(messages))

    def _count_text(self, text: str) -> int:
        return len(self._llama.tokenise(text, False))

    def _pieces(self, messages: Sequence[Message], *, unended: bool = False) -> list[Piece]:
        try:
            pieces = self._template.pieces(messages, unended=unended)
        except Exception as exc:  # a template is a program inside the file, and may raise anything
            raise self._llama.unavailable(f"its chat template fails: {exc}") from exc
        first = self._llama.first_token
        if first is not None and pieces[0].tokens[:1] != (first,):
            return [Piece((first, *pieces[0].tokens)), *pieces[1:]]
        return pieces

    def __del__(self) -> None:
        if self._engine and not self._is_closed:
            warnings.warn(f"{self.name} was never closed", ResourceWarning, stacklevel=1)
            self.close()

    def _close(self) -> None:
        with self._closing:
            if self._engine:
                self._engine.close()
                self._engine = None
