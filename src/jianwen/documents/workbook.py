"""Rows of xlsx, csv and tsv files as strings, streamed; merged cells filled.

Knows files and cells; headers and titles are found in `sheet.py`.
"""

from __future__ import annotations

import csv
import re
import warnings
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from jianwen.documents.archive import check_archive
from jianwen.documents.cells import shown
from jianwen.documents.sniff import XLSX, is_encrypted_office
from jianwen.documents.text import encoding_of
from jianwen.errors import DamagedDocument, EncryptedDocument, TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jianwen.documents.nouns import Limits

__all__ = ["Row", "RowCount", "Sheet", "open_sheets"]

Row = tuple[int, list[str]]  # number as the spreadsheet program shows it, cells
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_CHUNK_BYTES = 1 << 20
_MOST_MERGES = 100_000
_MOST_IN_ROW = 200_000  # elements; 16,384 columns with formula, value and format have some 100,000
_SHEETS_SHARE = 4  # all sheets together may have this many times the rows of one
_MOST_ROW_CHARS = 4_000_000
_MOST_CELL_CHARS = 1_000_000  # a quoted csv cell; an unclosed quote would swallow the file


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    rows: Iterator[Row]  # blank rows left out


@dataclass(slots=True)
class RowCount:
    """Counts the rows of a file against the limits."""

    name: str
    limits: Limits
    sheet: int = 0
    total: int = 0

    def add(self) -> None:
        """Raises TooLarge at the first row too many."""
        self.sheet, self.total = self.sheet + 1, self.total + 1
        limit = self.limits.max_rows
        if self.sheet > limit or self.total > limit * _SHEETS_SHARE:
            found = f"more than {limit if self.sheet > limit else limit * _SHEETS_SHARE}"
            raise TooLarge(name=self.name, found=found, unit="rows", unit_zh="行", limit=limit, setting="max_rows")


@contextmanager
def open_sheets(path: Path, *, media_type: str, name: str, limits: Limits) -> Iterator[Iterator[Sheet]]:
    """The sheets of a file, in order, hidden ones too; each must be used up before the next is taken.

    Raises:
        EncryptedDocument, DamagedDocument, ArchiveBomb, TooLarge: as their names say.
    """
    count = RowCount(name, limits)
    if media_type == XLSX:
        if is_encrypted_office(path):
            raise EncryptedDocument(name=name)
        check_archive(path, name=name, limits=limits)
        with _workbook(path, name=name) as book:
            yield _book_sheets(path, book, count)
    else:
        tabs = media_type == "text/tab-separated-values"
        yield iter([Sheet(_stem(name), _delimited(path, name=name, tabs=tabs, count=count))])


def _stem(name: str) -> str:
    return name.rsplit("/", 1)[-1].rsplit(".", 1)[0]


@contextmanager
def _workbook(path: Path, *, name: str) -> Iterator[Any]:
    import openpyxl  # noqa: PLC0415 - only workbooks need it

    # From an open file, because the library judges a path by its suffix, and the path may be a temporary one.
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions that do not concern words
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except Exception as exc:
            raise DamagedDocument(name=name) from exc
        try:
            yield book
        finally:
            book.close()


def _book_sheets(path: Path, book: Any, count: RowCount) -> Iterator[Sheet]:
    for sheet in book.worksheets:
        count.sheet = 0
        part = sheet._worksheet_path  # noqa: SLF001 - read-only sheets tell it nowhere else
        merges = _Merges(_merge_ranges(path, part, name=count.name))
        yield Sheet(str(sheet.title), _sheet_rows(sheet, merges, count))


def _sheet_rows(sheet: Any, merges: _Merges, count: RowCount) -> Iterator[Row]:
    sheet.reset_dimensions()  # the size that the file declares is often wrong
    for number, cells in enumerate(sheet.iter_rows(), 1):
        row = [shown(cell.value, cell.number_format) if cell.value is not None else "" for cell in cells]
        while row and not row[-1]:
            row.pop()
        if row:
            count.add()
            yield number, merges.filled(number, row)


def _merge_ranges(path: Path, part_name: str, *, name: str) -> list[tuple[int, int, int, int]]:
    """Top, left, bottom, right of merged cells, from 1, in order; they stand behind the rows in the file.

    Raises:
        DamagedDocument: a row is so long that the library, which holds one row in memory, would run out of it.
    """
    ranges: list[tuple[int, int, int, int]] = []
    in_row = 0
    with zipfile.ZipFile(path) as archive, archive.open(part_name.lstrip("/")) as part:
        kept = b""
        while chunk := part.read(_CHUNK_BYTES):
            rows = _ROW.split(chunk)
            in_row = in_row + rows[0].count(b"<") if len(rows) == 1 else rows[-1].count(b"<")
            if max(in_row, *(row.count(b"<") for row in rows)) > _MOST_IN_ROW:
                raise DamagedDocument(name=name)
            text = kept + chunk
            last = 0
            for match in _MERGE.finditer(text):
                left, top, right, bottom = match.groups()
                ranges.append((int(top), _column(left), int(bottom), _column(right)))
                last = match.end()
            kept = text[max(last, len(text) - 256) :]
            if len(ranges) > _MOST_MERGES:
                break
    return sorted(ranges[:_MOST_MERGES])


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


@dataclass(slots=True)
class _Merges:
    """Fills merged cells while rows go by from top to bottom."""

    ranges: list[tuple[int, int, int, int]]
    next: int = 0
    open: list[tuple[int, int, int, str]] = field(default_factory=list)  # bottom, left, right, text
    width: int = 0

    def filled(self, number: int, row: list[str]) -> list[str]:
        """The row with the text of merged cells in every cell that they cover, as far right as rows have cells."""
        self.open = [merge for merge in self.open if merge[0] >= number]
        while self.next < len(self.ranges) and self.ranges[self.next][0] <= number:
            top, left, bottom, right = self.ranges[self.next]
            self.next += 1
            if top == number and left <= len(row) and row[left - 1]:
                self.open.append((bottom, left, right, row[left - 1]))
        self.width = max(self.width, len(row))
        for _, left, right, text in self.open:
            reach = min(right, max(self.width, left + 50))
            row += [""] * (reach - len(row))
            for column in range(left - 1, reach):
                row[column] = row[column] or text
        return row


def _delimited(path: Path, *, name: str, tabs: bool, count: RowCount) -> Iterator[Row]:
    csv.field_size_limit(_MOST_CELL_CHARS)
    with path.open(encoding=encoding_of(path, name=name), errors="replace", newline="") as file:
        sample = file.read(20_000)
        file.seek(0)
        lines = _Lines(file)
        try:
            reader = csv.reader(lines, delimiter="\t" if tabs else _delimiter(sample))
            for number, cells in enumerate(reader, 1):
                lines.chars = 0
                row = [cell.strip().lstrip("\ufeff") for cell in cells]
                if any(row):
                    count.add()
                    yield number, row
        except csv.Error as exc:
            raise DamagedDocument(name=name) from exc


@dataclass(slots=True)
class _Lines:
    """Lines of a file, as long as one row does not take too many of them."""

    file: TextIO
    chars: int = 0  # since the row began

    def __iter__(self) -> Iterator[str]:
        while line := self.file.readline(_MOST_ROW_CHARS):
            self.chars += len(line)
            if self.chars > _MOST_ROW_CHARS:
                raise csv.Error("a row without end")
            yield line.replace("\0", "")


def _delimiter(sample: str) -> str:
    """The sign that divides the first lines into the same number of cells, and most of them."""
    lines: Sequence[str] = [line for line in sample.splitlines()[:20] if line.strip()]

    def score(sign: str) -> tuple[bool, int]:
        counts = [line.count(sign) for line in lines] or [0]
        return min(counts) > 0, max(set(counts), key=counts.count)

    return max(",;\t|", key=score)
