"""Prose with the facts filled in: `texts/<name>.md` becomes Markdown text.

The same text file may serve two documents (the seasonal pages), each with its own extra words.
"""

from __future__ import annotations

from pathlib import Path

from venue.facts import FACTS

__all__ = ["prose"]

_TEXTS = Path(__file__).parent / "texts"


def prose(name: str, **extra: object) -> str:
    """The text of `texts/<name>.md` with every ``{fact}`` replaced; an unknown one is a KeyError."""
    return (_TEXTS / f"{name}.md").read_text("utf-8").format(**FACTS, **extra)
