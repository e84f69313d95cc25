"""What a model remembers of a passage, kept in files: read once, used whenever the passage is found again.

A file is rebuilt when it is damaged or missing, so none is precious; together they stay below a limit, and the least
used go first, but never one that is pinned: while a file `<key>.….pinned` lies beside it (`library/pins.py` puts it
there). Does not read passages: `compose.py` does.
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
_ABANDONED_S = 60.0  # what is half-written for so long belongs to a program that was killed
_KEY_LETTERS = hashlib.sha256().digest_size * 2

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
        self._files: dict[str, tuple[float, int]] = {}  # key: last use, bytes
        _sweep(folder)
        self._look()

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
        return (self._folder / key).is_file()  # other programs delete too

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
        """Keep a state; if it may, drop the least used for it, but none that is pinned. False when it cannot."""
        size = _HEAD.size + len(state)
        if not self._make_room(key, size, evict=evict):
            return False
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
        _delete(self._folder / key)
        self._drop(key)

    def _drop(self, key: str) -> None:
        with self._lock:
            self._files.pop(key, None)

    def _look(self) -> set[str]:
        """Take in what lies in the folder now, as other programs keep, pin and delete there too; what is pinned."""
        found, pinned = _folder_of(self._folder)
        with self._lock:
            for key, (used_s, size) in found.items():
                known_s, _ = self._files.get(key, (0.0, 0))
                found[key] = (max(used_s, known_s), size)  # the file says it only now and then
            self._files = found
        return pinned

    def _make_room(self, key: str, size: int, *, evict: bool) -> bool:
        """Whether there is room for `key` now; when it cannot be made, nothing is dropped."""
        pinned = self._look()
        with self._lock:
            used = sum(taken for other, (_, taken) in self._files.items() if other != key)
            victims = []
            for other in sorted(self._files, key=lambda other: self._files[other][0]) if evict else ():
                if used + size <= self._limit_bytes:
                    break
                if other != key and other not in pinned:
                    used -= self._files[other][1]
                    victims.append(other)
            if used + size > self._limit_bytes:
                return False
            for victim in victims:
                del self._files[victim]
        return all(_delete(self._folder / victim) for victim in victims)

    def _mark_used(self, key: str, path: Path) -> None:
        """The time of the last use is the file's own, so that it outlives us."""
        now_s = time.time()
        with contextlib.suppress(OSError), self._lock:  # it may be another user's, or deleted at any time
            stat = path.stat()
            self._files[key] = (now_s, stat.st_size)
            if now_s - stat.st_mtime > _TOUCH_S:
                os.utime(path)


def _checked(content: bytes, key: str) -> memoryview | None:
    if len(content) < _HEAD.size:
        return None
    magic, owner, size, checksum = _HEAD.unpack_from(content)
    state = memoryview(content)[_HEAD.size :]
    whole = (magic, owner.hex(), size) == (_MAGIC, key, len(state)) and zlib.crc32(state) == checksum
    return state if whole else None


def _folder_of(folder: Path) -> tuple[dict[str, tuple[float, int]], set[str]]:
    """All states with the time of their last use and their bytes, and the keys of those that are pinned."""
    states: dict[str, tuple[float, int]] = {}
    pinned = set()
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".pinned"):
                pinned.add(entry.name[:_KEY_LETTERS])
            elif len(entry.name) == _KEY_LETTERS:
                with contextlib.suppress(OSError):  # another program deleted it just now
                    stat = entry.stat()
                    states[entry.name] = (stat.st_mtime, stat.st_size)
    return states, pinned


def _sweep(folder: Path) -> None:
    """Delete what killed programs left half-written."""
    for path in folder.glob("*.part"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED_S:
                path.unlink()


def _delete(path: Path) -> bool:
    """Whether it is gone; another user's may stay."""
    try:
        path.unlink(missing_ok=True)
    except OSError as exc:
        log.warning("a state cannot be deleted: %s", exc)
        return False
    return True
