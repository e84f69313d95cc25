"""`jianwen serve`: the server and the web page."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from jianwen.cli.output import console, say
from jianwen.server import serve as run_server
from jianwen.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(serve)


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; others than loopback need JIANWEN_TOKEN.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65535)] = None,
) -> None:
    """Serve the web page and the HTTP interface."""
    settings = Settings.load()
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    run_server(settings, announce=_announce)


def _announce(url: str) -> None:
    console.print(say(f"Jianwen is ready at {url}   (Ctrl+C stops it)", f"见闻已就绪：{url}   （Ctrl+C 停止）"))
