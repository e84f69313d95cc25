"""pptx → `Document`: a slide is a page; its title a heading, then text, tables and notes.

Shapes are read from top to bottom and from left to right, each with its rectangle as a box.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jianwen.documents.archive import check_archive
from jianwen.documents.nouns import Block, Document, Job
from jianwen.documents.prose import clean, one_line, sensible_title
from jianwen.documents.rows import table_rows
from jianwen.documents.sniff import is_encrypted_office
from jianwen.documents.titles import opening_title
from jianwen.errors import DamagedDocument, EncryptedDocument, TooLarge
from jianwen.places import Box, PageSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["read"]

_DEEPEST_GROUP = 8


def read(job: Job) -> Document:
    """Raises EncryptedDocument, DamagedDocument, ArchiveBomb or TooLarge."""
    if is_encrypted_office(job.path):
        raise EncryptedDocument(name=job.name)
    check_archive(job.path, name=job.name, limits=job.limits)
    import pptx  # noqa: PLC0415 - only slides need it

    try:
        deck = pptx.Presentation(str(job.path))
        count = len(deck.slides)
    except Exception as exc:
        raise DamagedDocument(name=job.name) from exc
    limit = job.limits.max_pages
    if count > limit:
        raise TooLarge(name=job.name, found=count, unit="slides", unit_zh="页", limit=limit, setting="max_pages")
    blocks: list[Block] = []
    for number, slide in enumerate(deck.slides, 1):
        blocks += _slide(slide, number, float(deck.slide_width or 1), float(deck.slide_height or 1))
        job.progress("reading", number, count)
    title = sensible_title(deck.core_properties.title) or opening_title(blocks) or job.stem
    return Document(title, job.media_type, tuple(blocks), count)


def _slide(slide: Any, number: int, width: float, height: float) -> Iterator[Block]:
    title = slide.shapes.title
    if title is not None and title.has_text_frame and title.text_frame.text.strip():
        yield Block("heading", one_line(title.text_frame.text), _place(title, number, width, height), 1)
    shapes = [
        shape for shape in _shapes(slide.shapes, _DEEPEST_GROUP) if title is None or shape.shape_id != title.shape_id
    ]
    for shape in sorted(shapes, key=lambda shape: _order(shape, height)):
        place = _place(shape, number, width, height)
        if getattr(shape, "has_table", False):
            yield from (Block("row", text, place) for text in table_rows(_grid(shape.table)))
        elif shape.has_text_frame:
            yield from _paragraphs(shape, place)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield Block("note", clean(slide.notes_slide.notes_text_frame.text), PageSpan(number))


def _shapes(shapes: Any, depth: int) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            if depth:
                yield from _shapes(shape.shapes, depth - 1)
        elif shape.has_text_frame or getattr(shape, "has_table", False):
            yield shape


def _order(shape: Any, height: float) -> tuple[int, float]:
    """Rows of a twentieth of the slide, so that boxes side by side are read from left to right."""
    return round((shape.top or 0) / height * 20), float(shape.left or 0)


def _place(shape: Any, number: int, width: float, height: float) -> PageSpan:
    if None in {shape.left, shape.top, shape.width, shape.height} or not shape.width or not shape.height:
        return PageSpan(number)
    left, top = shape.left / width, shape.top / height
    edges = (left, top, left + shape.width / width, top + shape.height / height)
    return PageSpan(number, (Box(*(round(min(1.0, max(0.0, edge)), 4) for edge in edges)),))


def _paragraphs(shape: Any, place: PageSpan) -> Iterator[Block]:
    texts = [text for paragraph in shape.text_frame.paragraphs if (text := clean(paragraph.text))]
    bulleted = shape.is_placeholder and len(texts) > 1
    yield from (Block("list" if bulleted else "paragraph", text, place) for text in texts)


def _grid(table: Any) -> list[list[str]]:
    """Texts of the cells, a merged cell in every place that it covers."""
    grid: list[list[str]] = []
    for row in table.rows:
        grid.append([])
        for cell in row.cells:
            column = len(grid[-1])
            text = one_line(cell.text_frame.text)
            if not cell.is_spanned:
                grid[-1].append(text)
            elif column and cell._tc.hMerge:  # noqa: SLF001 - tells to which side the covering cell lies
                grid[-1].append(grid[-1][-1])
            else:
                grid[-1].append(grid[-2][column] if len(grid) > 1 else "")
    return grid
