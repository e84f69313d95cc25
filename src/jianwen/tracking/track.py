"""What a session says of one object in one frame. Does not track: `session.py` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwen.places import Box
from jianwen.tracking.pictures import enlarged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.tracking.graphs import Floats

__all__ = ["Track", "track_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One object in one frame.

    Attributes:
        object: its name in the session.
        frame: index of the frame, from 0.
        logits: (mask side, mask side) float32 over the whole picture; above 0 is on the object.
        picture_size: height and width of the frame in pixels.
        box: round the mask, as fractions of the picture; None when there is no mask.
        centre: of the mask, x and y as fractions of the picture; None when there is no mask.
        confidence: presence times expected IoU of the mask, 0–1.
        is_lost: the object is not in this frame.
        is_found_again: it is, and was lost in the frame before.
    """

    object: str
    frame: int
    logits: Floats
    picture_size: tuple[int, int]
    box: Box | None
    centre: tuple[float, float] | None
    confidence: float
    is_lost: bool
    is_found_again: bool

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(H, W) at the frame's own size, made on demand."""
        mask = np.zeros(self.picture_size, np.bool_)
        window = _window(self.logits, self.picture_size)
        if window is not None:
            mask[window] = enlarged(self.logits, self.picture_size, *window) > 0
        return mask


def track_of(
    name: str,
    frame: int,
    logits: Floats,
    *,
    picture_size: tuple[int, int],
    presence: float,
    quality: float,
    was_lost: bool,
) -> Track:
    """Box and centre are measured at the frame's own size."""
    is_lost = presence <= 0
    box, centre = _measured(logits, picture_size)
    confidence = 0.0 if box is None else quality / (1 + float(np.exp(-np.clip(presence, -50, 50))))
    return Track(
        object=name,
        frame=frame,
        logits=logits,
        picture_size=picture_size,
        box=box,
        centre=centre,
        confidence=confidence,
        is_lost=is_lost,
        is_found_again=was_lost and not is_lost,
    )


def _measured(logits: Floats, size: tuple[int, int]) -> tuple[Box | None, tuple[float, float] | None]:
    window = _window(logits, size)
    if window is None:
        return None, None
    is_on = enlarged(logits, size, *window) > 0
    in_rows, in_columns = is_on.sum(axis=1), is_on.sum(axis=0)
    total = int(in_rows.sum())
    if total == 0:
        return None, None
    height, width = size
    x = float((np.arange(window[1].start, window[1].stop) + 0.5) @ in_columns) / total
    y = float((np.arange(window[0].start, window[0].stop) + 0.5) @ in_rows) / total
    top, bottom = _ends(in_rows, window[0].start)
    left, right = _ends(in_columns, window[1].start)
    return Box(left / width, top / height, right / width, bottom / height), (x / width, y / height)


def _ends(counts: NDArray[np.intp], start: int) -> tuple[int, int]:
    found = np.flatnonzero(counts)
    return start + int(found[0]), start + int(found[-1]) + 1


def _window(logits: Floats, size: tuple[int, int]) -> tuple[slice, slice] | None:
    """The pixels that cells above 0 can reach, so that a small object does not cost a whole picture."""
    is_on = logits > 0
    rows, columns = np.flatnonzero(is_on.any(axis=1)), np.flatnonzero(is_on.any(axis=0))
    if not rows.size:
        return None
    return _reach(rows, logits.shape[0], size[0]), _reach(columns, logits.shape[1], size[1])


def _reach(cells: NDArray[np.intp], count: int, pixels: int) -> slice:
    first, last = int(cells[0]) - 1, int(cells[-1]) + 2
    return slice(max(0, first * pixels // count), min(pixels, -(-last * pixels // count)))
