"""Slides with titles, bullet points and speaker notes, to PowerPoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pptx import Presentation

from venue.frozen import freeze_office

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Slide", "write_pptx"]

_TITLE_AND_TEXT = 1  # index of this layout in python-pptx's own template


@dataclass(frozen=True, slots=True)
class Slide:
    """One slide: what the audience sees and what only the speaker reads."""

    title: str
    points: tuple[str, ...]
    notes: str = ""


def write_pptx(path: Path, slides: Sequence[Slide]) -> None:
    """One slide a page, in order."""
    deck = Presentation()
    for slide in slides:
        page = deck.slides.add_slide(deck.slide_layouts[_TITLE_AND_TEXT])
        page.shapes.title.text = slide.title
        page.placeholders[1].text = "\n".join(slide.points)
        if slide.notes:
            page.notes_slide.notes_text_frame.text = slide.notes
    deck.core_properties.title = slides[0].title
    deck.save(str(path))
    freeze_office(path)
