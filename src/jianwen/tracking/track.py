"""What a session says of one object in one frame. Does not track: `session.py` does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwen.places import Box
from jianwen.tracking.pictures import Framed, enlarged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.tracking.graphs import Floats
    from jianwen.tracking.regions import Region

__all__ = ["Measured", "Track", "framed", "measured", "sure", "track_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One object in one frame.

    Attributes:
        object: its name in the session.
        frame: index of the frame, from 0.
        logits: (mask side, mask side) float32 over the region, or over the whole picture; above 0 is on the object.
        picture_size: height and width of the frame in pixels.
        region: the part of the frame that was looked at; None for all of it.
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
    region: Region | None
    box: Box | None
    centre: tuple[float, float] | None
    confidence: float
    is_lost: bool
    is_found_again: bool

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(H, W) at the frame's own size, made on demand."""
        mask = np.zeros(self.picture_size, np.bool_)
        frame = framed(self.region, self.picture_size)
        window = _window(self.logits, frame, self.picture_size)
        if window is not None:
            mask[window] = enlarged(self.logits, frame, *window) > 0
        return mask


def framed(region: Region | None, picture_size: tuple[int, int]) -> Framed:
    """Where a mask lies in its picture."""
    if region is None:
        return Framed(0, 0, *picture_size)
    return Framed(region.top, region.left, region.side, region.side)


@dataclass(frozen=True, slots=True)
class Measured:
    """A mask in numbers."""

    box: Box
    centre: tuple[float, float]
    area_px: int


def sure(presence: float, quality: float) -> float:
    """Presence as a probability, times expected IoU."""
    return quality / (1 + math.exp(-max(-50.0, min(50.0, presence))))


def track_of(
    name: str,
    frame: int,
    logits: Floats,
    *,
    picture_size: tuple[int, int],
    region: Region | None,
    presence: float,
    quality: float,
    was_lost: bool,
) -> Track:
    """Box and centre are measured at the frame's own size."""
    is_lost = presence <= 0
    found = measured(logits, region, picture_size)
    return Track(
        object=name,
        frame=frame,
        logits=logits,
        picture_size=picture_size,
        region=region,
        box=found.box if found else None,
        centre=found.centre if found else None,
        confidence=sure(presence, quality) if found else 0.0,
        is_lost=is_lost,
        is_found_again=was_lost and not is_lost,
    )


def measured(logits: Floats, region: Region | None, size: tuple[int, int]) -> Measured | None:
    """The part of a mask that lies in a picture of `size`; None where nothing does."""
    frame = framed(region, size)
    window = _window(logits, frame, size)
    if window is None:
        return None
    is_on = enlarged(logits, frame, *window) > 0
    in_rows, in_columns = is_on.sum(axis=1), is_on.sum(axis=0)
    total = int(in_rows.sum())
    if total == 0:
        return None
    height, width = size
    x = float((np.arange(window[1].start, window[1].stop) + 0.5) @ in_columns) / total
    y = float((np.arange(window[0].start, window[0].stop) + 0.5) @ in_rows) / total
    top, bottom = _ends(in_rows, window[0].start)
    left, right = _ends(in_columns, window[1].start)
    return Measured(Box(left / width, top / height, right / width, bottom / height), (x / width, y / height), total)


def _ends(counts: NDArray[np.intp], start: int) -> tuple[int, int]:
    found = np.flatnonzero(counts)
    return start + int(found[0]), start + int(found[-1]) + 1


def _window(logits: Floats, frame: Framed, size: tuple[int, int]) -> tuple[slice, slice] | None:
    """The pixels that cells above 0 can reach, so that a small object does not cost a whole picture."""
    is_on = logits > 0
    rows, columns = np.flatnonzero(is_on.any(axis=1)), np.flatnonzero(is_on.any(axis=0))
    if not rows.size:
        return None
    down = _reach(rows, logits.shape[0], frame.top, frame.height, size[0])
    across = _reach(columns, logits.shape[1], frame.left, frame.width, size[1])
    return (down, across) if down.start < down.stop and across.start < across.stop else None


def _reach(cells: NDArray[np.intp], count: int, start: float, span: float, pixels: int) -> slice:
    first, last = int(cells[0]) - 1, int(cells[-1]) + 2
    low, high = max(start, start + first * span / count), min(start + span, start + last * span / count)
    return slice(max(0, math.floor(low)), min(pixels, math.ceil(high)))
