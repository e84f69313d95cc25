"""Notices as a telephone or a scanner would see them: rotated, unevenly lit, noisy, a little blurred.

Noise is seeded by the file's name, so that the same notice gives the same picture.
"""

from __future__ import annotations

import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from venue.facts import MADE_ON

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Notice", "photograph", "scan", "write_picture", "write_scanned_pdf"]

_FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
_SIMPLIFIED = 2  # the collection's face for simplified Chinese
_EDGE = 70


@dataclass(frozen=True, slots=True)
class Notice:
    """A sheet on the wall: a title line and text lines, as they are drawn."""

    title: str
    lines: tuple[str, ...]
    paper: tuple[int, int, int] = (252, 250, 242)
    ink: tuple[int, int, int] = (30, 30, 36)
    width: int = 1000
    size: int = 34

    @property
    def text(self) -> str:
        return "\n".join((self.title, *self.lines))


def _draw(notice: Notice) -> Image.Image:
    title_font = ImageFont.truetype(_FONT, round(notice.size * 1.6), index=_SIMPLIFIED)
    font = ImageFont.truetype(_FONT, notice.size, index=_SIMPLIFIED)
    step = round(notice.size * 1.75)
    height = 2 * _EDGE + round(notice.size * 3.2) + step * len(notice.lines)
    sheet = Image.new("RGB", (notice.width, height), notice.paper)
    pen = ImageDraw.Draw(sheet)
    pen.text((notice.width / 2, _EDGE), notice.title, font=title_font, fill=notice.ink, anchor="ma")
    top = _EDGE + round(notice.size * 3.2)
    for number, line in enumerate(notice.lines):
        pen.text((_EDGE, top + step * number), line, font=font, fill=notice.ink)
        assert pen.textlength(line, font=font) <= notice.width - 2 * _EDGE, line
    return sheet


def _noisy(picture: Image.Image, *, name: str, strength: float, shade: float) -> Image.Image:
    """Adds grain and a light falloff from the top left corner to the bottom right one."""
    pixels = np.asarray(picture, dtype=np.float32)  # (H, W, 3), 0–255
    rows, columns = pixels.shape[:2]
    slope = np.linspace(0, 1, rows)[:, None] * 0.6 + np.linspace(0, 1, columns)[None, :] * 0.4
    grain = np.random.default_rng(zlib.crc32(name.encode())).normal(0, strength, (rows, columns, 1))
    return Image.fromarray(np.clip(pixels * (1 - shade * slope[..., None]) + grain, 0, 255).astype(np.uint8))


def photograph(notice: Notice, *, name: str, degrees: float = 1.8) -> Image.Image:
    """The notice on a wall, taken by hand."""
    sheet = _draw(notice)
    wall = Image.new("RGB", (sheet.width + 120, sheet.height + 120), (150, 141, 128))
    wall.paste(sheet, (60, 60))
    turned = wall.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(150, 141, 128))
    return _noisy(turned.filter(ImageFilter.GaussianBlur(0.9)), name=name, strength=7, shade=0.28)


def scan(notice: Notice, *, name: str, degrees: float = -0.7) -> Image.Image:
    """The notice on the glass of an office scanner: grey, nearly straight."""
    turned = _draw(notice).convert("L").convert("RGB").rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white")
    return _noisy(turned.filter(ImageFilter.GaussianBlur(0.5)), name=name, strength=5, shade=0.05).convert("L")


def write_picture(path: Path, picture: Image.Image) -> None:
    """PNG is stored in a dozen greys, so that the grain does not make it megabytes."""
    if path.suffix == ".png":
        picture.convert("L").quantize(12, dither=Image.Dither.NONE).save(path, optimize=True)
    else:
        picture.save(path, quality=72)


def write_scanned_pdf(path: Path, pages: Sequence[Image.Image]) -> None:
    """Pictures as pages of a PDF without any text."""
    day = time.struct_time((*MADE_ON.timetuple()[:3], 9, 0, 0, 0, 0, 0))
    first, *others = pages
    first.save(path, "PDF", save_all=True, append_images=others, resolution=120, creationDate=day, modDate=day)
