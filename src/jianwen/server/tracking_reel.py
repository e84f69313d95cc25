"""Frames of an uploaded video by their number: one reader for the tracker, another for whoever looks at pictures.

`Footage` reads from a second on; this finds the second of a frame, and stays where it is when the next one is asked.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jianwen.errors import JianwenError, NotFound
from jianwen.video import Footage

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from jianwen.video import Frame

__all__ = ["Reel"]

NEAR = 48  # frames that are rather decoded than jumped over
TRIES = 4  # to hit a frame of a video whose frames come at uneven times


class Reel:
    """A video. `at` is for one thread at a time, `still` for any.

    Args:
        path: of the file.
        name: what people call it, for messages.

    Raises:
        DocumentError: it is damaged, encrypted or too large.
        BadRequest: it is no video.
    """

    def __init__(self, path: Path, name: str) -> None:
        try:
            footage = replace(Footage.open(path), name=name)
            self.frames = footage.frame_count or sum(1 for _ in footage.frames())
        except JianwenError as error:  # it knows the file by a name of ours
            told = {field: str(value).replace(str(path), name) for field, value in error.fields.items()}
            raise type(error)(**told) from error
        self.width, self.height = footage.width, footage.height
        self.fps = footage.fps
        self.duration_s = footage.duration_s or self.frames / footage.fps
        self._tracker, self._looker = _Reader(footage), _Reader(footage)
        self._looking = threading.Lock()

    def at(self, frame: int) -> Frame | None:
        """For the tracker; None past the end."""
        return self._tracker.at(frame)

    def still(self, frame: int) -> Frame:
        """For a look at it."""
        with self._looking:
            found = self._looker.at(frame)
        if found is None:
            raise NotFound(what="frame", id=frame)
        return found

    def close(self) -> None:
        """Let go of the file; only when nobody reads any more."""
        self._tracker.close()
        with self._looking:
            self._looker.close()


@dataclass(slots=True)
class _Reader:
    footage: Footage
    _coming: Generator[Frame] | None = None
    _last: Frame | None = None
    _times_s: dict[int, float] = field(default_factory=dict)  # of frames that were seen

    def at(self, frame: int) -> Frame | None:
        """Decodes on from where it is, or jumps. None past the end."""
        if self._last is None or not 0 <= frame - self._last.index <= NEAR:
            self._jump(frame)
        while self._last is not None and self._last.index < frame:
            self._next()
        return self._last if self._last is not None and self._last.index == frame else None

    def close(self) -> None:
        if self._coming is not None:
            self._coming.close()
        self._coming = self._last = None

    def _jump(self, frame: int) -> None:
        """To the frame or before it."""
        guess_s = self._times_s.get(frame, frame / self.footage.fps)
        for _ in range(TRIES):
            self._begin(guess_s)
            if self._last is None or self._last.index <= frame:
                return
            guess_s = max(0.0, self._last.time_s - 2 * (self._last.index - frame) / self.footage.fps)
        self._begin(0.0)

    def _begin(self, start_s: float) -> None:
        self.close()
        # A generator in truth, which is closed to let go of the file.
        self._coming = self.footage.frames(start_s)  # type: ignore[assignment]
        self._next()

    def _next(self) -> None:
        assert self._coming is not None
        self._last = next(self._coming, None)
        if self._last is not None:
            self._times_s[self._last.index] = self._last.time_s
