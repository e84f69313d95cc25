"""Where something is, and the passage that stands there.

The nouns that every room shares. No reading, storing or searching: those rooms import this file, never the other way.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

__all__ = [
    "Box",
    "Locator",
    "PageSpan",
    "Passage",
    "RowSpan",
    "Source",
    "TimeSpan",
    "locator_from_json",
    "locator_to_json",
    "passage_id",
]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle as fractions of the picture, 0–1, origin top left, with x0 <= x1 and y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class PageSpan:
    """Boxes on one page, counted from 1. A slide is a page; a text without pages is all page 1."""

    page: int
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class RowSpan:
    """One row of a sheet, numbered as the spreadsheet program shows it (from 1, header included)."""

    sheet: str
    row: int


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Seconds of a video, and where in the picture."""

    start_s: float
    end_s: float
    box: Box | None = None


Locator = PageSpan | RowSpan | TimeSpan


@dataclass(frozen=True, slots=True)
class Source:
    """One document, video or camera.

    Attributes:
        id: sha256 of the bytes (or of a camera's address), hexadecimal.
        name: what people call it: a path relative to the folder that was added, or a file name.
        media_type: as in HTTP, such as "application/pdf".
        added_at: when it was added, in UTC.
    """

    id: str
    name: str
    media_type: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text that can be found and cited.

    Attributes:
        id: stable, from `passage_id`.
        source_id: the `Source` it came from.
        text: what a person would read there.
        heading_path: the headings above it, outermost first; the first one is the document's title.
        locator: where to look.
        language: "zh" or "en", by what most of its letters are.
        valid_from: the first day on which it holds, if the document says so.
        valid_to: the last day on which it holds, if the document says so.
    """

    id: str
    source_id: str
    text: str
    heading_path: tuple[str, ...]
    locator: Locator
    language: str
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def indexed_text(self) -> str:
        """The text with its headings in front: what is embedded and searched."""
        return " > ".join(self.heading_path) + "\n" + self.text if self.heading_path else self.text


def passage_id(source_id: str, locator: Locator, text: str) -> str:
    """Hash of source, place and text: equal for equal input on every machine, 32 hexadecimal digits."""
    key = "\x1f".join((source_id, repr(sorted(locator_to_json(locator).items())), text))
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def locator_to_json(locator: Locator) -> dict[str, Any]:
    """The locator as the command line and HTTP show it: ``{"page": 3, "boxes": [[x0, y0, x1, y1]]}`` and so on."""
    match locator:
        case PageSpan(page, boxes):
            return {"page": page, "boxes": [[b.x0, b.y0, b.x1, b.y1] for b in boxes]} if boxes else {"page": page}
        case RowSpan(sheet, row):
            return {"sheet": sheet, "row": row}
        case TimeSpan(start_s, end_s, box):
            place: dict[str, Any] = {"start_s": start_s, "end_s": end_s}
            return place | {"box": [box.x0, box.y0, box.x1, box.y1]} if box else place


def locator_from_json(place: Mapping[str, Any]) -> Locator:
    """Inverse of `locator_to_json`.

    Raises:
        KeyError: the mapping is no locator.
    """
    if "page" in place:
        return PageSpan(int(place["page"]), tuple(Box(*box) for box in place.get("boxes", ())))
    if "sheet" in place:
        return RowSpan(str(place["sheet"]), int(place["row"]))
    box = place.get("box")
    return TimeSpan(float(place["start_s"]), float(place["end_s"]), Box(*box) if box else None)
