"""The ball detectors, one for whole frames and one for close looks, trained on rendered frames alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jianwen.counting import DetectorConfig, TrainConfig
from jianwen.training.closeups import LOOKS, SIDE_PX, CloseUps
from jianwen.training.frames import MOMENTS, Scenes
from jianwen.training.kept import kept_samples
from jianwen.training.trunk import imagenet_trunk

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.counting.learning import Progress, Trained
    from jianwen.settings import Settings

__all__ = ["CLOSE", "CONFIG", "train_detector"]

FRAMES = 2400
CLOSE_UPS = 9600
HELD_OUT = 60
CLOSE_HELD_OUT = 180
HELD_OUT_SEED = 1_000_000

CONFIG = DetectorConfig(
    crop_px=320,
    train=TrainConfig(
        steps=1600, batch=8, learning_rate=2e-3, warm_up=200, ema=0.998, check_every=200, save_every=100, workers=1
    ),
)
CLOSE = DetectorConfig(
    height_px=SIDE_PX,
    width_px=SIDE_PX,
    pictures=3,
    frozen=3,
    train=TrainConfig(
        steps=3600, batch=8, learning_rate=2e-3, warm_up=100, ema=0.998, check_every=300, save_every=100, workers=1
    ),
)


def train_detector(
    settings: Settings,
    folder: Path,
    *,
    steps: int,
    close: bool = False,
    begin_with: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Trained:
    """Render what is not rendered yet, train, and write `detector.onnx` beside the checkpoints in `folder`.

    Args:
        settings: name the folder for weights: the trunk begins as EfficientNet-Lite0 with ImageNet weights.
        folder: of frames, checkpoints and the model file.
        steps: batches in all.
        close: the one for close looks.
        begin_with: `best.pt` or the model file of an earlier training, to go on from; a detector of one picture will do
            for one of three.
        resume: go on with the training in `folder`.
        progress: called after every step.

    Raises:
        BadRequest: `folder` holds another training, or this one and `resume` is not set; or `begin_with` does not fit.
        UnreadableFile: `begin_with` cannot be read.
        WeightsMissing: the trunk's weights are not here.
    """
    import torch  # noqa: PLC0415 - only trainings need it

    from jianwen.counting import learning  # noqa: PLC0415 - as above

    if not resume:
        learning.check_free(folder)
    torch.set_num_threads(1)  # the batches' process has the other core, which a second thread would wait for
    if close:
        config = CLOSE
        frames = kept_samples(CloseUps(), folder / "close-ups", CLOSE_UPS, LOOKS)
        held_out = kept_samples(CloseUps(HELD_OUT_SEED), folder / "close-ups-held-out", CLOSE_HELD_OUT, LOOKS)
    else:
        config = CONFIG
        frames = kept_samples(Scenes(), folder / "frames", FRAMES, MOMENTS)
        held_out = kept_samples(Scenes(HELD_OUT_SEED), folder / "held-out", HELD_OUT, MOMENTS)
    config = replace(config, train=replace(config.train, steps=steps))
    start = learning.Start(whole=begin_with) if begin_with else learning.Start(trunk=imagenet_trunk(settings))
    task = learning.DetectorTask(config, frames, (), start=start)  # weights that do not fit are refused here
    task.held_out = held_out.all()
    trained = learning.train(task, folder, resume=resume, progress=progress)
    learning.export_detector(learning.load_best(task.model, folder), config, folder / "detector.onnx")
    return trained
