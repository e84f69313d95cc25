"""A venue's own photographs: a folder of pictures with a CSV of counts, and their mixture with rendered samples.

The CSV has a head line `image,count`; names are relative to its folder and never lead out of it.
Does not label: a person has counted.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwen.counting.pictures import read_picture
from jianwen.counting.sample import Sample
from jianwen.errors import BadRequest, UnreadableFile, UnsafePath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Mixed", "Photo", "Photos", "read_counts"]

_COLUMNS = ["image", "count"]
_MAX_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Photo:
    """One row: a picture's file and the balls that a person saw in it."""

    path: Path
    count: int

    def sample(self) -> Sample:
        """Read the picture, as large as a counter reads it in use. Raises: as `read_picture`."""
        return Sample.counted(read_picture(self.path), self.count)


def read_counts(table: Path, *, most: int = 22) -> tuple[Photo, ...]:
    """The rows of a CSV, in order, all checked; no picture is decoded.

    Raises:
        UnreadableFile: the table cannot be opened.
        UnsafePath: a name leads out of the table's folder.
        BadRequest: a row is wrong; the message names the line.
    """
    photos = tuple(_photo(table, line, row, most) for line, row in _rows(table))
    if not photos:
        raise _wrong(table, 1, "there is no row below the head line", "表头下没有任何数据")
    return photos


@dataclass(frozen=True, slots=True)
class Photos:
    """Photographs as samples by number, over and over in another order each time round."""

    photos: tuple[Photo, ...]
    seed: int = 1

    def __call__(self, number: int) -> Sample:
        round_, place = divmod(number, len(self.photos))
        order = np.random.default_rng((self.seed, round_)).permutation(len(self.photos))
        return self.photos[int(order[place])].sample()


@dataclass(frozen=True, slots=True)
class Mixed:
    """Rendered samples with a share of photographs among them; which is which depends on the number and seed alone."""

    rendered: Callable[[int], Sample]
    photos: Callable[[int], Sample]
    share: float  # of photographs, 0–1
    seed: int = 1

    def __call__(self, number: int) -> Sample:
        is_photo = np.random.default_rng((self.seed, number)).random() < self.share
        return self.photos(number) if is_photo else self.rendered(number)


def _rows(table: Path) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and cells below the head line; empty lines are skipped."""
    try:
        text = table.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise UnreadableFile(name=table.name, detail=exc.strerror or str(exc)) from exc
    except UnicodeDecodeError as exc:
        raise _wrong(
            table, 1, "it is not UTF-8 text; save it as CSV UTF-8", "不是 UTF-8 文本，请另存为 CSV UTF-8"
        ) from exc
    reader = csv.reader(text.splitlines())
    try:
        head = [cell.strip().lower() for cell in next(reader, [])]
        if head != _COLUMNS:
            raise _wrong(table, 1, "the head line must be image,count", "表头必须是 image,count")
        for row in reader:
            if reader.line_num > _MAX_ROWS:
                raise _wrong(table, reader.line_num, f"at most {_MAX_ROWS} rows are read", f"最多读取 {_MAX_ROWS} 行")
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as exc:
        raise _wrong(table, reader.line_num, str(exc), str(exc)) from exc


def _photo(table: Path, line: int, row: list[str], most: int) -> Photo:
    if len(row) != len(_COLUMNS):
        raise _wrong(table, line, "it must have two cells, image and count", "必须有两列：image 和 count")
    name, number = row[0].strip(), row[1].strip()
    if not (number.isascii() and number.isdigit() and int(number[:6]) <= most):
        raise _wrong(
            table, line, f"the count must be a whole number from 0 to {most}", f"count 必须是 0 到 {most} 的整数"
        )
    path = _within(table.parent, name)
    if path is None:
        raise UnsafePath(name=name)
    try:
        is_there = path.is_file()
    except OSError as exc:  # a name over 255 bytes, or a folder that may not be looked into
        why = exc.strerror or str(exc)
        raise _wrong(table, line, f"{name} cannot be opened ({why})", f"{name} 打不开（{why}）") from exc
    if not is_there:
        raise _wrong(table, line, f"there is no file {name}", f"找不到文件 {name}")
    return Photo(path, int(number))


def _within(folder: Path, name: str) -> Path | None:
    try:
        root, path = folder.resolve(), (folder / name).resolve()
    except (OSError, ValueError):  # a NUL in the name, or a circle of links
        return None
    return path if path.is_relative_to(root) and path != root else None


def _wrong(table: Path, line: int, why: str, why_zh: str) -> BadRequest:
    return BadRequest(
        detail=f"{table.name}, line {line}: {why}. Mend it and start again.",
        detail_zh=f"{table.name} 第 {line} 行：{why_zh}。请改正后重试。",
    )
