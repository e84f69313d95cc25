"""One reply on its way: text piece by piece, what it cost, and how it ended.

Does not generate: a back end yields pieces and fills in a `Run`; stop strings, times and closing live here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Finish", "Reply", "Run", "Usage"]

Finish = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a reply cost.

    Attributes:
        read: tokens of the prompt that were read now.
        reused: tokens of the prompt that were remembered from an earlier one.
        written: tokens of the answer.
        first_token_s: from asking to the first token, waiting for an earlier reply included.
        total_s: from asking to the end.
    """

    read: int
    reused: int
    written: int
    first_token_s: float
    total_s: float

    @property
    def prefill_tok_s(self) -> float:
        return self.read / self.first_token_s if self.first_token_s > 0 else 0.0

    @property
    def decode_tok_s(self) -> float:
        """Over the tokens after the first, whose time belongs to reading."""
        writing_s = self.total_s - self.first_token_s
        return (self.written - 1) / writing_s if self.written > 1 and writing_s > 0 else 0.0


@dataclass(slots=True)
class Run:
    """What a back end is told about one reply, and the counts that it keeps there while generating."""

    max_tokens: int
    stop: tuple[str, ...] = ()
    read: int = 0
    reused: int = 0
    written: int = 0
    finish: Finish = "stop"
    cancelled: threading.Event | None = None
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def is_cancelled(self) -> bool:
        """To be asked between steps: somebody pressed stop, or nobody listens any more."""
        return self.closed.is_set() or (self.cancelled is not None and self.cancelled.is_set())


class Reply(Iterator[str]):
    """Iterate for the text. Generation runs in the iterating thread; `close`, from any thread, ends it early."""

    def __init__(self, pieces: Generator[str], run: Run) -> None:
        self._pieces = pieces
        self._run = run
        self._gate = _StopGate(run.stop)
        self._begun_at_s = time.perf_counter()
        self._first_token_s: float | None = None
        self._total_s: float | None = None  # set once, at the end
        self._parts: list[str] = []
        self._stepping = threading.Lock()  # a generator must not be entered by two threads

    def __next__(self) -> str:
        delta = self._step()
        if self._run.closed.is_set():
            self.close()  # closed by another thread that found us busy
        if not delta:
            raise StopIteration
        self._parts.append(delta)
        return delta

    @property
    def text(self) -> str:
        """What came so far."""
        return "".join(self._parts)

    @property
    def finish(self) -> Finish:
        """How it ended: complete or at a stop string, at `max_tokens`, or cancelled."""
        return self._run.finish

    @property
    def usage(self) -> Usage:
        """So far; complete after the end."""
        run = self._run
        total_s = self._elapsed_s() if self._total_s is None else self._total_s
        first_token_s = total_s if self._first_token_s is None else self._first_token_s
        return Usage(run.read, run.reused, run.written, first_token_s, total_s)

    def close(self) -> None:
        """End it. What came stays readable; twice is fine. While another thread generates, that one ends it soon."""
        self._run.closed.set()
        if self._stepping.acquire(blocking=False):
            try:
                self._finish_early()
            finally:
                self._stepping.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def _step(self) -> str:
        """The next visible text; empty at the end."""
        with self._stepping:
            while self._total_s is None:
                if self._run.is_cancelled:
                    self._finish_early()
                elif delta := self._advance():
                    return delta
        return ""

    def _advance(self) -> str:
        """What one more piece makes visible, maybe nothing; at the end, what the gate still held."""
        try:
            piece = next(self._pieces)
        except StopIteration:
            self._end("cancelled" if self._run.is_cancelled else self._run.finish)
            return "" if self._run.finish == "cancelled" else self._gate.rest()
        except BaseException:
            self._end("cancelled")
            raise
        if self._first_token_s is None:
            self._first_token_s = self._elapsed_s()
        shown = self._gate.feed(piece)
        if self._gate.is_shut:
            self._pieces.close()
            self._end("stop")
        return shown

    def _finish_early(self) -> None:
        if self._total_s is None:
            self._pieces.close()
            self._end("cancelled")

    def _end(self, finish: Finish) -> None:
        self._run.finish = finish
        self._total_s = self._elapsed_s()

    def _elapsed_s(self) -> float:
        return time.perf_counter() - self._begun_at_s


class _StopGate:
    """Lets text through up to the first stop string, and holds back whatever may become the start of one."""

    def __init__(self, stop: tuple[str, ...]) -> None:
        self._stop = tuple(text for text in stop if text)
        self._held = ""
        self.is_shut = False

    def feed(self, piece: str) -> str:
        self._held += piece
        found = [at for at in (self._held.find(text) for text in self._stop) if at >= 0]
        if found:
            self.is_shut = True
            return self._let_out(min(found), then="")
        safe = len(self._held) - self._risky_tail()
        return self._let_out(safe, then=self._held[safe:])

    def rest(self) -> str:
        return self._let_out(len(self._held), then="")

    def _risky_tail(self) -> int:
        """Length of the longest end of the held text with which some stop string begins."""
        longest = min(len(self._held), max(map(len, self._stop), default=1) - 1)
        return next((n for n in range(longest, 0, -1) if self._begins_stop(self._held[-n:])), 0)

    def _begins_stop(self, tail: str) -> bool:
        return any(text.startswith(tail) for text in self._stop)

    def _let_out(self, count: int, *, then: str) -> str:
        shown, self._held = self._held[:count], then
        return shown
