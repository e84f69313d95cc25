"""Which kind of file it is: by its first bytes and by the suffix of its name, which must agree.

Opens a file only after seeing that it is a plain one; reads its head, and the directory of a ZIP archive.
"""

from __future__ import annotations

import mmap
import stat
import zipfile
from pathlib import Path, PurePosixPath

from jianwen.documents.archive import names_in
from jianwen.errors import EmptyDocument, UnreadableFile, UnsupportedFormat, WrongFormat

__all__ = ["DOCX", "PDF", "PPTX", "SUFFIXES", "XLSX", "file_size", "is_encrypted_office", "kind_of", "media_type_of"]

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

_BY_SUFFIX = {
    ".pdf": PDF,
    ".docx": DOCX,
    ".xlsx": XLSX,
    ".pptx": PPTX,
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".html": "text/html",
    ".htm": "text/html",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
SUFFIXES = frozenset(_BY_SUFFIX)
_KINDS = {
    PDF: "pdf",
    DOCX: "word",
    XLSX: "sheet",
    PPTX: "slides",
    "text/csv": "sheet",
    "text/tab-separated-values": "sheet",
    "text/html": "web",
    "text/markdown": "text",
    "text/plain": "text",
}
_OFFICE = {DOCX: "word/", XLSX: "xl/", PPTX: "ppt/"}  # the folder in the archive that each program writes
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of Office 97–2003, and of encrypted files since
_TEXT, _HTML, _BINARY = "text", "text/html", "binary data"
_PLACES = (  # where a file's first bytes name it
    (0, _OLE, "ole"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (8, b"WEBP", "image/webp"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"II*\x00", "a TIFF picture"),
    (0, b"MM\x00*", "a TIFF picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"{\\rtf", "an RTF text"),
    (0, b"MZ", "a program"),
    (0, b"\x7fELF", "a program"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"7z\xbc\xaf", "a 7z archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (4, b"ftyp", "a video"),
    (0, b"RIFF", "a sound or video"),
)
_HEAD_BYTES = 8192
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def kind_of(media_type: str) -> str:
    """One of "pdf", "word", "sheet", "slides", "web", "text" and "picture"."""
    return "picture" if media_type.startswith("image/") else _KINDS[media_type]


def file_size(path: Path, *, name: str) -> int:
    """Bytes of a plain file.

    Raises:
        UnreadableFile: it is missing, or a folder, device or pipe.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the path
        raise UnreadableFile(name=name, detail=getattr(exc, "strerror", None) or "no such file") from exc
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFile(name=name, detail="not a file")
    return status.st_size


def media_type_of(path: Path, *, name: str) -> str:
    """The media type by contents and by the suffix of `name`.

    A picture under another picture's suffix is taken for what it is. A broken file passes as what its suffix says:
    its reader tells what is wrong.

    Raises:
        UnsupportedFormat: no reader for this suffix, or an Office file of 1997–2003.
        EmptyDocument: 0 bytes, or nothing but blanks.
        WrongFormat: the contents are of another kind than the suffix.
        UnreadableFile: missing, no plain file, or not allowed.
    """
    suffix = PurePosixPath(name).suffix.lower()
    size = file_size(path, name=name)
    if suffix not in _BY_SUFFIX:
        raise UnsupportedFormat(name=name)
    head = _head(path, name=name)
    if not size or (size <= len(head) and not _without_bom(head).strip(b" \t\r\n\f\v\0")):
        raise EmptyDocument(name=name)
    expected = _BY_SUFFIX[suffix]
    found = _contents(head)
    if found == "ole":
        return _judge_ole(path, expected, name)
    if found == "zip":
        found = _office_type(path, expected)
    return _agree(expected, found, name)


def _head(path: Path, *, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError as exc:
        raise UnreadableFile(name=name, detail=exc.strerror) from exc


def _without_bom(head: bytes) -> bytes:
    return next((head[len(bom) :] for bom in _BOMS if head.startswith(bom)), head)


def _contents(head: bytes) -> str:
    for offset, magic, found in _PLACES:
        if head[offset : offset + len(magic)] == magic:
            return found if magic != b"BM" or b"\0" in head[:32] else _TEXT
    if b"%PDF-" in head[:1024]:
        return PDF
    body = _without_bom(head).lstrip().replace(b"\0", b"").lower()
    if body.startswith((b"<!doctype html", b"<html")):
        return _HTML
    return _TEXT if _is_text(head) else _BINARY


def _is_text(head: bytes) -> bool:
    if head.startswith(_BOMS):
        return True
    control = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    return b"\0" not in head and control * 100 <= len(head)


def _judge_ole(path: Path, expected: str, name: str) -> str:
    if expected in _OFFICE and is_encrypted_office(path):
        return expected
    if expected in _OFFICE:
        raise UnsupportedFormat(name=name)  # saving the old file as docx, xlsx or pptx mends it; renaming would not
    raise WrongFormat(name=name, found="an Office file")


def is_encrypted_office(path: Path) -> bool:
    """Whether an OLE container holds an encrypted docx, xlsx or pptx."""
    with path.open("rb") as file:
        if file.read(8) != _OLE:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as contents:
            return contents.find("EncryptedPackage".encode("utf-16-le")) >= 0


def _office_type(path: Path, expected: str) -> str:
    try:
        names = names_in(path)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return expected if expected in _OFFICE else "a ZIP archive"  # cut short: the reader says so
    for media_type, folder in _OFFICE.items():
        if any(entry.startswith(folder) for entry in names):
            return media_type
    return "a ZIP archive"


def _agree(expected: str, found: str, name: str) -> str:
    if expected == found:
        return expected
    if expected.startswith("image/") and found.startswith("image/"):
        return found
    if expected == "text/html" and found == _TEXT:
        return expected
    if expected == "text/markdown" and found in {_TEXT, _HTML}:
        return expected
    if expected.startswith("text/") and found == _TEXT:
        return expected
    if not expected.startswith("text/") and found == _BINARY:
        return expected  # unknown bytes: the reader says that it is damaged
    raise WrongFormat(name=name, found=_called(found))


def _called(found: str) -> str:
    if found == _TEXT:
        return "plain text"
    suffix = next((suffix for suffix, media_type in _BY_SUFFIX.items() if media_type == found), "")
    return suffix.removeprefix(".") or found
