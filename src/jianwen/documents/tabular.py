"""Tables without rules: neighbouring lines whose pieces stand in the same columns, under a header.

Serves the text layer and OCR alike; ruled tables are found in `pdftables.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwen.documents.rows import find_header, merge_header, row_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwen.documents.layout import Line, Paragraph

__all__ = ["retold"]

_FEWEST_ROWS = 3


def retold(paragraphs: Sequence[Paragraph]) -> list[str | None]:
    """For each paragraph its text as a row with header names; "" for the header itself, None when it is no row."""
    texts: list[str | None] = [None] * len(paragraphs)
    for start, end in _runs(paragraphs):
        texts[start:end] = _told([paragraph.lines[0] for paragraph in paragraphs[start:end]])
    return texts


def _runs(paragraphs: Sequence[Paragraph]) -> Iterator[tuple[int, int]]:
    """Stretches of lines that each have two pieces or more."""
    start = 0
    for index in range(len(paragraphs) + 1):
        if index < len(paragraphs) and len(paragraphs[index].lines) == 1 and paragraphs[index].lines[0].parts:
            continue
        if index - start >= _FEWEST_ROWS:
            yield start, index
        start = index + 1


def _told(lines: Sequence[Line]) -> list[str | None]:
    columns = max(lines, key=lambda line: len(line.parts)).parts
    grid = [_cells(line.parts, columns) for line in lines]
    found = find_header(grid)
    if found is None or found[0] > 0:
        return [None] * len(lines)
    header = merge_header(grid[: found[1]])
    return [*[""] * found[1], *(row_text(header, cells) for cells in grid[found[1] :])]


def _cells(parts: Sequence[Line], columns: Sequence[Line]) -> list[str]:
    """The pieces of one line, each in the column whose model piece is nearest."""
    cells = [""] * len(columns)
    for part in parts:
        nearest = min(range(len(columns)), key=lambda column: _distance(part, columns[column]))
        cells[nearest] = f"{cells[nearest]} {part.text}".strip()
    return cells


def _distance(part: Line, column: Line) -> float:
    """How far apart two pieces are across the page; below 0 when they overlap, and alike at either edge or centre."""
    apart = max(part.x0 - column.x1, column.x0 - part.x1)
    centres = abs(part.x0 + part.x1 - column.x0 - column.x1) / 2
    return apart if apart > 0 else -1 / (1 + centres)
