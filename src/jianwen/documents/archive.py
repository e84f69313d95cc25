"""ZIP bounds, checked before any Office library sees the file: entries, sizes, ratio, names, nesting, and no DTD.

Reads the directory and the heads of the parts only; unpacks nothing to disk.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

from jianwen.errors import ArchiveBomb, DamagedDocument, EncryptedDocument, TooLarge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jianwen.documents.nouns import Limits

__all__ = ["check_archive", "names_in"]

_MAX_DIRECTORY_BYTES = 4_000_000  # some 40,000 entries; Python would hold each of them in memory
_MAX_ENTRIES = 20_000
_MAX_DEPTH = 3  # an embedded workbook is an archive in an archive; nobody embeds deeper by hand
_SMALL_BYTES = 20_000_000  # however well it was packed, this much is no bomb
_XML_SHARE = 5  # parts that become a tree in memory take some eight times their size: a fifth of the unpacked limit
_NODES_A_MB = 8_000  # an empty element of six bytes takes 120 in a tree
_CHUNK_BYTES = 1 << 20
_STREAMED = ("xl/worksheets/", "xl/media/", "word/media/", "ppt/media/")


def names_in(path: Path) -> list[str]:
    """Names of the entries.

    Raises:
        zipfile.BadZipFile: broken, or its directory is too long to be an Office file's.
    """
    with path.open("rb") as file, _open(file) as archive:
        return archive.namelist()


def check_archive(path: Path, *, name: str, limits: Limits) -> None:
    """Refuse an Office file that would take more memory than it is worth, or that was made to do harm.

    Raises:
        ArchiveBomb: sizes, ratio, nesting or entity definitions of a bomb.
        DamagedDocument: no readable archive, or entries that point outside of it.
        EncryptedDocument: entries are encrypted.
        TooLarge: one part is too large to be held as a tree.
    """
    try:
        with path.open("rb") as file, _open(file) as archive:
            _check_sizes(archive.infolist(), packed=path.stat().st_size, name=name, limits=limits)
            _check_parts(archive, name=name, limits=limits, depth=1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, struct.error) as exc:
        raise DamagedDocument(name=name) from exc


def _open(file: IO[bytes]) -> zipfile.ZipFile:
    if _directory_bytes(file) > _MAX_DIRECTORY_BYTES:
        raise zipfile.BadZipFile("directory too long")
    return zipfile.ZipFile(file)


def _directory_bytes(file: IO[bytes]) -> int:
    """Bytes of the central directory, from the end record (or the 64-bit one that stands before it)."""
    size = file.seek(0, io.SEEK_END)
    tail_bytes = min(size, 65_557 + 76)
    file.seek(size - tail_bytes)
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise zipfile.BadZipFile("no end record")
    if end >= 76 and tail[end - 20 : end - 16] == b"PK\x06\x07":
        return int(struct.unpack_from("<Q", tail, end - 76 + 40)[0])
    return int(struct.unpack_from("<L", tail, end + 12)[0])


def _check_sizes(entries: Sequence[zipfile.ZipInfo], *, packed: int, name: str, limits: Limits) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    # zipfile stops at the size that the directory declares, so a directory that lies only cuts its own entries short.
    too_dense = unpacked > _SMALL_BYTES and unpacked > packed * limits.max_unpack_ratio
    if len(entries) > _MAX_ENTRIES or too_dense or unpacked > limits.max_unpacked_mb * 1_000_000:
        raise ArchiveBomb(name=name)
    for entry in entries:
        if entry.filename.startswith(("/", "\\")) or ".." in entry.filename.replace("\\", "/").split("/"):
            raise DamagedDocument(name=name)
        if entry.flag_bits & 1:
            raise EncryptedDocument(name=name)


def _check_parts(archive: zipfile.ZipFile, *, name: str, limits: Limits, depth: int) -> None:
    tree_bytes = nodes = 0
    for entry in archive.infolist():
        with archive.open(entry) as part:
            head = part.read(4)
            if head.startswith(b"PK"):
                _check_inner(head + part.read(), name=name, limits=limits, depth=depth + 1)
            elif head.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] == b"<":
                _check_prolog(head, part, name=name)
                if not entry.filename.startswith(_STREAMED):
                    tree_bytes += entry.file_size
                    nodes += _nodes(part)
    _check_tree("MB of text", "MB 文本", tree_bytes // 1_000_000, limits.max_unpacked_mb // _XML_SHARE, name)
    _check_tree("elements", "个元素", nodes, limits.max_unpacked_mb * _NODES_A_MB, name)


def _nodes(part: IO[bytes]) -> int:
    """About how many objects a tree of the rest of this part has: elements and attributes."""
    nodes = 0
    while chunk := part.read(_CHUNK_BYTES):
        nodes += chunk.count(b"<") + chunk.count(b"=")
    return nodes


def _check_tree(unit: str, unit_zh: str, found: int, limit: int, name: str) -> None:
    if found > limit:
        raise TooLarge(name=name, found=found, unit=unit, unit_zh=unit_zh, limit=limit, setting="max_unpacked_mb")


def _check_inner(contents: bytes, *, name: str, limits: Limits, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ArchiveBomb(name=name)
    try:
        with _open(io.BytesIO(contents)) as inner:
            _check_sizes(inner.infolist(), packed=len(contents), name=name, limits=limits)
            _check_parts(inner, name=name, limits=limits, depth=depth)
    except zipfile.BadZipFile:
        return  # no archive after all, and nothing will open it


class _RootReachedError(Exception):
    """The prolog is over."""


def _check_prolog(head: bytes, part: IO[bytes], *, name: str) -> None:
    """A document type may only stand before the first element, and Office parts have none: entities come from there."""
    parser = expat.ParserCreate()

    def found_doctype(*_: object) -> None:
        raise ArchiveBomb(name=name)

    def found_root(*_: object) -> None:
        raise _RootReachedError

    parser.StartDoctypeDeclHandler = found_doctype
    parser.StartElementHandler = found_root
    try:
        parser.Parse(head)
        while chunk := part.read(4096):
            parser.Parse(chunk)
        parser.Parse(b"", True)
    except _RootReachedError:
        return
    except expat.ExpatError as exc:
        raise DamagedDocument(name=name) from exc
