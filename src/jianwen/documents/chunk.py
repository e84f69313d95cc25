"""`Document` → `Passage`s of 300–500 tokens, cut by structure: never across a heading or a page.

Does not read files and does not embed. A row of a sheet is a passage of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen.documents.prose import sentences
from jianwen.places import Box, Locator, PageSpan, Passage, RowSpan, passage_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwen.documents.nouns import Block, Document

__all__ = ["estimate_tokens", "passages"]

_FULL = 400  # tokens: a passage this long takes no further block
_MOST = 480  # tokens, estimated: E5 reads 512, and the headings stand in front
_INTRODUCTION = 80  # tokens: what stands before a table and is no longer than this goes with it
_CHINESE_SHARE = 0.3  # of the letters
_BARE = -1  # the section of headings that have nothing below them: these join one another

_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_LETTER = re.compile(r"[^\W\d_]")
_PIECES = (_IDEOGRAPH, re.compile(rf"[^\W\d_{_IDEOGRAPHS}]+"), re.compile(r"\d"), re.compile(r"[^\w\s]"))
# Tokens of E5 for an ideograph, a word, a digit, a sign: least squares over 462 texts (CMRC, manuals, notices, tables).
# The estimate is 1.0 of the true count on average, and 0.86–1.13 of it for nine texts of ten.
_TOKENS = (0.73, 1.28, 0.62, 1.41)


def estimate_tokens(text: str) -> float:
    """About how many tokens the embedder makes of it, without loading the embedder."""
    return sum(len(piece.findall(text)) * tokens for piece, tokens in zip(_PIECES, _TOKENS, strict=True))


def passages(document: Document, *, source_id: str) -> list[Passage]:
    """The document's passages in reading order, each with its headings and its place."""
    found: dict[str, Passage] = {}
    for chunk in _chunks(document):
        passage = _passage(chunk, source_id)
        twin = found.get(passage.id)
        if twin and twin.heading_path != passage.heading_path:
            # The same words under another heading say something else; the heading makes them distinct.
            chunk.text = f"{chunk.section.path[-1]}\n{chunk.text}"
            passage = _passage(chunk, source_id)
        found.setdefault(passage.id, passage)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Section:
    """Where a block stands: the headings above it, and a number that tells sections of equal names apart."""

    path: tuple[str, ...]
    number: int


@dataclass(slots=True)
class _Chunk:
    section: _Section
    locator: Locator
    text: str
    tokens: float
    rows: bool  # of a table


def _passage(chunk: _Chunk, source_id: str) -> Passage:
    key = passage_id(source_id, chunk.locator, chunk.text)
    return Passage(key, source_id, chunk.text, chunk.section.path, chunk.locator, _language(chunk.text))


def _language(text: str) -> str:
    letters = len(_LETTER.findall(text))
    return "zh" if letters and len(_IDEOGRAPH.findall(text)) >= _CHINESE_SHARE * letters else "en"


def _chunks(document: Document) -> Iterator[_Chunk]:
    current: _Chunk | None = None
    for section, block in _placed(document):
        for piece in _pieces(section, block):
            if current and _fits(current, piece):
                current = _joined(current, piece)
                continue
            if current:
                yield current
            current = piece
    if current:
        yield current


def _placed(document: Document) -> Iterator[tuple[_Section, Block]]:
    """Each block with its section. A heading that has nothing below it counts as text, so that it is not lost."""
    above: list[tuple[int, str]] = []
    section = 0
    for index, block in enumerate(document.blocks):
        if block.kind != "heading":
            yield _Section(_path(document.title, above), section), block
            continue
        section = index
        while above and above[-1][0] >= block.level:
            above.pop()
        if _is_bare(document, index):
            yield _Section(_path(document.title, above), _BARE), block
        above.append((block.level, block.text))


def _path(title: str, above: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    names = [name for _, name in above]
    return (title, *names[1:]) if names[:1] == [title] else (title, *names)


def _is_bare(document: Document, index: int) -> bool:
    block = document.blocks[index]
    if index + 1 == len(document.blocks):
        return index == 0 or block.text != document.title
    following = document.blocks[index + 1]
    return following.kind == "heading" and following.level <= block.level and block.text != document.title


def _pieces(section: _Section, block: Block) -> list[_Chunk]:
    """The block as chunks of at most `_MOST` tokens, of about equal length."""
    tokens = estimate_tokens(block.text)
    rows = block.kind == "row"
    if tokens <= _MOST:
        return [_Chunk(section, block.locator, block.text, tokens, rows)]
    texts = _split(block.text, tokens)
    spans = _spans(block, texts)
    return [
        _Chunk(section, span, text.strip(), estimate_tokens(text), rows)
        for text, span in zip(texts, spans, strict=True)
        if text.strip()
    ]


def _split(text: str, tokens: float) -> list[str]:
    """Cut at sentence ends into parts of about equal length."""
    wanted = tokens / -(-tokens // _FULL)
    parts: list[str] = []
    length = _MOST + 1.0  # so that the first sentence opens a part
    for sentence in (bit for whole in sentences(text) for bit in _bits(whole)):
        weight = estimate_tokens(sentence)
        if length + weight > _MOST or length >= wanted:
            parts.append(sentence)
            length = weight
        else:
            parts[-1] += sentence
            length += weight
    return parts


def _bits(sentence: str) -> list[str]:
    """A sentence that is too long for any passage, cut at commas or blanks, or at worst anywhere."""
    if estimate_tokens(sentence) <= _FULL:
        return [sentence]
    bits: list[str] = []
    for clause in re.findall(r"[^，,、：:\s]*[，,、：:\s]*", sentence):
        bits += [clause[start : start + _FULL // 2] for start in range(0, len(clause), _FULL // 2)]
    return bits


def _spans(block: Block, texts: Sequence[str]) -> list[Locator]:
    """Where each part of a block stands: the lines are as long as their boxes are wide."""
    locator = block.locator
    if not isinstance(locator, PageSpan) or len(locator.boxes) < 2:
        return [locator] * len(texts)
    widths = [max(box.x1 - box.x0, 1e-6) for box in locator.boxes]
    scale = sum(map(len, texts)) / sum(widths)
    spans: list[Locator] = []
    start = 0
    for text in texts:
        spans.append(PageSpan(locator.page, _lines_of(locator.boxes, widths, scale, start, start + len(text))))
        start += len(text)
    return spans


def _lines_of(boxes: Sequence[Box], widths: Sequence[float], scale: float, start: float, end: float) -> tuple[Box, ...]:
    """The boxes whose characters overlap start–end, by at least a character and a half against rounding."""
    chosen: list[Box] = []
    position = 0.0
    for box, width in zip(boxes, widths, strict=True):
        after = position + width * scale
        if min(after, end) - max(position, start) > min(1.5, width * scale / 2):
            chosen.append(box)
        position = after
    return tuple(chosen)


def _fits(current: _Chunk, piece: _Chunk) -> bool:
    if current.section != piece.section or isinstance(piece.locator, RowSpan) or current.tokens + piece.tokens > _MOST:
        return False
    if not isinstance(current.locator, PageSpan) or not isinstance(piece.locator, PageSpan):
        return False
    if current.locator.page != piece.locator.page:
        return False
    if current.rows != piece.rows:
        return piece.rows and current.tokens <= _INTRODUCTION
    return current.rows or current.tokens < _FULL


def _joined(current: _Chunk, piece: _Chunk) -> _Chunk:
    here, there = current.locator, piece.locator
    assert isinstance(here, PageSpan)
    assert isinstance(there, PageSpan)
    boxes = tuple(dict.fromkeys(here.boxes + there.boxes))
    text = f"{current.text}\n{piece.text}"
    return _Chunk(current.section, PageSpan(here.page, boxes), text, current.tokens + piece.tokens, piece.rows)
