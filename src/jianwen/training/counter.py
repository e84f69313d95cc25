"""The ball counter, ours or the source's, trained on rendered boxes and, where there are any, on photographs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.counting import CounterConfig, Mixed, Photos, SourceConfig, TrainConfig, calibrate, packaged, read_counts
from jianwen.errors import BadRequest
from jianwen.training.boxes import Boxes, Set
from jianwen.training.kept import Kept, kept_samples
from jianwen.training.presets import DEFAULT, PRESETS
from jianwen.training.trunk import imagenet_trunk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import nn

    from jianwen.counting import Calibration, Sample
    from jianwen.counting.learning import CounterTask, Progress, Samples, Start, Trained
    from jianwen.settings import Settings

__all__ = ["Plan", "judge_preset", "train_counter"]

BOXES = 9_600
HELD_OUT = 400
CALIBRATION = 1_000
COVERAGE = 0.96  # of the calibration boxes are answered, so that at least 0.95 of others are


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained, and from what.

    Attributes:
        preset: a key of `PRESETS`.
        steps: batches in all.
        photographs: a CSV of a venue's own counted photographs, or None.
        share: of photographs among the samples, 0–1.
        begin_with: `best.pt` or `counter.onnx` of an earlier training, to go on from. None begins with the shipped
            counter where there are photographs, else with ImageNet's trunk, if any.
    """

    preset: str = DEFAULT
    steps: int = 6000
    photographs: Path | None = None
    share: float = 0.3
    begin_with: Path | None = None


def train_counter(
    settings: Settings, folder: Path, plan: Plan, *, resume: bool = False, progress: Progress | None = None
) -> Trained:
    """Train; ours is then calibrated and written as `counter.onnx` beside the checkpoints in `folder`.

    Samples are kept beside `folder`, so that trainings side by side share them.

    Raises:
        BadRequest: `folder` holds another training, or this one and `resume` is not set; the preset is unknown; or the
            CSV is wrong.
        WeightsMissing: the trunk's weights are not here.
    """
    from jianwen.counting import learning  # noqa: PLC0415 - as above

    config = _config(plan.preset)
    samples = _samples(plan, folder)
    held_out = _kept("held-out", folder, HELD_OUT).all()
    start = _start(settings, plan, config)
    if isinstance(config, SourceConfig):
        config = replace(config, train=_schedule(plan.steps, batch=8, start=start))
        return learning.train(
            learning.SourceTask(config, samples, held_out, start=start), folder, resume=resume, progress=progress
        )
    batch = 16 if plan.preset == DEFAULT else 8
    config = replace(config, train=_schedule(plan.steps, batch=batch, start=start))
    task = learning.CounterTask(config, samples, held_out, start=start)
    trained = learning.train(task, folder, resume=resume, progress=progress)
    model = learning.Mirrored(learning.load_best(task.model, folder), config.views)
    learning.export_counter(model, config, _calibration(task, model, folder), folder / "counter.onnx")
    return trained


def judge_preset(preset: str, folder: Path, samples: Sequence[Sample]) -> dict[str, float]:
    """exact_match, mae and bias of the weights that a training of `preset` kept in `folder`.

    Raises:
        BadRequest: the preset is unknown, or the weights are of another network.
    """
    import torch  # noqa: PLC0415 - as above

    from jianwen.counting import learning  # noqa: PLC0415 - as above

    config, start = _config(preset), learning.Start(whole=folder / "best.pt")
    task = (
        learning.SourceTask(config, Boxes("train").one, samples, start=start)
        if isinstance(config, SourceConfig)
        else learning.CounterTask(config, Boxes("train").one, samples, start=start)
    )
    with torch.inference_mode():
        return task.check(task.model.eval())


def _config(preset: str) -> SourceConfig | CounterConfig:
    if preset not in PRESETS:
        raise BadRequest(
            detail=f"There is no preset {preset}. Choose one of: {', '.join(PRESETS)}.",
            detail_zh=f"没有预设 {preset}。可选：{'、'.join(PRESETS)}。",
        )
    return PRESETS[preset]


def _start(settings: Settings, plan: Plan, config: SourceConfig | CounterConfig) -> Start | None:
    from jianwen.counting.learning import Start  # noqa: PLC0415 - needs torch

    if plan.begin_with:
        return Start(whole=plan.begin_with)
    if plan.photographs and plan.preset == DEFAULT:
        return Start(whole=packaged("counter.onnx"))
    if isinstance(config, CounterConfig) and config.trunk == "lite0":
        return Start(trunk=imagenet_trunk(settings))
    return None  # there are no packaged weights of a ResNet-50


def _schedule(steps: int, *, batch: int, start: Start | None) -> TrainConfig:
    rate = 1e-3 if start is not None and start.whole else 2e-3  # whole weights are to be kept, not shaken
    return TrainConfig(steps=steps, batch=batch, learning_rate=rate, warm_up=200, ema=0.998, check_every=250, workers=1)


def _kept(of: Set, folder: Path, count: int) -> Kept[Sample]:
    """Boxes kept beside the folders of trainings, which share them."""
    boxes = Boxes(of)
    return kept_samples(boxes, folder.parent / boxes.name, count)


def _samples(plan: Plan, folder: Path) -> Samples:
    rendered = _kept("train", folder, BOXES)
    if plan.photographs is None:
        return rendered
    return Mixed(rendered, Photos(read_counts(plan.photographs)), plan.share)


def _calibration(task: CounterTask, model: nn.Module, folder: Path) -> Calibration:
    """Fitted on boxes of their own, with the model as it will be used."""
    boxes = _kept("calibration", folder, CALIBRATION).all()
    logits, _, labels = task.logits(model.eval(), boxes)
    return calibrate(logits.numpy().astype(np.float32), labels.numpy(), coverage=COVERAGE)
