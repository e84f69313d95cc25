"""HTML: headings, paragraphs, list items and tables that a visitor would see.

Scripts, styles, navigation and hidden elements are left out; nothing is fetched. Everything stands on page 1.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwen.documents.nouns import Block, Document, Job, Kind
from jianwen.documents.prose import one_line, sensible_title
from jianwen.documents.rows import table_rows
from jianwen.documents.text import decode
from jianwen.documents.titles import opening_title
from jianwen.errors import DamagedDocument, TooLarge
from jianwen.places import PageSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

__all__ = ["read"]

_DROPPED = frozenset(
    "script style nav template noscript svg iframe object canvas audio video select button head input".split()  # noqa: SIM905 - forty quoted words are harder to read
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em font i img ins kbd label mark q rp rt ruby s samp small span"  # noqa: SIM905 - as above
    " strong sub sup time tt u var wbr".split()
)
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030"}  # pages that declare the small set use the large one
_LINE_IN_CHINESE = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s*\n\s*(?=[\u3000-\u9fff\uff00-\uffef])")
_NESTING = re.compile(r"<(/?)(?!(?:area|base|br|col|dd|dt|hr|img|input|li|link|meta|option|p|t[dhr]|wbr)\b)[a-zA-Z]")
_ELEMENTS_A_ROW = 20
_DEEPEST = 2_000  # open elements; browsers stop at 512
_MOST_COLUMNS = 1_000
_MOST_SPAN = 100  # columns or rows that one cell may fill
_HERE = PageSpan(1)


def read(job: Job) -> Document:
    """Raises DamagedDocument when no encoding fits, or elements nest without end."""
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415 - only web pages need it

    page = _decoded(job)
    _check_shape(page, job)
    parser = LexborHTMLParser(page)
    blocks = tuple(_Walk().blocks(parser.root)) if parser.root else ()
    job.progress("reading", 1, 1)
    title = parser.css_first("title")
    named = sensible_title(title.text() if title else "") or opening_title(blocks) or job.stem
    return Document(named, job.media_type, blocks, pages=1)


def _check_shape(page: str, job: Job) -> None:
    """Refuse what was made to stall the parser: it takes 200 bytes an element, and time by the square of the depth."""
    limit = job.limits.max_rows * _ELEMENTS_A_ROW
    if (count := page.count("<")) > limit:
        raise TooLarge(name=job.name, found=count, unit="elements", unit_zh="个元素", limit=limit, setting="max_rows")
    depth = 0
    for match in _NESTING.finditer(page):
        depth = max(0, depth - 1) if match.group(1) else depth + 1
        if depth > _DEEPEST:
            raise DamagedDocument(name=job.name)


def _decoded(job: Job) -> str:
    """The encoding that the page declares, if its bytes agree, else the one that they show."""
    contents = job.path.read_bytes()
    declared = _CHARSET.search(contents[:4096])
    if declared and not contents.startswith(_UTF16_MARKS):
        with contextlib.suppress(LookupError, UnicodeDecodeError):  # a wrong declaration is common: trust the bytes
            return contents.decode(_WIDER.get(declared.group(1).decode().lower(), declared.group(1).decode()))
    return decode(job.path, name=job.name)


@dataclass(slots=True)
class _Walk:
    """A walk without recursion: pages can nest thousands of elements deep."""

    words: list[str] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)  # headings around the current text
    lists: int = 0

    def blocks(self, root: LexborNode) -> Iterator[Block]:
        """Every block of text, in the order of the page."""
        stack: list[tuple[LexborNode, bool]] = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                yield from self._boundary(node.tag or "", -1)
            elif node.is_text_node:
                self.words.append(_flowing(node.text_content or ""))
            elif (not node.is_element_node and node is not root) or _is_hidden(node):
                continue
            elif node.tag == "table" and _is_data(node):
                yield from self._flush()
                yield from (Block("row", row, _HERE) for row in _rows(node))
            else:
                yield from self._boundary(node.tag or "", 1)
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(list(node.iter(include_text=True))))
        yield from self._flush()

    def _boundary(self, tag: str, step: int) -> Iterator[Block]:
        if tag == "br":
            self.words.append("\n")
        if tag in _INLINE or tag == "br":
            return
        yield from self._flush()
        if tag in _HEADINGS:
            self.levels = [*self.levels, _HEADINGS[tag]] if step > 0 else self.levels[:-1]
        elif tag == "li":
            self.lists += step

    def _flush(self) -> Iterator[Block]:
        text = "\n".join(" ".join(line.split()) for line in "".join(self.words).split("\n"))
        self.words = []
        if not text.strip():
            return
        level = self.levels[-1] if self.levels else 0
        kind: Kind = "heading" if level else "list" if self.lists else "paragraph"
        yield Block(kind, one_line(text) if level else text, _HERE, level)


def _flowing(text: str) -> str:
    """Line ends in the source are blanks on the screen, and between Chinese they are nothing."""
    return re.sub(r"\s+", " ", _LINE_IN_CHINESE.sub("", text))


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return (
        node.tag in _DROPPED
        or "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or bool(_HIDING_STYLE.search(attributes.get("style") or ""))
    )


def _is_data(table: LexborNode) -> bool:
    """A table of values, not one that only lays out the page."""
    return table.css_first("table table, table h1, table h2, table h3, table ul, table p p") is None


def _rows(table: LexborNode) -> list[str]:
    grid: list[list[str]] = []
    header_rows = 0
    open_below: dict[int, tuple[int, str]] = {}  # column → rows still to fill, text
    for row in table.css("tr"):
        if _is_hidden(row):
            continue
        cells = [cell for cell in row.iter() if cell.tag in {"td", "th"} and not _is_hidden(cell)]
        grid.append(_spread(cells, open_below))
        if cells and header_rows == len(grid) - 1 and all(cell.tag == "th" for cell in cells):
            header_rows += 1
    caption = table.css_first("caption")
    above = [caption.text()] if caption else []
    return above + table_rows(grid, header_rows=min(header_rows, 2) or None)


def _spread(cells: list[LexborNode], open_below: dict[int, tuple[int, str]]) -> list[str]:
    """One row with merged cells filled, those from the rows above too."""
    row: list[str] = []
    waiting = list(reversed(cells))
    while (waiting or len(row) in open_below) and len(row) < _MOST_COLUMNS:
        column = len(row)
        if column in open_below:
            left, text = open_below.pop(column)
            if left > 1:
                open_below[column] = (left - 1, text)
            row.append(text)
            continue
        cell = waiting.pop()
        text = one_line(cell.text(separator=" "))
        for offset in range(_span(cell, "colspan")):
            row.append(text)
            if _span(cell, "rowspan") > 1:
                open_below[column + offset] = (_span(cell, "rowspan") - 1, text)
    return row


def _span(cell: LexborNode, name: str) -> int:
    value = cell.attributes.get(name) or "1"
    return min(_MOST_SPAN, max(1, int(value))) if value.isdecimal() else 1
