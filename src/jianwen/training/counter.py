"""The ball counter, ours or the source's, trained on rendered boxes and, where there are any, on photographs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from jianwen.counting import CounterConfig, Mixed, Photos, SourceConfig, TrainConfig, calibrate, read_counts
from jianwen.training.boxes import Boxes
from jianwen.training.kept import Kept
from jianwen.training.trunk import imagenet_trunk

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.counting import Calibration, Sample
    from jianwen.counting.learning import Progress, Samples, Trained
    from jianwen.settings import Settings

__all__ = ["Plan", "held_out_boxes", "train_counter"]

BOXES = 24_000
HELD_OUT = 400
CALIBRATION = 1_000
COVERAGE = 0.96  # of the calibration boxes are answered, so that at least 0.95 of others are
Preset = Literal["default", "source"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained, and from what.

    Attributes:
        preset: our own network, or the source's network with the source's loss and augmentation.
        steps: batches in all.
        photographs: a CSV of a venue's own counted photographs, or None.
        share: of photographs among the samples, 0–1.
        begin_with: `best.pt` of an earlier training, to go on from; None begins with ImageNet's trunk.
    """

    preset: Preset = "default"
    steps: int = 6000
    photographs: Path | None = None
    share: float = 0.3
    begin_with: Path | None = None


def train_counter(
    settings: Settings, folder: Path, plan: Plan, *, resume: bool = False, progress: Progress | None = None
) -> Trained:
    """Train; ours is then calibrated and written as `counter.onnx` beside the checkpoints in `folder`.

    Raises:
        BadRequest: `folder` holds another training, or this one and `resume` is not set; or the CSV is wrong.
        WeightsMissing: the trunk's weights are not here.
    """
    import torch  # noqa: PLC0415 - only trainings need it

    from jianwen.counting import learning  # noqa: PLC0415 - as above

    torch.set_num_threads(1)  # the batches' process has the other core
    samples, held_out = _samples(plan, folder), held_out_boxes(folder.parent, HELD_OUT)
    if plan.preset == "source":
        source = SourceConfig(size_px=256, width=0.25, depths=(1, 1, 2, 1), train=_schedule(plan.steps))
        return learning.train(learning.SourceTask(source, samples, held_out), folder, resume=resume, progress=progress)
    config = CounterConfig(train=_schedule(plan.steps))
    start = learning.Start(whole=plan.begin_with) if plan.begin_with else learning.Start(imagenet_trunk(settings))
    task = learning.CounterTask(config, samples, held_out, start=start)
    trained = learning.train(task, folder, resume=resume, progress=progress)
    model = learning.load_best(task.model, folder)
    learning.export_counter(model, config, _calibration(task, folder), folder / "counter.onnx")
    return trained


def held_out_boxes(folder: Path, count: int) -> list[Sample]:
    """Boxes that are never trained on."""
    kept = Kept(Boxes("held-out"), folder / "boxes-held-out", count)
    return [kept(number) for number in range(count)]


def _schedule(steps: int) -> TrainConfig:
    return TrainConfig(steps=steps, batch=16, learning_rate=2e-3, warm_up=200, ema=0.999, check_every=500, workers=1)


def _samples(plan: Plan, folder: Path) -> Samples:
    rendered = Kept(Boxes("train"), folder.parent / "boxes", BOXES)
    if plan.photographs is None:
        return rendered
    return Mixed(rendered, Photos(read_counts(plan.photographs)), plan.share)


def _calibration(task: object, folder: Path) -> Calibration:
    """Fitted on boxes of their own."""
    from jianwen.counting.learning import CounterTask  # noqa: PLC0415 - needs torch

    assert isinstance(task, CounterTask)
    kept = Kept(Boxes("calibration"), folder.parent / "boxes-calibration", CALIBRATION)
    logits, _, labels = task.logits(task.model, [kept(number) for number in range(CALIBRATION)])
    return calibrate(logits.detach().numpy().astype(np.float32), labels.numpy(), coverage=COVERAGE)
