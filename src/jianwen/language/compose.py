"""Brings a prompt into the model's memory with the least reading: what is remembered, what was kept, then the rest.

Each function is a generator: it yields `Need`s, which the engine works off among those of others, and gets back what
their `reduce` made of the logits. Method of stitching: `docs/first-token.md`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwen.language.llama import Llama
    from jianwen.language.reply import Run
    from jianwen.language.states import StateStore
    from jianwen.language.template import Piece

__all__ = ["Compose", "Composer", "Need", "Slot", "common_prefix", "header_of"]

_WORTH_KEEPING = 8  # tokens: fewer are read sooner than a file

Compose = Literal["full", "prefix", "stitched"]


@dataclass(slots=True)
class Need:
    """Tokens to be read into a sequence.

    Attributes:
        sequence: whose memory they continue.
        at: position of the first one.
        tokens: at least one.
        wanted: how many of the last ones need logits.
        reduce: makes of the logits, (vocabulary,) float32 each and valid only while it runs, what the asker wants.
        is_written: these are the last token of an answer and a draft: a few, brought into memory in one step.
        done: tokens read so far.
    """

    sequence: int
    at: int
    tokens: Sequence[int]
    wanted: int = 0
    reduce: Callable[[NDArray[np.float32]], Any] | None = None
    is_written: bool = False
    done: int = 0
    results: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Slot:
    """One conversation's place in the model's memory.

    Attributes:
        sequence: number of the sequence that holds it.
        scratch: number of a sequence for states on their way.
        tokens: in memory, in order.
        exact: so many of the first ones were read one behind the other, as if nothing had ever been kept.
        used: a running number of its last use.
    """

    sequence: int
    scratch: int
    tokens: list[int] = field(default_factory=list)
    exact: int = 0
    used: int = 0


class Composer:
    """Fills slots. It belongs to the engine's thread."""

    def __init__(self, llama: Llama, slots: Sequence[Slot], states: StateStore | None, how: Compose) -> None:
        """Choose the way of reading.

        Args:
            llama: holds the memory.
            slots: all of them: what one has read, another may begin with.
            states: kept passages; None keeps none.
            how: "full" reads all of a prompt in order; "prefix" takes what stands in front, up to the end of the first
                passage, from what was kept, with the same result; "stitched" takes every passage from what was kept,
                read behind the rules alone. A model that cannot move its memory is read with "prefix".
        """
        self._llama = llama
        self._slots = slots
        self._states = states if how != "full" and not llama.is_recurrent else None
        self._stitches = how == "stitched" and llama.can_shift and self._states is not None

    @property
    def states(self) -> StateStore | None:
        """Where passages are kept; None when none are."""
        return self._states

    def read(
        self,
        slot: Slot,
        pieces: Sequence[Piece],
        run: Run,
        reduce: Callable[[NDArray[np.float32]], Any],
        wanted: int = 1,
    ) -> Generator[Need, list[Any], list[Any]]:
        """Bring a prompt into the slot; returns what `reduce` makes of the logits behind its last `wanted` tokens.

        They must all be in the last piece.
        """
        tokens = [token for piece in pieces for token in piece.tokens]
        self._begin(slot, pieces, tokens[: len(tokens) - wanted + 1])
        run.reused += len(slot.tokens)
        header = header_of(pieces)
        unread: list[int] = []
        at = 0
        for n, piece in enumerate(pieces):
            start, at = at, at + len(piece.tokens)
            if at <= len(slot.tokens) or not piece.tokens:
                continue
            begun = len(slot.tokens) + len(unread) - start
            is_first = start == len(header)
            if begun == 0 and self._states and (n == 0 or (piece.is_passage and (is_first or self._stitches))):
                if unread:
                    yield from self._append(slot, unread, run)
                    unread = []
                before = () if n == 0 else header
                # The last piece is never kept: its logits are wanted.
                if n + 1 < len(pieces) and (yield from self._graft(slot, piece, before, run)):
                    continue
            unread += piece.tokens[max(begun, 0) :]
        results = yield Need(slot.sequence, len(slot.tokens), unread, wanted=wanted, reduce=reduce)
        self.note(slot, unread, run)
        return results

    def keep(
        self, slot: Slot, piece: Piece, header: Sequence[int], run: Run, *, pinned: bool = False
    ) -> Generator[Need, list[Any], int | None]:
        """Read one passage behind the header, for later: 1, or 0 when it was kept already; None without room for it.

        If it is pinned, less used ones go for it, and a damaged one does not count as kept.
        """
        if self._states is None:
            return None
        key = self._states.key(header, piece.tokens)
        if self._states.get(key) is not None if pinned else key in self._states:
            return 0
        if slot.tokens[: len(header)] != list(header):
            self._begin(slot, [], [*header, -1])
            if len(slot.tokens) < len(header):
                yield from self._append(slot, list(header[len(slot.tokens) :]), run)
        kept = yield from self._build(slot, piece, header, run, evict=pinned)
        self._llama.forget(slot.scratch)
        return 1 if kept else None

    def _begin(self, slot: Slot, pieces: Sequence[Piece], tokens: Sequence[int]) -> None:
        """Keep of the slot what the prompt begins with, or take it from another slot that has more of it."""
        best = max(self._slots, key=lambda other: (self._common(other, tokens), other is slot))
        keep = self._common(best, tokens)
        if self._states is not None:
            keep = _back_to_seam(keep, pieces, only_first=not self._stitches)
        if best is not slot:
            self._llama.forget(slot.sequence)
            self._llama.copy(best.sequence, slot.sequence, keep)
            slot.exact = best.exact
        elif keep < len(slot.tokens) and not self._llama.forget(slot.sequence, keep):
            self._llama.forget(slot.sequence)
            keep = 0
        slot.tokens = list(tokens[:keep])
        slot.exact = min(slot.exact, keep)
        self._llama.forget(slot.scratch)

    def _common(self, other: Slot, tokens: Sequence[int]) -> int:
        """How many tokens of the prompt another slot's memory begins with; at least one is left to read."""
        most = len(tokens) - 1
        if not self._stitches:
            most = min(most, other.exact)
        common = common_prefix(tokens[:most], other.tokens)
        if self._llama.is_recurrent and common < len(other.tokens):
            return 0  # such a memory is of all it has read, and cannot be cut
        return common

    def _graft(self, slot: Slot, piece: Piece, before: Sequence[int], run: Run) -> Generator[Need, list[Any], bool]:
        """Take a piece from what was kept, or keep it now; False when there is nowhere to keep it."""
        assert self._states is not None
        key = self._states.key(before, piece.tokens)
        state = self._states.get(key)
        if state is not None and not self._llama.restore(slot.scratch, state):
            self._states.discard(key)
            state = None
        if state is None:
            if len(piece.tokens) < _WORTH_KEEPING:
                return False
            yield from self._build(slot, piece, before, run)
        else:
            run.reused += len(piece.tokens)
        self._llama.shift(slot.scratch, len(slot.tokens) - len(before))
        self._llama.copy(slot.scratch, slot.sequence)
        self._llama.forget(slot.scratch)
        if slot.exact == len(slot.tokens) == len(before):
            slot.exact += len(piece.tokens)
        slot.tokens += piece.tokens
        return True

    def _build(
        self, slot: Slot, piece: Piece, before: Sequence[int], run: Run, *, evict: bool = True
    ) -> Generator[Need, list[Any], bool]:
        """Read a piece behind `before`, which the slot begins with, into the scratch sequence; whether it is kept."""
        assert self._states is not None
        self._llama.forget(slot.scratch)
        if before:
            self._llama.copy(slot.sequence, slot.scratch, len(before))
        yield Need(slot.scratch, len(before), piece.tokens)
        run.read += len(piece.tokens)
        if before:
            self._llama.forget_start(slot.scratch, len(before))
        return self._states.put(self._states.key(before, piece.tokens), self._llama.save(slot.scratch), evict=evict)

    def _append(self, slot: Slot, tokens: list[int], run: Run) -> Generator[Need, list[Any], None]:
        yield Need(slot.sequence, len(slot.tokens), tokens)
        self.note(slot, tokens, run)

    def note(self, slot: Slot, tokens: Sequence[int], run: Run) -> None:
        """These tokens were read into the slot."""
        if slot.exact == len(slot.tokens):
            slot.exact += len(tokens)
        slot.tokens += tokens
        run.read += len(tokens)


def common_prefix(ours: Sequence[int], theirs: Sequence[int]) -> int:
    """How many tokens two texts begin with alike."""
    common = 0
    for one, other in zip(ours, theirs, strict=False):
        if one != other:
            break
        common += 1
    return common


def header_of(pieces: Sequence[Piece]) -> tuple[int, ...]:
    """What stands in front of the first passage; nothing when there is none."""
    header: list[int] = []
    for piece in pieces:
        if piece.is_passage:
            return tuple(header)
        header += piece.tokens
    return ()


def _back_to_seam(keep: int, pieces: Sequence[Piece], *, only_first: bool) -> int:
    """The beginning of the passage within which memory and prompt part: it is taken whole, from what was kept.

    With `only_first`, only if it is the first passage; a later one could not be taken.
    """
    start = 0
    for piece in pieces:
        end = start + len(piece.tokens)
        if piece.is_passage:
            if start < keep < end:
                return start
            if only_first:
                return keep
        start = end
    return keep
