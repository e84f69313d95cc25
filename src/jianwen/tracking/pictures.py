"""Pictures and masks on their way to the network's square and back. Knows no objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.tracking.graphs import Floats

__all__ = ["DEVIATION", "MEAN", "Framed", "enlarged", "masked_logits", "normalised", "squared", "squared_mask"]

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, of RGB on 0–1
_SHARES = (np.arange(256) / 255).astype(np.float32)
_TABLES = [(_SHARES - np.float32(mean)) / np.float32(spread) for mean, spread in zip(MEAN, DEVIATION, strict=True)]
_SURE = 10.0  # the logit of a pixel that a person has drawn


class Framed(NamedTuple):
    """Where a mask lies in a picture, in pixels: the whole of it, or a region."""

    top: float
    left: float
    height: float
    width: float


def squared(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """RGB (H, W, 3) → (side, side, 3); the shape of things is not kept, as in training."""
    scaled = Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(scaled)


def normalised(*squares: NDArray[np.uint8]) -> Floats:
    """Squares (side, side, 3), n of them → (n, 3, side, side)."""
    whole = np.stack(squares)
    return np.stack([table[whole[..., channel]] for channel, table in enumerate(_TABLES)], axis=1)


def squared_mask(mask: NDArray[np.bool_], side: int) -> Floats:
    """A drawn mask (H, W) → (side, side) of 0 and 1."""
    return (_shrunk(mask.astype(np.float32), side) >= 0.5).astype(np.float32)


def masked_logits(square: Floats, side: int) -> Floats:
    """A mask of 0 and 1 → the logits that a decoder would have drawn, (side, side)."""
    return _shrunk(np.asarray(square * (2 * _SURE) - _SURE, np.float32), side)


def _shrunk(values: Floats, side: int) -> Floats:
    if values.shape == (side, side):
        return values
    # Pillow widens the filter as it shrinks, which is what "antialiased" means
    return np.asarray(Image.fromarray(values).resize((side, side), Image.Resampling.BILINEAR))


def enlarged(logits: Floats, frame: Framed, rows: slice, columns: slice) -> Floats:
    """Logits (h, w) that lie over a part of a picture, scaled bilinearly to those of its pixels."""
    above, below, down = _neighbours(logits.shape[0], frame.top, frame.height, rows)
    left, right, across = _neighbours(logits.shape[1], frame.left, frame.width, columns)
    tall = logits[above] * (1 - down)[:, None] + logits[below] * down[:, None]
    return np.asarray(tall[:, left] * (1 - across) + tall[:, right] * across, np.float32)


def _neighbours(
    cells: int, start: float, span: float, wanted: slice
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """For each pixel the cells before and after it, and how far it is on its way between their centres."""
    index = np.arange(wanted.start, wanted.stop, dtype=np.float64)
    place = np.maximum((index + 0.5 - start) * (cells / span) - 0.5, 0)
    first = np.minimum(place.astype(np.intp), cells - 1)
    return first, np.minimum(first + 1, cells - 1), (place - first).astype(np.float32)
