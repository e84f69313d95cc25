"""Frames as small JPEGs, the last ones kept. Does not read the video: it is given the pictures. Thread-safe."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Pictures", "jpeg"]

LONGEST_PX = 1280  # of the longer side: the page is not shown larger
QUALITY = 82
KEPT_BYTES = 24_000_000  # a session


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """RGB (H, W, 3) → a JPEG of at most 1280 pixels a side."""
    image = Image.fromarray(picture)
    image.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


class Pictures:
    """By number of the frame; the ones that were not asked for longest go first."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._limit = kept_bytes
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, frame: int) -> bytes | None:
        with self._lock:
            if frame in self._kept:
                self._kept.move_to_end(frame)
            return self._kept.get(frame)

    def put(self, frame: int, picture: NDArray[np.uint8]) -> bytes:
        """Keep a frame; gives its JPEG."""
        kept = self.get(frame)
        if kept is not None:
            return kept
        made = jpeg(picture)
        with self._lock:
            self._bytes += len(made) - len(self._kept.pop(frame, b""))
            self._kept[frame] = made
            while self._bytes > self._limit and len(self._kept) > 1:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return made
