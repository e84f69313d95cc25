"""The command `jianwen`: gathers the command groups, and turns our errors into one line and exit code 1."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from jianwen import __version__
from jianwen.cli import (
    asking,
    benching,
    billiards,
    counting,
    evaluating,
    models,
    pinning,
    serving,
    sources,
    tracking,
    training,
)
from jianwen.cli.output import complain
from jianwen.errors import JianwenError

__all__ = ["app", "run"]

app = typer.Typer(
    name="jianwen",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="见闻 Jianwen reads a venue's documents and answers people offline, with a citation for every claim.",
)
sources.register(app)
pinning.register(app)
asking.register(app)
counting.register(app)
tracking.register(app)
serving.register(app)
app.add_typer(models.app, name="models")
app.add_typer(training.app, name="train")
app.add_typer(evaluating.app, name="eval")
app.add_typer(benching.app, name="bench")
app.add_typer(billiards.app, name="billiards")


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version  # handled by its callback


def run() -> None:
    """Entry point: exit code 0 done, 1 the user can mend it, 2 wrong usage."""
    try:
        app()
    except JianwenError as error:
        complain(error)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)  # `jianwen list | head`
