"""Tracks drawn on their frame: masks in one colour an object, names, trails, and a cross where an object was lost.

Does not write files: `filming.py` does.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from jianwen.video.palette import colour_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.places import Box
    from jianwen.tracking import Track
    from jianwen.video.palette import Colour

__all__ = ["Overlay", "window_of"]

_TRAIL_S = 1.5  # of the past that is drawn behind an object
_MOST_POINTS = 512  # of a trail, at whatever frame rate
_VEIL = 0.4  # how much of the colour lies over an object


@dataclass(slots=True)
class _Past:
    """What is drawn of an object besides its mask."""

    trail: deque[tuple[float, float, float] | None] = field(default_factory=lambda: deque(maxlen=_MOST_POINTS))
    last: tuple[float, float] | None = None


class Overlay:
    """Draws frame after frame, and remembers a second and a half of where objects were."""

    def __init__(self, objects: Sequence[str]) -> None:
        """Objects in their order, which gives them their colours."""
        self._numbers = {name: number for number, name in enumerate(objects, start=1)}
        self._pasts = {name: _Past() for name in objects}

    def drawn(self, picture: NDArray[np.uint8], tracks: Sequence[Track], time_s: float) -> NDArray[np.uint8]:
        """A copy of the frame, RGB uint8 (H, W, 3), with its tracks on it."""
        canvas = picture.copy()
        for track in tracks:
            if track.box is not None and not track.is_lost:
                _tint(canvas, track, track.box, colour_of(self._numbers[track.object]))
        image = Image.fromarray(canvas)
        pen = ImageDraw.Draw(image)
        unit = max(1.0, min(picture.shape[:2]) / 360)  # pen widths and letters grow with the picture
        font = ImageFont.load_default(round(12 * unit))
        for track in tracks:
            self._remember(track, time_s)
            self._annotate(pen, track, picture.shape[:2], unit, font)
        return np.asarray(image)

    def _remember(self, track: Track, time_s: float) -> None:
        past = self._pasts[track.object]
        seen = None if track.is_lost else track.centre
        past.trail.append(None if seen is None else (*seen, time_s))
        past.last = seen or past.last
        while past.trail and (past.trail[0] is None or past.trail[0][2] < time_s - _TRAIL_S):
            past.trail.popleft()

    def _annotate(
        self,
        pen: ImageDraw.ImageDraw,
        track: Track,
        size: tuple[int, int],
        unit: float,
        font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    ) -> None:
        past, colour = self._pasts[track.object], colour_of(self._numbers[track.object])
        height, width = size
        points = [point and (point[0] * width, point[1] * height) for point in past.trail]
        for start, end in zip(points, list(points)[1:], strict=False):
            if start and end:  # no line across a gap in which it was lost
                pen.line([start, end], fill=colour, width=max(1, round(1.5 * unit)))
        if past.last is None:
            return
        x, y = past.last[0] * width, past.last[1] * height
        is_seen = not track.is_lost and track.box is not None
        if not is_seen:
            reach = 5 * unit
            for slope in (-1, 1):
                ends = [(x - reach, y - slope * reach), (x + reach, y + slope * reach)]
                pen.line(ends, fill=colour, width=max(1, round(2 * unit)))
        top = track.box.y0 * height if is_seen and track.box else y
        text = self._label(track.object) + ("" if is_seen else "?")
        place = (min(x + 4 * unit, width - 9 * unit * len(text)), max(top - 14 * unit, 0))
        pen.text(place, text, fill=colour, font=font, stroke_width=max(1, round(unit)), stroke_fill=(0, 0, 0))

    def _label(self, name: str) -> str:
        """The letters that are here are Latin ones; other names are shown by their number."""
        return name[:24] if name.isascii() else f"#{self._numbers[name]}"


def window_of(box: Box, size: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of a picture (H, W) that a box touches."""
    height, width = size
    rows = slice(max(0, int(box.y0 * height)), min(height, int(np.ceil(box.y1 * height))))
    return rows, slice(max(0, int(box.x0 * width)), min(width, int(np.ceil(box.x1 * width))))


def _tint(canvas: NDArray[np.uint8], track: Track, box: Box, colour: Colour) -> None:
    """A veil over the object and a line round it, outside of it, so that a small object stays in sight."""
    rows, columns = window_of(box, canvas.shape[:2])
    rows = slice(max(0, rows.start - 1), rows.stop + 1)
    columns = slice(max(0, columns.start - 1), columns.stop + 1)
    is_on = track.mask[rows, columns]
    part = canvas[rows, columns]
    part[is_on] = (part[is_on] * (1 - _VEIL) + np.array(colour) * _VEIL).astype(np.uint8)
    part[_beside(is_on)] = colour


def _beside(is_on: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels that are not on it and have a neighbour that is."""
    near = is_on.copy()
    near[1:] |= is_on[:-1]
    near[:-1] |= is_on[1:]
    near[:, 1:] |= is_on[:, :-1]
    near[:, :-1] |= is_on[:, 1:]
    return near & ~is_on
