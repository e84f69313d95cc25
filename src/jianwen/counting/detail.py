"""Whether there is anything to be seen in a picture: a covered lens, mere noise and a blur have no edges of some size.

Two levels of a Laplacian pyramid (Burt & Adelson 1983) are compared. Counts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

__all__ = ["edges", "shows_something"]

_SIDE_PX = 160  # longer side of what is looked at; a ball has a radius of 4 px there at least
_STRONGEST = 99  # percentile of the differences that stands for the edges
# Of 550 rendered boxes, dark, hazy and unknown ones too, the weakest edges have 3.1 grey levels, and fine ones are
# 0.51 to 1.55 times as strong as coarse ones; of noise 2.0 times, of a box blurred by a ball's radius 0.30.
_LEAST = 2.0
_SHARPNESS = 0.4, 1.8


def shows_something(picture: NDArray[np.uint8]) -> bool:
    """Whether RGB (H, W, 3) has edges as sharp as a picture's: False for blank ones, noise, a strong blur."""
    fine, coarse = edges(picture)
    return fine >= _LEAST and _SHARPNESS[0] * coarse <= fine <= _SHARPNESS[1] * coarse


def edges(picture: NDArray[np.uint8]) -> tuple[float, float]:
    """How strong edges of 2 to 4 and of 4 to 8 px are at a side of 160 px, in grey levels."""
    from PIL import Image  # noqa: PLC0415 - nouns of this room are used without it

    grey = Image.fromarray(np.ascontiguousarray(picture)).convert("L")
    scale = min(1.0, _SIDE_PX / max(grey.size))
    width, height = (max(8, round(side * scale)) for side in grey.size)
    half = grey.resize((width, height), Image.Resampling.BOX).convert("F").reduce(2)
    quarter = half.reduce(2)
    return _strongest(half, quarter), _strongest(quarter, quarter.reduce(2))


def _strongest(level: Image.Image, coarser: Image.Image) -> float:
    """Edges that are in a level and no more in the next."""
    smooth = coarser.resize(level.size)  # bicubic, Pillow's default
    return float(np.percentile(np.abs(np.asarray(level) - np.asarray(smooth)), _STRONGEST))
