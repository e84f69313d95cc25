"""Looks for decompression bombs among the streams of a PDF, before any PDF library unpacks them.

Inflates the first kilobytes of each stream, and goes on only with those that swell like a bomb.
"""

from __future__ import annotations

import mmap
import zlib
from typing import TYPE_CHECKING

from jianwen.errors import ArchiveBomb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwen.documents.nouns import Limits

__all__ = ["check_streams"]

_PROBE_BYTES = 8_192
_CHUNK_BYTES = 1 << 16
_MOST_OUT_BYTES = 1 << 22  # inflated at once
_MOST_STREAMS = 1_000_000
_LIMIT_SHARE = 5  # one stream may unpack to this part of what a whole Office file may


def check_streams(path: Path, *, name: str, limits: Limits) -> None:
    """Raises ArchiveBomb when one stream unpacks to far more than its size."""
    most = limits.max_unpacked_mb * 1_000_000 // _LIMIT_SHARE
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as contents:
        for start in _streams(contents):
            probe = contents[start : start + _PROBE_BYTES]
            if probe[:1] != b"\x78":
                continue  # no zlib stream
            ceiling = limits.max_unpack_ratio * len(probe)
            dense = len(_inflated(probe, ceiling)) == ceiling
            if dense and _size(contents, start, most) > most:
                raise ArchiveBomb(name=name)


def _streams(contents: mmap.mmap) -> Iterator[int]:
    """Where the data of each stream begins."""
    position = 0
    for _ in range(_MOST_STREAMS):
        position = contents.find(b"stream", position)
        if position < 0:
            return
        position += 6
        if contents[position : position + 2] == b"\r\n":
            yield position + 2
        elif contents[position : position + 1] in {b"\n", b"\r"}:
            yield position + 1


def _inflated(packed: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, most)
    except zlib.error:
        return b""


def _size(contents: mmap.mmap, start: int, most: int) -> int:
    """Bytes that the stream unpacks to, counted no further than a little above `most`."""
    inflater = zlib.decompressobj()
    total = 0
    try:
        for offset in range(start, len(contents), _CHUNK_BYTES):
            packed = contents[offset : offset + _CHUNK_BYTES]
            while packed and total <= most and not inflater.eof:
                total += len(inflater.decompress(packed, _MOST_OUT_BYTES))
                packed = inflater.unconsumed_tail
            if total > most or inflater.eof:
                break
    except zlib.error:
        return total
    return total
