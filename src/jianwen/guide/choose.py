"""Which of the hits the model reads: the best ones that fit, without repeating themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwen.library import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwen.library import Hit

__all__ = ["choose"]

MOST = 4  # more are read for nothing: the right one is hardly ever behind them, and the others mislead


def choose(hits: Sequence[Hit], *, budget_tokens: int, count: Callable[[str], int]) -> list[Hit]:
    """The hits to read, best first, together within the budget.

    Only an exact repetition is left out: two seasons' pages differ in one number, and that is the one asked for.

    Args:
        hits: best first.
        budget_tokens: for all passages together.
        count: tokens of a text.
    """
    chosen: list[Hit] = []
    seen: set[str] = set()
    left = budget_tokens
    for hit in hits:
        if len(chosen) == MOST:
            break
        text = fold(hit.passage.indexed_text)
        cost = count(text) + 8  # the number and the line breaks around it
        if text not in seen and cost <= left:
            chosen.append(hit)
            seen.add(text)
            left -= cost
    return chosen
