"""The three trainings as tasks of `train.py`: our counter, the source's, the ball detector.

Each joins a network, its loss, its batches, and its figures on held-out samples; none holds mathematics of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from jianwen.counting.batches import CounterBatches, DetectorBatches, counter_batch, detector_batch
from jianwen.counting.detector import LATER, DetectorNetwork, detector_loss
from jianwen.counting.export import weights_of
from jianwen.counting.losses import (
    count_loss,
    cumulative_distance,
    heat_loss,
    smooth_l1_loss,
    source_loss,
    wrong_images,
)
from jianwen.counting.network import CounterNetwork
from jianwen.counting.peaks import boxes_of_maps
from jianwen.counting.pictures import fit_picture
from jianwen.counting.precision import average_precision
from jianwen.counting.sample import CLASSES
from jianwen.counting.source import SourceNetwork
from jianwen.counting.trunk import load_state
from jianwen.errors import BadRequest, WeightsDamaged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from torch import Tensor, nn

    from jianwen.counting.batches import Batch, Samples
    from jianwen.counting.config import CounterConfig, DetectorConfig, SourceConfig
    from jianwen.counting.sample import Sample

__all__ = ["CounterTask", "DetectorTask", "SourceTask", "Start"]

_AT_ONCE = 16  # held-out pictures in memory at a time


@dataclass(frozen=True, slots=True)
class Start:
    """What a training begins with, where it is not nothing.

    Attributes:
        trunk: a state dict file of the trunk alone: the packaged EfficientNet-Lite0, or torchvision's `resnet50`.
        whole: `best.pt` or the model file of an earlier training of the same network, to go on with other samples.
    """

    trunk: Path | None = None
    whole: Path | None = None


class CounterTask:
    """Our counter. `held_out` is fitted, never augmented."""

    best = "score"

    def __init__(
        self, config: CounterConfig, samples: Samples, held_out: Sequence[Sample], *, start: Start | None = None
    ) -> None:
        torch.manual_seed(config.train.seed)
        self.config, self.held_out = config, held_out
        self.model = _started(CounterNetwork(config), start)
        self.batch = CounterBatches(samples, config)

    def loss(self, model: Any, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Count, distance between distributions, and heat, weighed by the config."""
        logits, heat = model.seen(batch["image"])
        counted = count_loss(logits, batch["count"])
        distance = cumulative_distance(logits, batch["count"])
        placed = heat_loss(heat, batch["heat"], batch["placed"])
        whole = counted + self.config.distance_weight * distance + self.config.heat_weight * placed
        right = (logits.detach().argmax(dim=1) == batch["count"]).float().mean()
        parts = {"count_loss": counted, "heat_loss": placed, "train_exact": right}
        return whole, {name: float(value.detach()) for name, value in parts.items()}

    def check(self, model: nn.Module) -> dict[str, float]:
        """exact_match, mae, bias, density_mae (of the map's sum), nll; `score` prefers exactness, then likelihood."""
        logits, totals, labels = self.logits(model, self.held_out)
        said = logits.argmax(dim=1)
        nll = float(count_loss(logits, labels))
        figures = _figures(said.float(), labels)
        figures["density_mae"] = float((totals - labels).abs().mean())
        return figures | {"nll": nll, "score": figures["exact_match"] - 0.1 * min(nll, 5.0)}

    def logits(self, model: nn.Module, samples: Sequence[Sample]) -> tuple[Tensor, Tensor, Tensor]:
        """(n, most + 1) logits, (n,) sums of the density, (n,) labels of un-augmented samples."""
        found = []
        for start in range(0, len(samples), _AT_ONCE):
            batch = counter_batch(samples[start : start + _AT_ONCE], self.config)
            with torch.inference_mode():  # what gradients would need of a thousand pictures fills any memory
                logits, density = model(batch["image"])
            found.append((logits, density.sum(dim=(1, 2, 3)), batch["count"]))
        logits, totals, labels = (torch.cat(parts) for parts in zip(*found, strict=True))
        return logits, totals, labels


class SourceTask:
    """The source's counter with its loss, or with smooth L1 in its place."""

    best = "score"

    def __init__(
        self, config: SourceConfig, samples: Samples, held_out: Sequence[Sample], *, start: Start | None = None
    ) -> None:
        torch.manual_seed(config.train.seed)
        self.config, self.held_out = config, held_out
        self.model = _started(SourceNetwork(config), start)
        self.batch = CounterBatches(samples, config)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """As given, or smooth L1; the number of wrong images is shown beside either."""
        out, label = model(batch["image"]), batch["count"].float()
        wrong = {"wrong_images": float(wrong_images(out.detach(), label))}
        if self.config.loss == "smooth_l1":
            return smooth_l1_loss(out, label), wrong
        weights = {"mask_weight": self.config.mask_weight, "wrong_weight": self.config.wrong_weight}
        return source_loss(out, label, masked=self.config.masked, **weights), wrong

    def check(self, model: nn.Module) -> dict[str, float]:
        """exact_match, mae and bias of the rounded counts; `score` prefers exactness, then a small error."""
        found = []
        for start in range(0, len(self.held_out), _AT_ONCE):
            batch = counter_batch(self.held_out[start : start + _AT_ONCE], self.config)
            found.append((model(batch["image"]), batch["count"]))
        out, labels = (torch.cat(parts) for parts in zip(*found, strict=True))
        figures = _figures(out.round(), labels)
        return figures | {"score": figures["exact_match"] - 0.1 * min(figures["mae"], 5.0)}


class DetectorTask:
    """The ball detector."""

    best = "score"

    def __init__(
        self, config: DetectorConfig, samples: Samples, held_out: Sequence[Sample], *, start: Start | None = None
    ) -> None:
        torch.manual_seed(config.train.seed)
        self.config, self.held_out = config, held_out
        self.model = _started(DetectorNetwork(config), start)
        self.batch = DetectorBatches(samples, config)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Heat, size, offset and class, weighed by the config."""
        return detector_loss(model(batch["image"]), batch, self.config)

    def check(self, model: nn.Module) -> dict[str, float]:
        """ap50 of all balls as one, ap50_cue … ap50_stripe with their own class's scores; `score` is their mean.

        Of a network of three pictures `score` is ap50: nobody asks it for kinds.
        """
        found, true = [], []
        for sample in self.held_out:
            maps = model(detector_batch([sample], self.config)["image"])
            found.append(boxes_of_maps([value.numpy() for value in maps], self.config)[0])
            # the held-out picture is fitted, so its boxes are compared on the canvas
            true.append(_boxes_on_canvas(sample, self.config))
        figures = {"ap50": average_precision([(f.boxes, f.scores) for f in found], [boxes for boxes, _ in true])}
        for kind, name in enumerate(CLASSES[: self.config.classes]):
            wanted = [boxes[kinds == kind] for boxes, kinds in true]
            if sum(map(len, wanted)):
                scored = [(f.boxes, f.scores * f.kinds[:, kind]) for f in found]
                figures[f"ap50_{name}"] = average_precision(scored, wanted)
        mean = sum(figures.values()) / len(figures)
        return figures | {"score": mean if self.config.pictures == 1 else figures["ap50"]}


def _started(model: CounterNetwork | SourceNetwork | DetectorNetwork, start: Start | None) -> nn.Module:
    """Raises UnreadableFile, WeightsUnfit or BadRequest when a file does not hold what the network needs."""
    if start is not None and start.trunk is not None:
        try:
            model.trunk.load_pretrained(start.trunk)
        except WeightsDamaged as exc:
            raise _misfit(start.trunk) from exc
    if start is not None and start.whole is not None:
        own, state = model.state_dict(), _state(start.whole)
        if start.whole.suffix == ".onnx":  # without counts of batches, which nothing here uses, and with constants
            counts = {key: value for key, value in own.items() if key.endswith("num_batches_tracked")}
            state = counts | {key: state[key] for key in own.keys() & state.keys()}
        # a network of three pictures may begin as one that learned from one
        state = {key: value for key, value in own.items() if key.startswith(LATER)} | state
        if state.keys() != own.keys() or any(state[key].shape != own[key].shape for key in own):
            raise _misfit(start.whole)
        model.load_state_dict(state)
    return model


def _misfit(path: Path) -> BadRequest:
    return BadRequest(
        detail=f"{path.name} is not of this network, so no training can begin with it. Choose another.",
        detail_zh=f"{path.name} 不属于这个网络，不能作为训练的起点。请另选一个。",
    )


def _state(path: Path) -> dict[str, Tensor]:
    return weights_of(path) if path.suffix == ".onnx" else load_state(path)


def _figures(said: Tensor, labels: Tensor) -> dict[str, float]:
    errors = said - labels
    return {
        "exact_match": float((errors == 0).float().mean()),
        "mae": float(errors.abs().mean()),
        "bias": float(errors.mean()),
    }


def _boxes_on_canvas(sample: Sample, config: DetectorConfig) -> tuple[np.ndarray, np.ndarray]:
    fitted = fit_picture(sample.image, height_px=config.height_px, width_px=config.width_px, fit=config.fit)
    seen = sample.visible
    corners = fitted.onto(sample.boxes[seen].reshape(-1, 2)).reshape(-1, 4)
    return corners, sample.classes[seen]
