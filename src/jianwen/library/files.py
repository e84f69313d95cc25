"""The bytes of the sources: `sources/<id>/original.<suffix>` and what is drawn from them.

Names from outside never become paths here: only the sha256 and a checked suffix do.
"""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import stat
import time
import uuid
from typing import TYPE_CHECKING

from jianwen.errors import BadSetting, NotFound, TooLarge, UnreadableFile

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
        try:
            for folder in (self.sources, self.incoming):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            wanted = f"a folder that can be written to ({exc.strerror or exc})"
            raise BadSetting(name="home", value=str(home), wanted=wanted) from exc

    def take_in(self, path: Path, *, name: str) -> tuple[str, int, Path]:
        """Copy a file's bytes to `incoming`.

        Returns:
            sha256, size in bytes, and the copy, which the caller moves with `keep` or deletes.

        Raises:
            TooLarge: over the limit.
            UnreadableFile: the system refuses.
        """
        copy = self.incoming / uuid.uuid4().hex
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("rb") as source, copy.open("wb") as target:
                while chunk := source.read(CHUNK_BYTES):
                    digest.update(chunk)
                    size += target.write(chunk)
                    self._check_size(size, name)
                target.flush()
                os.fsync(target.fileno())
        except BaseException as exc:
            copy.unlink(missing_ok=True)
            if isinstance(exc, OSError):
                raise UnreadableFile(name=name, detail=exc.strerror or exc) from exc
            raise
        return digest.hexdigest(), size, copy

    def _check_size(self, size: int, name: str) -> None:
        """Looked at while copying: a file may grow, and what is no plain file has no size before."""
        if size > self._max_bytes:
            found, limit = size >> 20, self._max_bytes >> 20
            raise TooLarge(name=name, found=found, unit="MB", unit_zh="MB", limit=limit, setting="JIANWEN_MAX_FILE_MB")

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
            if path.name in known or _changed_at_s(path) >= oldest:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def used_bytes(self) -> int:
        """Disk that the sources take."""
        return sum(_size_bytes(path) for path in self.sources.rglob("*"))


def _changed_at_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # other processes move and delete while we look
        return math.inf


def _size_bytes(path: Path) -> int:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0
