"""`jianwen track`: follow what is pointed at through a video, and write masks, tables and an overlay."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from jianwen.cli.opening import open_assistant
from jianwen.cli.output import complain, console, language, plain, print_json, say
from jianwen.cli.pointing import pointings
from jianwen.cli.stopping import stopping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from jianwen.tracking import Events
    from jianwen.video import Footage, Tracked

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(track)


def track(  # noqa: PLR0917 - typer's options
    video: Annotated[Path, typer.Argument(help="MP4, MOV, MKV, WebM, AVI, GIF and others.", metavar="VIDEO")],
    out: Annotated[Path, typer.Option(help="A folder for masks, tables and the overlay.", metavar="DIR")],
    point: Annotated[
        list[str] | None,
        typer.Option(
            help="A click on an object at a second. X,Y are fractions of the picture (0-1, from the top left); pixels "
            "if one of them is above 1. Points of one OBJECT belong together; without a name each is its own object.",
            metavar="X,Y@SECOND[:OBJECT]",
        ),
    ] = None,
    box: Annotated[
        list[str] | None,
        typer.Option(help="A box round an object, likewise.", metavar="X0,Y0,X1,Y1@SECOND[:OBJECT]"),
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option("--not", help="A click where a named object is not, to correct it.", metavar="X,Y@SECOND:OBJECT"),
    ] = None,
    until: Annotated[float | None, typer.Option(min=0, help="The last second to track.", metavar="SECOND")] = None,
    model: Annotated[Path | None, typer.Option(help="A tracker of your own.", metavar="FOLDER")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the results that DIR holds.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Follow objects through a video, from where you point at them. Ctrl+C ends it and keeps what is done."""
    from jianwen.video import Footage, check_pointings, track_video  # noqa: PLC0415 - as in `opening.py`

    footage = Footage.open(video)
    said = pointings(point or [], box or [], beside or [], footage)
    check_pointings(said, until_s=until)
    with open_assistant() as assistant:
        graphs, spotter = assistant.tracker(model), assistant.spotter()
    with stopping() as stopped, _bar(footage, min(one.time_s for one in said), until, quiet=json) as progress:
        tracked = track_video(
            footage,
            graphs,
            said,
            out,
            until_s=until,
            spotter=spotter,
            overwrite=overwrite,
            progress=progress,
            stopped=stopped,
            happenings=_watched,
        )
    if json:
        print_json(
            {"out": _name(out), **tracked.as_json(), "error": tracked.error.text(language()) if tracked.error else None}
        )
    else:
        _report(tracked, out)
        if tracked.error:
            complain(tracked.error)
    if tracked.error or tracked.ended == "stopped":
        raise typer.Exit(1)


def _watched(picture: NDArray[np.uint8]) -> Events:
    """Events of billiards: on the table, if the first picture shows one, else those that need none."""
    from jianwen.tracking import Events, find_table  # noqa: PLC0415 - as in `opening.py`

    is_large_enough = min(picture.shape[:2]) >= 16
    return Events(find_table(picture) if is_large_enough else None)


@contextmanager
def _bar(
    footage: Footage, begin_s: float, until_s: float | None, *, quiet: bool
) -> Iterator[Callable[[Tracked], None]]:
    """How many frames are done, how many a second, and how long it still takes."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}", markup=False),
        TimeRemainingColumn(),
    )
    end_s = footage.duration_s if until_s is None else min(until_s, footage.duration_s or until_s)
    total = None if end_s is None else max(1, round((end_s - begin_s) * footage.fps))
    terminal = Console(stderr=True)
    is_silent = quiet or not terminal.is_terminal  # a log gets errors alone
    with Progress(*columns, console=terminal, transient=True, disable=is_silent) as progress:
        task = progress.add_task(say("tracking", "跟踪中"), total=total, pace="")

        def show(tracked: Tracked) -> None:
            pace = say(f"{tracked.frames_per_s:.1f} frames/s", f"{tracked.frames_per_s:.1f} 帧/秒")
            progress.update(task, completed=tracked.frames, pace=pace)

        yield show


def _report(tracked: Tracked, out: Path) -> None:
    """A line an object, and where the files are."""
    table = Table(box=None, header_style="bold")
    table.add_column(say("object", "物体"), overflow="fold")
    for heading in (say("frames", "帧"), say("lost", "丢失"), say("confidence", "把握")):
        table.add_column(heading, justify="right")
    for known in tracked.objects:
        cells = (plain(known.name), str(known.frames), str(known.lost_frames), f"{known.confidence:.1%}")
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
    if tracked.ended == "stopped":
        text = say(f"Stopped at second {tracked.last_s:.2f}; ", f"在第 {tracked.last_s:.2f} 秒停止；")
    elif tracked.ended == "damaged":
        text = say(f"Ended at second {tracked.last_s:.2f}; ", f"在第 {tracked.last_s:.2f} 秒结束；")
    else:
        text = ""
    pace = f"{tracked.frames_per_s:.1f}"
    text += say(
        f"{tracked.frames} frames at {pace} frames/s are in {_name(out)}",
        f"{tracked.frames} 帧（{pace} 帧/秒）已写入 {_name(out)}",
    )
    console.print(plain(text), markup=False)


def _name(path: Path) -> str:
    """A name on the disk may be no text at all; what is printed must be."""
    return os.fsencode(path).decode("utf-8", "replace")
