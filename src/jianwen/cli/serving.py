"""`jianwen serve`: the server and the web page."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from jianwen.cli.opening import open_assistant
from jianwen.cli.output import console, say
from jianwen.settings import Settings

if TYPE_CHECKING:
    from jianwen.language import LanguageModel

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(serve)


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; others than loopback need JIANWEN_TOKEN.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65535)] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Into an empty library, put the sample venue first.")
    ] = False,
) -> None:
    """Serve the web page and the HTTP interface."""
    from jianwen.server import serve as run_server  # noqa: PLC0415 - FastAPI takes half a second to load

    settings = Settings.load()
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    if sample:
        _add_sample(settings)
    run_server(settings, announce=_announce, loaded=partial(_tell_memory, settings))


def _add_sample(settings: Settings) -> None:
    """Queue the sample venue's documents, small ones first: the first can be asked about within seconds."""
    from jianwen.bench import venue_documents  # noqa: PLC0415 - as in `opening.py`
    from jianwen.documents import find_files  # noqa: PLC0415 - as above

    with open_assistant(settings) as assistant:
        if assistant.library.sources(limit=1)[1]:
            return
        found, _ = find_files([venue_documents()])
        for file in sorted(found, key=lambda file: file.path.stat().st_size):
            assistant.library.enqueue(file.path, name=file.name, origin=f"sample:{file.name}")
    console.print(
        say(
            "The sample venue is being read in the background: about two minutes.",
            "正在后台读取示例场馆的资料，约需两分钟。",
        )
    )


def _tell_memory(settings: Settings, model: LanguageModel) -> None:
    if model.memory_bytes:
        size = f"{model.memory_bytes / 1e9:.1f} GB"
        console.print(
            say(
                f"{model.name} is loaded: its weights and up to {settings.visitors} answers at a time take {size}",
                f"{model.name} 已载入：权重连同最多 {settings.visitors} 个同时进行的回答占用 {size}",
            )
        )


def _announce(url: str) -> None:
    console.print(say(f"Jianwen is ready at {url}   (Ctrl+C stops it)", f"见闻已就绪：{url}   （Ctrl+C 停止）"))
