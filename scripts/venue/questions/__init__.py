"""Every question of the sample venue, one file a family of kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venue.questions.crossings import CROSSINGS
from venue.questions.english import ENGLISH
from venue.questions.injections import INJECTIONS
from venue.questions.pictures import PICTURES
from venue.questions.tables import TABLES
from venue.questions.texts import TEXTS
from venue.questions.turns import TURNS
from venue.questions.twins import TWINS
from venue.questions.unanswerable import UNANSWERABLE

if TYPE_CHECKING:
    from venue.asking import Question

__all__ = ["QUESTIONS"]

QUESTIONS: list[Question] = [
    *TEXTS,
    *ENGLISH,
    *TABLES,
    *PICTURES,
    *TWINS,
    *TURNS,
    *CROSSINGS,
    *INJECTIONS,
    *UNANSWERABLE,
]
