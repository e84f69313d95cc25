"""docx → `Document`: headings, paragraphs, lists, tables and text boxes, in document order.

Pages are counted by the page breaks that Word left in the file. Headers, footers, footnotes and deleted text are
left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jianwen.documents.archive import check_archive
from jianwen.documents.nouns import Block, Document, Job
from jianwen.documents.prose import clean, heading_level, is_list_item, one_line, sensible_title
from jianwen.documents.rows import table_rows
from jianwen.documents.sniff import is_encrypted_office
from jianwen.documents.titles import opening_title
from jianwen.errors import DamagedDocument, EncryptedDocument
from jianwen.places import PageSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["read"]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # a second copy of a text box
_HOLDERS = frozenset(_W + tag for tag in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
_OUTLINE = re.compile(r"(?:heading|标题)\s*([1-9])$", re.IGNORECASE)
_MOST_COLUMNS = 200
_DEEPEST_STYLE = 10  # styles inherit from one another, in a broken file in circles


def read(job: Job) -> Document:
    """Raises EncryptedDocument, DamagedDocument, ArchiveBomb or TooLarge."""
    if is_encrypted_office(job.path):
        raise EncryptedDocument(name=job.name)
    check_archive(job.path, name=job.name, limits=job.limits)
    import docx  # noqa: PLC0415 - only Word files need it

    try:
        document = docx.Document(str(job.path))
    except Exception as exc:
        raise DamagedDocument(name=job.name) from exc
    walk = _Walk(_styles(document), _rendered_breaks(document.element.body))
    blocks = tuple(walk.blocks(document.element.body))
    job.progress("reading", walk.page, walk.page)
    title = sensible_title(document.core_properties.title) or walk.title
    return Document(title or opening_title(blocks) or job.stem, job.media_type, blocks, walk.page)


@dataclass(frozen=True, slots=True)
class _Style:
    level: int  # 0: no heading
    is_list: bool
    is_title: bool


def _styles(document: Any) -> dict[str, _Style]:
    found = {}
    by_id = {style.get(_W + "styleId"): style for style in document.styles.element.findall(_W + "style")}
    for key, style in by_id.items():
        chain = list(_ancestry(by_id, style))
        names = [_value(one, "name") for one in chain]
        level = next((level for level in map(_style_level, chain) if level), 0)
        found[key] = _Style(
            level,
            any(name.lower().startswith("list") for name in names)
            or any(one.find(f".//{_W}numPr") is not None for one in chain),
            names[:1] == ["Title"],
        )
    return found


def _ancestry(by_id: dict[str, Any], style: Any) -> Iterator[Any]:
    for _ in range(_DEEPEST_STYLE):
        yield style
        style = by_id.get(_value(style, "basedOn"))
        if style is None:
            return


def _value(element: Any, tag: str) -> str:
    child = element.find(_W + tag)
    return str(child.get(_W + "val", "")) if child is not None else ""


def _style_level(style: Any) -> int:
    name = _value(style, "name")
    if name == "Title":
        return 1
    if match := _OUTLINE.match(name):
        return min(6, int(match.group(1)))
    return _outline_level(style.find(_W + "pPr"))


def _outline_level(properties: Any) -> int:
    value = _value(properties, "outlineLvl") if properties is not None else ""
    return min(6, int(value) + 1) if value.isdecimal() and int(value) < 9 else 0  # 9 is running text


def _rendered_breaks(body: Any) -> bool:
    """Whether Word noted where pages ended when it last showed the file; else only the breaks by hand count."""
    return body.find(f".//{_W}lastRenderedPageBreak") is not None


@dataclass(slots=True)
class _Walk:
    styles: dict[str, _Style]
    rendered_breaks: bool
    page: int = 1
    title: str = ""
    counters: dict[tuple[str, str], int] = field(default_factory=dict)

    def blocks(self, holder: Any) -> Iterator[Block]:
        """Blocks of a body, cell or text box."""
        for child in holder.iterchildren():
            if child.tag == _W + "p":
                yield from self._paragraph(child)
            elif child.tag == _W + "tbl":
                yield from self._table(child)
            elif child.tag in _HOLDERS:
                yield from self.blocks(child)

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        self.page += self._breaks(paragraph, leading=True)
        text = clean(_text(paragraph))
        here = PageSpan(self.page)
        if text:
            yield self._block(paragraph, text, here)
        for box in paragraph.iter(_W + "txbxContent"):
            if not any(True for _ in box.iterancestors(_FALLBACK)) and _innermost(box, paragraph):
                yield from self.blocks(box)
        self.page += self._breaks(paragraph, leading=False)

    def _block(self, paragraph: Any, text: str, here: PageSpan) -> Block:
        properties = paragraph.find(_W + "pPr")
        style = self.styles.get(_value(properties, "pStyle") if properties is not None else "")
        level = _outline_level(properties) or (style.level if style else 0)
        if style and style.is_title and not self.title:
            self.title = one_line(text)
        if not level and len(text) <= 40 and "\n" not in text:
            level = heading_level(text) or (4 if _all_bold(paragraph, text) else 0)
        if level:
            return Block("heading", one_line(text), here, level)
        numbered = properties is not None and properties.find(_W + "numPr") is not None
        is_list = numbered or (style is not None and style.is_list) or is_list_item(text)
        return Block("list" if is_list else "paragraph", text, here)

    def _breaks(self, paragraph: Any, *, leading: bool) -> int:
        """Page breaks before the paragraph's first word, or after it."""
        count, seen_text = 0, False
        for element in paragraph.iter():
            if element.tag == _W + "t" and (element.text or "").strip():
                seen_text = True
            elif self._is_break(element) and seen_text != leading:
                count += 1
        return count

    def _is_break(self, element: Any) -> bool:
        if self.rendered_breaks:
            return bool(element.tag == _W + "lastRenderedPageBreak")
        if element.tag == _W + "br":
            return bool(element.get(_W + "type") == "page")
        return bool(element.tag == _W + "pageBreakBefore" and element.get(_W + "val") not in {"0", "false"})

    def _table(self, table: Any) -> Iterator[Block]:
        grid: list[list[str]] = []
        pages: list[int] = []
        rows: list[Any] = []
        marked = 0
        for row in table.iterchildren(_W + "tr"):
            self.page += sum(self._breaks(paragraph, leading=True) for paragraph in row.iter(_W + "p"))
            cells = _cells(row, grid[-1] if grid else [])
            if not any(cells):
                continue
            if row.find(f"{_W}trPr/{_W}tblHeader") is not None and marked == len(grid):
                marked += 1
            grid.append(cells)
            rows.append(row)
            pages.append(self.page)
        if not marked and _is_bold_row(rows[:1]) and not _is_bold_row(rows[1:2]):
            marked = 1
        texts = table_rows(grid, header_rows=min(marked, 2) or None)
        last_pages = pages[len(pages) - len(texts) :] if len(texts) <= len(pages) else pages
        yield from (Block("row", text, PageSpan(page)) for text, page in zip(texts, last_pages, strict=False))


def _innermost(box: Any, paragraph: Any) -> bool:
    """Whether the text box hangs directly on this paragraph, not on one inside of another box."""
    return next(box.iterancestors(_W + "p"), None) is paragraph


def _text(paragraph: Any) -> str:
    """Words of a paragraph, inserted ones too; not those of text boxes, which are paragraphs of their own."""
    words: list[str] = []
    stack = [paragraph]
    while stack:
        element = stack.pop()
        match element.tag:
            case tag if tag == _W + "t":
                words.append(element.text or "")
            case tag if tag == _W + "tab":
                words.append(" ")
            case tag if tag in {_W + "br", _W + "cr"}:
                words.append("\n" if element.get(_W + "type") not in {"page", "column"} else " ")
            case tag if tag == _W + "noBreakHyphen":
                words.append("-")
            case tag if tag in {_W + "txbxContent", _W + "pPr", _W + "del", _W + "moveFrom", _FALLBACK}:
                continue
            case _:
                stack.extend(reversed(list(element)))
    return "".join(words)


def _all_bold(paragraph: Any, text: str) -> bool:
    """A short line in bold that ends like no sentence: a heading by hand."""
    if text[-1] in "。；，;,.!！?？：:" or len(text) > 30 or is_list_item(text):
        return False
    runs = [run for run in paragraph.iter(_W + "r") if "".join(run.itertext()).strip()]
    return bool(runs) and all(_is_on(run.find(f"{_W}rPr/{_W}b")) for run in runs)


def _is_bold_row(rows: list[Any]) -> bool:
    runs = [run for row in rows for run in row.iter(_W + "r") if "".join(run.itertext()).strip()]
    return bool(runs) and all(_is_on(run.find(f"{_W}rPr/{_W}b")) for run in runs)


def _is_on(switch: Any) -> bool:
    return switch is not None and switch.get(_W + "val") not in {"0", "false"}


def _cells(row: Any, above: list[str]) -> list[str]:
    """Texts of one row, a merged cell in every column that it covers."""
    cells: list[str] = []
    before = row.find(f"{_W}trPr/{_W}gridBefore")
    cells += [""] * min(_MOST_COLUMNS, _number(before))
    for cell in _table_cells(row):
        properties = cell.find(_W + "tcPr")
        span = properties.find(_W + "gridSpan") if properties is not None else None
        merge = properties.find(_W + "vMerge") if properties is not None else None
        goes_on = merge is not None and merge.get(_W + "val") != "restart"
        text = one_line("\n".join(clean(_text(paragraph)) for paragraph in cell.iter(_W + "p")))
        for _ in range(min(_MOST_COLUMNS, max(1, _number(span)))):
            column = len(cells)
            cells.append(above[column] if goes_on and column < len(above) else text)
    return cells


def _table_cells(row: Any) -> Iterator[Any]:
    for child in row.iterchildren():
        if child.tag == _W + "tc":
            yield child
        elif child.tag in _HOLDERS:
            yield from _table_cells(child)


def _number(element: Any) -> int:
    value = element.get(_W + "val", "") if element is not None else ""
    return int(value) if value.isdecimal() else 0
