"""Small real files for the tests of the documents room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reportlab.lib import colors  # type: ignore[import-untyped]  # it ships no types
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]  # as above
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]  # as above
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]  # as above
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped]  # as above
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]  # as above
from reportlab.platypus import Table  # type: ignore[import-untyped]  # as above

from jianwen.documents import Block, Document, read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PIL.Image import Image

__all__ = [
    "CHINESE_FONT",
    "HEIGHT",
    "WIDTH",
    "draw_pages",
    "drawn_words",
    "of_kind",
    "paragraph_style",
    "read_here",
    "ruled_table",
    "texts",
]

WIDTH, HEIGHT = A4
CHINESE_FONT = "STSong-Light"  # named in the file, not part of it: its text layer can be read on any machine
pdfmetrics.registerFont(UnicodeCIDFont(CHINESE_FONT))


def draw_pages(path: Path, pages: Sequence[Callable[[Any], None]], *, size: tuple[float, float] = A4) -> Path:
    """A PDF whose pages are drawn by these functions of a canvas."""
    canvas = Canvas(str(path), pagesize=size, title="")
    for draw in pages:
        canvas.setFont("Helvetica", 11)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def paragraph_style(size: float = 11, *, font: str = CHINESE_FONT) -> Any:
    wrap = "CJK" if font == CHINESE_FONT else None
    return ParagraphStyle("p", fontName=font, fontSize=size, leading=size * 1.6, wordWrap=wrap)


def ruled_table(rows: Sequence[Sequence[Any]], widths: Sequence[float] | None = None, **options: Any) -> Any:
    """A reportlab table with every rule drawn, in the Chinese font."""
    style = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONT", (0, 0), (-1, -1), CHINESE_FONT, 11)]
    return Table([list(row) for row in rows], colWidths=widths, style=style, **options)


def drawn_words(lines: Sequence[str], *, size: tuple[int, int] = (900, 300)) -> Image:
    """A white picture with large black Latin words, in Pillow's own font."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - for scans only

    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(44)
    for index, line in enumerate(lines):
        draw.text((50, 40 + 90 * index), line, fill="black", font=font)
    return image


def read_here(path: Path) -> Document:
    return read(path, name=path.name)


def of_kind(document: Document, kind: str) -> list[str]:
    return [block.text for block in document.blocks if block.kind == kind]


def texts(blocks: Sequence[Block]) -> list[str]:
    return [block.text for block in blocks]
