"""Small facts about Chinese and English text: cleaning, joining lines, sentences, numbered headings.

Works on strings only; knows nothing of files or pages.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "clean",
    "heading_level",
    "is_cjk",
    "is_contents_line",
    "is_list_item",
    "join_lines",
    "kind_of_text",
    "one_line",
    "sensible_title",
    "sentences",
]

_CJK = re.compile(
    "[\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
# Control and zero-width characters, soft hyphens and lone halves of surrogate pairs (which no database stores).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\ud800-\udfff]"
)
# Kangxi radicals stand for plain characters, and ligatures for letters, in the text layer of many PDF files.
_LOOKALIKES = re.compile("[\u2f00-\u2fd5\ufb00-\ufb06]")
_BLANKS = re.compile(r"[ \t\u00a0\u2002-\u200a\u202f]+")
_SENTENCE = re.compile(r".+?(?:[。！？；!?;]+[”’」』）)\"']*|\.(?=\s)|\n+|$)\s*", re.DOTALL)
_DIGITS = "一二三四五六七八九十百零〇0-9０-９"
_NUMBERED = (
    (1, re.compile(rf"第[{_DIGITS}]{{1,6}}[章编篇部卷](?=\s|[：:]|\S)")),
    (2, re.compile(rf"第[{_DIGITS}]{{1,6}}节")),
    (2, re.compile(r"[一二三四五六七八九十]{1,3}、")),
    (3, re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]")),
)
_DECIMAL = re.compile(r"(\d{1,2}(?:[.．]\d{1,2}){1,4})[.．]?[\s\u3000、]*(?=[^\W\d])")
_LIST_ITEM = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]|[•·●○■□◆◇▪▶►✓★※–—*-]\s*(?=\S)|[(（]?\d{1,2}[)）]|\d{1,2}[.、．](?!\d)|[①-⑳]|[a-zA-Z][)）]\s)"
)
_NO_TITLE = re.compile(
    r"(?i)(?:untitled|无标题|未命名|新建|microsoft (?:word|powerpoint|excel)|document\d*$|文档\d*$|powerpoint|演示文稿"
    r"|slide \d|幻灯片|\(?anonymous|unspecified|title$|.*\.(?:docx?|pptx?|xlsx?|pdf|wps|indd|tex|cdr|ai|html?|txt)$)"
)
_CONTENTS_LINE = re.compile(r"(?:…|(?:[.．·]\s?){3,})\s*[\divxlcIVXLC]{1,6}$")
_SHORT = 40  # characters; a longer line is a sentence, not a heading


def is_cjk(char: str) -> bool:
    """Whether the character is an ideograph, kana, or full-width punctuation."""
    return bool(_CJK.match(char))


def clean(text: str) -> str:
    """Without invisible characters and needless blanks; the wording, its script and its width stay as written."""
    text = _INVISIBLE.sub(
        "", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\v", "\n")
    )
    text = _LOOKALIKES.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def one_line(text: str) -> str:
    """`clean`, and on one line: for headings, cells and titles."""
    if text.isprintable() and "  " not in text and not _LOOKALIKES.search(text):
        return text.strip()  # as nearly every cell of a large sheet
    return join_lines(clean(text).split("\n"))


def join_lines(lines: Iterable[str]) -> str:
    """One paragraph from its lines: no blank within Chinese, and words broken by a hyphen made whole."""
    joined = ""
    for raw in lines:
        line = raw.strip()
        if not line or not joined:
            joined = joined or line
        elif _close_up(joined[-1], line[0]):
            joined += line
        elif joined[-1] == "-" and joined[-2:-1].isalpha() and line[0].islower():
            joined = joined[:-1] + line
        else:
            joined += " " + line
    return joined


def _close_up(before: str, after: str) -> bool:
    """Nothing between Chinese and Chinese, or Chinese and digits or signs; a blank beside a foreign word."""
    foreign = (before.isalpha() and not is_cjk(before)) or (after.isalpha() and not is_cjk(after))
    full_width_sign = (is_cjk(before) and not before.isalpha()) or (is_cjk(after) and not after.isalpha())
    return (is_cjk(before) or is_cjk(after)) and (full_width_sign or not foreign)


def sentences(text: str) -> list[str]:
    """The text cut after each sentence end or line; joining the pieces gives the text back."""
    return [match.group() for match in _SENTENCE.finditer(text) if match.group()]


def heading_level(line: str) -> int:
    """1–6 when a short line is numbered as headings are (第一章, 一、, （一）, 1.2), else 0."""
    line = line.strip()
    if len(line) > _SHORT or line[-1:] in "。；，;,.!！?？…" or is_contents_line(line):
        return 0
    for level, pattern in _NUMBERED:
        if pattern.match(line):
            return level
    if match := _DECIMAL.match(line):
        return min(6, len(re.split(r"[.．]", match.group(1))))
    return 0


def kind_of_text(text: str, level: int) -> Literal["heading", "list", "paragraph"]:
    """What a line is, given its heading level (0: none)."""
    return "heading" if level else "list" if is_list_item(text) else "paragraph"


def is_contents_line(line: str) -> bool:
    """Whether the line is one of a table of contents: words, leading dots, page number."""
    return bool(_CONTENTS_LINE.search(line[-80:]))


def is_list_item(line: str) -> bool:
    """Whether the line opens with a bullet or an item number."""
    return bool(_LIST_ITEM.match(line))


def sensible_title(title: str | None) -> str:
    """The title out of a file's metadata, or "" when no person wrote it."""
    title = one_line((title or "")[:1_000])
    letters = sum(char.isalpha() for char in title)
    too_odd = letters < 2 or len(title) > 120 or "\ufffd" in title
    return "" if too_odd or _NO_TITLE.match(title) else title
