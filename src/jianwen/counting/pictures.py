"""Any picture → RGB uint8, upright; and onto the canvas that a network wants.

The header is looked at before any pixel is decoded, so that a huge picture costs nothing. Does not count anything.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jianwen.errors import BadRequest, DamagedDocument, EmptyDocument, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PIL import Image

    from jianwen.counting.config import Fit

__all__ = ["Fitted", "fit_picture", "read_picture"]

MAX_PIXELS = 100_000_000
MIN_SIDE_PX = 32
PAD = 114  # grey of the bars beside a letterboxed picture, 0–255
_MAX_FILE_BYTES = 200_000_000
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
_ORIENTATION = 0x0112  # the EXIF tag; Pillow's transposition for each of its values
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
_WHITES = (255, 1023, 4095, 16383, 65535)  # of 8 to 16 bits: a grey of any of these depths may be stored in 16 or more
_HOT = 1e-5  # share of pixels that may lie above white: a sensor has a few that are wrong
_STRIP_PIXELS = 1 << 18  # of a wide grey that are looked at together: a whole one as numbers would take gigabytes


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A picture on its canvas. `left`, `top`, `width`, `height`: where it lies there, as fractions of the canvas."""

    image: NDArray[np.uint8]  # (H, W, 3) RGB
    left: float
    top: float
    width: float
    height: float

    def onto(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points (n, 2) as fractions of the picture → fractions of the canvas."""
        return (points * self._size + self._corner).astype(np.float32)

    def back(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Inverse of `onto`."""
        return ((points - self._corner) / self._size).astype(np.float32)

    @property
    def _corner(self) -> NDArray[np.float32]:
        return np.array((self.left, self.top), np.float32)

    @property
    def _size(self) -> NDArray[np.float32]:
        return np.array((self.width, self.height), np.float32)


def read_picture(source: Path | bytes, *, name: str | None = None, side_px: int = 2048) -> NDArray[np.uint8]:
    """The first frame, (H, W, 3) RGB, upright, on white where it is transparent.

    Args:
        source: a file, or its bytes.
        name: what to call it in an error; the file's name by default.
        side_px: a larger picture is shrunk to this longer side.

    Raises:
        UnreadableFile: it cannot be opened.
        EmptyDocument: it has no bytes.
        DamagedDocument: broken or cut short.
        BadRequest: no picture, over 100 megapixels or 200 MB, or a side under 32 pixels.
    """
    shown = name or (source.name if isinstance(source, Path) else "the picture")
    data = _bytes_of(source, shown)
    if not data:
        raise EmptyDocument(name=shown)
    return _decoded(data, shown, side_px)


def fit_picture(image: NDArray[np.uint8], *, height_px: int, width_px: int, fit: Fit) -> Fitted:
    """Scale to a canvas: all of it ("stretch"), or with its proportions kept and grey bars ("letterbox")."""
    if fit == "stretch":
        return Fitted(_scaled(image, height_px, width_px), 0.0, 0.0, 1.0, 1.0)
    scale = min(height_px / image.shape[0], width_px / image.shape[1])
    height = min(height_px, max(1, round(image.shape[0] * scale)))
    width = min(width_px, max(1, round(image.shape[1] * scale)))
    top, left = (height_px - height) // 2, (width_px - width) // 2
    canvas = np.full((height_px, width_px, 3), PAD, np.uint8)
    canvas[top : top + height, left : left + width] = _scaled(image, height, width)
    return Fitted(canvas, left / width_px, top / height_px, width / width_px, height / height_px)


def _scaled(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    from PIL import Image  # noqa: PLC0415 - nouns of this room are used without it

    if image.shape[:2] == (height, width):
        return image
    small = Image.fromarray(np.ascontiguousarray(image)).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(small)


def _bytes_of(source: Path | bytes, shown: str) -> bytes:
    if isinstance(source, bytes):
        size = len(source)
    else:
        try:
            size = source.stat().st_size
        except (OSError, ValueError) as exc:
            raise UnreadableFile(name=shown, detail=getattr(exc, "strerror", None) or str(exc)) from exc
    if size > _MAX_FILE_BYTES:
        raise _too_large(shown, f"{size:,} bytes", f"{size:,} 字节")
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError as exc:
        raise UnreadableFile(name=shown, detail=exc.strerror or str(exc)) from exc


def _decoded(data: bytes, shown: str, side_px: int) -> NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - as above

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures; our own limit is below
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                _check_size(image.size, shown)
                return np.ascontiguousarray(np.asarray(_upright(image, side_px)))
    except Image.DecompressionBombError as exc:
        found = re.search(r"\d+", str(exc))
        pixels = f"{int(found.group()):,}" if found else f"{MAX_PIXELS:,}+"
        raise _too_large(shown, f"{pixels} pixels", f"{pixels} 像素") from exc
    except UnidentifiedImageError as exc:
        raise BadRequest(
            detail=f"{shown} is not a picture that can be read. Save it as PNG, JPEG or WebP.",
            detail_zh=f"{shown} 不是可以读取的图片。请另存为 PNG、JPEG 或 WebP。",
        ) from exc
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as exc:
        raise DamagedDocument(name=shown) from exc  # Pillow reports broken files by all of these


def _check_size(size: tuple[int, int], shown: str) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise _too_large(shown, f"{width * height:,} pixels", f"{width * height:,} 像素")
    if min(size) < MIN_SIDE_PX:
        raise BadRequest(
            detail=f"{shown} is {width} x {height} pixels; each side needs {MIN_SIDE_PX}. Take a larger one.",
            detail_zh=f"{shown} 只有 {width} × {height} 像素，每边至少需要 {MIN_SIDE_PX} 像素。请换一张更大的图片。",
        )


def _too_large(shown: str, found: str, found_zh: str) -> BadRequest:
    limits = f"{MAX_PIXELS // 1_000_000} million pixels and {_MAX_FILE_BYTES // 1_000_000} MB"
    limits_zh = f"{MAX_PIXELS // 10_000} 万像素、{_MAX_FILE_BYTES // 1_000_000} MB"
    return BadRequest(
        detail=f"{shown} has {found}; at most {limits} are read. Save it smaller.",
        detail_zh=f"{shown} 有 {found_zh}，最多读取 {limits_zh}。请缩小后再试。",
    )


def _upright(image: Image.Image, side_px: int) -> Image.Image:
    from PIL import Image as Pillow  # noqa: PLC0415 - as above

    scale = min(1.0, side_px / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    if scale < 1:
        image.draft("RGB", size)  # a JPEG is decoded small at once
    turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    image.load()
    plain = _eight_bits(image)
    small = plain if plain.size == size else plain.resize(size, Pillow.Resampling.BILINEAR, reducing_gap=2.0)
    colours = _on_white(small)
    return colours if turn is None else colours.transpose(Pillow.Transpose(turn))


def _eight_bits(image: Image.Image) -> Image.Image:
    """In a mode of eight bits a channel that can be scaled smoothly."""
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        return _narrowed(image)
    if image.mode in {"P", "PA"}:
        return image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    return image.convert("L") if image.mode == "1" else image


def _narrowed(image: Image.Image) -> Image.Image:
    """A grey of more than eight bits ("I;16", "I", "F") → "L"."""
    from PIL import Image as Pillow  # noqa: PLC0415 - as above

    white = _white(image)
    grey = Pillow.new("L", image.size)
    for top, levels in _strips(image):
        scaled = levels.clip(0, white) * np.float32(255 / white) + np.float32(0.5)
        grey.paste(Pillow.fromarray(scaled.astype(np.uint8)), (0, top))
    return grey


def _white(image: Image.Image) -> int:
    """The level that is white: of the depths that a file does not tell, the least that holds the picture's levels."""
    whites = (1, *_WHITES) if image.mode == "F" else _WHITES  # numbers with a point may be shares of white
    above = np.zeros(len(whites), np.int64)
    for _, levels in _strips(image):
        above += [np.count_nonzero(levels > white) for white in whites]
    few = _HOT * image.width * image.height
    return next((white for white, pixels in zip(whites, above, strict=True) if pixels <= few), whites[-1])


def _strips(image: Image.Image) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """First row and levels (rows, W) of one strip after another, finite: what is no number is 0."""
    rows = max(1, _STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(image.height, top + rows)))
        yield top, np.nan_to_num(np.asarray(strip).astype(np.float32), copy=False)


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image as Pillow  # noqa: PLC0415 - as above

    if image.mode in {"RGBA", "LA", "RGBa", "La"}:
        colours = image.convert("RGBA")
        paper = Pillow.new("RGBA", colours.size, "white")
        return Pillow.alpha_composite(paper, colours).convert("RGB")
    return image.convert("RGB")
