"""A video file as frames in their order, upright, from any second on. Only reads; sound is passed over.

    footage = Footage.open(Path("shot.mp4"))
    for frame in footage.frames(start_s=2.5):
        ...

A file is hostile data: only containers that hold their own pictures are opened, nothing but the file itself is read,
and sides are bounded. What is damaged in the middle gives its good frames first, then an error.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from jianwen.errors import BadRequest, DamagedDocument
from jianwen.video.container import (
    LARGEST_SIDE_PX,
    check_file,
    check_sides,
    duration_s_of,
    first_frame,
    fps_of,
    is_cut,
    opened,
    packets_of,
    pictures_from,
    pictures_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import av
    from numpy.typing import NDArray

__all__ = ["Footage", "Frame"]

_MOST_FRAMES = 10_000_000  # of the index; four days at 30 frames/s
_SOUGHT = ("mov", "matroska", "avi", "mpegts")  # beginnings of formats whose time stamps are sure after a jump
_SAME_S = 0.6e-3  # a second that was rounded to three digits still names its frame


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a video."""

    picture: NDArray[np.uint8]  # RGB (H, W, 3), upright
    time_s: float  # since the first frame
    index: int  # in the order of showing, from 0


@dataclass(frozen=True, slots=True)
class _Index:
    """What the packets of a file say of its frames."""

    stamps: list[int]  # in the order of showing
    unit_s: float
    end_s: float  # of the last frame, since the first one's beginning


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """A video file. Holds nothing open; each `frames` reads on its own. Make it with `open`.

    Attributes:
        path: of the file, absolute.
        name: of the file as it was given, for messages.
        width: of the upright picture in pixels.
        height: likewise.
        fps: frames a second, on average.
        duration_s: as the file says; None where it does not.
        quarter_turns: to the left, until a stored picture is upright.
        origin: time stamp of the first frame, in the stream's units.
    """

    path: Path
    name: str
    width: int
    height: int
    fps: float
    duration_s: float | None
    quarter_turns: int
    origin: int

    @classmethod
    def open(cls, path: Path) -> Self:
        """Look into a file and decode its first frame.

        Raises:
            DocumentError: it is missing, empty, damaged or encrypted.
            BadRequest: it is no video, or too large.
        """
        # A name on the disk may be no text at all
        name = os.fsencode(path).decode("utf-8", "replace")
        path = Path(path).absolute()  # never an address, whatever the name looks like
        check_file(path, name)
        with opened(path, name) as (container, stream):
            check_sides(stream.codec_context.width, stream.codec_context.height, name)
            first = first_frame(container, stream, name)
            turns = round(first.rotation / 90) % 4
            return cls(
                path=path,
                name=name,
                width=first.height if turns % 2 else first.width,
                height=first.width if turns % 2 else first.height,
                fps=fps_of(stream),
                duration_s=duration_s_of(container, stream),
                quarter_turns=turns,
                origin=first.pts or 0,
            )

    def frames(self, start_s: float = 0.0) -> Iterator[Frame]:
        """From the frame that is shown at `start_s` to the last. Exact also where frames come at uneven times.

        Raises:
            BadRequest: the video ends before `start_s`.
            DamagedDocument: after the last good frame, if some or the rest could not be read.
        """
        if not start_s > 0:
            yield from self._decoded()
            return
        known = self._index()
        if known is None:
            yield from self._counted(start_s)
            return
        position = bisect_right(known.stamps, self.origin + (start_s + _SAME_S) / known.unit_s) - 1
        if start_s > known.end_s:
            raise self._past_end(start_s, known.end_s)
        yield from self._decoded(position, known.stamps)

    @property
    def frame_count(self) -> int | None:
        """About how many frames there are; None where the file does not say."""
        return None if self.duration_s is None else max(1, round(self.duration_s * self.fps))

    def _counted(self, start_s: float) -> Iterator[Frame]:
        """Without an index: the frame before `start_s` is only known when the one behind it has come."""
        waiting: Frame | None = None
        for frame in self._decoded():
            if waiting is not None and frame.time_s > start_s + _SAME_S:
                yield waiting
                waiting = None
                yield frame
            elif frame.time_s <= start_s + _SAME_S:
                waiting = frame
            else:
                yield frame
        if waiting is not None:
            if start_s > waiting.time_s + 1.5 / self.fps:
                raise self._past_end(start_s, waiting.time_s)
            yield waiting

    def _index(self) -> _Index | None:
        """Time stamps of all frames, read from the packets without decoding; None where they say too little."""
        stamps: list[int] = []
        with opened(self.path, self.name) as (container, stream):
            unit_s = float(stream.time_base or 0)
            if unit_s <= 0 or not container.format.name.startswith(_SOUGHT):
                return None
            for packet in packets_of(container, stream):
                if packet.is_discard or not packet.size:
                    continue
                if packet.pts is None or len(stamps) >= _MOST_FRAMES:
                    return None
                stamps.append(packet.pts)
            stamps = sorted(stamp for stamp in stamps if stamp >= self.origin)
            last_s = (stamps[-1] - self.origin) * unit_s if stamps else 0.0
            end_s = last_s + 1 / self.fps
            if self.duration_s is not None and not is_cut(container, stream, self.path, last_s):
                end_s = max(end_s, self.duration_s)  # a last frame may be shown for long
        return _Index(stamps, unit_s, end_s) if stamps else None

    def _decoded(self, position: int = 0, stamps: list[int] | None = None) -> Iterator[Frame]:
        """Frames from the one at a place among the time stamps; without them from the first one."""
        index, last_s, is_damaged = 0, 0.0, False
        with opened(self.path, self.name) as (container, stream):
            unit_s = float(stream.time_base or 0)
            for picture in (
                pictures_from(container, stream, stamps[position]) if stamps else pictures_of(container, stream)
            ):
                if picture is None or max(picture.width, picture.height) > LARGEST_SIDE_PX:
                    is_damaged = is_damaged or index >= position  # just after a jump some always are
                    continue
                if stamps and picture.pts is not None:
                    index = max(index, bisect_left(stamps, picture.pts))
                if index >= position:
                    last_s = self._time_s(picture, index, unit_s)
                    yield Frame(self._upright(picture), last_s, index)
                index += 1
            is_damaged = is_damaged or is_cut(container, stream, self.path, last_s)
        if is_damaged:
            raise DamagedDocument(name=self.name)

    def _time_s(self, picture: av.VideoFrame, index: int, unit_s: float) -> float:
        if picture.pts is None or unit_s <= 0:
            return index / self.fps
        return max(0.0, (picture.pts - self.origin) * unit_s)

    def _upright(self, picture: av.VideoFrame) -> NDArray[np.uint8]:
        """A stream may change its size on the way; its pictures do not."""
        is_turned = self.quarter_turns % 2 == 1
        width, height = (self.height, self.width) if is_turned else (self.width, self.height)
        pixels = picture.to_ndarray(format="rgb24", width=width, height=height)
        return np.ascontiguousarray(np.rot90(pixels, self.quarter_turns))

    def _past_end(self, start_s: float, end_s: float) -> BadRequest:
        return BadRequest(
            detail=f"Second {start_s:g} is past the end of {self.name}, which is at {end_s:.2f}.",
            detail_zh=f"第 {start_s:g} 秒超出了 {self.name} 的结尾（{end_s:.2f} 秒）。",
        )
