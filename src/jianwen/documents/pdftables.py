"""Ruled tables of a PDF: pdfplumber finds the cells, our own glyphs fill them.

Only pages with a grid of rules are looked at, because pdfplumber is slow; pages with a drawing's worth of paths are
not, because it would take minutes. Tables without rules stay text, row by row.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


__all__ = ["Cell", "RuledTable", "TableFinder", "has_grid"]

_MOST_PATHS = 3_000
_MOST_SEGMENTS = 20_000
_THIN = 3.0  # points: what is thinner is a rule

log = logging.getLogger(__name__)
Cell = tuple[float, float, float, float]  # x0, y0, x1, y1 as fractions of the page


@dataclass(frozen=True, slots=True)
class RuledTable:
    """The cell that covers each place of the grid; a merged cell covers several."""

    box: Cell
    grid: tuple[tuple[Cell | None, ...], ...]


def has_grid(page: Any) -> bool:
    """Whether rules of a pypdfium2 page could make a table, and are few enough to look at."""
    from pypdfium2 import raw  # noqa: PLC0415 - loads the pdfium library

    across = down = boxes = segments = paths = 0
    for shape in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3):
        left, bottom, right, top = shape.get_bounds()
        count = max(0, raw.FPDFPath_CountSegments(shape.raw))
        paths, segments = paths + 1, segments + count
        if paths > _MOST_PATHS or segments > _MOST_SEGMENTS:
            return False
        width, height = right - left, top - bottom
        across += height < _THIN < width
        down += width < _THIN < height
        boxes += width > 8 and height > 8
        if count > 6 and width > 8 and height > 8:
            across, down = across + 2, down + 2  # a whole grid drawn as one path
    return (across >= 2 and down >= 2) or boxes >= 4 or (boxes >= 1 and across + down >= 2)


class TableFinder:
    """Opens the file with pdfplumber at the first page that needs it; a context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        self._pages: list[Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def tables(self, index: int) -> list[RuledTable]:
        """The tables of page `index` (from 0), top to bottom."""
        try:
            if self._pages is None:
                logging.getLogger("pdfminer").setLevel(logging.ERROR)  # a warning for every odd font
                import pdfplumber  # noqa: PLC0415 - slow to load, and few documents need it

                self._pages = self._stack.enter_context(pdfplumber.open(self._path)).pages
            page = self._pages[index]
            found = [_ruled(page, table) for table in page.find_tables()]
            page.close()
        except Exception as exc:  # noqa: BLE001 - it is strict where pdfium is not; the text itself is already read
            log.info("no tables from page %d of %s: %s", index + 1, self._path.name, exc)
            return []
        return sorted((table for table in found if table), key=lambda table: table.box[1])


def _ruled(page: Any, table: Any) -> RuledTable | None:
    """None when it is a frame or a box rather than a table."""
    cells = [_fraction(page, cell) for row in table.rows for cell in row.cells if cell]
    if len(table.rows) < 2 or len(cells) < 4:
        return None
    edges = sorted({round(cell[0], 3) for cell in cells})
    if len(edges) < 2:
        return None
    columns = [edge + 0.002 for edge in edges]
    grid: list[tuple[Cell | None, ...]] = []
    for row in table.rows:
        _, top, _, bottom = _fraction(page, row.bbox)
        lowest = min(bottom, *(_fraction(page, cell)[3] for cell in row.cells if cell))
        y = (top + lowest) / 2
        grid.append(tuple(_covering(cells, x, y) for x in columns))
    return RuledTable(_fraction(page, table.bbox), tuple(grid))


def _fraction(page: Any, box: Any) -> Cell:
    left, top, right, bottom = page.cropbox  # what pdfium shows; pdfplumber's coordinates are the media box's
    width, height = right - left, bottom - top
    return (box[0] - left) / width, (box[1] - top) / height, (box[2] - left) / width, (box[3] - top) / height


def _covering(cells: list[Cell], x: float, y: float) -> Cell | None:
    return next((cell for cell in cells if cell[0] <= x < cell[2] and cell[1] <= y < cell[3]), None)
