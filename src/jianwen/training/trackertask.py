"""The training of `ball-nano` as a task of the common loop: batches, loss, figures. Renders nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses

from jianwen.counting import TrainConfig
from jianwen.tracking import TrackerConfig, built_in
from jianwen.tracking.learning import Drill, Practice, TrackerNetwork, overlap, practised

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from jianwen.training.sequences import Sequence

__all__ = ["TrackerBatches", "TrackerTask", "TrackerTraining"]

_AT_ONCE = 16  # held-out sequences in memory at a time


@dataclass(frozen=True, slots=True)
class TrackerTraining:
    """The network, what it practises, and the schedule."""

    network: TrackerConfig = field(default_factory=lambda: built_in("ball-nano"))
    practice: Practice = field(default_factory=Practice)
    train: TrainConfig = field(
        default_factory=lambda: TrainConfig(
            steps=4000,
            batch=12,
            learning_rate=1e-3,
            warm_up=150,
            clip_norm=1.0,
            ema=0.998,
            check_every=250,
            save_every=50,
            workers=1,
        )
    )


@dataclass(frozen=True, slots=True)
class TrackerBatches:
    """The drill of a step, from the step's number and the seed alone. Can be sent to another process."""

    sequences: Callable[[int], Sequence]
    config: TrackerTraining

    def __call__(self, step: int) -> dict[str, Tensor]:
        size = self.config.train.batch
        numbers = range(step * size, (step + 1) * size)
        # neighbours in the numbering are of one scene: a large odd stride takes a batch from many
        chosen = [self.sequences(number * 1_009) for number in numbers]
        made = [
            _varied(one, np.random.default_rng([self.config.train.seed, n, 61]))
            for one, n in zip(chosen, numbers, strict=True)
        ]
        return _tensors(made)


class TrackerTask:
    """Follow one ball through eight frames; judged on held-out sequences prompted once, by a box."""

    best = "score"

    def __init__(self, config: TrackerTraining, sequences: Callable[[int], Sequence], held_out: list[Sequence]) -> None:
        torch.manual_seed(config.train.seed)
        self.config, self.held_out = config, held_out
        self.model: nn.Module = TrackerNetwork(config.network)
        self.batch = TrackerBatches(sequences, config)

    def loss(self, model: Any, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
        """Of masks, their expected quality, and presence, through the whole sequence."""
        drill = Drill(batch["pictures"], batch["masks"], batch["present"])
        loss, logits, presence = practised(model, drill, self.config.practice)
        return loss, {f"train_{name}": value for name, value in _figures(drill, logits, presence).items()}

    def check(self, model: Any) -> dict[str, float]:
        """Figures iou and centre_radii of present balls after the first frame, presence_right; `score` joins them."""
        practice = replace(self.config.practice, mask_share=0.0, click_share=0.0, corrected_share=0.0, second_share=0.0)
        found: list[dict[str, float]] = []
        with torch.random.fork_rng():
            torch.manual_seed(0)
            for start in range(0, len(self.held_out), _AT_ONCE):
                some = self.held_out[start : start + _AT_ONCE]
                batch = _tensors(some)
                drill = Drill(batch["pictures"], batch["masks"], batch["present"])
                _, logits, presence = practised(model, drill, practice)
                centre = _centre_radii(drill, logits, presence, batch["diameter"])
                found.append(_figures(drill, logits, presence) | {"centre_radii": centre})
        figures = {name: float(np.mean([one[name] for one in found])) for name in found[0]}
        return figures | {"score": figures["iou"] + figures["presence_right"]}


def _varied(sequence: Sequence, rng: np.random.Generator) -> Sequence:
    """Mirrored, turned, and in another light; the whole sequence alike."""
    pictures, masks = sequence.pictures, sequence.masks
    if rng.random() < 0.5:
        pictures, masks = pictures[:, :, ::-1], masks[:, :, ::-1]
    turns = int(rng.integers(4))
    pictures, masks = np.rot90(pictures, turns, (1, 2)), np.rot90(masks, turns, (1, 2))
    return replace(sequence, pictures=_relit(pictures, rng), masks=masks)


def _relit(pictures: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Each channel by a factor and a power, as other lamps and cameras would have it; channels may change places."""
    levels = np.arange(256) / 255
    gains = np.exp(rng.normal(0, 0.2) + rng.normal(0, 0.08, 3))
    powers = np.exp(rng.normal(0, 0.2) + rng.normal(0, 0.05, 3))
    order = rng.permutation(3) if rng.random() < 0.3 else np.arange(3)
    tables = [
        (255 * np.clip(gain * levels**power, 0, 1)).astype(np.uint8) for gain, power in zip(gains, powers, strict=True)
    ]
    return np.stack([table[pictures[..., channel]] for table, channel in zip(tables, order, strict=True)], axis=-1)


def _tensors(sequences: list[Sequence]) -> dict[str, Tensor]:
    return {
        "pictures": torch.from_numpy(np.stack([one.pictures for one in sequences])),
        "masks": torch.from_numpy(np.stack([one.masks for one in sequences]).astype(np.uint8)),
        "present": torch.from_numpy(np.stack([one.present for one in sequences])),
        "diameter": torch.from_numpy(np.stack([one.diameter for one in sequences])),
    }


def _figures(drill: Drill, logits: Tensor, presence: Tensor) -> dict[str, float]:
    """Mean IoU where the ball is, and how often its presence is said rightly; the first frame is left out."""
    with torch.no_grad():
        there, said = drill.present[:, 1:] > 0, presence[:, 1:] > 0
        large = F.interpolate(logits[:, 1:].flatten(0, 1)[:, None], size=drill.masks.shape[-2:], mode="bilinear")
        iou = overlap(large, drill.masks[:, 1:].flatten(0, 1).float()).reshape(there.shape)
        return {"iou": float(iou[there].mean()), "presence_right": float((there == said).float().mean())}


def _centre_radii(drill: Drill, logits: Tensor, presence: Tensor, diameter: Tensor) -> float:
    """Median distance of the centres of said and true masks, in radii, where both are there."""
    with torch.no_grad():
        side = drill.masks.shape[-1]
        large = F.interpolate(logits.flatten(0, 1)[:, None], size=(side, side), mode="bilinear")
        said, true = (large[:, 0] > 0).float(), drill.masks.flatten(0, 1).float()
        both = (said.sum((1, 2)) > 0) & (true.sum((1, 2)) > 0) & (presence.flatten() > 0)
        apart = (_middles(said) - _middles(true)).norm(dim=1) / (diameter.flatten() / 2)
        return float(apart[both].median()) if both.any() else float("inf")


def _middles(masks: Tensor) -> Tensor:
    total = masks.sum((1, 2)).clamp_min(1)
    steps = torch.arange(masks.shape[-1]) + 0.5
    return torch.stack(((masks.sum(1) * steps).sum(1) / total, (masks.sum(2) * steps).sum(1) / total), 1)
