"""The folder of model files, `<folder>/<sha256>/<file>`: what is there, and whether it is whole.

A file is read through once; then a marker beside it holds its size and time of change, so that the next start
does not hash a gigabyte again. Does not download: `fetch.py` does.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jianwen.errors import UnknownModel, WeightsDamaged
from jianwen.weights.catalogue import CATALOGUE, Entry

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["Installed", "accept", "check", "home_of", "installed", "is_entry", "locate", "packaged_file"]

_GGUF_MAGIC = b"GGUF"


@dataclass(frozen=True, slots=True)
class Installed:
    """One line of `jianwen models list`."""

    entry: Entry
    state: Literal["ready", "missing", "packaged"]
    path: Path | None


def locate(name: str, *, folder: Path, catalogue: Mapping[str, Entry] = CATALOGUE) -> Path | None:
    """The file of a catalogue name (None when it is not here), or the GGUF file that `name` is the path of.

    Raises:
        UnknownModel: neither in the catalogue nor a GGUF file.
        WeightsDamaged: the file was not the right one, and is deleted.
    """
    entry = catalogue.get(name)
    if entry is None:
        return _own_gguf(name)
    if entry.packaged is not None:
        return packaged_file(entry)
    path = home_of(entry, folder)
    if not path.is_file():
        return None
    if not _is_marked(path):
        accept(path, entry)
    return path


def identity(name: str, path: Path, *, catalogue: Mapping[str, Entry] = CATALOGUE) -> str:
    """The sha256 of a located file: the catalogue's, or read from a file of one's own in some seconds."""
    entry = catalogue.get(name)
    if entry is not None and entry.sha256:
        return entry.sha256
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(name: str, *, folder: Path, catalogue: Mapping[str, Entry] = CATALOGUE) -> bool:
    """Read the whole file again: True if it is whole, False if it is not here.

    Raises:
        UnknownModel: neither in the catalogue nor a GGUF file.
        WeightsDamaged: its sha256 is another one; it is deleted.
    """
    entry = catalogue.get(name)
    if entry is None or entry.packaged is not None:
        return locate(name, folder=folder, catalogue=catalogue) is not None
    path = home_of(entry, folder)
    if not path.is_file():
        return False
    accept(path, entry)
    return True


def installed(folder: Path, *, catalogue: Mapping[str, Entry] = CATALOGUE) -> list[Installed]:
    """Every model of the catalogue with its state, by size alone: nothing is hashed."""
    return [_state(entry, folder) for entry in catalogue.values()]


def home_of(entry: Entry, folder: Path) -> Path:
    """Where the file of `entry` lies, or will lie."""
    return folder / entry.sha256 / entry.file


def packaged_file(entry: Entry) -> Path | None:
    """The file inside its installed package, without importing that package; None when it is not installed."""
    spec = importlib.util.find_spec(entry.packaged) if entry.packaged else None
    for place in (spec and spec.submodule_search_locations) or ():
        path = Path(place) / entry.file
        if path.is_file():
            return path
    return None


def accept(path: Path, entry: Entry, *, marker_of: Path | None = None) -> None:
    """Read `path` through and mark it as verified, or mark the name `marker_of` that it will get next.

    Raises:
        WeightsDamaged: it is not the file of `entry`; it is deleted, its marker too.
    """
    marker = _marker(marker_of or path)
    seen = path.stat()  # before reading: a change while we read leaves a marker that does not fit
    if not is_entry(path, entry):
        path.unlink(missing_ok=True)
        marker.unlink(missing_ok=True)
        raise WeightsDamaged(name=entry.name)
    with contextlib.suppress(OSError):  # a read-only folder works too, it is only hashed at every start
        marker.write_text(json.dumps(_mark(seen)), encoding="utf-8")


def is_entry(path: Path, entry: Entry) -> bool:
    """Whether `path` holds exactly the bytes of `entry`."""
    with path.open("rb") as file:
        return path.stat().st_size == entry.size and hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256


def _state(entry: Entry, folder: Path) -> Installed:
    if entry.packaged is not None:
        path = packaged_file(entry)
        return Installed(entry, "packaged" if path else "missing", path)
    path = home_of(entry, folder)
    ready = path.is_file() and path.stat().st_size == entry.size
    return Installed(entry, "ready", path) if ready else Installed(entry, "missing", None)


def _own_gguf(name: str) -> Path:
    path = Path(name).expanduser()
    try:
        with path.open("rb") as file:
            magic = file.read(len(_GGUF_MAGIC))
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        raise UnknownModel(name=name) from exc
    if magic != _GGUF_MAGIC:
        raise UnknownModel(name=name)
    return path


def _marker(path: Path) -> Path:
    return path.with_name(path.name + ".verified")


def _mark(seen: os.stat_result) -> dict[str, int]:
    return {"size": seen.st_size, "mtime_ns": seen.st_mtime_ns}


def _is_marked(path: Path) -> bool:
    try:
        marked = json.loads(_marker(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(marked == _mark(path.stat()))
