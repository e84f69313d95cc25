"""Maps of the ball detector → boxes: the peaks of the heat, each with its size, offset and class. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.counting.config import DetectorConfig

__all__ = ["Found", "boxes_of_maps"]

_FLOOR = 0.02  # peaks below it are never balls, and would only fill the list
_MAX_LOG_SIZE = 3.0  # 20 times a usual ball: beyond it a size is noise


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was found on one canvas, best first. Boxes are fractions of the canvas."""

    boxes: NDArray[np.float32]  # (n, 4) x0 y0 x1 y1
    scores: NDArray[np.float32]  # (n,) that it is a ball, 0–1
    kinds: NDArray[np.float32]  # (n, classes) of which kind, each row of sum 1
    moves: NDArray[np.float32] | None = None  # (n, 2, 2) from the middle to where it was and where it will be


def boxes_of_maps(maps: Sequence[NDArray[np.float32]], config: DetectorConfig) -> list[Found]:
    """One `Found` a picture, from heat logits, size, offset, class logits and moves as the network gives them."""
    return [_boxes([one[n] for one in maps], config) for n in range(len(maps[0]))]


def _boxes(maps: Sequence[NDArray[np.float32]], config: DetectorConfig) -> Found:
    """Of one picture: the maps are (channels, height, width)."""
    (heat,), size, offset, kind, *moves = maps
    height, width = heat.shape
    scores = 1 / (1 + np.exp(-heat.astype(np.float64)))
    rows, columns = np.nonzero(_is_peak(heat) & (scores > _FLOOR))
    best = np.argsort(-scores[rows, columns], kind="stable")[: config.most]
    rows, columns = rows[best], columns[best]
    sides = np.exp(np.clip(size[:, rows, columns], -_MAX_LOG_SIZE, _MAX_LOG_SIZE)) * config.typical_px
    x = (columns + offset[0, rows, columns]) * 4
    y = (rows + offset[1, rows, columns]) * 4
    edges = np.stack((x - sides[0] / 2, y - sides[1] / 2, x + sides[0] / 2, y + sides[1] / 2), axis=1)
    boxes = edges / np.array((width, height, width, height)) / 4
    return _without_doubles(
        Found(
            boxes.clip(0, 1).astype(np.float32),
            scores[rows, columns].astype(np.float32),
            _softmax(kind[:, rows, columns].T).astype(np.float32),
            _moves(moves[0][:, rows, columns], (width, height), config) if moves else None,
        )
    )


def _moves(move: NDArray[np.float32], cells: tuple[int, int], config: DetectorConfig) -> NDArray[np.float32]:
    """(4, n) in typical sides → (n, 2, 2) as fractions of the canvas, which is so many cells wide and high."""
    share = config.typical_px / 4 / np.array(cells)
    return np.asarray(move.T.reshape(-1, 2, 2) * share, np.float32)


def _is_peak(heat: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Not lower than any of its eight neighbours; of equal neighbours the first one is the peak."""
    height, width = heat.shape
    wide = np.pad(heat, 1, constant_values=-np.inf)
    peak = np.ones(heat.shape, np.bool_)
    for down in (0, 1, 2):
        for across in (0, 1, 2):
            if (down, across) == (1, 1):
                continue
            other = wide[down : down + height, across : across + width]
            peak &= heat > other if (down, across) < (1, 1) else heat >= other
    return peak


def _without_doubles(found: Found, overlap: float = 0.6) -> Found:
    """Drop a box that covers a better one: two balls that touch do not overlap that much, two peaks of one ball do."""
    keep: list[int] = []
    for number in range(len(found.boxes)):
        if not keep or overlaps(found.boxes[keep], found.boxes[number]).max() < overlap:
            keep.append(number)
    moves = None if found.moves is None else found.moves[keep]
    return Found(found.boxes[keep], found.scores[keep], found.kinds[keep], moves)


def overlaps(boxes: NDArray[np.float32], one: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of (n, 4) boxes with one (4,)."""
    low, high = np.maximum(boxes[:, :2], one[:2]), np.minimum(boxes[:, 2:], one[2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    whole = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + np.prod(one[2:] - one[:2]) - shared
    return np.asarray(shared / np.maximum(whole, 1e-12), np.float32)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True)) if len(logits) else logits
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)
