"""Tables to spreadsheets and comma-separated files, with the formats that people use in them.

A `Sheet` is a title line, perhaps an empty line, a header and rows. Row numbers are a spreadsheet's own, from 1.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from venue.facts import MADE_ON
from venue.frozen import freeze_office

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Cell", "Sheet", "write_csv", "write_xlsx"]

Cell = str | int | float | date | time | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table. `formats` gives a column's number format by its header; `merge` lists ranges such as "A4:A7"."""

    name: str
    header: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    title: str = ""
    blank_rows: int = 0
    formats: Mapping[str, str] = field(default_factory=dict)
    merge: tuple[str, ...] = ()
    note: str = ""


def write_xlsx(path: Path, sheets: Sequence[Sheet]) -> None:
    """All sheets in one workbook, the title line merged over the table's width."""
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        _fill(book.create_sheet(sheet.name), sheet)
    book.properties.created = datetime(MADE_ON.year, MADE_ON.month, MADE_ON.day)  # noqa: DTZ001 - the format has none
    book.save(path)
    freeze_office(path)


def _fill(page: Any, sheet: Sheet) -> None:
    if sheet.title:
        page.append([sheet.title])
        page.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(sheet.header))
        page["A1"].font = Font(bold=True, size=14)
        page["A1"].alignment = Alignment(horizontal="center")
    head = (1 if sheet.title else 0) + sheet.blank_rows + 1
    for offset, values in enumerate((sheet.header, *sheet.rows)):
        for column, value in enumerate(values, 1):
            cell = page.cell(head + offset, column, value)
            if offset == 0:
                cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E4ECF2")
            elif value is not None and sheet.header[column - 1] in sheet.formats:
                cell.number_format = sheet.formats[sheet.header[column - 1]]
    for area in sheet.merge:
        page.merge_cells(area)
    if sheet.note:
        page.cell(head + len(sheet.rows) + 2, 1, sheet.note)
    for column in range(1, len(sheet.header) + 1):
        page.column_dimensions[get_column_letter(column)].width = 18


def write_csv(path: Path, sheet: Sheet, *, encoding: str = "utf-8") -> None:
    """Header first, then the rows; no title line. Dates and times in ISO form."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(sheet.header)
    writer.writerows([_plain(value) for value in row] for row in sheet.rows)
    path.write_bytes(text.getvalue().encode(encoding))


def _plain(value: Cell) -> str:
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return "" if value is None else str(value)
