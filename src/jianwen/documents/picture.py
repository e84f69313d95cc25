"""PNG, JPEG and WebP → `Document` by OCR, and as RGB for display. The first frame counts; EXIF rotation is applied.

The header is looked at before any pixel is decoded, so that a huge picture costs nothing.
"""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwen.documents import ocr
from jianwen.documents.layout import box_of, lay_out
from jianwen.documents.nouns import Block, Document, Job, Limits
from jianwen.documents.prose import heading_level, kind_of_text
from jianwen.documents.tabular import retold
from jianwen.documents.titles import opening_title, with_title
from jianwen.errors import DamagedDocument, EmptyDocument, TooLarge
from jianwen.places import PageSpan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image

__all__ = ["decoded", "read"]

_FORMATS = ("PNG", "JPEG", "WEBP")
_SHORT_SIDE_PX = 2000
_LONG_SIDE_PX = 20_000  # a long screenshot
_STRIP_PX = 200  # rows of the scaled picture
_ORIENTATION = 0x0112  # the EXIF tag; Pillow's transposition for each of its values
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}


def read(job: Job) -> Document:
    """Raises TooLarge, DamagedDocument, or EmptyDocument when there is no text in the picture."""
    import numpy as np  # noqa: PLC0415 - only pictures need it here

    image = decoded(job.path, name=job.name, limits=job.limits, short_px=_SHORT_SIDE_PX, long_px=_LONG_SIDE_PX)
    pixels = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
    paragraphs = lay_out(ocr.lines(pixels))
    job.progress("ocr", 1, 1)
    if not paragraphs:
        raise EmptyDocument(name=job.name)
    blocks = []
    for paragraph, row in zip(paragraphs, retold(paragraphs), strict=True):
        span = PageSpan(1, tuple(box_of(line, image.width, image.height) for line in paragraph.lines))
        level = heading_level(paragraph.text)
        kind = "row" if row is not None else kind_of_text(paragraph.text, level)
        blocks.append(Block(kind, paragraph.text if row is None else row, span, level))
    blocks = with_title(blocks)
    return Document(opening_title(blocks) or job.stem, job.media_type, tuple(blocks), pages=1, ocr_pages=(1,))


def decoded(path: Path, *, name: str, limits: Limits, short_px: int, long_px: int) -> Image.Image:
    """The picture as RGB, upright, shrunk so that its sides are at most `short_px` and `long_px`.

    Raises:
        TooLarge: more pixels than the limit; none was decoded.
        DamagedDocument: broken or cut short.
    """
    from PIL import Image  # noqa: PLC0415 - only pictures need it

    with _opened(path, name=name, limits=limits) as image:
        scale = min(1.0, short_px / min(image.size), long_px / max(image.size))
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        if scale < 1:
            image.draft("RGB", size)  # a JPEG is decoded small at once
        image.seek(0)
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
        small = _shrunk(_plain(image), size)
        return _on_white(small if turn is None else small.transpose(Image.Transpose(turn)))


@contextmanager
def _opened(path: Path, *, name: str, limits: Limits) -> Iterator[Image.Image]:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - only pictures need it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures; our own limit is below
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height > limits.max_pixels:
                    raise _too_large(name, image.width * image.height, limits.max_pixels)
                yield image
    except Image.DecompressionBombError as exc:
        found = re.search(r"\d+", str(exc))
        most = min(limits.max_pixels, 2 * (Image.MAX_IMAGE_PIXELS or limits.max_pixels))  # Pillow's own limit
        raise _too_large(name, int(found.group()) if found else most + 1, most) from exc
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as exc:
        raise DamagedDocument(name=name) from exc  # Pillow reports broken files by all of these


def _too_large(name: str, found: int, limit: int) -> TooLarge:
    return TooLarge(name=name, found=found, unit="pixels", unit_zh="像素", limit=limit, setting="max_pixels")


def _plain(image: Image.Image) -> Image.Image:
    """In a mode that can be scaled smoothly."""
    if image.mode.startswith("I;16"):
        return _eight_bits(image)
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    return image.convert("L") if image.mode == "1" else image


def _eight_bits(image: Image.Image) -> Image.Image:
    import numpy as np  # noqa: PLC0415 - only pictures need it
    from PIL import Image as Pillow  # noqa: PLC0415 - as above

    levels = np.asarray(image)
    deep = int(levels.max(initial=0)) > 255
    return Pillow.fromarray((levels >> 8 if deep else levels).clip(0, 255).astype(np.uint8))


def _shrunk(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Scaled strip by strip: Pillow makes a second copy of what it scales, and the whole may have 400 MB."""
    from PIL import Image as Pillow  # noqa: PLC0415 - only pictures need it

    image.load()
    if size == image.size:
        return _eight_bits(image) if image.mode in {"I", "F"} else image
    small = Pillow.new(image.mode, size)
    for top in range(0, size[1], _STRIP_PX):
        bottom = min(size[1], top + _STRIP_PX)
        rows = (top * image.height // size[1], max(1, bottom * image.height // size[1]))
        strip = image.crop((0, min(rows[0], rows[1] - 1), image.width, rows[1]))
        small.paste(strip.resize((size[0], bottom - top), reducing_gap=2.0), (0, top))
    return _eight_bits(small) if small.mode in {"I", "F"} else small


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image as Pillow  # noqa: PLC0415 - only pictures need it

    if image.mode in {"RGBA", "LA", "PA"}:
        colours = image.convert("RGBA")
        paper = Pillow.new("RGBA", colours.size, "white")
        return Pillow.alpha_composite(paper, colours).convert("RGB")
    return image.convert("RGB")
