"""A counter's training of six steps on discs, for the tests."""

from __future__ import annotations

from dataclasses import replace

from discs import Discs

from jianwen.counting import CounterConfig, TrainConfig
from jianwen.counting.learning import CounterTask

__all__ = ["TINY", "tiny_task"]

TINY = CounterConfig(
    size_px=32,
    most=3,
    neck=16,
    augmentation="source",
    train=TrainConfig(steps=6, batch=4, warm_up=2, ema=0.5, check_every=2, save_every=3),
)


def tiny_task(config: CounterConfig = TINY, **changed: object) -> CounterTask:
    """A fresh network and task; `changed` replaces fields of the training."""
    discs = Discs(side_px=32, radius_px=3)
    train = replace(config.train, **changed)  # type: ignore[arg-type]
    return CounterTask(replace(config, train=train), discs, [discs(10_000 + number) for number in range(8)])
