"""A follow-up question, completed for the search: "and on Mondays?" alone finds nothing.

By rules, not by the model: rewriting would cost seconds before the first word. The model sees the earlier turns anyway.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.guide.answer import Turn

__all__ = ["is_follow_up", "search_text"]

_OPENING = re.compile(
    r"^\s*(?:那么|那|还有|另外|以及|然后|如果|要是|换成|它|他|她|这个|那个|这里|那里|这|其|同样"
    r"|and\b|what about|how about|what if|or\b|but\b|also\b|then\b|so\b|if\b|same\b)",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"它|他们|她|这个|那个|这里|那里|那边|这场|那场|这些|那些|该[馆厅展票处]|上述|刚才|前面说的"
    r"|\b(?:it|its|they|them|their|that|those|this|these|there|one|ones|he|she|his|her)\b",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(r"呢[？?]?\s*$")
SHORT_CHINESE = 8  # characters
SHORT_ENGLISH = 4  # words


def is_follow_up(question: str) -> bool:
    """Whether the question leans on the one before: it opens with "and", points with "it", or is a mere stub."""
    if _OPENING.search(question) or _ELLIPSIS.search(question):
        return True
    if _POINTING.search(question):
        return True
    chinese = sum("㐀" <= character <= "鿿" for character in question)
    return chinese < SHORT_CHINESE if chinese else len(question.split()) <= SHORT_ENGLISH


def search_text(question: str, history: Sequence[Turn]) -> str:
    """What to search for: the question, with the nearest self-contained earlier one in front when it leans on it."""
    if not history or not is_follow_up(question):
        return question
    leaning = [question]
    for turn in reversed(history[-3:]):
        leaning.insert(0, turn.question)
        if not is_follow_up(turn.question):
            break
    return " ".join(leaning)
