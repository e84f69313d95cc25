"""Knows a large file again without reading all of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["sampled_digest"]

_SAMPLE_BYTES = 1 << 20  # at each end


def sampled_digest(path: Path, *facts: str) -> str:
    """16 hexadecimal digits of the file's size, its two ends, and the facts."""
    size = path.stat().st_size
    digest = hashlib.sha256(f"{' '.join([str(size), *facts])}\n".encode())
    with path.open("rb") as file:
        digest.update(file.read(_SAMPLE_BYTES))
        file.seek(max(size - _SAMPLE_BYTES, 0))
        digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:16]
