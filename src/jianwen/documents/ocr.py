"""Pictures → lines of text with boxes, by RapidOCR with the models in its package; nothing is fetched.

One engine a process, made at first use, used by one thread at a time. Does not know files or pages.
"""

from __future__ import annotations

import logging
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

from jianwen.documents.layout import Line
from jianwen.documents.prose import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["lines"]

_THREADS = 2
_MOST_PIXELS = 2_900_000  # A4 at 2000 pixels; the engine takes 0.9 GB for it, and in proportion for more
_LONG = 2.5  # a picture this many times longer than wide is a long screenshot: read in slices, not shrunk
_OVERLAP_PX = 120
_SMALLEST_PX = 12  # no letter fits into less
_LEAST_SCORE = 0.6
_LOCK = threading.Lock()


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR  # noqa: PLC0415 - loads OpenCV and three models, for scans only

    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    options = {
        "Global.log_level": "critical",
        "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "Rec.rec_batch_num": 1,  # 60 MB less than six lines at once, and no slower on a CPU
    }
    return RapidOCR(params=options)


def lines(pixels: NDArray[np.uint8]) -> list[Line]:
    """Lines of text in a BGR uint8 (H, W, 3) picture, in its pixels, top to bottom."""
    height, width = pixels.shape[:2]
    if min(height, width) < _SMALLEST_PX:
        return []
    if height * width <= _MOST_PIXELS:
        return list(_read(pixels))
    if height <= _LONG * width:
        scale = (_MOST_PIXELS / (height * width)) ** 0.5
        return list(_read(_shrunk(pixels, scale), scale=scale))
    found: list[Line] = []
    for top, part in _slices(pixels):
        found += [line for line in _read(part, top=top) if not any(_is_same(line, other) for other in found[-50:])]
    return found


def _shrunk(pixels: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    import numpy as np  # noqa: PLC0415 - only pictures need it
    from PIL import Image  # noqa: PLC0415 - as above

    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(pixels).resize(size))


def _slices(pixels: NDArray[np.uint8]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    height, width = pixels.shape[:2]
    step = max(_OVERLAP_PX, _MOST_PIXELS // width - _OVERLAP_PX)
    for top in range(0, height, step):
        if top == 0 or height - top > _OVERLAP_PX:
            yield top, pixels[top : top + step + _OVERLAP_PX]


def _read(pixels: NDArray[np.uint8], *, top: int = 0, scale: float = 1.0) -> Iterator[Line]:
    with _LOCK:
        result = _engine()(pixels)
    if result.boxes is None or result.txts is None:
        return
    for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        xs, ys = [float(x) / scale for x, _ in box], [float(y) / scale + top for _, y in box]
        shown = clean(text)
        if shown and score >= _LEAST_SCORE:
            yield Line(shown, min(xs), min(ys), max(xs), max(ys), max(ys) - min(ys))


def _is_same(line: Line, other: Line) -> bool:
    """Seen in two slices: the same place, give or take a cut."""
    overlap = min(line.y1, other.y1) - max(line.y0, other.y0)
    beside = min(line.x1, other.x1) - max(line.x0, other.x0)
    return overlap > 0.5 * min(line.height, other.height) and beside > 0.5 * min(line.x1 - line.x0, other.x1 - other.x0)
