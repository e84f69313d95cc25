"""One decode loop for several visitors: each step reads and writes a little for all of them (continuous batching).

A thread of its own owns the model. Work is handed in from any thread, and its results come back through a queue.
Does not know messages or text: `llamacpp.py` does.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal

from jianwen.errors import ModelFailed
from jianwen.language.compose import Composer, Need, Slot, common_prefix, header_of
from jianwen.language.llama import Rows
from jianwen.language.lookup import Drafter, StepCosts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwen.language.compose import Compose
    from jianwen.language.llama import Llama
    from jianwen.language.reply import Run
    from jianwen.language.states import StateStore
    from jianwen.language.template import Piece

__all__ = ["Engine", "Work"]

_ALONE_TOKENS = 128  # read in a step while nobody waits for the next word: more reads no faster
_BESIDE_TOKENS = 32  # read in a step while others write: they stall for about a third of a second
_KEEPING_TOKENS = 64
_DRAFTED_TOKENS = 15  # in a step, by all writers together
_IDLE_TOKENS = 1024  # kept by slots at rest: every step runs over all that is in memory, whoever's it is
_SPARE_CELLS = 32  # drafts and the last token
_IDLE_S = 0.5

log = logging.getLogger(__name__)

_End = object()


@dataclass(slots=True, eq=False)
class Work:
    """Something to be done by the engine.

    Attributes:
        kind: write a reply, get numbers from the logits at the prompt's end, or keep its passages.
        pieces: the prompt.
        run: limits, counts, cancelling.
        reduce: for "look": makes the number.
        wanted: for "look": of so many last tokens, one number each.
        pinned: for "keep": see `Composer.keep`.
    """

    kind: Literal["write", "look", "keep"]
    pieces: Sequence[Piece]
    run: Run
    reduce: Callable[[NDArray[np.float32]], Any] | None = None
    wanted: int = 1
    pinned: bool = False
    _results: queue.SimpleQueue[Any] = field(default_factory=queue.SimpleQueue)

    def results(self) -> Iterator[Any]:
        """What comes of it, as it comes; raises what went wrong."""
        while (item := self._results.get()) is not _End:
            if isinstance(item, Exception):
                raise item
            yield item

    def put(self, item: Any) -> None:
        self._results.put(item)

    def end(self, error: Exception | None = None) -> None:
        if error:
            self._results.put(error)
        self._results.put(_End)

    @property
    def tokens(self) -> int:
        """At most so many will be in memory."""
        return sum(len(piece.tokens) for piece in self.pieces) + self.run.max_tokens + _SPARE_CELLS


@dataclass(slots=True, eq=False)
class _Active:
    """Work that has a slot."""

    work: Work
    slot: Slot
    steps: Generator[Need, list[Any], None]
    need: Need


class Engine:
    """Owns a `Llama`. Closing twice is fine."""

    def __init__(
        self, llama: Llama, *, visitors: int, states: StateStore | None, how: Compose, drafts: bool = True
    ) -> None:
        """Start the loop.

        Args:
            llama: with two sequences a visitor and two more; closed with the engine.
            visitors: replies that are written at the same time; further ones wait.
            states: kept passages.
            how: see `Composer`.
            drafts: whether to write quotations several tokens a step; changes no answer.
        """
        self._llama = llama
        self._slots = [Slot(2 * n, 2 * n + 1) for n in range(visitors + 1)]
        self._background = self._slots[-1]
        self._composer = Composer(llama, self._slots, states, how)
        self._drafts = drafts and not llama.is_recurrent
        self._costs = StepCosts()
        self._waiting: deque[Work] = deque()
        self._keeping: deque[Work] = deque()
        self._active: list[_Active] = []
        self._changed = threading.Condition()
        self._interruptible = False
        self._is_short = False  # the first who waits cannot begin before somebody ends, the background among them
        self._closing = False
        self._uses = 0
        self._thread = threading.Thread(target=self._loop, name="language", daemon=True)
        self._thread.start()

    @property
    def states(self) -> StateStore | None:
        """Where passages are kept; None when none are."""
        return self._composer.states

    def submit(self, work: Work) -> Work:
        """Hand in work from any thread.

        Raises:
            ModelFailed: the engine is closed.
        """
        with self._changed:
            if self._closing:
                raise ModelFailed(detail="the model was closed")
            (self._keeping if work.kind == "keep" else self._waiting).append(work)
            if self._interruptible and work.kind != "keep":
                self._llama.interrupt(stop=True)
            self._changed.notify()
        return work

    def close(self) -> None:
        """End all work and free the model."""
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._llama.interrupt(stop=True)
            self._changed.notify()
        self._thread.join()
        self._llama.close()

    # -- the loop ------------------------------------------------------------------------------------------------------

    def _loop(self) -> None:
        while True:
            with self._changed:
                if self._closing:
                    break
                if not (self._active or self._waiting or self._keeping):
                    self._changed.wait(_IDLE_S)
                    continue
            try:
                self._admit()
                self._step()
            except Exception as error:  # the loop must outlive whatever one step trips over
                log.exception("a step of the language model")
                self._fail_all(error)
        closed = ModelFailed(detail="the model was closed")
        for work in [*(active.work for active in self._active), *self._waiting, *self._keeping]:
            work.end(closed)

    def _admit(self) -> None:
        """Give waiting work a slot, first come, first served; kept passages only when nobody waits."""
        with self._changed:  # others hand in work meanwhile
            left = [work for work in self._waiting if work.run.is_cancelled]
            for work in left:
                self._waiting.remove(work)
        for work in left:
            work.end()
        self._is_short = False
        while self._waiting:
            work = self._waiting[0]
            slot = self._free_slot(work)
            if slot is None:
                self._is_short = True
                return
            self._start(self._waiting.popleft(), slot)
        busy = [active for active in self._active if active.slot is not self._background]
        if self._keeping and not busy and all(active.slot is not self._background for active in self._active):
            self._start(self._keeping.popleft(), self._background)

    def _free_slot(self, work: Work) -> Slot | None:
        """An idle slot that shares most with the prompt, else the one idle longest; None while memory is short."""
        taken = {id(active.slot) for active in self._active}
        idle = [slot for slot in self._slots if id(slot) not in taken and slot is not self._background]
        if not idle:
            return None
        tokens = [token for piece in work.pieces for token in piece.tokens]
        chosen = max(idle, key=lambda slot: (common_prefix(slot.tokens, tokens), -slot.used))
        if common_prefix(chosen.tokens, tokens) * 2 < len(tokens):
            chosen = min(idle, key=lambda slot: slot.used)
        reserved = work.tokens + sum(active.work.tokens for active in self._active)
        room = min(self._llama.cells - reserved, _IDLE_TOKENS)
        for slot in sorted(idle, key=lambda slot: slot.used):
            if sum(len(other.tokens) for other in idle if other is not chosen) <= room:
                break
            if slot is not chosen:
                self._empty(slot)
        return chosen if reserved <= self._llama.cells or not self._active else None

    def _start(self, work: Work, slot: Slot) -> None:
        self._uses += 1
        slot.used = self._uses
        steps = self._steps(work, slot)
        try:
            need = next(steps)
        except StopIteration:
            work.end()
        except Exception as error:  # noqa: BLE001 - it is raised where the work was asked for
            work.end(error)
            self._empty(slot)
        else:
            self._active.append(_Active(work, slot, steps, need))

    def _steps(self, work: Work, slot: Slot) -> Generator[Need, list[Any], None]:
        if work.kind == "keep":
            header = header_of(work.pieces)
            for piece in work.pieces:
                if piece.is_passage:
                    work.put((yield from self._composer.keep(slot, piece, header, work.run, pinned=work.pinned)))
        elif work.kind == "write":
            (token,) = yield from self._composer.read(slot, work.pieces, work.run, _likeliest)
            yield from self._write(slot, work, token)
        else:
            reduce = work.reduce or _likeliest
            for result in (yield from self._composer.read(slot, work.pieces, work.run, reduce, work.wanted)):
                work.put(result)

    def _write(self, slot: Slot, work: Work, token: int) -> Generator[Need, list[Any], None]:
        """Put out token after token, several a step where a draft proves right."""
        run, llama = work.run, self._llama
        drafter = Drafter(slot.tokens, self._costs) if self._drafts else None
        while not llama.is_end(token):
            work.put(token)
            run.written += 1
            if run.written == run.max_tokens:
                run.finish = "length"
                return
            draft: list[int] = []
            if drafter:
                drafter.feed(token)
                most = _DRAFTED_TOKENS // len(self._active)
                likely = drafter.draft(min(most, run.max_tokens - run.written - 1))
                # the prompt has the end of a turn in it; ours ends by what the model itself picks
                draft = list(takewhile(lambda one: not llama.is_end(one), likely))
            at = len(slot.tokens)
            picks = yield Need(
                slot.sequence, at, [token, *draft], wanted=len(draft) + 1, reduce=_likeliest, is_written=True
            )
            right = _agreeing(draft, picks)
            if right < len(draft):
                llama.forget(slot.sequence, at + 1 + right)
            slot.tokens += [token, *draft[:right]]
            for accepted in draft[:right]:
                work.put(accepted)
                run.written += 1
                if drafter:
                    drafter.feed(accepted)
            if drafter and draft:
                drafter.learn(len(draft), right)
            token = picks[right]

    def _step(self) -> None:
        """Read some tokens for everybody, and go on with those who have all they need."""
        self._drop_cancelled()
        parts = self._parts()
        if not parts:
            return
        rows = [
            Rows(need.sequence, need.at + need.done, need.tokens[need.done : need.done + count], _wanted(need, count))
            for need, count in ((active.need, count) for active, count in parts)
        ]
        only_keeping = all(active.slot is self._background for active, _ in parts)
        started_s = time.perf_counter()
        if not self._decode(rows, interruptible=only_keeping):
            return
        if len(parts) == 1:
            self._costs.learn(parts[0][1], time.perf_counter() - started_s)
        index = 0
        for active, count in parts:
            index += count
            self._deliver(active, count, index)

    def _decode(self, rows: list[Rows], *, interruptible: bool) -> bool:
        """False when a visitor came: work in the background gives way within a moment."""
        if not interruptible:
            return self._llama.decode(rows)
        with self._changed:
            if self._closing or (self._waiting and not self._is_short):
                return False
            self._interruptible = True
        try:
            return self._llama.decode(rows)
        finally:
            with self._changed:
                self._interruptible = False
                self._llama.interrupt(stop=False)

    def _parts(self) -> list[tuple[_Active, int]]:
        """How many tokens of whom to read now. Writers first; readers share the rest, in turns."""
        front = [active for active in self._active if active.slot is not self._background] or self._active
        writers = [active for active in front if active.need.is_written]
        readers = [active for active in front if not active.need.is_written]
        parts = [(active, len(active.need.tokens)) for active in writers]
        left = _BESIDE_TOKENS if writers else _ALONE_TOKENS
        if front and front[0].slot is self._background:
            left = _KEEPING_TOKENS
        for active in readers:
            count = min(left, len(active.need.tokens) - active.need.done)
            if count:
                parts.append((active, count))
                left -= count
        if readers:  # the next step begins with another
            self._active.remove(readers[0])
            self._active.append(readers[0])
        return parts

    def _deliver(self, active: _Active, count: int, index: int) -> None:
        """Hand over what a step gave; `index` is the batch's row behind this one's last token."""
        need = active.need
        wanted = _wanted(need, count)
        need.done += count
        if need.reduce:
            need.results += [need.reduce(self._llama.logits(row)) for row in range(index - wanted, index)]
        if need.done < len(need.tokens):
            return
        try:
            active.need = active.steps.send(need.results)
        except StopIteration:
            self._finish(active)
        except Exception as error:  # noqa: BLE001 - it is raised where the work was asked for
            self._finish(active, error)

    def _drop_cancelled(self) -> None:
        for active in [active for active in self._active if active.work.run.is_cancelled]:
            self._finish(active)

    def _finish(self, active: _Active, error: Exception | None = None) -> None:
        """Free the slot; what it has read stays for whoever asks something alike."""
        self._active.remove(active)
        active.steps.close()
        need, slot = active.need, active.slot
        if need.sequence == slot.sequence and need.done < len(need.tokens) and need.at == len(slot.tokens):
            self._composer.note(slot, need.tokens[: need.done], active.work.run)  # it was stopped amid reading
        self._llama.forget(slot.scratch)
        if error or not self._llama.forget(slot.sequence, len(slot.tokens)):
            self._empty(slot)
        active.work.end(error)

    def _empty(self, slot: Slot) -> None:
        with contextlib.suppress(ModelFailed):
            self._llama.forget(slot.sequence)
        slot.tokens = []
        slot.exact = 0

    def _fail_all(self, error: Exception) -> None:
        """A step failed, so nobody knows what is in memory: begin anew."""
        failed = error if isinstance(error, ModelFailed) else ModelFailed(detail=type(error).__name__)
        for active in self._active:
            active.steps.close()
            active.work.end(failed)
        self._active = []
        self._llama.forget_everything()
        for slot in self._slots:
            slot.tokens = []
            slot.exact = 0


def _likeliest(logits: NDArray[np.float32]) -> int:
    return int(logits.argmax())


def _agreeing(draft: Sequence[int], picks: Sequence[int]) -> int:
    """How many drafted tokens are what the model would have written."""
    right = 0
    while right < len(draft) and draft[right] == picks[right]:
        right += 1
    return right


def _wanted(need: Need, count: int) -> int:
    """Of the `count` tokens read next, how many of the last ones need logits."""
    return min(count, max(0, need.done + count - (len(need.tokens) - need.wanted)))
