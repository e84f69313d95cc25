"""Reads the finished files back, place by place, to prove that every gold quote stands where its question says.

Deliberately the plainest reading there is; the product's readers are not used, for they are what is to be measured.
"""

from __future__ import annotations

import csv
import unicodedata
from datetime import date, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Any

import openpyxl
import pypdfium2
from docx import Document
from pptx import Presentation
from selectolax.lexbor import LexborHTMLParser

from venue.notices import PHOTOGRAPHS, SCANS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["folded", "places"]


def folded(text: str) -> str:
    """The form in which answers are compared: NFKC, lower case, without blanks and commas."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if not c.isspace() and c not in ",，、")


@cache
def places(folder: Path, name: str) -> tuple[tuple[dict[str, Any], str], ...]:
    """Every place of a file with its text: ``({"page": 1}, "…")`` or ``({"sheet": "…", "row": 7}, "…")``."""
    path = folder / name
    if name in PHOTOGRAPHS:
        return (({"page": 1}, PHOTOGRAPHS[name].text),)
    if name in SCANS:
        return tuple(({"page": n}, notice.text) for n, notice in enumerate(SCANS[name], 1))
    match path.suffix:
        case ".pdf":
            texts = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)]
            return tuple(({"page": n}, text) for n, text in enumerate(texts, 1))
        case ".pptx":
            return tuple(({"page": n}, _slide(slide)) for n, slide in enumerate(Presentation(str(path)).slides, 1))
        case ".xlsx":
            return tuple(_book(path))
        case ".csv":
            rows = csv.reader(_decoded(path).splitlines())
            return tuple(({"sheet": path.stem, "row": n}, " | ".join(row)) for n, row in enumerate(rows, 1))
        case ".docx":
            return (({"page": 1}, _word(path)),)
        case ".html":
            return (({"page": 1}, LexborHTMLParser(path.read_bytes()).body.text(separator="\n")),)  # type: ignore[union-attr]
        case _:
            return (({"page": 1}, _decoded(path)),)


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def _slide(slide: Any) -> str:
    texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    return "\n".join([*texts, slide.notes_slide.notes_text_frame.text if slide.has_notes_slide else ""])


def _word(path: Path) -> str:
    document = Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def _book(path: Path) -> list[tuple[dict[str, Any], str]]:
    rows: list[tuple[dict[str, Any], str]] = []
    for page in openpyxl.load_workbook(path).worksheets:
        for number, row in enumerate(page.iter_rows(values_only=True), 1):
            text = " | ".join(form for value in row for form in _forms(value))
            if text:
                rows.append(({"sheet": page.title, "row": number}, text))
    return rows


def _forms(value: object) -> tuple[str, ...]:
    """How a cell's value may be written."""
    match value:
        case None:
            return ()
        case datetime() | date():
            return (f"{value:%Y-%m-%d}", f"{value.year}年{value.month}月{value.day}日")
        case time():
            return (f"{value:%H:%M}",)
        case float() | int():
            percent = (f"{value * 100:.0f}%",) if 0 <= value < 1 else ()
            return (f"{value:g}" if value < 1e5 else str(value), f"{value:.2f}", f"{value:,}", f"{value}元", *percent)
        case _:
            return (str(value),)
