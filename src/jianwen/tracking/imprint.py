"""How an object looked when it was last drawn: what did not change there since has not moved, and colours tell balls.

Knows no network: of fifteen equal balls in a rack a network draws now this one and now that, yet none has moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Imprint", "camera_moves", "colour_at", "disc_in", "noise_between", "window"]

_INNER = 0.6  # of the radius: the colour is read within, where neither cloth nor shadow is
_RATE = 0.05  # how fast a colour is learned anew: light changes slowly, a wrong mask comes at once
_LEAST = 3.5  # grey levels, beside the noise, that a thing at rest may change by; looked at on a few rendered shots
_MOVES = 2.5  # grey levels, of means over blocks, which noise hardly changes; more is a camera that moves
_BLOCK = 8  # pixels


@dataclass(frozen=True, slots=True, eq=False)
class Imprint:
    """Of one object, as of its newest own drawing."""

    x: float  # the centre, pixels of the frame
    y: float
    diameter: float
    pixels: NDArray[np.uint8]  # (h, w, 3) round it, as far as the frame reaches
    colour: tuple[float, float, float]  # light, red against green, yellow against blue

    @classmethod
    def of(
        cls, picture: NDArray[np.uint8], x: float, y: float, diameter: float, *, before: Imprint | None = None
    ) -> Imprint:
        """With most of the colour that was known before."""
        rows, columns = window(picture, x, y, diameter)
        fresh = colour_at(picture, x, y, diameter)
        if before is not None:
            fresh = np.array(before.colour) + _RATE * (fresh - before.colour)
        light, red, yellow = (float(value) for value in fresh)
        return cls(x, y, diameter, picture[rows, columns].copy(), (light, red, yellow))

    def is_still(self, picture: NDArray[np.uint8], noise: float) -> bool:
        """Whether a later frame shows the same thing there, given the usual change of a pixel."""
        rows, columns = window(picture, self.x, self.y, self.diameter)
        now = picture[rows, columns]
        if now.shape != self.pixels.shape:
            return False
        disc = disc_in(rows, columns, self.x, self.y, self.diameter / 2)
        if not disc.any():
            return False
        change = np.abs(now[disc].astype(np.int16) - self.pixels[disc]).mean()
        return bool(change < _LEAST + noise)


def colour_at(picture: NDArray[np.uint8], x: float, y: float, diameter: float) -> NDArray[np.float64]:
    """(3,) of the middle of a thing: light, red against green, yellow against blue, as far apart as eyes see them."""
    rows, columns = window(picture, x, y, diameter)
    disc = disc_in(rows, columns, x, y, max(1.0, _INNER * diameter / 2))
    if not disc.any():
        return np.zeros(3)
    red, green, blue = np.median(picture[rows, columns][disc].astype(np.float64), axis=0)
    return np.array(((red + green + blue) / 3, 0.7 * (red - green), 0.5 * ((red + green) / 2 - blue)))


def noise_between(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """The usual change of a pixel, in grey levels, where most of the picture stays as it is."""
    one, other = (picture[::4, ::4].mean(axis=2, dtype=np.float32) for picture in (before, after))
    return float(np.median(np.abs(one - other)))


def camera_moves(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> bool:
    """Whether most of the picture changed, however noisy it is; two of another size have nothing in common."""
    return before.shape != after.shape or float(np.median(np.abs(_blocks(before) - _blocks(after)))) > _MOVES


def _blocks(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The mean green of blocks; small pictures as they are."""
    rows, columns = (side // _BLOCK for side in picture.shape[:2])
    if not rows or not columns:
        return picture[..., 1].astype(np.float32)
    whole = picture[: rows * _BLOCK, : columns * _BLOCK, 1]
    return np.asarray(whole.reshape(rows, _BLOCK, columns, _BLOCK).mean(axis=(1, 3), dtype=np.float32))


def window(picture: NDArray[Any], x: float, y: float, diameter: float) -> tuple[slice, slice]:
    """Rows and columns of a square round a place, as far as the picture reaches."""
    height, width = picture.shape[:2]
    radius = diameter / 2
    return _side(y, radius, height), _side(x, radius, width)


def _side(middle: float, radius: float, size: int) -> slice:
    """Empty where nothing of it is in the frame."""
    start = min(max(0, int(middle - radius)), size)
    return slice(start, max(start, min(size, int(np.ceil(middle + radius)))))


def disc_in(rows: slice, columns: slice, x: float, y: float, radius: float) -> NDArray[np.bool_]:
    """Which pixels of a window lie on a disc."""
    down, across = np.mgrid[rows, columns]
    return np.asarray(np.hypot(across + 0.5 - x, down + 0.5 - y) <= radius)
