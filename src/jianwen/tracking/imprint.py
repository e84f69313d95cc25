"""How an object looked when it was last drawn: what did not change there since has not moved, and colours tell balls.

Knows no network: of fifteen equal balls in a rack a network draws now this one and now that, yet none has moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Imprint", "camera_moves", "colour_at", "colour_of", "disc_in", "is_same", "noise_between", "window"]

_INNER = 0.6  # of the radius: the colour is read within, where neither cloth nor shadow is
_RATE = 0.05  # how fast a colour is learned anew: light changes slowly, a wrong mask comes at once
_LEAST = 3.5  # grey levels, beside the noise, that a thing at rest may change by; looked at on a few rendered shots
_ALIKE = 26.0  # … and one that moves a little, at the root of the mean square
_WITHIN = 0.85  # of its radius, where its edge and its neighbours are not
_PALE = 10.0  # of what is empty: less, and a thing is not known by its looks
_NEARER = 0.2  # times as far from its imprint as what is empty there: nearer is the thing
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
        return _is_alike(self.pixels, now, disc_in(rows, columns, self.x, self.y, self.diameter / 2), noise)

    def found_near(
        self, picture: NDArray[np.uint8], empty: NDArray[np.uint8], reach: float
    ) -> tuple[float, float] | None:
        """Where a later frame shows the same thing at most `reach` pixels to a side; `empty` is the frame without it.

        None where nothing is like it, or what is empty is about as much like it.
        """
        import cv2  # noqa: PLC0415 - heavy, and only standing cameras need it

        rows, columns = window(picture, self.x, self.y, self.diameter)
        disc = disc_in(rows, columns, self.x, self.y, _WITHIN * self.diameter / 2)
        room = max(1, round(reach))
        low, high = (rows.start - room, columns.start - room), (rows.stop + room, columns.stop + room)
        inside = min(low) >= 0 and high[0] <= picture.shape[0] and high[1] <= picture.shape[1]
        if self.pixels.shape[:2] != disc.shape or not disc.any() or not inside:
            return None
        around = slice(low[0], high[0]), slice(low[1], high[1])
        mask = np.repeat(disc[..., None], 3, axis=2).astype(np.float32)
        own = self.pixels.astype(np.float32)
        away = cv2.matchTemplate(picture[around].astype(np.float32), own, cv2.TM_SQDIFF, mask=mask)
        row, column = (int(value) for value in np.unravel_index(away.argmin(), away.shape))
        there = slice(low[0] + row, low[0] + row + len(own)), slice(low[1] + column, low[1] + column + own.shape[1])
        contrast = float((((empty[there] - own) ** 2) * mask).sum())
        least = float(away[row, column])
        if contrast < _PALE**2 * mask.sum() or least > min(_ALIKE**2 * mask.sum(), _NEARER**2 * contrast):
            return None
        return self.x + column - room + _dip(away[row], column), self.y + row - room + _dip(away[:, column], row)


def _dip(values: NDArray[Any], least: int) -> float:
    """How far from the least value the lowest place of a parabola through it lies, in steps."""
    if not 0 < least < len(values) - 1:
        return 0.0
    before, here, after = (float(value) for value in values[least - 1 : least + 2])
    bend = before - 2 * here + after
    return 0.5 * (before - after) / bend if bend > 0 else 0.0


def is_same(
    before: NDArray[np.uint8], after: NDArray[np.uint8], x: float, y: float, diameter: float, *, noise: float
) -> bool:
    """Whether two pictures of one shape show the same at a place, given the usual change of a pixel."""
    rows, columns = window(after, x, y, diameter)
    return _is_alike(before[rows, columns], after[rows, columns], disc_in(rows, columns, x, y, diameter / 2), noise)


def _is_alike(before: NDArray[np.uint8], after: NDArray[np.uint8], disc: NDArray[np.bool_], noise: float) -> bool:
    if not disc.any():
        return False
    change = np.abs(after[disc].astype(np.int16) - before[disc]).mean()
    return bool(change < _LEAST + noise)


def colour_at(picture: NDArray[np.uint8], x: float, y: float, diameter: float) -> NDArray[np.float64]:
    """(3,) of the middle of a thing: light, red against green, yellow against blue, as far apart as eyes see them."""
    rows, columns = window(picture, x, y, diameter)
    disc = disc_in(rows, columns, x, y, max(1.0, _INNER * diameter / 2))
    if not disc.any():
        return np.zeros(3)
    return colour_of(np.median(picture[rows, columns][disc], axis=0))


def colour_of(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """RGB (…, 3) of 0–255 as light, red against green, yellow against blue."""
    red, green, blue = (pixels[..., k].astype(np.float64) for k in range(3))
    return np.stack(((red + green + blue) / 3, 0.7 * (red - green), 0.5 * ((red + green) / 2 - blue)), axis=-1)


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
