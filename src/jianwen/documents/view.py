"""Pictures of pages for display: PNG of a PDF page or of a picture. Reads no text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from jianwen.documents import pdf, picture
from jianwen.documents.nouns import DEFAULT_LIMITS, Limits
from jianwen.documents.pdftext import PDFIUM
from jianwen.documents.sniff import kind_of
from jianwen.errors import NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

__all__ = ["page_png"]

_MOST_WIDTH_PX = 4_000
_MOST_SIDE_PX = 12_000  # the height of a long screenshot, shown


def page_png(
    path: Path, *, media_type: str, page: int, width_px: int, limits: Limits = DEFAULT_LIMITS
) -> tuple[bytes, int, int]:
    """PNG of a page, with its width and height in pixels. A picture is page 1, upright, never enlarged.

    Raises:
        NotFound: there is no such page, or this kind of file has no pictures of pages.
        DocumentError: the file cannot be read.
    """
    width_px = max(16, min(width_px, _MOST_WIDTH_PX))
    match kind_of(media_type):
        case "pdf":
            image = _pdf_page(path, page, width_px, limits)
        case "picture" if page == 1:
            image = _picture(path, width_px, limits)
        case _:
            raise NotFound(what="page", id=page)
    with io.BytesIO() as file:
        image.save(file, "PNG", compress_level=3)
        return file.getvalue(), image.width, image.height


def _pdf_page(path: Path, page: int, width_px: int, limits: Limits) -> Image.Image:
    with pdf.opened(path, name=path.name) as document, PDFIUM:
        if not 1 <= page <= len(document):
            raise NotFound(what="page", id=page)
        opened = document[page - 1]
        bitmap = pdf.rendered(
            opened, width_px=width_px, most_pixels=min(limits.max_pixels, _MOST_WIDTH_PX**2), most_side_px=_MOST_SIDE_PX
        )
        image: Image.Image = bitmap.to_pil().convert("RGB")
        bitmap.close()
        opened.close()
        return image


def _picture(path: Path, width_px: int, limits: Limits) -> Image.Image:
    image = picture.decoded(path, name=path.name, limits=limits, short_px=_MOST_WIDTH_PX, long_px=_MOST_SIDE_PX)
    if image.width <= width_px:
        return image
    return image.resize((width_px, max(1, round(image.height * width_px / image.width))))
