"""Text to search words, the same way for passages and questions.

Search-mode Chinese words plus character bigrams: the words carry meaning, the bigrams find names no dictionary knows.
Full-width and traditional forms are folded. English is stemmed later, by SQLite's porter tokenizer.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

__all__ = ["fold", "language_of", "search_words", "storable", "telling_words"]

_RUN = re.compile(r"[㐀-鿿]+|[^\W㐀-鿿]+(?:[.:'’-][^\W㐀-鿿]+)*")

# Words that say how something is asked, not what: in a question they only add noise to the keyword leg.
_ASKING_ENGLISH = """
    a an the of to in on at is are was were be been am do does did it its this that these those and or for from with by
    as you can could will would may might shall should must i we he she me my our your they them their there here what
    which who whom whose when where why how much many long far often any some if not no than then so have has had get
    got about into please tell know need want there's what's
"""
_ASKING_CHINESE = """
    的 了 是 在 和 与 及 或 也 就 都 而 于 之 其 该 把 被 吗 呢 吧 啊 呀 么 哦 什么 多少 多少个 几 几个 几点
    怎么 怎样 如何 哪 哪里 哪儿 哪个 哪些 在哪 何处 谁 何人 什么人 有 没有 有没有 可以 能 能不能 要 请 请问 我
    我们 你 你们 您 他 她 它 是否 多久 多长 多长时间 时长 为什么 什么时候 何时 时间 地点 位置 数量 根据 资料
    提供 问题 回答 答案 需要
"""
_ASKING = frozenset(_ASKING_ENGLISH.split() + _ASKING_CHINESE.split())


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


def telling_words(text: str) -> list[str]:
    """`search_words`, each once, without those that say nothing of the subject; all of them when nothing is left."""
    words = list(dict.fromkeys(search_words(text)))
    return [word for word in words if word not in _ASKING] or words


def language_of(text: str) -> str:
    """Say "zh" when there is a fair share of Chinese characters, else "en"."""
    chinese = sum("㐀" <= character <= "鿿" for character in text)
    latin = sum(character.isascii() and character.isalpha() for character in text)
    return "zh" if chinese and chinese * 3 >= latin else "en"


def _has_chinese(text: str) -> bool:
    return any("㐀" <= character <= "鿿" for character in text)


def _chinese_words(run: str) -> list[str]:
    import rjieba  # noqa: PLC0415 - loads its dictionary

    bigrams = [run[i : i + 2] for i in range(len(run) - 1)]
    return [*rjieba.cut_for_search(run), *bigrams]
