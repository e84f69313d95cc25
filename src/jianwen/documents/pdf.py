"""PDF → `Document`: text layer, ruled tables, and OCR of the pages that have no usable text.

Every block carries the boxes of its lines. Running heads and page numbers are dropped.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jianwen.documents import ocr
from jianwen.documents.layout import Line, Paragraph, box_of, lay_out, merge_rows
from jianwen.documents.nouns import Block, Document, Job
from jianwen.documents.pdftables import Cell, RuledTable, TableFinder, has_grid
from jianwen.documents.pdftext import PDFIUM, PageText, lines_of, page_text
from jianwen.documents.prose import (
    heading_level,
    is_contents_line,
    is_list_item,
    join_lines,
    kind_of_text,
    sensible_title,
)
from jianwen.documents.rows import find_header, merge_header, row_text
from jianwen.documents.streams import check_streams
from jianwen.documents.tabular import retold
from jianwen.documents.titles import opening_title, with_title
from jianwen.errors import DamagedDocument, EncryptedDocument, TooLarge
from jianwen.places import PageSpan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["opened", "picture_of", "read", "rendered"]

_OCR_SIDE_PX = 2000
_OCR_PIXELS = 2_900_000  # what `ocr.py` reads without shrinking it
_MOST_SCALE = 4.0  # pixels a point: 288 dpi, for pages the size of a ticket
_MARGIN = 0.12  # of the page's height, where running heads stand
_FEW_GLYPHS = 20  # a stamp or page number over a scan
_PAGE_NUMBER = re.compile(
    r"(?i)[ivxlc]{1,6}|[-–—\s]*(?:第|page|p\.)?\s*#+\s*(?:页|/|of|共)*[\s,，]*(?:共)?\s*#*\s*页?[-–—\s]*"
)
_LEADERS = re.compile(r"(?:[.．·…]\s?){4,}")
_ENDS_SENTENCE = "。，；,;"


@dataclass(slots=True)
class _Page:
    number: int
    width: float
    height: float
    lines: list[Line] = field(default_factory=list)
    tables: list[tuple[RuledTable, list[list[str]]]] = field(default_factory=list)
    needs_ocr: bool = False


def read(job: Job) -> Document:
    """Raises EncryptedDocument, DamagedDocument or TooLarge."""
    _check_end(job)
    check_streams(job.path, name=job.name, limits=job.limits)
    with opened(job.path, name=job.name) as pdf, TableFinder(job.path) as finder:
        with PDFIUM:
            count = len(pdf)
        if count > job.limits.max_pages:
            raise TooLarge(
                name=job.name, found=count, unit="pages", unit_zh="页", limit=job.limits.max_pages, setting="max_pages"
            )
        pages = [_read_page(pdf, index, finder, job) for index in _watched(count, job)]
        ocr_pages = _read_pictures(pdf, pages, job)
        title = sensible_title(_metadata_title(pdf))
        title = "" if title == job.stem else title  # some programs write the file's name there
    _drop_running_heads(pages)
    blocks = tuple(_blocks(pages))
    if ocr_pages == tuple(page.number for page in pages):
        blocks = tuple(with_title(blocks))
    return Document(title or opening_title(blocks) or job.stem, job.media_type, blocks, count, ocr_pages)


def _check_end(job: Job) -> None:
    """A whole file closes with an end mark; pdfium would read a cut one in part and not say so."""
    with job.path.open("rb") as file:
        contents_end = _tail(file, 1 << 16).rstrip(b"\0 \t\r\n")
    if b"%%EOF" not in contents_end[-4096:] and b"startxref" not in contents_end[-4096:]:
        raise DamagedDocument(name=job.name)


def _tail(file: Any, size: int) -> bytes:
    end = file.seek(0, 2)
    file.seek(max(0, end - size))
    return bytes(file.read())


@contextmanager
def opened(path: Path, *, name: str) -> Iterator[Any]:
    """A pypdfium2 document, closed at the end.

    Raises:
        EncryptedDocument: needs a password.
        DamagedDocument: pdfium cannot open it.
    """
    import pypdfium2  # noqa: PLC0415 - loads the pdfium library
    from pypdfium2 import raw  # noqa: PLC0415 - as above

    with PDFIUM:
        try:
            pdf = pypdfium2.PdfDocument(path)
            empty = len(pdf) == 0
        except pypdfium2.PdfiumError as exc:
            if getattr(exc, "err_code", None) == raw.FPDF_ERR_PASSWORD:
                raise EncryptedDocument(name=name) from exc
            raise DamagedDocument(name=name) from exc
    try:
        if empty:
            raise DamagedDocument(name=name)
        yield pdf
    finally:
        with PDFIUM:
            pdf.close()


def _metadata_title(pdf: Any) -> str:
    with PDFIUM:
        return str(pdf.get_metadata_dict().get("Title", ""))


@contextmanager
def _page_of(pdf: Any, index: int, job_name: str) -> Iterator[Any]:
    import pypdfium2  # noqa: PLC0415 - loads the pdfium library

    with PDFIUM, ExitStack() as stack:
        try:
            page = pdf[index]
        except pypdfium2.PdfiumError as exc:
            raise DamagedDocument(name=job_name) from exc
        stack.callback(page.close)
        yield page


def _read_page(pdf: Any, index: int, finder: TableFinder, job: Job) -> _Page:
    with _page_of(pdf, index, job.name) as page:
        textpage = page.get_textpage()
        try:
            text = page_text(page, textpage)
            result = _Page(index + 1, text.width, text.height)
            result.needs_ocr = _needs_ocr(page, text)
            if not result.needs_ocr:
                result.tables = _tables(text, finder.tables(index)) if has_grid(page) else []
                inside = [table.box for table, _ in result.tables]
                glyphs = [glyph for glyph in text.glyphs if not _within(text, glyph, inside)]
                result.lines = lines_of(text, glyphs)
        finally:
            textpage.close()
    return result


def _watched(count: int, job: Job) -> Iterator[int]:
    """0 … count - 1, reporting each when it is done."""
    for index in range(count):
        yield index
        job.progress("reading", index + 1, count)


def _needs_ocr(page: Any, text: PageText) -> bool:
    """No text but something drawn, text that is not what is shown, or a page-sized picture with hardly any text."""
    from pypdfium2 import raw  # noqa: PLC0415 - loads the pdfium library

    if text.length == 0:
        return bool(raw.FPDFPage_CountObjects(page.raw) > 0)
    if text.is_garbled:
        return True
    return text.length < _FEW_GLYPHS and _picture_share(page, text) > 0.5


def _picture_share(page: Any, text: PageText) -> float:
    from pypdfium2 import raw  # noqa: PLC0415 - loads the pdfium library

    boxes = [shape.get_bounds() for shape in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=2)]
    area = max((abs((right - left) * (top - bottom)) for left, bottom, right, top in boxes), default=0.0)
    return float(area / max(1.0, text.width * text.height))


def _within(text: PageText, glyph: Any, boxes: Sequence[Cell]) -> bool:
    x, y = (glyph.x0 + glyph.x1) / 2 / text.width, (glyph.y0 + glyph.y1) / 2 / text.height
    return glyph.place >= 0 and not glyph.char.isspace() and any(b[0] <= x <= b[2] and b[1] <= y <= b[3] for b in boxes)


def _tables(text: PageText, tables: Sequence[RuledTable]) -> list[tuple[RuledTable, list[list[str]]]]:
    """Each table with the words in its cells; those that are mostly blank are frames, not tables."""
    found = []
    for table in tables:
        words = {cell: _words(text, cell) for row in table.grid for cell in row if cell}
        grid = [[words[cell] if cell else "" for cell in row] for row in table.grid]
        if sum(map(bool, words.values())) * 2 >= len(words) and sum(map(bool, words.values())) >= 4:
            found.append((table, grid))
    return found


def _words(text: PageText, cell: Cell) -> str:
    glyphs = [glyph for glyph in text.glyphs if glyph.char.isspace() or _within(text, glyph, [cell])]
    return join_lines(line.text for line in merge_rows(lines_of(text, glyphs)))


def _read_pictures(pdf: Any, pages: Sequence[_Page], job: Job) -> tuple[int, ...]:
    waiting = [page for page in pages if page.needs_ocr]
    for done, page in enumerate(waiting, 1):
        with _page_of(pdf, page.number - 1, job.name) as opened_page:
            pixels = picture_of(opened_page)
        page.height, page.width = float(pixels.shape[0]), float(pixels.shape[1])
        page.lines = ocr.lines(pixels)
        job.progress("ocr", done, len(waiting))
    return tuple(page.number for page in waiting)


def rendered(page: Any, *, width_px: float, most_pixels: float, most_side_px: float) -> Any:
    """A pypdfium2 bitmap about `width_px` wide, however large the page says it is; call under `PDFIUM`."""
    width, height = (max(1e-3, side) for side in page.get_size())
    scale = min(width_px / width, (most_pixels / (width * height)) ** 0.5, most_side_px / max(width, height))
    return page.render(scale=scale)


def picture_of(page: Any) -> NDArray[Any]:
    """The page as BGR uint8 (H, W, 3), at most `_OCR_SIDE_PX` on its long side."""
    width, _ = page.get_size()
    bitmap = rendered(page, width_px=width * _MOST_SCALE, most_pixels=_OCR_PIXELS, most_side_px=_OCR_SIDE_PX)
    pixels: NDArray[Any] = bitmap.to_numpy()[:, :, :3].copy()
    bitmap.close()
    return pixels


def _drop_running_heads(pages: Sequence[_Page]) -> None:
    """Lines in the margins that stand at the same height on many pages, and page numbers.

    Three pages make a running head. On two only, the first stays: it may be the title that is repeated.
    """
    seen = Counter(key for page in pages for key in {_running_key(page, line) for line in page.lines} if key)
    often = max(3, len(pages) * 0.4)
    met: set[tuple[str, int]] = set()
    for page in pages:
        keys = {line: _running_key(page, line) for line in page.lines}
        again = {line for line, key in keys.items() if key and (line.text, key[1]) in met}
        met.update((line.text, key[1]) for line, key in keys.items() if key)
        page.lines = [
            line
            for line, key in keys.items()
            if not key or not (seen[key] >= often or line in again or _PAGE_NUMBER.fullmatch(key[0][:40]))
        ]


def _running_key(page: _Page, line: Line) -> tuple[str, int] | None:
    top, bottom = line.y0 / page.height, line.y1 / page.height
    if bottom > _MARGIN and top < 1 - _MARGIN:
        return None
    return re.sub(r"\d+", "#", line.text), round(top * 40)


def _blocks(pages: Sequence[_Page]) -> Iterator[Block]:
    laid = [(page, lay_out(page.lines)) for page in pages]
    ranks = _Ranks.of([paragraph for _, paragraphs in laid for paragraph in paragraphs])
    header: tuple[str, ...] = ()
    for page, paragraphs in laid:
        flow: list[tuple[float, list[Block]]] = [
            (paragraph.lines[0].y0 / page.height, [_block(page, paragraph, ranks, row)])
            for paragraph, row in zip(paragraphs, retold(paragraphs), strict=True)
        ]
        for order, (table, grid) in enumerate(page.tables):
            carried = header if not order and not any(place < table.box[1] for place, _ in flow) else ()
            header, rows = _rows(table, grid, page.number, carried)
            _insert(flow, table.box[1], rows)
        if page.tables and any(place > page.tables[-1][0].box[3] for place, _ in flow):
            header = ()
        yield from (block for _, blocks in flow for block in blocks)


def _insert(flow: list[tuple[float, list[Block]]], place: float, blocks: list[Block]) -> None:
    """Put a table before the first paragraph below it, without disturbing the order of columns."""
    position = next(
        (i for i, (top, _) in enumerate(flow) if top >= place and all(t >= place for t, _ in flow[i:])), len(flow)
    )
    flow.insert(position, (place, blocks))


def _rows(
    table: RuledTable, grid: list[list[str]], page: int, carried: tuple[str, ...]
) -> tuple[tuple[str, ...], list[Block]]:
    """A table's header and rows; `carried` is the header of a table that goes on from the page before."""
    boxes = [PageSpan(page, (box_of(Line("", *_outline(row), 0), 1, 1),)) for row in table.grid]
    if len(carried) == len(grid[0]) and tuple(merge_header(grid[:1])) != carried:
        first, count, header = 0, 0, carried
    else:
        first, count = find_header(grid) or (0, 0)
        header = merge_header(grid[first : first + count]) if count else ()
    blocks = []
    for index, (row, span) in enumerate(zip(grid, boxes, strict=True)):
        if first <= index < first + count:
            continue
        text = row_text(header if index >= first else (), row)
        if text:
            blocks.append(Block("row", text, span))
    return header, blocks


def _outline(row: Sequence[Cell | None]) -> Cell:
    cells = [cell for cell in row if cell]
    top, bottom = max(cell[1] for cell in cells), min(cell[3] for cell in cells)
    return min(cell[0] for cell in cells), top, max(cell[2] for cell in cells), bottom


@dataclass(frozen=True, slots=True)
class _Ranks:
    """The font size of the running text, and the larger sizes in falling order."""

    body: float
    bold_body: bool
    larger: tuple[float, ...]

    @classmethod
    def of(cls, paragraphs: Sequence[Paragraph]) -> _Ranks:
        sizes: Counter[tuple[float, bool]] = Counter()
        for paragraph in paragraphs:
            sizes[round(paragraph.size * 2) / 2, paragraph.bold] += len(paragraph.text)
        (body, bold), _ = sizes.most_common(1)[0] if sizes else ((10.0, False), 0)
        larger = {round(p.size * 2) / 2 for p in paragraphs if p.size > 1.15 * body and _may_head(p)}
        return cls(body, bold, tuple(sorted(larger, reverse=True)))

    def level(self, paragraph: Paragraph) -> int:
        if not _may_head(paragraph) or paragraph.size < 0.93 * self.body:
            return 0
        size = round(paragraph.size * 2) / 2
        if size in self.larger:
            return min(6, self.larger.index(size) + 1)
        numbered = heading_level(paragraph.text)
        stands_out = paragraph.bold and not self.bold_body and not is_list_item(paragraph.text)
        if numbered and len(paragraph.lines) == 1:
            return min(6, len(self.larger) + numbered)
        return min(6, len(self.larger) + 1) if stands_out and len(paragraph.lines) <= 2 else 0


def _may_head(paragraph: Paragraph) -> bool:
    text = paragraph.text
    if is_contents_line(text):
        return False
    letters = sum(char.isalpha() for char in text)
    return letters >= 2 and len(text) <= 100 and len(paragraph.lines) <= 3 and text[-1] not in _ENDS_SENTENCE


def _block(page: _Page, paragraph: Paragraph, ranks: _Ranks, row: str | None) -> Block:
    span = PageSpan(page.number, tuple(box_of(line, page.width, page.height) for line in paragraph.lines))
    if row is not None:
        return Block("row", row, span)
    text = _LEADERS.sub("…", paragraph.text)
    level = 0 if page.needs_ocr and not heading_level(text) else ranks.level(paragraph)
    return Block(kind_of_text(text, level), text, span, level)
