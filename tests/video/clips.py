"""Small videos whose every frame says its own number, made in a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np

from jianwen.video import Film

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

WIDTH, HEIGHT = 96, 64


def numbered(number: int) -> NDArray[np.uint8]:
    """A grey picture on whose upper half the number stands in eight bits, the highest at the right."""
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    for bit in range(8):
        if number >> bit & 1:
            picture[8:24, bit * 12 : bit * 12 + 12] = 255
    return picture


def number_on(picture: NDArray[np.uint8]) -> int:
    return sum(1 << bit for bit in range(8) if picture[10:22, bit * 12 + 2 : bit * 12 + 10].mean() > 128)


def write_numbered(path: Path, times_s: Sequence[float]) -> Path:
    """An MP4 with a frame at each of those seconds."""
    with Film(path, fps=len(times_s) / max(times_s[-1], 0.1), crf=10) as film:
        for number, time_s in enumerate(times_s):
            film.add(numbered(number), time_s)
    return path


def even_times(count: int, fps: float = 20.0) -> list[float]:
    return [number / fps for number in range(count)]


def uneven_times(count: int) -> list[float]:
    """As from a phone that drops frames: 10 to 100 ms apart."""
    steps = np.random.default_rng(3).uniform(0.01, 0.1, count)
    return [float(time_s) for time_s in np.cumsum(steps) - steps[0]]


def encode(
    path: Path, pictures: Sequence[NDArray[np.uint8]], codec: str, layout: str, rotation: int = 0, **options: str
) -> Path:
    """A video of any kind, at 20 frames a second."""
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=20)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = layout
        if rotation:
            stream.set_display_rotation(rotation)
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def write_sound(path: Path) -> Path:
    """A second of silence, without pictures."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        assert isinstance(stream, av.AudioStream)
        for _ in range(8):
            frame = av.AudioFrame(format="fltp", layout="mono", samples=1000)
            frame.planes[0].update(bytes(frame.planes[0].buffer_size))
            frame.sample_rate = 8000
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
