"""Textures out of seeds: weave, carpet, tiles, boards, words on a banner.

Arrays are float32; pictures are linear light. Nothing here is a photograph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.texture import Colour, linear, single

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.billiards.look import Room

Array = NDArray[Any]

_SIDE = 512


def fabric(rng: np.random.Generator, *, smooth: float = 0.0) -> Array:
    """(256, 256) noise of mean 0 and deviation 1 that meets itself at its edges."""
    noise: Array = rng.standard_normal((256, 256), dtype=np.float32)
    if smooth:
        noise = single(cv2.GaussianBlur(np.tile(noise, (3, 3)), (0, 0), smooth))[256:512, 256:512]
    return np.asarray(noise / noise.std())


def tiled(texture: Array, u: Array, v: Array) -> Array:
    """A texture repeated over the plane, read at u across and v down (H, W), in texels."""
    rows, columns = texture.shape[:2]
    u = np.mod(np.clip(u, -1e6, 1e6), columns).astype(np.float32)
    v = np.mod(np.clip(v, -1e6, 1e6), rows).astype(np.float32)
    return np.asarray(cv2.remap(texture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))


def floor_picture(room: Room, rng: np.random.Generator) -> Array:
    """(512, 512, 3) of one of the room's patterns."""
    draw = {"plain": _plain, "strokes": _strokes, "tiles": _tiles, "boards": _boards, "speckle": _speckle}
    shade = draw[room.pattern](rng)
    picture = linear(room.floor) * np.exp(room.contrast * shade)[..., None]
    if room.pattern == "strokes":
        _lines(picture, rng)
    return np.asarray(picture.astype(np.float32))


def words_picture(
    words: Sequence[str], ground: Colour, *, ink: Colour = (225, 230, 232), size: tuple[int, int] = (480, 1200)
) -> Array:
    """Lines of capitals on a plain ground, linear light."""
    canvas = np.empty((*size, 3), np.uint8)
    canvas[:] = ground
    for index, word in enumerate(words):
        room = size[0] / max(len(words), 1)
        thick = max(2, int(room / 15))
        (width, height), _ = cv2.getTextSize(word, cv2.FONT_HERSHEY_DUPLEX, 1.0, 1)
        scale = min(room * 0.6 / max(height, 1), size[1] * 0.94 / max(width, 1))
        start = (int((size[1] - width * scale) / 2), int(room * (index + 0.5) + height * scale / 2))
        cv2.putText(canvas, word, start, cv2.FONT_HERSHEY_DUPLEX, scale, ink, thick, cv2.LINE_AA)
    return linear(canvas)


def _plain(rng: np.random.Generator) -> Array:
    return _large(rng, (12, 12)) * 0.3


def _strokes(rng: np.random.Generator) -> Array:
    """Long brush strokes in bands, as on the carpets of hotel halls."""
    bands = _large(rng, (10, 3))
    fine = _large(rng, (110, 20))
    leaning = cv2.warpAffine(fine, single([[1, 0, 0], [1, 1, 0]]), (_SIDE, _SIDE), borderMode=cv2.BORDER_WRAP)
    return np.asarray(bands + leaning * np.clip(0.5 + bands, 0, 1.4))


def _tiles(rng: np.random.Generator) -> Array:
    count = int(rng.integers(4, 12))
    shade = single(cv2.resize(single(rng.normal(0, 0.5, (count, count))), (_SIDE, _SIDE), interpolation=0))
    step = _SIDE // count
    shade[::step, :] -= 1.0
    shade[:, ::step] -= 1.0
    return np.asarray(shade)


def _boards(rng: np.random.Generator) -> Array:
    shade = cv2.resize(rng.normal(0, 0.5, (16, 3)).astype(np.float32), (_SIDE, _SIDE), interpolation=0)
    return np.asarray(shade + _large(rng, (200, 8)) * 0.4)


def _speckle(rng: np.random.Generator) -> Array:
    return _large(rng, (220, 220)) + _large(rng, (20, 20)) * 0.5


def _large(rng: np.random.Generator, cells: tuple[int, int]) -> Array:
    """Smooth noise of about unit deviation with so many cells down and across."""
    small = np.tile(rng.standard_normal(cells).astype(np.float32), (3, 3))  # so that it meets itself at its edges
    x, y = (((np.arange(_SIDE) + 0.5) / _SIDE + 1) * count - 0.5 for count in (cells[1], cells[0]))
    u, v = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    return np.asarray(cv2.remap(small, u, v, cv2.INTER_CUBIC))


def _lines(picture: Array, rng: np.random.Generator) -> None:
    """A few pale and purple lines along the strokes."""
    for colour in ((150, 150, 140), (95, 40, 80), (140, 145, 140)):
        y = int(rng.integers(0, _SIDE))
        x = np.arange(0, _SIDE + 1, 8)
        turns, start = int(rng.integers(1, 3)), float(rng.uniform(0, 2 * np.pi))
        bend = rng.uniform(4, 16) * np.sin(2 * np.pi * turns * x / _SIDE + start)  # whole waves meet at the edges
        points = np.stack([x, y + bend.round()], axis=-1).astype(np.int32)
        ink = [float(value) for value in linear(colour)]
        cv2.polylines(
            picture, [points], isClosed=False, color=ink, thickness=int(rng.integers(2, 7)), lineType=cv2.LINE_8
        )
