"""`Document` → `Passage`s of 300–500 tokens, cut by structure: never across a heading or a page.

Does not read files and does not embed. A row of a sheet is a passage of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwen.documents.prose import sentences
from jianwen.places import Box, Locator, PageSpan, Passage, RowSpan, passage_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwen.documents.nouns import Block, Document

__all__ = ["estimate_tokens", "passages"]

_FULL = 400  # tokens: a passage this long takes no further block
_MOST = 500  # tokens: E5 reads 512, and the headings stand in front
_INTRODUCTION = 80  # tokens: what stands before a table and is no longer than this goes with it
_CHINESE_SHARE = 0.3  # of the letters

_IDEOGRAPH = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_PIECE = re.compile("([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])|([^\\W\\d_]+)|(\\d)|([^\\w\\s])")
# Tokens of E5 for an ideograph, a word, a digit, a sign: least squares over 150 CMRC paragraphs, English licence
# text and table rows. The estimate is 0.99 of the true count on average, 0.88–1.11 for nine texts of ten.
_TOKENS = (0.76, 1.27, 0.36, 1.18)


def estimate_tokens(text: str) -> float:
    """About how many tokens the embedder makes of it, without loading the embedder."""
    counts = [0, 0, 0, 0]
    for match in _PIECE.finditer(text):
        counts[(match.lastindex or 1) - 1] += 1
    return sum(count * tokens for count, tokens in zip(counts, _TOKENS, strict=True))


def passages(document: Document, *, source_id: str) -> list[Passage]:
    """The document's passages in reading order, each with its headings and its place."""
    found: dict[str, Passage] = {}
    for chunk in _chunks(document):
        passage = _passage(chunk, source_id)
        twin = found.get(passage.id)
        if twin and twin.heading_path != passage.heading_path:
            # The same words under another heading say something else; the heading makes them distinct.
            chunk.text = f"{chunk.path[-1]}\n{chunk.text}"
            passage = _passage(chunk, source_id)
        found.setdefault(passage.id, passage)
    return list(found.values())


@dataclass(slots=True)
class _Chunk:
    path: tuple[str, ...]
    locator: Locator
    text: str
    tokens: float
    rows: bool  # of a table


def _passage(chunk: _Chunk, source_id: str) -> Passage:
    key = passage_id(source_id, chunk.locator, chunk.text)
    return Passage(key, source_id, chunk.text, chunk.path, chunk.locator, _language(chunk.text))


def _language(text: str) -> str:
    letters = sum(char.isalpha() for char in text)
    return "zh" if letters and len(_IDEOGRAPH.findall(text)) >= _CHINESE_SHARE * letters else "en"


@dataclass(slots=True)
class _Headings:
    """The headings above the current block, and those that have no text below them yet."""

    title: str
    stack: list[tuple[int, str]] = field(default_factory=list)
    bare: list[Block] = field(default_factory=list)

    def push(self, block: Block) -> list[Block]:
        """Enter a heading; gives back the headings that turn out to have nothing below them."""
        forgotten = [] if not self.bare or self.bare[-1].level < block.level else self._drop_bare(block.level)
        while self.stack and self.stack[-1][0] >= block.level:
            self.stack.pop()
        self.stack.append((block.level, block.text))
        self.bare.append(block)
        return forgotten

    def _drop_bare(self, level: int) -> list[Block]:
        forgotten = [block for block in self.bare if block.level >= level]
        self.bare = [block for block in self.bare if block.level < level]
        return forgotten

    @property
    def path(self) -> tuple[str, ...]:
        names = [name for _, name in self.stack]
        return (self.title, *names[1:]) if names[:1] == [self.title] else (self.title, *names)

    def path_above(self, block: Block) -> tuple[str, ...]:
        names = [name for level, name in self.stack if level < block.level]
        return (self.title, *names[1:]) if names[:1] == [self.title] else (self.title, *names)


def _chunks(document: Document) -> Iterator[_Chunk]:
    """Headings that have no text below them are kept as text; so nothing of the document is lost."""
    headings = _Headings(document.title)
    current: _Chunk | None = None
    for path, block in _placed(document, headings):
        for piece in _pieces(path, block):
            if current and _fits(current, piece):
                current = _joined(current, piece)
                continue
            if current:
                yield current
            current = piece
    if current:
        yield current


def _placed(document: Document, headings: _Headings) -> Iterator[tuple[tuple[str, ...], Block]]:
    """Each block that is text, with the headings above it."""
    for block in document.blocks:
        if block.kind != "heading":
            headings.bare.clear()
            yield headings.path, block
            continue
        above = headings.path_above(block)
        for bare in headings.push(block):
            if bare.text != document.title:
                yield above, bare
    for bare in headings.bare[-1:]:
        if bare.text != document.title or len(document.blocks) == 1:
            yield headings.path_above(bare), bare


def _pieces(path: tuple[str, ...], block: Block) -> list[_Chunk]:
    """The block as chunks of at most `_MOST` tokens, of about equal length."""
    tokens = estimate_tokens(block.text)
    rows = block.kind == "row"
    if tokens <= _MOST:
        return [_Chunk(path, block.locator, block.text, tokens, rows)]
    texts = _split(block.text, tokens)
    spans = _spans(block, texts)
    return [
        _Chunk(path, span, text.strip(), estimate_tokens(text), rows)
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
    if current.path != piece.path or isinstance(piece.locator, RowSpan) or current.tokens + piece.tokens > _MOST:
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
    return _Chunk(current.path, PageSpan(here.page, boxes), text, current.tokens + piece.tokens, piece.rows)
