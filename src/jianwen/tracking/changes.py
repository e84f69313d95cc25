"""Where a picture changed since the one before: where a ball that was lost may have gone. Knows no objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["changed_places"]

_CELLS = 4  # a thing is about so many cells wide when it is looked for
_NOISE = 4.0  # times the usual change, which is noise and compression, …
_LEAST = 6.0  # … and so many grey levels: less is no change


def changed_places(
    before: NDArray[np.uint8], after: NDArray[np.uint8], *, diameter: float, most: int
) -> list[tuple[float, float]]:
    """Centres (x, y) in pixels of places as large as `diameter` that changed, the most changed first.

    Pictures (H, W, 3) of one size; a place where a thing was and one where it is now look alike from here.
    """
    step = max(1, int(diameter / _CELLS))
    changed = np.abs(_grey(after, step) - _grey(before, step))
    size = max(1, round(diameter / step))
    mean = _mean_round(changed, size)
    bound = max(_LEAST, _NOISE * float(np.median(mean)))
    places: list[tuple[float, float]] = []
    while len(places) < most:
        row, column = np.unravel_index(int(mean.argmax()), mean.shape)
        if mean[row, column] < bound:
            break
        places.append(((float(column) + 0.5) * step, (float(row) + 0.5) * step))
        rows = slice(max(0, int(row) - size), int(row) + size + 1)
        mean[rows, max(0, int(column) - size) : int(column) + size + 1] = 0
    return places


def _grey(picture: NDArray[np.uint8], step: int) -> NDArray[np.float32]:
    return np.asarray(picture[step // 2 :: step, step // 2 :: step].mean(axis=2, dtype=np.float32))


def _mean_round(values: NDArray[np.float32], size: int) -> NDArray[Any]:
    """The mean over a square of `size` cells round each cell, by running sums."""
    before, after = size // 2, size - size // 2
    padded = np.pad(values, ((before + 1, after), (before + 1, after)), mode="edge").astype(np.float64)
    sums = padded.cumsum(axis=0).cumsum(axis=1)
    high, wide = values.shape
    total = sums[size : size + high, size : size + wide] - sums[:high, size : size + wide]
    total -= sums[size : size + high, :wide] - sums[:high, :wide]
    return np.asarray(total / size**2)
