"""Real footage, judged at its end: annotated clips of pool, and a game of three cups.

A data set of pool is a folder of clips, each with a video, `frames/frame_first.png` and `frame_last.png`, and
`bounding_boxes/frame_first_bbox.txt` and `frame_last_bbox.txt` as in `detector.py`. What lies between is not annotated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from jianwen.bench.detector import annotated_boxes
from jianwen.bench.trackerscore import NEAR_RADII
from jianwen.bench.trackerways import SessionWay, Start, last_places
from jianwen.counting import read_picture
from jianwen.errors import BadRequest
from jianwen.places import Box
from jianwen.tracking import assigned
from jianwen.video import Film, Footage, Overlay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.bench.trackerways import Picture, Way
    from jianwen.tracking import Track

__all__ = ["FILM_FPS", "Ending", "PoolClip", "cups_end_well", "filmed", "pool_clips"]

FILM_FPS = 30.0
SMALL_PX = (128, 72)  # at which frames are compared: noise is gone, a ball that rolls is not
# Of the cup trick: the cup that the ball goes under, held up in the first frame, and where it is in the last one, held
# over the ball again. Read off both frames by eye.
CUP_START = Box(246 / 1280, 0.0, 438 / 1280, 192 / 720)
CUP_OTHERS = (Box(572 / 1280, 292 / 720, 734 / 1280, 539 / 720), Box(833 / 1280, 294 / 720, 996 / 1280, 540 / 720))
CUP_END = Box(654 / 1280, 220 / 720, 828 / 1280, 490 / 720)


@dataclass(slots=True)
class Ending:
    """Tracks against annotated balls, over the last frames of any number of clips."""

    balls: int = 0
    tracks: int = 0  # that are not lost
    matched: int = 0
    same_kind: int = 0  # of those matched

    @property
    def recall(self) -> float:
        return self.matched / max(1, self.balls)

    @property
    def precision(self) -> float:
        return self.matched / max(1, self.tracks)

    def add(self, other: Ending) -> None:
        self.balls += other.balls
        self.tracks += other.tracks
        self.matched += other.matched
        self.same_kind += other.same_kind


@dataclass(frozen=True, slots=True)
class PoolClip:
    """One annotated clip."""

    folder: Path
    video: Path

    @property
    def name(self) -> str:
        return self.folder.name

    def ending(self, way: Way) -> Ending:
        """Prompted by the first frame's boxes, followed to the last annotated frame."""
        start, end = self._annotated_frames()
        boxes, kinds = self._boxes("first")
        starts = [Start.of_box(Box(*(float(value) for value in box))) for box in boxes]
        return self._judged(last_places(way, self._pictures(start, end), starts), kinds)

    def _judged(self, places: NDArray[np.float64], kinds: NDArray[np.int64]) -> Ending:
        """One to one: a track is near one ball at most, and a ball is found by one track at most."""
        height, width = self._picture("last").shape[:2]
        boxes, end_kinds = self._boxes("last")
        sides = (boxes[:, 2:] - boxes[:, :2]) * (width, height)
        centres = (boxes[:, 2:] + boxes[:, :2]) / 2 * (width, height)
        present = np.flatnonzero(~np.isnan(places[:, 0]))
        away = np.hypot(*np.moveaxis(places[present][:, None] - centres[None], 2, 0)) / (sides.mean(axis=1) / 2)
        far = len(present) + len(boxes) + 1.0  # dearer than all that is near together
        costs = np.full((len(present), len(boxes) + len(present)), far)
        costs[:, : len(boxes)][away <= NEAR_RADII] = away[away <= NEAR_RADII]
        pairs = [(row, column) for row, column in enumerate(assigned(costs)) if costs[row, column] < far]
        same = sum(int(kinds[present[row]] == end_kinds[column]) for row, column in pairs)
        return Ending(len(boxes), len(present), len(pairs), same)

    def _annotated_frames(self) -> tuple[int, int]:
        """The annotated pictures come from a finer copy of the video; these are the frames most like them."""
        small = [_small(frame.picture) for frame in Footage.open(self.video).frames()]
        ends = [_small(self._picture(which)) for which in ("first", "last")]
        away = np.array([[np.abs(one - end).mean() for one in small] for end in ends])
        half = len(small) // 2
        return int(away[0, :half].argmin()), half + int(away[1, half:].argmin())

    def _pictures(self, start: int, end: int) -> Iterator[Picture]:
        for frame in Footage.open(self.video).frames():
            if start <= frame.index <= end:
                yield frame.picture

    def _picture(self, which: str) -> NDArray[np.uint8]:
        return read_picture(self.folder / "frames" / f"frame_{which}.png")

    def _boxes(self, which: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        height, width = self._picture(which).shape[:2]
        path = self.folder / "bounding_boxes" / f"frame_{which}_bbox.txt"
        return annotated_boxes(path, width=width, height=height)


def pool_clips(data: Path) -> list[PoolClip]:
    """All clips under a folder.

    Raises:
        BadRequest: there are none.
    """
    folders = sorted(path.parent.parent for path in data.rglob("bounding_boxes/frame_last_bbox.txt"))
    clips = [PoolClip(folder, video) for folder in folders for video in sorted(folder.glob("*.mp4"))[:1]]
    if not clips:
        raise BadRequest(
            detail=f"{data} has no clips with a video and bounding_boxes/frame_last_bbox.txt.",
            detail_zh=f"{data} 中没有带视频和 bounding_boxes/frame_last_bbox.txt 的片段。",
        )
    return clips


def cups_end_well(video: Path, way: Way, *, all_three: bool) -> bool:
    """Whether the cup that is prompted in the first frame is the right one in the last.

    Args:
        video: the cup trick; its first and last frame are what `CUP_START` and `CUP_END` were read off.
        way: the tracker.
        all_three: prompt the other two cups as well, so that they can be told apart.
    """
    footage = Footage.open(video)
    starts = [Start.of_box(box) for box in (CUP_START, *(CUP_OTHERS if all_three else ()))]
    x, y = last_places(way, (frame.picture for frame in footage.frames()), starts)[0] / (footage.width, footage.height)
    return bool(CUP_END.x0 <= x <= CUP_END.x1 and CUP_END.y0 <= y <= CUP_END.y1)


def filmed(way: SessionWay, film: Film) -> SessionWay:
    """The same way, which draws what it sees into a film."""
    overlays: list[Overlay] = []
    count = iter(range(10**9))

    def draw(picture: Picture, tracks: tuple[Track, ...]) -> None:
        if not overlays:
            overlays.append(Overlay([track.object for track in tracks]))
        time_s = next(count) / FILM_FPS
        film.add(overlays[0].drawn(picture, tracks, time_s), time_s)

    return replace(way, watch=draw)


def _small(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(Image.fromarray(picture).resize(SMALL_PX, Image.Resampling.BOX), np.float32)
