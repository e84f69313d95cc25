"""Markdown to the files a person reads page by page: HTML, PDF with a text layer, Word.

PDF is printed by Chromium, so fonts are embedded as subsets and tables have rules. A line ``---`` starts a new page.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.text import WD_BREAK
from docx.oxml.ns import qn
from docx.shared import Pt
from markdown_it import MarkdownIt

from venue.frozen import freeze_office, freeze_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

__all__ = ["write_docx", "write_html", "write_pdf"]

_STYLE = """
body{font-family:"Noto Sans CJK SC",sans-serif;line-height:1.65;max-width:46em;margin:auto;color:#222}
table{border-collapse:collapse;margin:1em 0;width:100%}
th,td{border:1px solid #555;padding:.3em .6em;text-align:left} th{background:#eee}
"""
_PRINT = """
@page{size:A4;margin:20mm 18mm} body{font-size:11pt;max-width:none} hr{border:0;break-after:page;height:0;margin:0}
h1{column-span:all;font-size:18pt;font-weight:400}
h2{font-size:13.5pt;font-weight:400;break-after:avoid} th{font-weight:400} tr{break-inside:avoid}
"""


def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def _page(text: str, *, title: str, language: str, style: str) -> str:
    body = _markdown().render(text)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def _title(text: str) -> str:
    return text.lstrip().splitlines()[0].lstrip("# ")


def write_html(path: Path, text: str, *, language: str = "zh-CN", hidden: str = "") -> None:
    """`hidden` is raw HTML put before the end of the body."""
    page = _page(text, title=_title(text), language=language, style=_STYLE)
    path.write_text(page.replace("</body>", f"{hidden}</body>"), "utf-8")


def write_pdf(path: Path, text: str, *, language: str = "zh-CN", columns: int = 1) -> None:
    """Prints the text on A4 in one or more columns."""
    style = _STYLE + _PRINT + (f"body{{columns:{columns};column-gap:9mm}}" if columns > 1 else "")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(_page(text, title=_title(text), language=language, style=style), "utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        flags += ["--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/profile"]
        flags += ["--no-pdf-header-footer", f"--print-to-pdf={path}"]
        subprocess.run(["chromium", *flags, source.as_uri()], check=True, capture_output=True, timeout=120)
    freeze_pdf(path)


def write_docx(path: Path, text: str) -> None:
    """Headings, paragraphs, lists, tables and page breaks as Word's own."""
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Noto Sans CJK SC", Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Noto Sans CJK SC")
    tokens = iter(_markdown().parse(text))
    list_style = "List Bullet"
    for token in tokens:
        if token.type == "heading_open":
            document.add_heading(next(tokens).content, level=int(token.tag[1]) - 1)
        elif token.type == "paragraph_open":
            document.add_paragraph(next(tokens).content, style=list_style if token.level else None)
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            list_style = "List Bullet" if token.type.startswith("bullet") else "List Number"
        elif token.type == "table_open":
            _add_table(document, list(_rows(tokens)))
        elif token.type == "hr":
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    document.core_properties.title = _title(text)
    document.save(str(path))
    freeze_office(path)


def _rows(tokens: Iterator[Token]) -> Iterator[list[str]]:
    row: list[str] = []
    for token in tokens:
        if token.type == "table_close":
            return
        if token.type == "inline":
            row.append(token.content)
        elif token.type == "tr_close":
            yield row
            row = []


def _add_table(document: Any, rows: list[list[str]]) -> None:
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for cells, values in zip(table.rows, rows, strict=True):
        for cell, value in zip(cells.cells, values, strict=True):
            cell.text = value
