"""Drafts of what comes next, looked up in the prompt: an answer that quotes a document repeats what stands there.

Method: prompt look-up decoding (Saxena 2023), speculative decoding (Leviathan et al. 2023) whose draft model is the
prompt itself. Does not verify: `engine.py` does, and keeps only what the model would have written anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Drafter", "StepCosts"]

_LONGEST, _SHORTEST = 4, 2  # tokens of the answer's end that are looked for
_LENGTHS = (0, 1, 2, 3, 5, 7, 11, 15)
_LEARN = 0.2  # weight of the newest observation
_RECOVER = 0.05
_HOPE = 0.7  # chance of a drafted token before anything is known


class StepCosts:
    """What a step of so many tokens costs, in steps of one; learned while running."""

    def __init__(self) -> None:
        # Measured on two cores with 1.5B parameters in four bits; another box corrects them.
        self._costs = {1: 1.0, 2: 1.3, 3: 1.5, 4: 1.7, 6: 2.3, 8: 2.9, 12: 3.5, 16: 4.2}
        self._single_s = 0.0

    def learn(self, tokens: int, seconds: float) -> None:
        if tokens == 1:
            self._single_s = seconds if not self._single_s else self._mix(self._single_s, seconds)
        elif tokens in self._costs and self._single_s:
            self._costs[tokens] = self._mix(self._costs[tokens], seconds / self._single_s)

    def of(self, tokens: int) -> float:
        return self._costs[tokens]

    @staticmethod
    def _mix(old: float, new: float) -> float:
        return (1 - _LEARN) * old + _LEARN * new


class Drafter:
    """Drafts for one answer."""

    def __init__(self, prompt: Sequence[int], costs: StepCosts) -> None:
        self._tokens = list(prompt)
        self._costs = costs
        self._chance = _HOPE
        self._ends: dict[tuple[int, ...], int] = {}  # a few tokens in a row: where they last ended
        self._indexed = 0

    def feed(self, token: int) -> None:
        """One more token of the answer."""
        self._tokens.append(token)

    def draft(self, most: int) -> list[int]:
        """What may come next; empty when nothing alike stands in the prompt, or when guessing would not pay."""
        at = self._find()
        if at is None:
            return []
        length = min(most, self._length())
        if not length:
            self._chance += _RECOVER * (_HOPE - self._chance)  # what comes next may be a quotation again
        return self._tokens[at : at + length]

    def learn(self, drafted: int, accepted: int) -> None:
        """How many tokens of a draft were right, from its beginning."""
        tried = min(accepted + 1, drafted)
        for n in range(tried):
            self._chance += _LEARN * ((n < accepted) - self._chance)

    def _find(self) -> int | None:
        """Where the tokens stand that once followed what the answer ends with; the longest and latest match."""
        self._index()
        for length in range(_LONGEST, _SHORTEST - 1, -1):
            at = self._ends.get(tuple(self._tokens[-length:]))
            if at is not None:
                return at
        return None

    def _index(self) -> None:
        """Note all runs of tokens that something follows."""
        for end in range(max(self._indexed, _SHORTEST), len(self._tokens)):
            for length in range(_SHORTEST, min(_LONGEST, end) + 1):
                self._ends[tuple(self._tokens[end - length : end])] = end
        self._indexed = len(self._tokens)

    def _length(self) -> int:
        """The length that gives most tokens for its cost, if each is right with the chance seen lately."""
        chance = min(self._chance, 0.98)

        def gain(length: int) -> float:
            return (1 - chance ** (length + 1)) / (1 - chance) / self._costs.of(length + 1)

        return max(_LENGTHS, key=gain)
