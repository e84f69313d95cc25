"""Figures for people and for scripts: a table, and one JSON object on the last line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Report"]


@dataclass(frozen=True, slots=True)
class Report:
    """What a measurement found.

    Attributes:
        title: what was measured, on what.
        columns: headings of the table.
        rows: its cells.
        figures: for the JSON line, under the names that scripts rely on.
        notes: what a reader should know, one line each.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    figures: Mapping[str, object]
    notes: Sequence[str] = field(default=())

    def print(self) -> None:
        """Print the table, the notes and the JSON line."""
        table = Table(title=self.title, title_justify="left", box=None, header_style="bold")
        for column in self.columns:
            table.add_column(column)
        for row in self.rows:
            table.add_row(*(_shown(cell) for cell in row))
        console = Console(highlight=False)
        console.print(table)
        for note in self.notes:
            console.print(note, markup=False)
        print(json.dumps(self.figures, ensure_ascii=False), flush=True)


def _shown(cell: object) -> str:
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)
