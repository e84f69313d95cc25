"""Pictures in, an MP4 out, under its name only once it is whole.

    with Film(Path("overlay.mp4"), fps=30) as film:
        film.add(picture, time_s)

Times may be uneven. Does not draw: `overlay.py` does.
"""

from __future__ import annotations

import os
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from types import TracebackType

    from av.container import OutputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

__all__ = ["Film"]

_TICKS = 90_000  # a second; what video has been clocked by since MPEG
_LONGEST_S = 100_000.0


class Film:
    """An H.264 video that is being written. Left by an error, there is no file; left well, there is a whole one."""

    def __init__(self, path: Path, *, fps: float, crf: int = 23) -> None:
        """The first picture sets the size. `fps` is only about; `crf` is x264's quality, 0 to 51."""
        self._path = Path(path)
        self._part = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        self._fps, self._crf = fps, crf
        self._size: tuple[int, int] | None = None
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._last_tick = -1

    def add(self, picture: NDArray[np.uint8], time_s: float) -> None:
        """RGB uint8 (H, W, 3), shown from `time_s` on. A time that does not grow is moved on by the least."""
        import av  # noqa: PLC0415 - heavy, and only videos need it

        if not 0 <= time_s <= _LONGEST_S:
            raise BadRequest(detail=f"A film has no second {time_s}.", detail_zh=f"影片没有第 {time_s} 秒。")
        if self._container is None or self._stream is None:
            self._begin(picture)
        if picture.shape[:2] != self._size:
            raise BadRequest(detail="All pictures of a film have one size.", detail_zh="影片的所有画面大小必须一致。")
        assert self._stream is not None
        assert self._container is not None
        frame = av.VideoFrame.from_ndarray(_even(picture), format="rgb24")
        self._last_tick = max(self._last_tick + 1, round(time_s * _TICKS))
        frame.pts, frame.time_base = self._last_tick, Fraction(1, _TICKS)
        frame.duration = max(1, round(_TICKS / self._fps))
        self._container.mux(self._stream.encode(frame))

    def _begin(self, picture: NDArray[np.uint8]) -> None:
        import av  # noqa: PLC0415 - as above

        height, width = self._size = picture.shape[:2]
        name = self._path.name
        try:
            self._part.touch()  # the encoder would notice only when it writes
        except OSError as exc:
            raise BadRequest(
                detail=f"{name} cannot be written: {exc.strerror}.", detail_zh=f"无法写入 {name}：{exc.strerror}。"
            ) from exc
        self._container = av.open(str(self._part), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=Fraction(self._fps).limit_denominator(1001))
        self._stream.width, self._stream.height = width + width % 2, height + height % 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, _TICKS)
        self._stream.options = {"crf": str(self._crf), "preset": "veryfast"}

    def close(self) -> None:
        """Write the end and give the file its name. Without pictures there is no file."""
        if self._container is None or self._stream is None:
            return
        self._container.mux(self._stream.encode())
        self._container.close()
        self._container = None
        self._part.replace(self._path)

    def discard(self) -> None:
        """Leave no file."""
        if self._container is not None:
            with suppress(OSError, ValueError):  # a full disk again: the file goes anyway
                self._container.close()
            self._container = None
        with suppress(OSError):
            self._part.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            self.discard()
            return
        try:
            self.close()
        finally:
            self.discard()


def _even(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colour is stored by blocks of two pixels, so an odd side gets its last row or column twice."""
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(picture)
