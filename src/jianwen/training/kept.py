"""Samples by number, each made once and kept in a file: rendering is slow, and a training looks at a sample many times.

What is kept depends on its number alone, so a folder can be deleted, and a training resumed, at any moment. A file that
a power cut left broken is made anew. Does not render: the maker does.
"""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from PIL import Image

from jianwen.counting import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Kept", "kept_samples"]

QUALITY = 95  # of the kept pictures, which have been through a camera's compression already
_FIELDS = ("centres", "shares", "classes", "boxes", "moves")
# Not there, or broken: a file is not forced to the disk when it is written, as thousands would take their time.
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile)
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Kept(Generic[Made]):
    """Sample `number`; larger numbers than `count` begin anew. Can be sent to another process if its maker can.

    Attributes:
        make: the samples of a group, always the same ones for the same number.
        pack: a sample as arrays for a file.
        unpack: and back.
        folder: for the files; one maker a folder.
        count: how many different samples there are.
        group: how many are made at once.
    """

    make: Callable[[int], Sequence[Made]]
    pack: Callable[[Made], dict[str, NDArray[Any]]]
    unpack: Callable[[dict[str, NDArray[Any]]], Made]
    folder: Path
    count: int
    group: int = 1

    def __call__(self, number: int) -> Made:
        number %= self.count
        try:
            return self._read(number)
        except _UNREADABLE:
            self._make(number // self.group)
            return self._read(number)

    def all(self) -> list[Made]:
        return [self(number) for number in range(self.count)]

    def _read(self, number: int) -> Made:
        with np.load(self._path(number), allow_pickle=False) as kept:
            return self.unpack(dict(kept))

    def _make(self, group: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for place, made in enumerate(self.make(group)):
            _write(self.pack(made), self._path(group * self.group + place))

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06}.npz"


def kept_samples(make: Callable[[int], Sequence[Sample]], folder: Path, count: int, group: int = 1) -> Kept[Sample]:
    """Pictures with labels, kept."""
    return Kept(make, _pack_sample, _unpack_sample, folder, count, group)


def _pack_sample(sample: Sample) -> dict[str, NDArray[Any]]:
    """A picture with its labels, as arrays for a file."""
    pictures = {_picture(number): _packed(one) for number, one in enumerate((sample.image, *sample.beside))}
    return pictures | {name: getattr(sample, name) for name in _FIELDS}


def _unpack_sample(arrays: dict[str, NDArray[Any]]) -> Sample:
    """Inverse of `_pack_sample`, up to JPEG."""
    image, *beside = (_unpacked(arrays[_picture(number)]) for number in range(len(arrays) - len(_FIELDS)))
    fields = {name: arrays[name] for name in _FIELDS}
    return Sample(image, **fields, **({"beside": np.stack(beside)} if beside else {}))  # type: ignore[arg-type]


def _picture(number: int) -> str:
    return f"picture{number}"


def _packed(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=QUALITY, subsampling=0)
    return np.frombuffer(file.getvalue(), np.uint8)


def _unpacked(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(packed.tobytes())).convert("RGB"))


def _write(arrays: dict[str, NDArray[Any]], path: Path) -> None:
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    part.replace(path)
