"""Lines on a page → paragraphs in reading order: columns, rows on one baseline, paragraphs.

Serves text layers and OCR alike. Works on plain numbers in points (or pixels), origin top left; opens no file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from jianwen.documents.prose import heading_level, is_cjk, is_contents_line, is_list_item, join_lines
from jianwen.places import Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Line", "Paragraph", "box_of", "lay_out", "merge_rows"]

_DEEPEST = 3  # columns within columns
_CELL_GAP = 0.8  # of the font size: pieces closer than this belong to one phrase
_NEARBY = 4  # lines above and below that show where the right margin is
_LABEL = re.compile(r"[^\W\d]{2,8}：")  # 报名费：120元
_ENDS = "。！？；：.!?;:…”』」）)"


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of text on one baseline. `size` is the font's, in the unit of the coordinates."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool = False
    upright: bool = True  # False: it runs up or down the page
    parts: tuple[Line, ...] = ()  # the pieces of a line that stand apart, as the cells of a table do

    @property
    def height(self) -> float:
        return self.y1 - self.y0


@dataclass(frozen=True, slots=True)
class Paragraph:
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        return join_lines(line.text for line in self.lines)

    @property
    def size(self) -> float:
        return median(line.size for line in self.lines)

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)


def box_of(line: Line, width: float, height: float) -> Box:
    """The line's rectangle as fractions of the page."""

    def fraction(value: float, whole: float) -> float:
        return round(min(1.0, max(0.0, value / whole)), 4)

    return Box(fraction(line.x0, width), fraction(line.y0, height), fraction(line.x1, width), fraction(line.y1, height))


def lay_out(lines: Sequence[Line]) -> list[Paragraph]:
    """Paragraphs in reading order."""
    paragraphs: list[Paragraph] = []
    for column in _columns([line for line in lines if line.upright], _DEEPEST):
        found = _paragraphs(merge_rows(column))
        if paragraphs and found and _runs_on(paragraphs[-1], found[0]):
            found[0] = Paragraph(paragraphs.pop().lines + found[0].lines)
        paragraphs += found
    return paragraphs + [Paragraph((line,)) for line in lines if not line.upright]


def _columns(lines: list[Line], depth: int) -> list[list[Line]]:
    """Runs of lines read from top to bottom: the left column before the right one, between full-width lines."""
    gutter = _gutter(lines) if depth else None
    if gutter is None:
        return [lines] if lines else []
    runs: list[list[Line]] = []
    sides: tuple[list[Line], list[Line]] = ([], [])
    across: list[Line] = []
    for line in sorted(lines, key=lambda line: line.y0):
        if line.x0 < gutter < line.x1:
            runs += _flush(sides, depth)
            sides = ([], [])
            across.append(line)
            continue
        if across:
            runs.append(across)
            across = []
        sides[line.x0 >= gutter].append(line)
    return [*runs, *_flush(sides, depth), *([across] if across else [])]


def _flush(sides: tuple[list[Line], list[Line]], depth: int) -> list[list[Line]]:
    return _columns(sides[0], depth - 1) + _columns(sides[1], depth - 1)


def _gutter(lines: Sequence[Line]) -> float | None:
    """The x that few lines cross, with columns of prose on both sides; None on a page of one column.

    Prose fills its column. The cells of a table without rules do not, so that they stay together as rows.
    """
    if len(lines) < 8:
        return None
    left_edge, right_edge = min(line.x0 for line in lines), max(line.x1 for line in lines)
    width = right_edge - left_edge
    best: tuple[int, float] | None = None
    for step in range(25, 76):
        x = left_edge + width * step / 100
        left = [line for line in lines if line.x1 < x - width * 0.005]
        right = [line for line in lines if line.x0 > x + width * 0.005]
        crossing = len(lines) - len(left) - len(right)
        if min(len(left), len(right)) < 4 or crossing > len(lines) / 4:
            continue
        if _is_prose(left, width) and _is_prose(right, width) and (best is None or crossing < best[0]):
            best = (crossing, x)
    return best[1] if best else None


def _is_prose(lines: Sequence[Line], page_width: float) -> bool:
    column = max(line.x1 for line in lines) - min(line.x0 for line in lines)
    return column > page_width / 5 and median(line.x1 - line.x0 for line in lines) > 0.6 * column


def merge_rows(lines: Iterable[Line]) -> list[Line]:
    """Pieces on one baseline joined from left to right, rows from top to bottom."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.y0 + line.y1) / 2):
        last = rows[-1][-1] if rows else None
        if last and min(last.y1, line.y1) - max(last.y0, line.y0) > 0.5 * min(last.height, line.height):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [_merged(sorted(row, key=lambda line: line.x0)) for row in rows]


def _merged(row: Sequence[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    widest = max(row, key=lambda line: line.x1 - line.x0)
    apart = all(right.x0 - left.x1 > _CELL_GAP * widest.size for left, right in pairwise(row))
    return Line(
        " ".join(line.text for line in row),
        min(line.x0 for line in row),
        min(line.y0 for line in row),
        max(line.x1 for line in row),
        max(line.y1 for line in row),
        widest.size,
        all(line.bold for line in row),
        parts=tuple(row) if apart else (),
    )


def _paragraphs(rows: Sequence[Line]) -> list[Paragraph]:
    if not rows:
        return []
    gaps = [b.y0 - a.y1 for a, b in pairwise(rows)]
    close = [gap for gap in gaps if gap < 2 * rows[0].height]
    usual_gap = max(0.0, median(close)) if close else 0.0
    groups: list[list[Line]] = [[rows[0]]]
    for index, (above, row) in enumerate(pairwise(rows), 1):
        right = max(line.x1 for line in rows[max(0, index - _NEARBY) : index + _NEARBY])
        if _begins(row, above, usual_gap, right):
            groups.append([row])
        else:
            groups[-1].append(row)
    return [Paragraph(tuple(group)) for group in groups]


def _begins(row: Line, above: Line, usual_gap: float, right: float) -> bool:
    """Whether the row begins a paragraph; `right` is where the lines nearby end."""
    if row.parts or above.parts:
        return True  # the cells of a table: each line for itself
    if abs(row.size - above.size) > 0.12 * max(row.size, above.size) or row.bold != above.bold:
        return True
    if row.y0 - above.y1 > usual_gap + 0.4 * row.height:
        return True
    if is_list_item(row.text) or heading_level(row.text) or is_contents_line(above.text):
        return True
    room = right - above.x1
    if _LABEL.match(row.text) and (room > 0.5 * row.size or _LABEL.match(above.text)):
        return True
    if row.x0 - above.x0 > 1.2 * row.size and not is_list_item(above.text):
        return True  # indented first line
    # Whoever breaks a line where the next word would still have fitted means it.
    return room > _first_word(row) + 1.2 * row.size


def _first_word(line: Line) -> float:
    """About how wide the line's first word is; an ideograph is a word."""
    word = line.text.split(" ", 1)[0]
    if is_cjk(word[0]):
        return line.size
    return (line.x1 - line.x0) * len(word) / len(line.text)


def _runs_on(before: Paragraph, after: Paragraph) -> bool:
    """Whether a paragraph goes on at the top of the next column."""
    last, first = before.lines[-1], after.lines[0]
    same = abs(last.size - first.size) < 0.05 * last.size and last.bold == first.bold and not last.bold
    return same and len(before.lines) > 1 and last.text[-1:] not in _ENDS and not is_list_item(first.text)
