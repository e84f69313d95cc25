"""Words of one language for those of the other: so that an English question finds Chinese passages, and back.

A word list of what visitors ask and venues write (`glossary.tsv`), looked up longest first. It does not translate
sentences: the keyword leg of the search needs no more than words.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jianwen.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["foreign_words"]

LONGEST_ENGLISH = 4  # words in an entry
LONGEST_CHINESE = 8  # characters
_CHINESE = re.compile(r"[㐀-鿿0-9]+")
_ENGLISH = re.compile(r"[a-z0-9][a-z0-9.'’-]*")


def foreign_words(text: str) -> list[str]:
    """What the words of the text are called in the other language, every synonym once, in the text's order."""
    folded = fold(text)
    english, chinese = _glossary()
    runs = _CHINESE.findall(folded)
    found = [form for run in runs for form in _look_up(run, chinese, longest=LONGEST_CHINESE)]
    stems = [_stem(word) for word in _ENGLISH.findall(folded)]
    found.extend(_look_up(stems, english, longest=LONGEST_ENGLISH))
    return list(dict.fromkeys(found))


def _look_up(text: Sequence[str], terms: Mapping[tuple[str, ...], tuple[str, ...]], *, longest: int) -> list[str]:
    """From left to right, always the longest entry that the text goes on with.

    Args:
        text: stems of English words, or Chinese characters.
        terms: such sequences and what they are called in the other language.
        longest: length of the longest entry.
    """
    found: list[str] = []
    start = 0
    while start < len(text):
        lengths = range(min(longest, len(text) - start), 0, -1)
        length = next((n for n in lengths if tuple(text[start : start + n]) in terms), 0)
        if length:
            found.extend(terms[tuple(text[start : start + length])])
        start += length or 1
    return found


@cache
def _glossary() -> tuple[Mapping[tuple[str, ...], tuple[str, ...]], Mapping[tuple[str, ...], tuple[str, ...]]]:
    """English stems to Chinese forms, Chinese characters to English forms."""
    english: dict[tuple[str, ...], tuple[str, ...]] = {}
    chinese: dict[tuple[str, ...], tuple[str, ...]] = {}
    text = (resources.files("jianwen.library") / "glossary.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        english_forms, chinese_forms = (tuple(cell.split("|")) for cell in line.split("\t"))
        for form in english_forms:
            key = tuple(_stem(word) for word in _ENGLISH.findall(fold(form)))
            if sum(map(len, key)) < 2:  # the "a" of "a. e. d." would be found in every sentence
                continue
            english[key] = (*english.get(key, ()), *chinese_forms)
        for form in chinese_forms:
            characters = tuple(fold(form))
            chinese[characters] = (*chinese.get(characters, ()), *english_forms)
    return english, chinese


@cache
def _stem(word: str) -> str:
    import snowballstemmer  # noqa: PLC0415 - 34 languages' tables

    return str(snowballstemmer.stemmer("porter").stemWord(word))
