"""What a rendered frame is known to show, exact: one `Label` a ball, and the frame they belong to.

Boxes are of the visible part, in fractions of the picture; masks travel as run lengths in JSON.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jianwen.billiards.balls import Kind

Array = NDArray[Any]
Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """One ball in one frame."""

    ball: int  # index in the renderer's balls
    kind: Kind
    box: Box | None  # x0, y0, x1, y1 of what is seen, fractions 0-1; None: nothing is seen
    centre: Point  # pixels, in the middle of the exposure
    radius_px: float
    streak: tuple[Point, Point]  # pixels of the centre when the shutter opens and when it closes
    visible: float  # seen pixels / pixels that would be seen if nothing stood in front
    on_table: bool

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Label:
        box, streak = values["box"], values["streak"]
        return cls(
            ball=int(values["ball"]),
            kind=cast("Kind", values["kind"]),
            box=None if box is None else cast("Box", tuple(float(value) for value in box)),
            centre=_point(values["centre"]),
            radius_px=float(values["radius_px"]),
            streak=(_point(streak[0]), _point(streak[1])),
            visible=float(values["visible"]),
            on_table=bool(values["on_table"]),
        )


def seen_middles(owner: Array, balls: int) -> NDArray[np.float64]:
    """(balls, 2) pixels: the middle of what is seen of each ball in an owner map (H, W); NaN where nothing is."""
    flat, width = owner.reshape(-1), owner.shape[1]
    of_balls = np.flatnonzero(flat)
    whose = flat[of_balls]
    count = np.bincount(whose, minlength=balls + 1)[1:]
    middles = np.full((balls, 2), np.nan)
    for axis, values in enumerate((of_balls % width, of_balls // width)):
        total = np.bincount(whose, weights=values + 0.5, minlength=balls + 1)[1:]
        middles[count > 0, axis] = total[count > 0] / count[count > 0]
    return middles


@dataclass(frozen=True, slots=True)
class Rendered:
    """A frame with all that is known about it."""

    frame: Array  # (H, W, 3) uint8 RGB
    owner: Array  # (H, W) uint8: 0 = no ball, i + 1 = ball i is what is seen
    labels: tuple[Label, ...]  # one for each ball
    time_s: float


def box_of(owner: Array, value: int, window: tuple[slice, slice]) -> Box:
    """The smallest box, in fractions, round a value that occurs in a window (rows, columns) of the owner map."""
    mask = owner[window] == value
    rows, columns = np.flatnonzero(mask.any(1)) + window[0].start, np.flatnonzero(mask.any(0)) + window[1].start
    height, width = owner.shape
    return (
        float(columns[0] / width),
        float(rows[0] / height),
        float((columns[-1] + 1) / width),
        float((rows[-1] + 1) / height),
    )


def run_lengths(owner: Array) -> list[list[int]]:
    """An owner map as [value, pixels] pairs in reading order."""
    flat = owner.reshape(-1)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1, [flat.size]])
    return [[int(flat[start]), int(end - start)] for start, end in pairwise(starts)]


def from_run_lengths(runs: list[list[int]], height: int, width: int) -> Array:
    """The owner map (H, W) uint8 of `run_lengths`."""
    values, counts = np.array(runs, dtype=np.int64).reshape(-1, 2).T
    return np.repeat(values.astype(np.uint8), counts).reshape(height, width)


def _point(values: Any) -> Point:
    return float(values[0]), float(values[1])
