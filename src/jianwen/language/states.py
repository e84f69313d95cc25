"""What a model remembers of a passage, kept in files: read once, used whenever the passage is found again.

A file is rebuilt when it is damaged or missing, so none is precious; together they stay below a limit, and the least
used go first. Does not read passages: `compose.py` does.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import struct
import threading
import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jianwen.language.compose import Compose

__all__ = ["StateStore", "States"]

_MAGIC = b"jwstate1"
_HEAD = struct.Struct("<8s32sQI")  # magic, key, bytes of the state, its CRC-32
_TOUCH_S = 600.0  # a file used twice within this time is not marked again

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class States:
    """Where and how a model keeps what it has read.

    Attributes:
        folder: of the files.
        limit_bytes: the most that all of them may take.
        identity: sha256 of the model's file.
        how: how prompts are put together from them: see `compose.Composer`.
    """

    folder: Path
    limit_bytes: int
    identity: str
    how: Compose = "stitched"


class StateStore:
    """A folder of states, at most `limit_bytes` together. Safe from threads; other programs may use it too."""

    def __init__(self, folder: Path, *, limit_bytes: int, identity: str) -> None:
        """Look at what is there.

        Args:
            folder: made when the first state is kept.
            limit_bytes: of all files together, whatever model they are of; 0 keeps none.
            identity: of the model file and of everything else that two states must share to fit together.
        """
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._identity = identity.encode()
        self._lock = threading.Lock()
        self._files: dict[str, tuple[float, int]] = {  # name: last use, bytes
            path.name: (stat.st_mtime, stat.st_size) for path, stat in _files_of(folder)
        }

    @property
    def used_bytes(self) -> int:
        with self._lock:
            return sum(size for _, size in self._files.values())

    def key(self, before: Sequence[int], tokens: Sequence[int]) -> str:
        """The name of the state of `tokens`, read behind `before`."""
        digest = hashlib.sha256(self._identity)
        for part in (before, tokens):
            digest.update(struct.pack(f"<Q{len(part)}i", len(part), *part))
        return digest.hexdigest()

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return key in self._files

    def get(self, key: str) -> memoryview | None:
        """The state; None when it is not there or damaged, and a damaged one is deleted."""
        path = self._folder / key
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            self._drop(key)
            return None
        except OSError as exc:
            log.warning("a state cannot be read and is left out: %s", exc)
            return None
        state = _checked(content, key)
        if state is None:
            log.warning("the state %s was damaged and will be made anew", key[:12])
            self.discard(key)
            return None
        self._mark_used(key, path)
        return state

    def put(self, key: str, state: bytes, *, evict: bool = True) -> bool:
        """Keep a state, dropping the least used ones for it (if it may); False when it cannot be kept."""
        size = _HEAD.size + len(state)
        if size > (self._limit_bytes if evict else self._limit_bytes - self.used_bytes):
            return False
        self._make_room(size)
        head = _HEAD.pack(_MAGIC, bytes.fromhex(key), len(state), zlib.crc32(state))
        path = self._folder / key
        part = self._folder / f"{key}.{os.getpid()}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(head)
                file.write(state)
            part.replace(path)
        except OSError as exc:
            log.warning("a state cannot be kept: %s", exc)
            with contextlib.suppress(OSError):
                part.unlink()
            return False
        with self._lock:
            self._files[key] = (time.time(), size)
        return True

    def discard(self, key: str) -> None:
        """Delete a state that turned out not to fit."""
        (self._folder / key).unlink(missing_ok=True)
        self._drop(key)

    def _drop(self, key: str) -> None:
        with self._lock:
            self._files.pop(key, None)

    def _make_room(self, size: int) -> None:
        with self._lock:
            used = sum(size for _, size in self._files.values())
            oldest_first = sorted(self._files, key=lambda key: self._files[key][0])
            victims = []
            for key in oldest_first:
                if used + size <= self._limit_bytes:
                    break
                used -= self._files.pop(key)[1]
                victims.append(key)
        for key in victims:
            (self._folder / key).unlink(missing_ok=True)

    def _mark_used(self, key: str, path: Path) -> None:
        """The time of the last use is the file's own, so that it outlives us."""
        now_s = time.time()
        with self._lock:
            used_s, size = self._files.get(key, (0.0, 0))
            self._files[key] = (now_s, size or path.stat().st_size)
        if now_s - used_s > _TOUCH_S:
            os.utime(path)


def _checked(content: bytes, key: str) -> memoryview | None:
    if len(content) < _HEAD.size:
        return None
    magic, owner, size, checksum = _HEAD.unpack_from(content)
    state = memoryview(content)[_HEAD.size :]
    whole = (magic, owner.hex(), size) == (_MAGIC, key, len(state)) and zlib.crc32(state) == checksum
    return state if whole else None


def _files_of(folder: Path) -> list[tuple[Path, os.stat_result]]:
    """All states; what a killed program left half-written is deleted."""
    if not folder.is_dir():
        return []
    found = []
    for path in folder.iterdir():
        if path.suffix == ".part":
            path.unlink(missing_ok=True)
        elif len(path.name) == hashlib.sha256().digest_size * 2:
            found.append((path, path.stat()))
    return found
