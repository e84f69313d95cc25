"""A multipart body in, files on disk out, one at a time and never over the limit.

Does not add them to the library: `sources.py` does. Synchronous; the body's chunks come from an iterator.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from jianwen.errors import BadRequest, DocumentError, RequestTooLarge, TooLarge, UnreadableFile
from jianwen.server.names import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from python_multipart.multipart import MultipartCallbacks

__all__ = ["Received", "receive_files"]

FIELD = "files"
MOST_FILES = 500
SKIP_S = 20.0  # how long the rest of a file over the limit is read, so that the browser hears why


@dataclass(frozen=True, slots=True)
class Received:
    """One file of a request: its bytes at `path` until the next one is asked for, or what is wrong with it."""

    name: str
    path: Path
    error: DocumentError | None


def receive_files(chunks: Iterable[bytes], *, content_type: str, folder: Path, limit_mb: int) -> Iterator[Received]:
    """The files of a multipart body, each when it is complete. Files are deleted when the caller asks for the next.

    Raises:
        BadRequest: that is no multipart body, or it ends too early.
        RequestTooLarge: more files than a request may have, or one that does not end.
    """
    events = _Events()
    parser = _parser(content_type, events)
    incoming: _Incoming | None = None
    files = 0
    try:
        for chunk in chunks:
            _feed(parser, chunk)
            for headers, content in events.take():
                if headers is not None:
                    incoming = _begin(headers, folder=folder, limit_mb=limit_mb)
                    files += incoming is not None
                    _check_count(files)
                elif incoming is not None and content is not None:
                    incoming.write(content)
                elif incoming is not None:
                    yield incoming.finish()
                    incoming.discard()
                    incoming = None
        if not events.ended:
            raise _broken("the multipart body is cut short", "multipart 请求体不完整")
    finally:
        if incoming is not None:
            incoming.discard()


class _Events:
    """The parser's callbacks: collects what one chunk brought, as (headers, None), (None, bytes) or (None, None)."""

    def __init__(self) -> None:
        self.ended = False  # the last boundary was seen
        self._happened: list[tuple[dict[str, bytes] | None, bytes | None]] = []
        self._headers: dict[str, bytes] = {}
        self._name = b""
        self._value = b""

    def take(self) -> list[tuple[dict[str, bytes] | None, bytes | None]]:
        happened, self._happened = self._happened, []
        return happened

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": lambda: self._happened.append((self._headers, None)),
            "on_part_data": lambda data, start, end: self._happened.append((None, data[start:end])),
            "on_part_end": lambda: self._happened.append((None, None)),
            "on_end": self._end,
        }

    def _end(self) -> None:
        self.ended = True

    def _part_begin(self) -> None:
        self._headers = {}

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value
        self._name = self._value = b""


@dataclass(slots=True)
class _Incoming:
    """A file that is coming in. Bytes over the limit are read and forgotten, for a while."""

    name: str
    path: Path
    limit_mb: int
    size: int = 0
    error: DocumentError | None = None
    _file: BinaryIO | None = None
    _failed_at_s: float = field(default_factory=time.monotonic)

    def write(self, content: bytes) -> None:
        if self.error is not None:
            self._check_patience()
            return
        self.size += len(content)
        try:
            if self.size > self.limit_mb << 20:
                self._fail(self._too_large())
            else:
                self._file = self._file or self.path.open("xb")
                self._file.write(content)
        except OSError as exc:
            self._fail(UnreadableFile(name=self.name, detail=exc.strerror or "could not be stored"))

    def finish(self) -> Received:
        try:
            self._file = self._file or (None if self.error else self.path.open("xb"))
            if self._file is not None:
                self._file.close()
        except OSError as exc:
            self._fail(UnreadableFile(name=self.name, detail=exc.strerror or "could not be stored"))
        return Received(self.name, self.path, self.error)

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()
        self.path.unlink(missing_ok=True)

    def _fail(self, error: DocumentError) -> None:
        self.error = error
        self._failed_at_s = time.monotonic()
        self.discard()
        self._file = None

    def _too_large(self) -> TooLarge:
        limit, found = self.limit_mb, f"> {self.limit_mb}"
        return TooLarge(name=self.name, found=found, unit="MB", unit_zh="MB", limit=limit, setting="JIANWEN_UPLOAD_MB")

    def _check_patience(self) -> None:
        if time.monotonic() - self._failed_at_s > SKIP_S:
            limit = f"{self.limit_mb} MB"
            raise RequestTooLarge(detail=f"a file may have {limit}", detail_zh=f"每个文件最多 {limit}")


def _parser(content_type: str, events: _Events) -> MultipartParser:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise _broken("the body is not multipart/form-data", "请求体不是 multipart/form-data")
    try:
        return MultipartParser(boundary, events.callbacks())
    except FormParserError as exc:
        raise _broken("its boundary is too long", "分隔符太长") from exc


def _feed(parser: MultipartParser, chunk: bytes) -> None:
    try:
        parser.write(chunk)
    except FormParserError as exc:
        raise _broken("the multipart body is broken", "multipart 请求体已损坏") from exc


def _begin(headers: dict[str, bytes], *, folder: Path, limit_mb: int) -> _Incoming | None:
    """A file of our field, or None for a part that is none."""
    _, options = parse_options_header(headers.get("content-disposition", b""))
    raw = options.get(b"filename")
    if raw is None or options.get(b"name") != FIELD.encode():
        return None
    name = safe_name(_decoded(raw))
    incoming = _Incoming(name or "?", folder / uuid.uuid4().hex, limit_mb)
    if not name:
        incoming.error = UnreadableFile(name=repr(_decoded(raw))[:100], detail="it has no usable name")
    return incoming


def _decoded(raw: bytes) -> str:
    """Browsers send UTF-8 with `"` as %22; some older programs in China send GBK."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).replace("%22", '"')
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _check_count(files: int) -> None:
    if files > MOST_FILES:
        raise RequestTooLarge(detail=f"at most {MOST_FILES} files at once", detail_zh=f"一次最多 {MOST_FILES} 个文件")


def _broken(detail: str, detail_zh: str) -> BadRequest:
    return BadRequest(detail=f"The upload cannot be read: {detail}.", detail_zh=f"无法读取上传内容：{detail_zh}。")
