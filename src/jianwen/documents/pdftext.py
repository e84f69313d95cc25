"""The text layer of one PDF page, through pdfium: glyphs → lines, in points, origin top left, as the page is shown.

Does not know paragraphs (`layout.py`) or pages as pictures. pdfium is not thread-safe: every call to it in this
package happens under `PDFIUM`.
"""

from __future__ import annotations

import ctypes
import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from jianwen.documents.layout import Line
from jianwen.documents.prose import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["PDFIUM", "Glyph", "PageText", "lines_of", "page_text"]

PDFIUM = threading.RLock()

_MOST_GLYPHS = 100_000  # a page of a newspaper has some 20,000
_GARBLED_SHARE = 0.1
_PROBE = 1_000_000  # FPDF_PageToDevice answers in whole numbers; on so large a device they are fractions
_HYPHENS = {0x02, 0xFFFE}  # what pdfium gives for a hyphen that breaks a word at a line end
_MOST_TILT = 3  # degrees
_BOLD_NAMES = ("bold", "black", "heavy", "semibold", "simhei", "heiti", "黑体")


class Glyph(NamedTuple):
    """One character, the rectangle of its advance and line height, and its direction: degrees clockwise, as shown."""

    char: str
    x0: float
    y0: float
    x1: float
    y1: float
    angle: int
    place: int  # in the text layer; -1 for a blank between words


@dataclass(slots=True)
class PageText:
    r"""What the text layer holds.

    Attributes:
        glyphs: in the order of the file; blanks are glyphs without a rectangle, a line end is "\n".
        styles: glyph index → (size, bold), looked up for a few glyphs of each line only.
    """

    width: float
    height: float
    glyphs: list[Glyph]
    styles: _Styles

    @property
    def is_garbled(self) -> bool:
        """Whether the characters are not what the page shows: private use, replacement, or "(cid:7)"."""
        shown = [glyph.char for glyph in self.glyphs if not glyph.char.isspace()]
        odd = sum(char == "\ufffd" or "\ue000" <= char <= "\uf8ff" or char >= "\U000f0000" for char in shown)
        odd += 5 * "".join(shown).count("(cid:")
        return odd > _GARBLED_SHARE * len(shown)

    @property
    def length(self) -> int:
        return sum(not glyph.char.isspace() for glyph in self.glyphs)


class _Styles:
    """Font size and boldness of a glyph: two more calls a glyph, so asked for a few only."""

    def __init__(self, textpage: Any) -> None:
        self._textpage = textpage

    def size(self, index: int) -> float:
        from pypdfium2 import raw  # noqa: PLC0415 - loads the pdfium library

        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self._textpage, index, matrix)
        return float(raw.FPDFText_GetFontSize(self._textpage, index)) * (math.hypot(matrix.c, matrix.d) or 1.0)

    def bold(self, index: int) -> bool:
        from pypdfium2 import raw  # noqa: PLC0415 - loads the pdfium library

        name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        raw.FPDFText_GetFontInfo(self._textpage, index, name, 128, flags)
        font = name.value.decode("utf-8", "replace").lower()
        return int(raw.FPDFText_GetFontWeight(self._textpage, index)) >= 600 or any(
            word in font for word in _BOLD_NAMES
        )


def page_text(page: Any, textpage: Any) -> PageText:
    """The glyphs of a pypdfium2 page; the page must stay open while the result is used."""
    from pypdfium2 import raw  # noqa: PLC0415 - loads the pdfium library

    width, height = page.get_size()
    to_shown = _transform(page, width, height)
    glyphs: list[Glyph] = []
    box = raw.FS_RECTF()
    handle, turned = textpage.raw, page.get_rotation()
    for index in range(min(raw.FPDFText_CountChars(handle), _MOST_GLYPHS)):
        code = raw.FPDFText_GetUnicode(handle, index)
        char = "-" if code in _HYPHENS else chr(code) if 0 < code < 0x110000 else "\ufffd"
        if char in "\r\n":
            glyphs.append(Glyph("\n", 0, 0, 0, 0, 0, index))
        elif char.isspace():
            glyphs.append(Glyph(" ", 0, 0, 0, 0, 0, index))
        elif raw.FPDFText_GetLooseCharBox(handle, index, box):
            angle = (round(math.degrees(max(0.0, raw.FPDFText_GetCharAngle(handle, index)))) + turned) % 360
            x0, y0, x1, y1 = to_shown(box.left, box.bottom, box.right, box.top)
            glyphs.append(Glyph(char, x0, y0, x1, y1, angle, index))
    return PageText(width, height, glyphs, _Styles(handle))


def _transform(page: Any, width: float, height: float) -> Any:
    """From the file's coordinates to points of the page as it is shown: rotated, cropped, origin top left."""
    from pypdfium2 import raw  # noqa: PLC0415 - loads the pdfium library

    def probe(x: float, y: float) -> tuple[float, float]:
        dx, dy = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page.raw, 0, 0, _PROBE, _PROBE, 0, x, y, dx, dy)
        return dx.value * width / _PROBE, dy.value * height / _PROBE

    (ox, oy), (ax, ay), (bx, by) = probe(0, 0), probe(100, 0), probe(0, 100)
    a, b, c, d = (ax - ox) / 100, (ay - oy) / 100, (bx - ox) / 100, (by - oy) / 100

    def to_shown(left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        x0, y0 = ox + a * left + c * bottom, oy + b * left + d * bottom
        x1, y1 = ox + a * right + c * top, oy + b * right + d * top
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    return to_shown


def lines_of(page: PageText, glyphs: Iterable[Glyph]) -> list[Line]:
    """Glyphs in file order → pieces of lines: one piece up to a line end or a wide gap."""
    pieces: list[list[Glyph]] = []
    blank = ended = False
    for glyph in glyphs:
        if glyph.char == "\n":
            ended = True
        elif glyph.char == " ":
            blank = True
        else:
            if not pieces or ended or not _continues(pieces[-1][-1], glyph):
                pieces.append([])
            elif blank:
                pieces[-1].append(Glyph(" ", 0, 0, 0, 0, 0, -1))
            pieces[-1].append(glyph)
            blank = ended = False
    lines = (_line(page, piece) for piece in pieces)
    return [line for line in lines if line]


def _continues(last: Glyph, glyph: Glyph) -> bool:
    if last.angle != glyph.angle:
        return False
    height = min(last.y1 - last.y0, glyph.y1 - glyph.y0)
    width = min(last.x1 - last.x0, glyph.x1 - glyph.x0)
    if glyph.angle in {90, 270}:
        gap = max(glyph.y0 - last.y1, last.y0 - glyph.y1)
        return min(last.x1, glyph.x1) - max(last.x0, glyph.x0) > 0.5 * width and gap < 1.5 * width
    overlap = min(last.y1, glyph.y1) - max(last.y0, glyph.y0)
    return overlap > 0.5 * height and -height < glyph.x0 - last.x1 < 1.5 * max(height, last.y1 - last.y0)


def _line(page: PageText, piece: Sequence[Glyph]) -> Line | None:
    """None for slanted text, which is a watermark, and for text off the page."""
    shown = [glyph for glyph in piece if glyph.place >= 0]
    text = clean("".join(glyph.char for glyph in piece))
    first = shown[0]
    x0, y0 = min(glyph.x0 for glyph in shown), min(glyph.y0 for glyph in shown)
    x1, y1 = max(glyph.x1 for glyph in shown), max(glyph.y1 for glyph in shown)
    outside = x1 <= 0 or y1 <= 0 or x0 >= page.width or y0 >= page.height
    tilt = min(first.angle % 90, 90 - first.angle % 90)
    if not text or outside or tilt > _MOST_TILT:
        return None
    probes = {shown[0].place, shown[len(shown) // 2].place, shown[-1].place}
    size = page.styles.size(shown[len(shown) // 2].place)
    bold = all(page.styles.bold(place) for place in probes)
    return Line(text, x0, y0, x1, y1, size, bold, upright=round(first.angle / 90) % 2 == 0)
