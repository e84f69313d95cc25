"""Sheets → `Document`: title lines, header, and one block a row with the header names in it.

`table_around` gives some rows as a table again, for showing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING

from jianwen.documents.nouns import DEFAULT_LIMITS, Block, Document, Job, Limits, Table
from jianwen.documents.prose import one_line
from jianwen.documents.rows import find_header, is_number, merge_header, row_text
from jianwen.documents.workbook import Row, open_sheets
from jianwen.errors import NotFound
from jianwen.places import RowSpan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jianwen.documents.workbook import Sheet

__all__ = ["read", "table_around"]

_HEAD_ROWS = 20  # looked at together to find the header
_SHOW_EVERY = 500  # rows between two reports of progress


def read(job: Job) -> Document:
    """Raises what `open_sheets` raises."""
    blocks: list[Block] = []
    rows = 0
    with open_sheets(job.path, media_type=job.media_type, name=job.name, limits=job.limits) as sheets:
        for sheet in sheets:
            found = list(_blocks(sheet, job, rows))
            rows += sum(block.kind == "row" for block in found)
            if found:
                blocks.append(Block("heading", sheet.name, RowSpan(sheet.name, 1), 1))
                blocks += found
    job.progress("reading", rows, rows)
    return Document(job.stem, job.media_type, tuple(blocks) if rows else (), pages=rows)


def table_around(
    path: Path,
    *,
    media_type: str,
    sheet: str,
    row: int,
    before: int = 8,
    after: int = 8,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """The rows around one row, under the header of its table. A csv file has one sheet, whatever it is called.

    Raises:
        NotFound: no such sheet, or no such row in it.
        DocumentError: the file cannot be read.
    """
    with open_sheets(path, media_type=media_type, name=path.name, limits=limits) as sheets:
        found = next((one for one in sheets if one.name == sheet or media_type.startswith("text/")), None)
        if found is None:
            raise NotFound(what="sheet", id=sheet)
        plan = _Plan.of(found, likely=media_type.startswith("text/"))
        window: list[Row] = []
        header: tuple[str, ...] = plan.header
        for number, cells in chain(plan.above, plan.rows()):
            if number > row + after:
                break
            if number >= row - before:
                window.append((number, cells))
            if number <= row:
                header = plan.header
    if not any(number == row for number, _ in window):
        raise NotFound(what="row", id=f"{sheet} {row}")
    width = max(len(header), *(len(cells) for _, cells in window))
    padded = tuple((number, tuple(cells + [""] * (width - len(cells)))) for number, cells in window)
    return Table(sheet, (*header, *[""] * (width - len(header))), padded)


@dataclass(slots=True)
class _Plan:
    """A sheet with its header found: what stands above, the header now in force, and the rows still to come."""

    above: list[Row]
    header: tuple[str, ...]
    rest: Iterator[Row]
    heads: set[tuple[str, ...]] = field(default_factory=set)
    numbers: Counter[int] = field(default_factory=Counter)  # column → rows with a number in it
    seen: int = 0

    @classmethod
    def of(cls, sheet: Sheet, *, likely: bool) -> _Plan:
        head = list(islice(sheet.rows, _HEAD_ROWS))
        grid = [[one_line(cell) for cell in cells] for _, cells in head]
        first, count = find_header(grid, likely=likely) or (0, 0)
        header = merge_header(grid[first : first + count]) if count else ()
        rest = chain(head[first + count :], sheet.rows)
        return cls(head[:first], header, rest, {tuple(row) for row in grid[first : first + count]})

    def rows(self) -> Iterator[Row]:
        """The data rows. A header that is repeated is left out; one of a further table below takes over."""
        last = 0
        for number, cells in self.rest:
            words = tuple(one_line(cell) for cell in cells)
            if words in self.heads:
                continue
            if self.header and last and number > last + 1 and self._is_new_header(words):
                self.header, self.numbers, self.seen = words, Counter(), 0
                self.heads.add(words)
                continue
            self.numbers.update(column for column, cell in enumerate(words) if is_number(cell))
            self.seen += 1
            last = number
            yield number, cells

    def _is_new_header(self, words: Sequence[str]) -> bool:
        """After a gap: names of columns where the table above has numbers."""
        filled = [word for word in words if word]
        named = len(set(filled)) >= 2 and len(filled) == len(set(filled)) and not any(map(is_number, filled))
        return named and any(
            count * 5 >= self.seen * 4 and column < len(words) and words[column]
            for column, count in self.numbers.items()
        )


def _blocks(sheet: Sheet, job: Job, rows_before: int) -> Iterator[Block]:
    plan = _Plan.of(sheet, likely=job.media_type.startswith("text/"))
    for index, (number, cells) in enumerate(plan.above):
        distinct = list(dict.fromkeys(one_line(cell) for cell in cells if cell))
        titled = index == 0 and len(distinct) == 1 and len(distinct[0]) <= 60
        place = RowSpan(sheet.name, number)
        yield Block("heading", distinct[0], place, 2) if titled else Block("paragraph", "; ".join(distinct), place)
    for done, (number, cells) in enumerate(plan.rows(), 1):
        if text := row_text(plan.header, cells):
            yield Block("row", text, RowSpan(sheet.name, number))
        if done % _SHOW_EVERY == 0:
            job.progress("reading", rows_before + done, rows_before + done)
