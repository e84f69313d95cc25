"""The ball counter, ours or the source's, trained on rendered boxes and, where there are any, on photographs.

Of a venue's photographs a fifth is not learned from: these are looked at with the held-out boxes, so they help to
choose the best weights and to say how sure is sure. Knows no renderer: `boxes.py` does.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.counting import CounterConfig, Sample, SourceConfig, TrainConfig, calibrate, packaged
from jianwen.errors import BadRequest, UnreadableFile
from jianwen.training.boxes import Boxes, Set
from jianwen.training.kept import Kept, kept_samples
from jianwen.training.photographs import photographs_of
from jianwen.training.presets import DEFAULT, PRESETS
from jianwen.training.trunk import imagenet_trunk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import nn

    from jianwen.counting import Calibration
    from jianwen.counting.learning import CounterTask, Progress, Samples, SourceTask, Start, Trained
    from jianwen.settings import Settings

__all__ = ["Plan", "judge_preset", "train_counter"]

BOXES = 16_000
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
        trunk: a state dict of the trunk alone, in place of all that: torchvision's `resnet50` for presets with a
            ResNet, which then has all its channels; EfficientNet-Lite0 for the others.
        seed: of the weights, the order of the photographs and the augmentation.
        patience: looks without gain before it stops; 0: never.
    """

    preset: str = DEFAULT
    steps: int = 6000
    photographs: Path | None = None
    share: float = 0.3
    begin_with: Path | None = None
    trunk: Path | None = None
    seed: int = 1
    patience: int = 0


def train_counter(
    settings: Settings, folder: Path, plan: Plan, *, resume: bool = False, progress: Progress | None = None
) -> Trained:
    """Train; ours is then calibrated and written as `counter.onnx` beside the checkpoints in `folder`.

    Samples are kept beside `folder`, so that trainings side by side share them. From 10 photographs on, every fifth of
    the CSV is held out and looked at with the held-out boxes, where its figures count for the best weights, and with
    the calibration boxes: each up to five times, until they have the share that photographs have in the training.

    Raises:
        BadRequest: `folder` holds another training, or this one and `resume` is not set; the preset is unknown; a file
            to begin with is of another network; or the CSV or a picture of it is wrong.
        DocumentError: the CSV, a picture of it, or a file to begin with cannot be read.
        WeightsMissing: the trunk's weights are not here.
        WeightsUnfit: a file to begin with holds no weights.
    """
    from jianwen.counting import learning  # noqa: PLC0415 - as above

    if not resume:
        learning.check_free(folder)
    config, start = _config(plan.preset, trunk=plan.trunk), _start(settings, plan)
    batch = 16 if plan.preset == DEFAULT else 8
    config = replace(config, train=_schedule(plan, batch=batch, start=start))
    made_of, photographs = _made_of(plan), photographs_of(plan.photographs, plan.share, config)
    task = _task(config, photographs.mixed(_kept("train", folder, BOXES), plan.seed), start)
    task.held_out = photographs.beside(_kept("held-out", folder, HELD_OUT).all())
    trained = learning.train(task, folder, resume=resume, progress=progress, made_of=made_of)
    if isinstance(task, learning.SourceTask):
        return trained
    model = learning.Mirrored(learning.load_best(task.model, folder), task.config.views)
    boxes = photographs.beside(_kept("calibration", folder, CALIBRATION).all())
    learning.export_counter(model, task.config, _calibration(task, model, boxes), folder / "counter.onnx")
    return replace(trained, onnx_difference=_onnx_difference(task, model, folder / "counter.onnx"))


def judge_preset(preset: str, folder: Path, samples: Sequence[Sample]) -> dict[str, float]:
    """exact_match, mae and bias of the weights that a training of `preset` kept in `folder`.

    Raises:
        BadRequest: the preset is unknown, or the weights are of another network.
    """
    import torch  # noqa: PLC0415 - as above

    from jianwen.counting.learning import Start  # noqa: PLC0415 - as above

    task = _task(_config(preset), Boxes("train").one, Start(whole=folder / "best.pt"))
    task.held_out = samples
    with torch.inference_mode():
        return task.check(task.model.eval())


def _task(config: SourceConfig | CounterConfig, samples: Samples, start: Start | None) -> CounterTask | SourceTask:
    """Nothing is held out yet: a file that does not fit is refused before boxes are rendered for minutes."""
    from jianwen.counting.learning import CounterTask, SourceTask  # noqa: PLC0415 - needs torch

    if isinstance(config, SourceConfig):
        return SourceTask(config, samples, [], start=start)
    return CounterTask(config, samples, [], start=start)


def _made_of(plan: Plan) -> str:
    """A short fingerprint of the samples and of the files that the plan names, which the config does not hold."""
    share = None if plan.photographs is None else plan.share
    whole = hashlib.sha256(repr((plan.preset, share, BOXES, Boxes("train").name)).encode())
    for path in (plan.photographs, plan.begin_with, plan.trunk):
        whole.update(b"none" if path is None else _digest(path))
    return whole.hexdigest()[:16]


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as exc:
        raise UnreadableFile(name=path.name, detail=exc.strerror or str(exc)) from exc


def _config(preset: str, *, trunk: Path | None = None) -> SourceConfig | CounterConfig:
    if preset not in PRESETS:
        raise BadRequest(
            detail=f"There is no preset {preset}. Choose one of: {', '.join(PRESETS)}.",
            detail_zh=f"没有预设 {preset}。可选：{'、'.join(PRESETS)}。",
        )
    config = PRESETS[preset]
    if trunk is None:
        return config
    # the presets have a quarter of ResNet-50's channels, a public file has them all; Lite0 has one width
    return replace(config, width=1.0) if isinstance(config, SourceConfig) else replace(config, trunk_width=1.0)


def _start(settings: Settings, plan: Plan) -> Start | None:
    from jianwen.counting.learning import Start  # noqa: PLC0415 - needs torch

    if plan.begin_with and plan.trunk:
        raise BadRequest(
            detail="A training begins with a trunk or with a whole network. Give --trunk or --begin-with, not both.",
            detail_zh="训练的起点只能是主干或整个网络之一。--trunk 与 --begin-with 只能给一个。",
        )
    if plan.begin_with or plan.trunk:
        return Start(trunk=plan.trunk, whole=plan.begin_with)
    if plan.photographs and plan.preset == DEFAULT:
        return Start(whole=packaged("counter.onnx"))
    config = PRESETS[plan.preset]
    if isinstance(config, CounterConfig) and config.trunk == "lite0":
        return Start(trunk=imagenet_trunk(settings))
    return None  # there are no packaged weights of a ResNet-50


def _schedule(plan: Plan, *, batch: int, start: Start | None) -> TrainConfig:
    rate = 1e-3 if start is not None and start.whole else 2e-3  # whole weights are to be kept, not shaken
    return TrainConfig(
        steps=plan.steps,
        batch=batch,
        learning_rate=rate,
        warm_up=200,
        ema=0.998,
        check_every=250,
        patience=plan.patience,
        seed=plan.seed,
        workers=1,
    )


def _kept(of: Set, folder: Path, count: int) -> Kept[Sample]:
    """Boxes kept beside the folders of trainings, which share them."""
    boxes = Boxes(of)
    return kept_samples(boxes, folder.parent / boxes.name, count)


def _calibration(task: CounterTask, model: nn.Module, samples: Sequence[Sample]) -> Calibration:
    """Fitted on samples of their own, with the model as it will be used."""
    logits, _, labels = task.logits(model.eval(), samples)
    return calibrate(logits.numpy().astype(np.float32), labels.numpy(), coverage=COVERAGE)


def _onnx_difference(task: CounterTask, model: nn.Module, path: Path) -> float:
    """On pictures as it will see them; `export_counter` has compared on noise."""
    from jianwen.counting import learning  # noqa: PLC0415 - needs torch

    return learning.largest_difference(model, path, learning.counter_batch(task.held_out[-4:], task.config)["image"])
