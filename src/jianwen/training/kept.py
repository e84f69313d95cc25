"""Samples by number, each made once and kept in a file: rendering is slow, and a training looks at a sample many times.

What is kept depends on its number alone, so a folder can be deleted, and a training resumed, at any moment. Does not
render: the maker does.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from jianwen.counting import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["Kept"]

QUALITY = 95  # of the kept pictures, which have been through a camera's compression already
_FIELDS = ("centres", "visible", "classes", "boxes")


@dataclass(frozen=True, slots=True)
class Kept:
    """Sample `number`; larger numbers than `count` begin anew. Can be sent to another process if its maker can.

    Attributes:
        make: the samples of a group, always the same ones for the same number.
        folder: for the files; one maker a folder.
        count: how many different samples there are.
        group: how many are made at once.
    """

    make: Callable[[int], Sequence[Sample]]
    folder: Path
    count: int
    group: int = 1

    def __call__(self, number: int) -> Sample:
        number %= self.count
        path = self._path(number)
        if not path.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            for place, sample in enumerate(self.make(number // self.group)):
                _write(sample, self._path(number // self.group * self.group + place))
        return _read(path)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06}.npz"


def _write(sample: Sample, path: Path) -> None:
    picture = io.BytesIO()
    Image.fromarray(sample.image).save(picture, "JPEG", quality=QUALITY, subsampling=0)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        fields = {name: getattr(sample, name) for name in _FIELDS}
        np.savez(file, picture=np.frombuffer(picture.getvalue(), np.uint8), **fields)
    part.replace(path)


def _read(path: Path) -> Sample:
    with np.load(path, allow_pickle=False) as kept:
        image = np.asarray(Image.open(io.BytesIO(kept["picture"].tobytes())).convert("RGB"))
        return Sample(image, *(kept[name] for name in _FIELDS))
