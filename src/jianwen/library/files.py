"""The bytes of the sources: `sources/<id>/original.<suffix>` and what is drawn from them.

Names from outside never become paths here: only the sha256 and a checked suffix do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import uuid
from typing import TYPE_CHECKING

from jianwen.errors import NotFound, TooLarge, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

__all__ = ["Files"]

CHUNK_BYTES = 1 << 20
ABANDONED_S = 3600.0  # older leftovers belong to a process that died


class Files:
    """The folders `sources` and `incoming` of one home."""

    def __init__(self, home: Path, *, max_file_mb: int) -> None:
        self.sources = home / "sources"
        self.incoming = home / "incoming"
        self._max_bytes = max_file_mb << 20
        for folder in (self.sources, self.incoming):
            folder.mkdir(parents=True, exist_ok=True)

    def take_in(self, path: Path, *, name: str) -> tuple[str, int, Path]:
        """Copy a file's bytes to `incoming`.

        Returns:
            sha256, size in bytes, and the copy, which the caller moves with `keep` or deletes.

        Raises:
            TooLarge: over the limit.
            UnreadableFile: the system refuses.
        """
        copy = self.incoming / uuid.uuid4().hex
        try:
            size = path.stat().st_size
            if size > self._max_bytes:
                raise TooLarge(
                    name=name,
                    found=size >> 20,
                    unit="MB",
                    unit_zh="MB",
                    limit=self._max_bytes >> 20,
                    setting="JIANWEN_MAX_FILE_MB",
                )
            digest = hashlib.sha256()
            with path.open("rb") as source, copy.open("wb") as target:
                while chunk := source.read(CHUNK_BYTES):
                    digest.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
        except OSError as exc:
            copy.unlink(missing_ok=True)
            raise UnreadableFile(name=name, detail=exc.strerror or exc) from exc
        return digest.hexdigest(), size, copy

    def keep(self, copy: Path, source_id: str, *, suffix: str) -> None:
        """Make a copy from `take_in` the original of that source."""
        folder = self.folder(source_id)
        folder.mkdir(exist_ok=True)
        copy.replace(folder / f"original{suffix}")

    def folder(self, source_id: str) -> Path:
        """Where everything of a source lies.

        Raises:
            NotFound: that is no source id.
        """
        if len(source_id) != 64 or not set(source_id) <= set("0123456789abcdef"):
            raise NotFound(what="source", id=source_id)
        return self.sources / source_id

    def original(self, source_id: str) -> Path:
        """The source's own bytes.

        Raises:
            NotFound: they are not here.
        """
        for path in self.folder(source_id).glob("original*"):
            return path
        raise NotFound(what="source", id=source_id)

    def delete(self, source_id: str) -> None:
        shutil.rmtree(self.folder(source_id), ignore_errors=True)

    def sweep(self, known: Container[str]) -> None:
        """Delete what processes left behind that died between a file and its row."""
        oldest = time.time() - ABANDONED_S
        for path in [*self.incoming.iterdir(), *self.sources.iterdir()]:
            if path.name not in known and path.stat().st_mtime < oldest:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def used_bytes(self) -> int:
        """Disk that the sources take."""
        return sum(path.stat().st_size for path in self.sources.rglob("*") if path.is_file())
