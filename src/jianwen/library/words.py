"""Text to search words, the same way for passages and questions.

Search-mode Chinese words plus character bigrams: the words carry meaning, the bigrams find names no dictionary knows.
Full-width and traditional forms are folded. English is stemmed later, by SQLite's porter tokenizer.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

__all__ = ["fold", "search_words", "storable"]

_RUN = re.compile(r"[㐀-鿿]+|[^\W㐀-鿿]+(?:[.:'’-][^\W㐀-鿿]+)*")


@cache
def _simplifier() -> Any:
    import opencc  # noqa: PLC0415 - loads its dictionaries

    return opencc.OpenCC("t2s")


def storable(text: str) -> str:
    """The text with a question mark for each lone surrogate: those come in by JSON, and have no UTF-8."""
    return text.encode("utf-8", "replace").decode()


def fold(text: str) -> str:
    """Lower case, half width, simplified: what two spellings of one thing have in common."""
    folded = unicodedata.normalize("NFKC", storable(text)).lower()
    return str(_simplifier().convert(folded)) if _has_chinese(folded) else folded


def search_words(text: str) -> list[str]:
    """Words in the order of the text, with repetitions (BM25 counts them)."""
    words: list[str] = []
    for run in _RUN.findall(fold(text)):
        words.extend(_chinese_words(run) if _has_chinese(run) else [run])
    return words


def _has_chinese(text: str) -> bool:
    return any("㐀" <= character <= "鿿" for character in text)


def _chinese_words(run: str) -> list[str]:
    import rjieba  # noqa: PLC0415 - loads its dictionary

    bigrams = [run[i : i + 2] for i in range(len(run) - 1)]
    return [*rjieba.cut_for_search(run), *bigrams]
