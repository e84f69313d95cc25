"""`jianwen count`: how many balls are in a picture, or that nobody could tell."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from jianwen.cli.opening import open_assistant
from jianwen.cli.output import complain, console, language, plain, print_json, say
from jianwen.errors import BadRequest, JianwenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwen.assistant import Assistant
    from jianwen.counting import Count

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(count)


def count(
    images: Annotated[list[Path], typer.Argument(help="Pictures of a lock box.", metavar="IMAGE…")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Count the balls in pictures. A picture that is not clear enough gets no number."""
    with open_assistant() as assistant:
        assistant.counter()  # without it there is one error, not one a picture
        counted = list(_counted(assistant, images, quiet=json))
    if json:
        print_json({"images": [one.as_json() for one in counted]})
    else:
        _report(counted)
    if any(one.error for one in counted):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Counted:
    """One picture of the command line: counted, or why not."""

    path: str
    count: Count | None = None
    error: JianwenError | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "count": self.count.number if self.count else None,
            "confidence": round(self.count.confidence, 4) if self.count else None,
            "abstained": self.count.abstained if self.count else False,
            "error": self.error.text(language()) if self.error else None,
        }


def _counted(assistant: Assistant, images: Sequence[Path], *, quiet: bool) -> Iterator[_Counted]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        for path in progress.track(images, description=say("counting", "数球中")):
            # A name on the disk may be no text at all; what is printed must be.
            name = os.fsencode(path).decode("utf-8", "replace")
            try:
                yield _Counted(name, count=_count(assistant, path, name))
            except JianwenError as error:
                yield _Counted(name, error=error)


def _count(assistant: Assistant, path: Path, name: str) -> Count:
    if os.path.isdir(path):  # noqa: PTH112 - never raises, whatever the name
        raise BadRequest(
            detail=f"{name} is a folder. Name the pictures in it, such as {Path(name) / '*.jpg'}.",
            detail_zh=f"{name} 是文件夹。请写出其中的图片，例如 {Path(name) / '*.jpg'}。",
        )
    return assistant.count(path, name)


def _report(counted: Sequence[_Counted]) -> None:
    """A table of what was counted, then a line for each picture that was not."""
    table = Table(box=None, header_style="bold")
    table.add_column(say("picture", "图片"), overflow="fold")
    table.add_column(say("balls", "球数"), justify="right")
    table.add_column(say("confidence", "把握"), justify="right")
    table.add_column("")
    for one in counted:
        if one.count:
            table.add_row(*(Text(cell) for cell in (plain(one.path), *_cells(one.count))))
    if table.row_count:
        console.print(table)
    for one in counted:
        if one.error:
            complain(one.error)


def _cells(count: Count) -> tuple[str, str, str]:
    """Number, confidence, and what to think of it. A guess never stands where a number does."""
    sure = f"{count.confidence:.1%}"
    if count.abstained:
        return say("cannot tell", "看不清"), sure, say(f"perhaps {count.number}", f"可能是 {count.number}")
    return str(count.number), sure, ""
