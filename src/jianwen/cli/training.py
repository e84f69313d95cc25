"""`jianwen train`: networks of your own, from rendered samples and, where you have them, your own photographs."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer

from jianwen.cli.output import counted_bar, plain, say
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
    trunk: Annotated[
        Path | None,
        typer.Option(
            help="Weights of the trunk alone, to begin with. Presets with a ResNet take torchvision's resnet50, "
            "and then have all its channels."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the weights, the order and the augmentation.")] = 1,
    patience: Annotated[
        int, typer.Option(min=0, help="Looks without gain, one every 250 steps, before it stops. 0: never.")
    ] = 0,
    resume: Resume = False,
) -> None:
    """The ball counter, from rendered boxes and your own photographs."""
    _need_torch()
    from jianwen.training import Plan, train_counter  # noqa: PLC0415 - as in `opening.py`

    plan = Plan(
        preset,
        steps=steps,
        photographs=data,
        share=share,
        begin_with=begin_with,
        trunk=trunk,
        seed=seed,
        patience=patience,
    )
    _note_if_new(out, resume=resume)
    with _shown() as progress:
        trained = train_counter(Settings.load(), out, plan, resume=resume, progress=progress)
    _say(trained)


@app.command()
def detector(
    out: Out = Path("trainings/detector"),
    steps: Steps = 1600,
    close: Annotated[bool, typer.Option("--close", help="The one for close looks at balls that touch.")] = False,
    begin_with: Annotated[
        Path | None, typer.Option(help="best.pt or the model file of an earlier training, to go on from.")
    ] = None,
    resume: Resume = False,
) -> None:
    """A small ball detector, from rendered frames alone."""
    _need_torch()
    from jianwen.training import train_detector  # noqa: PLC0415 - as in `opening.py`

    _note_if_new(out, resume=resume)
    with _shown() as progress:
        trained = train_detector(
            Settings.load(), out, steps=steps, close=close, begin_with=begin_with, resume=resume, progress=progress
        )
    _say(trained)


@app.command()
def tracker(out: Out = Path("trainings/tracker"), steps: Steps = 4000, resume: Resume = False) -> None:
    """The tracker ball-nano, from rendered shots alone."""
    _need_torch()
    from jianwen.training import train_tracker  # noqa: PLC0415 - as in `opening.py`

    _note_if_new(out, resume=resume)
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


def _note_if_new(out: Path, *, resume: bool) -> None:
    """Whoever mistyped the folder is not to find out after hours."""
    from jianwen.counting.learning import holds_training  # noqa: PLC0415 - needs torch

    if resume and not holds_training(out):
        note = say(
            f"{out} holds no training to go on with: a new one begins.", f"{out} 中没有可继续的训练：将从头开始。"
        )
        print(plain(note), file=sys.stderr)


def _say(trained: Trained) -> None:
    figures = ", ".join(f"{name} {value:.4f}" for name, value in trained.best.items())
    print(f"{trained.path.parent}: {trained.step} steps; best {figures}")
    if trained.onnx_difference is not None:
        print(f"{trained.path.parent / 'counter.onnx'}: differs from torch by {trained.onnx_difference:.1e} at most")


def _need_torch() -> None:
    if importlib.util.find_spec("torch") is None:
        raise BadRequest(
            detail="Training needs PyTorch, which is not installed: pip install 'jianwen[train]'.",
            detail_zh="训练需要 PyTorch，尚未安装：pip install 'jianwen[train]'。",
        )
