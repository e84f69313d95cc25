"""One file from a model hub over HTTPS, continued where an earlier attempt stopped.

Asks one address once. Does not judge the contents: the caller compares the sha256.
"""

from __future__ import annotations

import http.client
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["HUBS", "Progress", "SourceFailed", "download", "reason"]

Progress = Callable[[int, int], None]  # bytes done, bytes in all

# {repo} and {file} are those of a `HubFile`.
HUBS = (
    "https://huggingface.co/{repo}/resolve/main/{file}",
    "https://hf-mirror.com/{repo}/resolve/main/{file}",
    "https://modelscope.cn/models/{repo}/resolve/master/{file}",
)

_CONNECT_TIMEOUT_S = 4.0
_READ_TIMEOUT_S = 30.0
_CHUNK_BYTES = 1 << 20


class SourceFailed(Exception):
    """This source does not have the file; the text says why. No person sees it: the next source is tried."""


def download(url: str, part: Path, *, size: int, progress: Progress) -> None:
    """Fill `part` up to `size` bytes from `url`, after the bytes it already holds.

    Raises:
        SourceFailed: no answer, an answer of another size, or a broken connection (what came stays in `part`).
    """
    have = part.stat().st_size if part.exists() else 0
    if have > size:
        part.unlink()
        have = 0
    if have == size:
        return
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - https, or loopback in tests
    try:
        with _opener(url).open(request, timeout=_CONNECT_TIMEOUT_S) as answer:
            _append(answer, part, have=_start(answer, have=have, size=size), size=size, progress=progress)
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise SourceFailed(reason(exc)) from exc


def reason(exc: Exception) -> str:
    """A foreign error in a few words, for the end of one line."""
    if isinstance(exc, urllib.error.HTTPError):
        return f"HTTP {exc.code}"
    if isinstance(exc, urllib.error.URLError):
        exc = exc.reason if isinstance(exc.reason, Exception) else exc
    if isinstance(exc, TimeoutError):
        return "no answer in time"
    return (str(exc) or type(exc).__name__)[:120]


def _start(answer: Any, *, have: int, size: int) -> int:
    """The position at which the answer begins, once it is sure that it is an answer about a file of `size` bytes."""
    if answer.status == 206:
        if answer.headers.get("Content-Range") != f"bytes {have}-{size - 1}/{size}":
            raise SourceFailed("it continues another file")
        return have
    if answer.headers.get("Content-Length") != str(size):
        raise SourceFailed("it offers a file of another size")  # often the sign-in page of a guest network
    return 0


def _append(answer: Any, part: Path, *, have: int, size: int, progress: Progress) -> None:
    with part.open("r+b" if part.exists() else "wb") as file:
        file.truncate(have)
        file.seek(have)
        progress(have, size)
        while have < size and (chunk := answer.read(min(_CHUNK_BYTES, size - have))):
            file.write(chunk)
            have += len(chunk)
            progress(have, size)
        file.flush()
        os.fsync(file.fileno())
    if have < size:
        raise SourceFailed("the connection broke off")


def _opener(url: str) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [_PatientHttp(), _PatientHttps()]
    if urllib.parse.urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}:
        handlers.append(urllib.request.ProxyHandler({}))  # a proxy cannot reach our own loopback
    return urllib.request.build_opener(*handlers)


class _Http(http.client.HTTPConnection):
    """Connects quickly or not at all, but waits for data longer: a busy hub pauses for seconds."""

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(_READ_TIMEOUT_S)


class _Https(http.client.HTTPSConnection):
    """See `_Http`."""

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(_READ_TIMEOUT_S)


class _PatientHttp(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Http, req)


class _PatientHttps(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Https, req)
