"""From linear light to a compressed picture: exposure, balance, curve, lens, noise, vignette, JPEG.

`develop` turns light into picture values, once for what stands still and for each ball; `expose` and `compress` take
whole frames.
No lens flare, no rolling shutter, no interlacing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.texture import single

if TYPE_CHECKING:
    from jianwen.billiards.look import Film

Array = NDArray[Any]

_TABLE = 4096


class Development:
    """One film for one size of picture."""

    def __init__(self, film: Film, width: int, height: int, rng: np.random.Generator) -> None:
        self.film = film
        self._gains = single(film.balance) * np.float32(film.exposure)
        self._curve = _curve(film)
        self._fade = _vignette(film, width, height)
        self._grain = _grain(film, width, height, rng)

    def develop(self, light: Array) -> Array:
        """Linear light (..., 3) to picture values 0-255 float32."""
        value: Array = light * self._gains
        if self.film.saturation != 1:
            grey = ((value[..., 0] + value[..., 1] + value[..., 2]) / np.float32(3))[..., None]
            value = grey + (value - grey) * np.float32(self.film.saturation)
        np.clip(value, 0, 1, out=value)
        index = np.sqrt(value, out=value) * np.float32(_TABLE - 1)  # the root keeps dark tones apart
        return np.asarray(np.take(self._curve, index.astype(np.int32), mode="clip"))  # far quicker than with brackets

    def fade(self, picture: Array, window: tuple[slice, slice] | None = None) -> Array:
        """Darkens towards the corners."""
        if self._fade is None:
            return picture
        return np.asarray(picture * (self._fade if window is None else self._fade[window]))

    def expose(self, picture: Array, rng: np.random.Generator) -> Array:
        """Lens and sensor: values (H, W, 3) float32 to uint8."""
        film = self.film
        frame = np.asarray(cv2.convertScaleAbs(np.maximum(picture, 0)))
        if film.blur_px > 0:
            frame = np.asarray(cv2.GaussianBlur(frame, (0, 0), film.blur_px))
        if film.shrink > 1:
            frame = _shrunk(frame, film.shrink)
        if film.sharpen > 0:
            soft = cv2.GaussianBlur(frame, (0, 0), 1.1)
            frame = np.asarray(cv2.addWeighted(frame, 1 + film.sharpen, soft, -film.sharpen, 0))
        if self._grain is not None:
            frame = self._noisy(frame, rng)
        return frame

    def compress(self, frame: Array) -> Array:
        """Through a JPEG and back."""
        if self.film.jpeg is None:
            return frame
        _, data = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, self.film.jpeg])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
        return np.ascontiguousarray(picture[..., ::-1])

    def _noisy(self, frame: Array, rng: np.random.Generator) -> Array:
        """Adds a window of the prepared grain at a random place."""
        assert self._grain is not None
        height, width = frame.shape[:2]
        y, x = rng.integers(0, _SHIFT, 2)
        grain = self._grain[y : y + height, x : x + width]
        return np.asarray(cv2.add(frame, grain, dtype=cv2.CV_8U))


_SHIFT = 64


def _curve(film: Film) -> Array:
    value = (np.arange(_TABLE) / (_TABLE - 1)) ** 2
    srgb = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.clip(255 * ((srgb - 0.45) * film.contrast + 0.45), 0, 255).astype(np.float32)


def _vignette(film: Film, width: int, height: int) -> Array | None:
    if film.vignette <= 0:
        return None
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.asarray((1 - film.vignette * (x**2 + y**2) / 2)[..., None].astype(np.float32))


def _grain(film: Film, width: int, height: int, rng: np.random.Generator) -> Array | None:
    """int16 noise, a little larger than the picture, faintly soft as of a demosaiced sensor."""
    if film.noise <= 0:
        return None
    grain = rng.standard_normal((height + _SHIFT, width + _SHIFT, 3), dtype=np.float32)
    grain = single(cv2.GaussianBlur(grain, (0, 0), 0.6))
    return np.asarray(np.round(grain / grain.std() * film.noise).astype(np.int16))


def _shrunk(frame: Array, factor: float) -> Array:
    height, width = frame.shape[:2]
    size = max(8, round(width / factor)), max(8, round(height / factor))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
