"""`jianwen train`: networks of your own, from rendered samples and, where you have them, your own photographs."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer

from jianwen.cli.output import counted_bar
from jianwen.errors import BadRequest
from jianwen.settings import Settings

if TYPE_CHECKING:
    from jianwen.counting.learning import Trained

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="Train networks. Needs the extra train: pip install 'jianwen[train]'. Resumable."
)
Out = Annotated[Path, typer.Option(help="A folder for samples, checkpoints, curves and the model file.")]
Steps = Annotated[int, typer.Option(min=1, help="Batches in all.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the training in the folder.")]


@app.command()
def counter(  # noqa: PLR0917 - typer's options
    out: Out = Path("trainings/counter"),
    preset: Annotated[
        str, typer.Option(help="default, source, or a step between them: see docs/counter.md.")
    ] = "default",
    steps: Steps = 6000,
    data: Annotated[Path | None, typer.Option(help="A CSV image,count of your own photographs, mixed in.")] = None,
    share: Annotated[float, typer.Option(min=0, max=1, help="Of your photographs among the samples.")] = 0.3,
    begin_with: Annotated[
        Path | None, typer.Option(help="best.pt or counter.onnx of an earlier training, to go on from.")
    ] = None,
    resume: Resume = False,
) -> None:
    """The ball counter, from rendered boxes and your own photographs."""
    _need_torch()
    from jianwen.training import Plan, train_counter  # noqa: PLC0415 - as in `opening.py`

    plan = Plan(preset, steps, data, share, begin_with)
    with _shown() as progress:
        trained = train_counter(Settings.load(), out, plan, resume=resume, progress=progress)
    _say(trained)


@app.command()
def detector(
    out: Out = Path("trainings/detector"),
    steps: Steps = 1600,
    close: Annotated[bool, typer.Option("--close", help="The one for close looks at balls that touch.")] = False,
    resume: Resume = False,
) -> None:
    """A small ball detector, from rendered frames alone."""
    _need_torch()
    from jianwen.training import train_detector  # noqa: PLC0415 - as in `opening.py`

    with _shown() as progress:
        trained = train_detector(Settings.load(), out, steps=steps, close=close, resume=resume, progress=progress)
    _say(trained)


@app.command()
def tracker(out: Out = Path("trainings/tracker"), steps: Steps = 4000, resume: Resume = False) -> None:
    """The tracker ball-nano, from rendered shots alone."""
    _need_torch()
    from jianwen.training import train_tracker  # noqa: PLC0415 - as in `opening.py`

    with _shown() as progress:
        trained = train_tracker(out, steps=steps, resume=resume, progress=progress)
    _say(trained)


_LOOKED_AT = {"exact_match", "mae", "ap50", "iou", "centre_radii", "presence_right"}  # of held-out samples


class _shown:  # noqa: N801 - reads as a function at its `with`
    """A progress bar as a function of step, steps and figures."""

    def __init__(self) -> None:
        self._bar = counted_bar(transient=False)
        self._task = self._bar.add_task("preparing samples", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, step: int, steps: int, figures: dict[str, float]) -> None:
        looked = {name: value for name, value in figures.items() if name in _LOOKED_AT}
        if looked:
            said = ", ".join(f"{name} {value:.4f}" for name, value in looked.items())
            self._bar.console.print(f"step {step}: {said}", highlight=False)
        self._bar.update(self._task, completed=step, total=steps, description=f"loss {figures['loss']:.3f}")


def _say(trained: Trained) -> None:
    figures = ", ".join(f"{name} {value:.4f}" for name, value in trained.best.items())
    print(f"{trained.path.parent}: {trained.step} steps; best {figures}")


def _need_torch() -> None:
    if importlib.util.find_spec("torch") is None:
        raise BadRequest(
            detail="Training needs PyTorch, which is not installed: pip install 'jianwen[train]'.",
            detail_zh="训练需要 PyTorch，尚未安装：pip install 'jianwen[train]'。",
        )
