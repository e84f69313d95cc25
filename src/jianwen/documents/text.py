"""Plain text: paragraphs between blank lines, numbered headings, and the encodings that people use.

Everything stands on page 1. `decode` serves the other text formats too.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from jianwen.documents.nouns import Block, Document, Job
from jianwen.documents.prose import clean, heading_level, is_cjk, is_list_item, join_lines, kind_of_text
from jianwen.documents.titles import opening_title, with_title
from jianwen.errors import DamagedDocument, TooLarge
from jianwen.places import PageSpan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["check_lines", "decode", "encoding_of", "read"]

_HERE = PageSpan(1)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHUNK_BYTES = 1 << 20
_LINES_A_ROW = 20  # lines of a text are smaller than rows of a sheet


def read(job: Job) -> Document:
    """Raises DamagedDocument when no encoding fits, TooLarge for too many lines."""
    text = decode(job.path, name=job.name)
    check_lines(text.count("\n"), job)
    blocks = with_title(list(_blocks(text)))
    job.progress("reading", 1, 1)
    return Document(opening_title(blocks) or job.stem, job.media_type, tuple(blocks), pages=1)


def check_lines(count: int, job: Job) -> None:
    """Raises TooLarge: every line becomes an object, so a file of nothing but line ends would fill the memory."""
    limit = job.limits.max_rows * _LINES_A_ROW
    if count > limit:
        raise TooLarge(name=job.name, found=count, unit="lines", unit_zh="行", limit=limit, setting="max_rows")


def decode(path: Path, *, name: str) -> str:
    """The whole file as text.

    Raises:
        DamagedDocument: no encoding fits.
    """
    return path.read_bytes().decode(encoding_of(path, name=name), errors="replace")


def encoding_of(path: Path, *, name: str) -> str:
    """UTF-16 by its mark, else UTF-8, else GB18030, else what the statistics of the bytes say.

    A last character that is cut off does not count.

    Raises:
        DamagedDocument: no encoding fits.
    """
    with path.open("rb") as file:
        start = file.read(4)
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            return encoding
    for encoding in ("utf-8", "gb18030"):
        if _fits(path, encoding):
            return encoding
    return _guess(path, name=name)


def _fits(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _guess(path: Path, *, name: str) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - its tables are only needed for the rarest files

    with path.open("rb") as file:
        best = from_bytes(file.read(_CHUNK_BYTES)).best()
    if best is None:
        raise DamagedDocument(name=name)
    return best.encoding


def _blocks(text: str) -> Iterator[Block]:
    for group in _groups(text):
        for paragraph in _paragraphs(group):
            level = heading_level(paragraph)
            yield Block(kind_of_text(paragraph, level), paragraph, _HERE, level)


def _groups(text: str) -> Iterator[list[str]]:
    """Runs of lines between blank lines."""
    group: list[str] = []
    for line in text.splitlines():
        if shown := clean(line):
            group.append(shown)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Lines that an editor wrapped are joined; lines that someone ended on purpose stay apart."""
    widths = [_width(line) for line in lines]
    longest = max(widths)
    wrapped = 40 <= longest <= 100 and all(width > 0.75 * longest for width in widths[:-1])
    if not wrapped:
        yield from lines
        return
    paragraph: list[str] = []
    for line in lines:
        if paragraph and (is_list_item(line) or heading_level(line)):
            yield join_lines(paragraph)
            paragraph = []
        paragraph.append(line)
    yield join_lines(paragraph)


def _width(line: str) -> int:
    """Columns on a terminal: an ideograph takes two."""
    return sum(2 if is_cjk(char) else 1 for char in line)
