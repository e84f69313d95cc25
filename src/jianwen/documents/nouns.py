"""What a reader is given and what it gives back: `Job` in, `Document` of `Block`s out.

No reading and no cutting: the readers and `chunk.py` do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.places import Locator

__all__ = [
    "DEFAULT_LIMITS",
    "Block",
    "Document",
    "Found",
    "Job",
    "Kind",
    "Limits",
    "Progress",
    "Table",
]

Kind = Literal["heading", "paragraph", "list", "row", "table", "note"]
Progress = Callable[[str, int, int], None]  # stage ("reading" or "ocr"), done, total


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item or table row, in reading order."""

    kind: Kind
    text: str
    locator: Locator
    level: int = 0  # 1–6 for headings


@dataclass(frozen=True, slots=True)
class Document:
    """A file as a person reads it.

    Attributes:
        title: what it calls itself, or the file's stem.
        media_type: as in HTTP.
        blocks: in reading order; none is blank.
        pages: pages, slides, or rows of all sheets.
        ocr_pages: the pages whose text was read from their picture.
    """

    title: str
    media_type: str
    blocks: tuple[Block, ...]
    pages: int
    ocr_pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of `Settings` that bound one file."""

    max_file_mb: int = 500
    max_pages: int = 1_000
    max_rows: int = 50_000
    max_pixels: int = 100_000_000
    max_unpacked_mb: int = 500
    max_unpack_ratio: int = 200


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read. `name` is what errors call it; the path may be a temporary one."""

    path: Path
    name: str
    media_type: str
    limits: Limits
    progress: Progress

    @property
    def stem(self) -> str:
        return self.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]


@dataclass(frozen=True, slots=True)
class Found:
    """A file to add, and its name: the POSIX path inside the folder that was added, or the file's name."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Table:
    """Some rows of a sheet under its header, each with the row number that the spreadsheet program shows."""

    sheet: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
