"""What the tracker saw, as JSON that is small enough to send for every frame. Keeps nothing.

A mask is told inside its own box, as lengths of runs row by row that begin with "off", and at most 256 cells a side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.places import Box
    from jianwen.tracking import Event, Track

__all__ = ["event_to_json", "mask_to_json", "track_to_json"]

MOST_CELLS = 256  # a side: more is not seen on a screen
DIGITS = 5  # of fractions: a tenth of a pixel in the largest picture


def track_to_json(track: Track) -> dict[str, Any]:
    """As in the event `frame`."""
    return {
        "name": track.object,
        "box": None if track.box is None else _box(track.box),
        "centre": None if track.centre is None else [_short(value) for value in track.centre],
        "confidence": round(track.confidence, 4),
        "lost": track.is_lost,
        "found_again": track.is_found_again,
        "mask": None if track.box is None else mask_to_json(track.mask, track.box),
    }


def mask_to_json(mask: NDArray[np.bool_], box: Box) -> dict[str, Any]:
    """The part of a mask (H, W) inside a box round it, thinned out where it is large."""
    height, width = mask.shape
    left, right = _pixels(box.x0, box.x1, width)
    top, bottom = _pixels(box.y0, box.y1, height)
    step = -(-max(right - left, bottom - top) // MOST_CELLS)
    cells = mask[top:bottom:step, left:right:step]
    rows, columns = cells.shape
    reach = (left, top, left + columns * step, top + rows * step)  # the last cell may stand out
    scale = (width, height, width, height)
    return {
        "box": [_short(place / size) for place, size in zip(reach, scale, strict=True)],
        "rows": rows,
        "columns": columns,
        "runs": _runs(cells),
    }


def event_to_json(event: Event) -> dict[str, Any]:
    """As in the event `frame`: what happened, a moment ago."""
    return {
        "kind": event.kind,
        "time_s": round(event.time_s, 4),
        "place": [_short(value) for value in event.place],
        "objects": list(event.objects),
        "confidence": round(event.confidence, 4),
    }


def _runs(cells: NDArray[np.bool_]) -> list[int]:
    """Lengths of equal neighbours, row by row, beginning with "off" (which may be 0 long)."""
    flat = np.concatenate(([False], cells.ravel()))
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    ends = np.concatenate((changes, [flat.size - 1]))
    return [int(length) for length in np.diff(ends, prepend=0)]


def _pixels(first: float, last: float, size: int) -> tuple[int, int]:
    start = min(size - 1, max(0, round(first * size)))
    return start, max(start + 1, min(size, round(last * size)))


def _box(box: Box) -> list[float]:
    return [_short(value) for value in (box.x0, box.y0, box.x1, box.y1)]


def _short(value: float) -> float:
    return round(float(value), DIGITS)
