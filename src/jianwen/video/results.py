"""What was followed, as files of a folder: masks, tables, an overlay. Each has its name only once it is whole.

    masks/00012.png   one a frame, named by its index: an indexed PNG as DAVIS has them, 0 = none, i = the i-th object
    tracks.csv        one row an object and frame, in pixels
    tracks.json       the same by frames, as fractions of the picture
    overlay.mp4       the video with everything drawn on it
    events.json       what happened, if somebody watched for it

Does not track: `following.py` does.
"""

from __future__ import annotations

import csv
import json
import os
import re
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from PIL import Image

from jianwen.errors import BadRequest
from jianwen.video.filming import Film
from jianwen.video.overlay import Overlay, window_of
from jianwen.video.palette import PALETTE, colour_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from numpy.typing import NDArray

    from jianwen.tracking import Track
    from jianwen.video.following import Followed
    from jianwen.video.footage import Footage

__all__ = ["RESULT_FILES", "Results", "index_mask"]

RESULT_FILES = ("tracks.csv", "tracks.json", "events.json", "overlay.mp4")
_MASKS = "masks"
_COLUMNS = (
    "frame", "time_s", "object", "index", "lost", "found_again", "confidence",
    "x_px", "y_px", "x0_px", "y0_px", "x1_px", "y1_px", "area_px",
)  # fmt: skip


class Results:
    """A folder that is being filled. Left in any way but a kill, what was followed so far is there and whole."""

    def __init__(self, folder: Path, footage: Footage, objects: Sequence[str], *, overwrite: bool = False) -> None:
        """Make or clear the folder.

        Raises:
            BadRequest: it cannot be written, or holds results and is not to be overwritten.
        """
        self.folder = Path(folder)
        self._footage, self._objects = footage, tuple(objects)
        self._numbers = {name: number for number, name in enumerate(objects, start=1)}
        self._overlay = Overlay(objects)
        self._begin_s: float | None = None
        self._begun = False
        self.frames = 0
        self.last_s = 0.0
        with _writing(self.folder):
            self._clear(overwrite=overwrite)
            (self.folder / _MASKS).mkdir(parents=True, exist_ok=True)
            self._csv = self._part("tracks.csv").open("w", encoding="utf-8", newline="")
            self._json = self._part("tracks.json").open("w", encoding="utf-8")
        self._rows = csv.writer(self._csv)
        self._film = Film(self.folder / "overlay.mp4", fps=footage.fps)

    def add(self, followed: Followed) -> None:
        """The next frame."""
        frame, tracks = followed.frame, followed.tracks
        if self._begin_s is None:
            self._begin_s = frame.time_s
        with _writing(self.folder):
            self._begin()
            mask = index_mask(tracks, self._numbers, frame.picture.shape[:2])
            _write_mask(self.folder / _MASKS / f"{frame.index:05d}.png", mask)
            self._rows.writerows(self._row(frame.index, frame.time_s, track) for track in tracks)
            self._json.write(",\n" if self.frames else "\n")
            self._json.write(json.dumps(_frame_json(frame.index, frame.time_s, tracks), ensure_ascii=False))
            self._film.add(self._overlay.drawn(frame.picture, tracks, frame.time_s), frame.time_s - self._begin_s)
        self.frames += 1
        self.last_s = frame.time_s

    def finish(self, ended: str) -> None:
        """Give all files their names. `ended` says why there are no more frames: see `tracked.Ended`."""
        with _writing(self.folder):
            self._begin()
            self._json.write(f'\n],\n"ended": {json.dumps(ended)}, "last_s": {round(self.last_s, 6)}}}\n')
            self._film.close()
            for name, file in (("tracks.csv", self._csv), ("tracks.json", self._json)):
                file.close()
                self._part(name).replace(self.folder / name)

    def write(self, name: str, value: dict[str, Any]) -> None:
        """A further JSON file beside the others."""
        with _writing(self.folder):
            part = self._part(name)
            part.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            part.replace(self.folder / name)

    def close(self) -> None:
        """What has no name yet is dropped."""
        self._film.discard()
        self._csv.close()
        self._json.close()
        for name in RESULT_FILES:
            with suppress(OSError):
                self._part(name).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def _part(self, name: str) -> Path:
        return self.folder / f".{name}.{os.getpid()}.part"

    def _clear(self, *, overwrite: bool) -> None:
        """Old results must not stand among new ones, and go only when that was asked for."""
        self.folder.mkdir(parents=True, exist_ok=True)
        masks = self.folder / _MASKS
        old = [self.folder / name for name in RESULT_FILES if (self.folder / name).exists()]
        old += [path for path in masks.iterdir() if re.fullmatch(r"\d{5,}\.png", path.name)] if masks.is_dir() else []
        if old and not overwrite:
            raise BadRequest(
                detail=f"{self.folder} holds results already. Name another folder, or add --overwrite.",
                detail_zh=f"{self.folder} 中已有结果。请换一个文件夹，或加上 --overwrite。",
            )
        for path in [*old, *self.folder.glob(".*.part"), *masks.glob(".*.part")]:
            path.unlink()

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        self._rows.writerow(_COLUMNS)
        footage = self._footage
        about = {
            "video": footage.path.name.encode("utf-8", "replace").decode(),
            "width": footage.width,
            "height": footage.height,
            "fps": round(footage.fps, 6),
            "objects": [
                {"name": name, "index": number, "colour": "#" + bytes(colour_of(number)).hex()}
                for name, number in self._numbers.items()
            ],
        }
        self._json.write(json.dumps(about, ensure_ascii=False)[:-1] + ', "frames": [')

    def _row(self, index: int, time_s: float, track: Track) -> list[str | int | float]:
        height, width = track.picture_size
        box, centre = (None, None) if track.is_lost else (track.box, track.centre)
        places = [(centre[0], width), (centre[1], height)] if centre else []
        places += [(box.x0, width), (box.y0, height), (box.x1, width), (box.y1, height)] if box else []
        area = int(track.mask[window_of(box, (height, width))].sum()) if box else 0
        known: list[str | int | float] = [index, round(time_s, 6), track.object, self._numbers[track.object]]
        known += [int(track.is_lost), int(track.is_found_again), round(track.confidence, 4)]
        known += [round(share * side, 2) for share, side in places]
        return [*known, *[""] * (6 - len(places)), area]


def index_mask(tracks: Sequence[Track], numbers: dict[str, int], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W) of object indexes, 0 for none. Where masks overlap, the surer one counts."""
    canvas = np.zeros(size, np.uint8)
    for track in sorted(tracks, key=lambda track: track.confidence):
        if track.box is not None and not track.is_lost:
            window = window_of(track.box, size)
            canvas[window][track.mask[window]] = numbers[track.object]
    return canvas


def _write_mask(path: Path, mask: NDArray[np.uint8]) -> None:
    image = Image.fromarray(mask, "P")
    image.putpalette(PALETTE)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        image.save(part, "PNG", compress_level=1)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _frame_json(index: int, time_s: float, tracks: Sequence[Track]) -> dict[str, Any]:
    return {"index": index, "time_s": round(time_s, 6), "tracks": [_track_json(track) for track in tracks]}


def _track_json(track: Track) -> dict[str, Any]:
    box, centre = (None, None) if track.is_lost else (track.box, track.centre)
    return {
        "object": track.object,
        "box": [round(value, 6) for value in (box.x0, box.y0, box.x1, box.y1)] if box else None,
        "centre": [round(value, 6) for value in centre] if centre else None,
        "confidence": round(track.confidence, 4),
        "lost": track.is_lost,
        "found_again": track.is_found_again,
    }


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        name, why = os.fsencode(folder).decode("utf-8", "replace"), exc.strerror or str(exc)
        raise BadRequest(
            detail=f"{name} cannot be written ({why}). Name another folder with --out.",
            detail_zh=f"无法写入 {name}（{why}）。请用 --out 指定其他文件夹。",
        ) from exc
