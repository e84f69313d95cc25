"""`jianwen eval`: quality on a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jianwen.cli.output import counted_bar, say
from jianwen.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Quality on a data set; the last line printed is one JSON object.")
Data = Annotated[Path | None, typer.Option(help="A SQuAD-style file or a venue's questions.json; default: the sample.")]
Limit = Annotated[int, typer.Option(min=0, help="Only so many questions; 0 for all.")]
Split = Annotated[str, typer.Option(help="Only this half of the set: tune or test.")]


@app.command()
def retrieval(data: Data = None, limit: Limit = 0, split: Split = "") -> None:
    """How often the right passage is found first, among the first five, among the first twenty."""
    from jianwen.bench import eval_retrieval  # noqa: PLC0415 - as in `opening.py`

    eval_retrieval(Settings.load(), data=data, limit=limit, split=split).print()


@app.command()
def answers(
    data: Data = None,
    limit: Limit = 0,
    split: Split = "",
    kind: Annotated[str, typer.Option(help="Only questions of this kind, such as table or scan.")] = "",
    log: Annotated[Path | None, typer.Option(help="Append one JSON line a question to this file.")] = None,
) -> None:
    """Whether answers are right, their citations too, and whether unanswerable questions are refused."""
    from jianwen.bench import eval_answers  # noqa: PLC0415 - as in `opening.py`

    eval_answers(Settings.load(), data=data, kind=kind, split=split, limit=limit, log=log).print()


@app.command()
def detector(
    data: Annotated[Path, typer.Option(help="A folder of clips with frames/ and bounding_boxes/.")],
    model: Annotated[Path | None, typer.Option(help="A model file of your own; default: the shipped one.")] = None,
) -> None:
    """Average precision of the ball detector on annotated frames."""
    from jianwen.bench import eval_detector  # noqa: PLC0415 - as in `opening.py`

    eval_detector(data, model=model).print()


@app.command()
def counter(
    data: Annotated[Path | None, typer.Option(help="A CSV image,count of your own photographs.")] = None,
    model: Annotated[Path | None, typer.Option(help="A model file of your own; default: the shipped one.")] = None,
    boxes: Annotated[int, typer.Option(min=1, help="How many rendered boxes of each kind.")] = 1000,
    ladder: Annotated[Path | None, typer.Option(help="A folder with a training of each preset: judge them.")] = None,
) -> None:
    """How often the counter is right, on rendered boxes or on your own counted photographs."""
    from jianwen.bench import eval_counter, eval_ladder  # noqa: PLC0415 - as in `opening.py`

    if ladder is not None:
        eval_ladder(ladder, boxes=boxes).print()
        return
    eval_counter(data=data, model=model, boxes=boxes).print()


@app.command()
def tracker(  # noqa: PLR0917 - typer's options
    data: Annotated[Path | None, typer.Option(help="A folder of annotated pool clips, judged as well.")] = None,
    cups: Annotated[Path | None, typer.Option(help="The video of the cup trick, judged as well.")] = None,
    model: Annotated[Path | None, typer.Option(help="A model folder of your own; default: the shipped one.")] = None,
    limit: Annotated[int, typer.Option(min=0, max=500, help="Rendered shots; the full set is 24.")] = 24,
    only_ours: Annotated[bool, typer.Option("--only-ours", help="Leave the other ways of tracking out.")] = False,
    out: Annotated[Path | None, typer.Option(help="A folder for videos of what was tracked in the real clips.")] = None,
) -> None:
    """How well balls are followed, on rendered shots never trained on and on real clips; and by other ways."""
    from jianwen.bench import eval_tracker, open_tracker  # noqa: PLC0415 - as in `opening.py`

    settings = Settings.load()
    with counted_bar(transient=True) as progress:
        task = progress.add_task(say("tracking", "跟踪中"), total=None)
        report = eval_tracker(
            open_tracker(settings, model),
            cache=settings.weights / "eval",
            data=data,
            cups=cups,
            shots=limit,
            only_ours=only_ours,
            out=out,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    report.print()
