"""One training loop for every network of this room: checkpoints, exact resume, averaged weights, early stopping.

What a step learns from depends on its number and the seed alone, and so does the chance inside the network (it is
seeded anew at every step). A training that was killed at any moment and resumed ends with the same bits.
Does not know what is trained: the task brings network, loss, batches and figures.
"""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from jianwen.counting.config import to_json
from jianwen.counting.curves import draw_curves
from jianwen.counting.feeder import Feeder, keep_freed_memory
from jianwen.counting.trunk import load_state, loaded
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.counting.batches import Batch
    from jianwen.counting.config import TrainConfig

__all__ = ["Progress", "Task", "Trained", "check_free", "holds_training", "load_best", "train"]

Figures = dict[str, float]
Progress = Callable[[int, int, Figures], None]  # step, steps, the figures of this step

_LAST, _BEST = "last.pt", "best.pt"
_PARTS = {"config", "model", "averaged", "optimiser", "state"}  # of a checkpoint, besides what it is made of


class Task(Protocol):
    """What is trained."""

    config: Any  # a frozen dataclass with a field `train: TrainConfig`
    model: nn.Module
    best: str  # the figure that decides; larger is better

    def batch(self, step: int) -> Batch:
        """The tensors of a step."""
        ...

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Figures]:
        """What is minimised, and its parts."""
        ...

    def check(self, model: nn.Module) -> Figures:
        """Figures on held-out samples, `best` among them."""
        ...


@dataclass(frozen=True, slots=True)
class Trained:
    """How a training ended.

    Attributes:
        path: the weights of the best look.
        step: batches that were learned from.
        best: the figures of that look.
        stopped_early: patience ended it before the last step.
        onnx_difference: between these weights in torch and the model file, as `largest_difference` has it; None where
            no file was written or nobody compared.
    """

    path: Path
    step: int
    best: Figures
    stopped_early: bool
    onnx_difference: float | None = None


@dataclass(slots=True)
class _State:
    """Everything that a resume needs, besides the three state dicts."""

    step: int = 0
    best_step: int = 0
    best: Figures = field(default_factory=dict)
    waited: int = 0
    losses: list[float] = field(default_factory=list)  # since the last look
    history: list[Figures] = field(default_factory=list)


def train(
    task: Task,
    folder: Path,
    *,
    resume: bool = False,
    progress: Progress | None = None,
    boards: bool = True,
    made_of: str = "",
) -> Trained:
    """Train to the last step or until it no longer gains; the averaged weights of the best look are kept.

    In `folder`: `best.pt` (weights), `last.pt` (checkpoint), `curves.png`, and `boards/` for TensorBoard. Without
    `boards` there is no such folder, and the curves are drawn once, at the end. `made_of` is a fingerprint of what the
    config does not say, such as the samples: a training is resumed with the same one only, if its checkpoint has one.

    Raises:
        BadRequest: `folder` holds a training and `resume` is not set, or it holds another one or a damaged one.
    """
    keep_freed_memory()
    config: TrainConfig = task.config.train
    run = _Run(task, config, folder, made_of)
    run.start(resume=resume)
    first, steps = run.state.step, config.steps
    # what stopped early took its last step: a resume must not add one
    with Feeder(task.batch, first=first, steps=first if run.is_stalled else steps, workers=config.workers) as batches:
        writer = _board(folder, first) if boards else None
        try:
            for batch in batches:
                figures = run.take(batch)
                if progress is not None:
                    progress(run.state.step, steps, figures)
                if writer is not None:
                    run.show(writer, figures)
                if run.is_stalled:
                    break
        finally:
            if writer is not None:
                writer.close()
    draw_curves(run.state.history, folder / "curves.png")
    return Trained(folder / _BEST, run.state.step, run.state.best, run.is_stalled)


def holds_training(folder: Path) -> bool:
    """Whether there is a checkpoint in it to go on from."""
    return (folder / _LAST).is_file()


def check_free(folder: Path) -> None:
    """Say at once what `train` would say without `resume`, before anything is made ready.

    Raises:
        BadRequest: `folder` holds a training.
    """
    if holds_training(folder):
        raise BadRequest(
            detail=f"{folder} already holds a training. Give --resume to go on with it, or another folder.",
            detail_zh=f"{folder} 中已有一次训练。请用 --resume 继续，或换一个文件夹。",
        )


def load_best(model: nn.Module, folder: Path) -> nn.Module:
    """The network with the weights that a training kept, ready to run."""
    model.load_state_dict(load_state(folder / _BEST))
    return model.eval()


class _Run:
    """One training under way: the network, its averaged copy, the optimiser, and how far it is."""

    def __init__(self, task: Task, config: TrainConfig, folder: Path, made_of: str) -> None:
        self.task, self.config, self.folder, self.made_of = task, config, folder, made_of
        # channels last is a quarter faster on a CPU; the numbers are the same
        self.model = task.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged = copy.deepcopy(task.model).eval().requires_grad_(requires_grad=False)
        self.optimiser = torch.optim.AdamW(_groups(task.model, config.weight_decay), lr=config.learning_rate)
        self.state = _State()

    @property
    def is_stalled(self) -> bool:
        return 0 < self.config.patience <= self.state.waited

    def start(self, *, resume: bool) -> None:
        if not resume:
            check_free(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        if holds_training(self.folder):
            self._restore(self.folder / _LAST)

    def take(self, batch: Batch) -> Figures:
        """One step, with a look and a checkpoint where they are due."""
        torch.manual_seed(self.config.seed * 1_000_003 + self.state.step)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.state.step, self.config)
        self.model.train()
        loss, parts = self.task.loss(self.model, {name: _channels_last(value) for name, value in batch.items()})
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
        if torch.isfinite(norm):  # a single broken step must not spoil the weights
            self.optimiser.step()
        self.state.step += 1
        average(self.averaged, self.model, decay=min(self.config.ema, self.state.step / (self.state.step + 9)))
        self.state.losses.append(float(loss.detach()))
        figures = {"loss": self.state.losses[-1], "learning_rate": self.optimiser.param_groups[0]["lr"]} | parts
        last = self.state.step == self.config.steps
        if last or self.state.step % self.config.check_every == 0:
            figures |= self._look()
        if last or self.is_stalled or self.state.step % self.config.save_every == 0:
            self._save()
        return figures

    def show(self, writer: Any, figures: Figures) -> None:
        """Figures on the board, and after a look the curves drawn anew, for whoever watches a long training."""
        for name, value in figures.items():
            writer.add_scalar(name, value, self.state.step)
        if self.task.best in figures:
            writer.flush()
            draw_curves(self.state.history, self.folder / "curves.png")

    def _look(self) -> Figures:
        state = self.state
        with torch.inference_mode():
            found = self.task.check(self.averaged)
        name = self.task.best
        if not state.best or _is_better(found[name], state.best[name]):
            state.best, state.best_step, state.waited = found, state.step, 0
            _write(self.averaged.state_dict(), self.folder / _BEST)
        else:
            state.waited += 1
        mean = sum(state.losses) / len(state.losses)
        state.history.append({"step": state.step, "train_loss": mean} | found)
        state.losses = []
        return found

    def _save(self) -> None:
        state = self.state
        whole = {
            "config": to_json(self.task.config),
            "made_of": self.made_of,
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "state": {name: getattr(state, name) for name in _State.__slots__},
        }
        _write(whole, self.folder / _LAST)

    def _restore(self, path: Path) -> None:
        whole = _checkpoint(path)
        is_same = _comparable(whole["config"]) == _comparable(to_json(self.task.config))
        if not is_same or whole.get("made_of", self.made_of) != self.made_of:  # older checkpoints do not say
            raise BadRequest(
                detail=f"{self.folder} holds a training with other settings. Start the new one in another folder.",
                detail_zh=f"{self.folder} 中的训练使用了不同的设置。请在另一个文件夹开始新的训练。",
            )
        self.model.load_state_dict(whole["model"])
        self.averaged.load_state_dict(whole["averaged"])
        self.optimiser.load_state_dict(whole["optimiser"])
        self.state = _State(**whole["state"])


def _checkpoint(path: Path) -> dict[str, Any]:
    """What `_save` wrote."""
    whole = loaded(path, name=str(path), broken=_no_checkpoint(path))
    if not isinstance(whole, dict) or not whole.keys() >= _PARTS:
        raise _no_checkpoint(path)
    return whole


def _no_checkpoint(path: Path) -> BadRequest:
    return BadRequest(
        detail=f"The checkpoint {path} is damaged, so the training cannot go on. Delete it to begin anew.",
        detail_zh=f"检查点 {path} 已损坏，训练无法继续。请删除它，再重新开始。",
    )


def _is_better(found: float, best: float) -> bool:
    """Larger; what is no number is worse than any number, also where it came first."""
    return found > best or (math.isnan(best) and not math.isnan(found))


def _channels_last(value: Tensor) -> Tensor:
    return value.contiguous(memory_format=torch.channels_last) if value.ndim == 4 else value


def learning_rate(step: int, config: TrainConfig) -> float:
    """A straight rise over the warm-up, then half a cosine down to a hundredth."""
    if step < config.warm_up:
        return config.learning_rate * (step + 1) / config.warm_up
    done = (step - config.warm_up) / max(1, config.steps - config.warm_up)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def average(averaged: nn.Module, model: nn.Module, *, decay: float) -> None:
    """Move the averaged weights and statistics towards the network's; whole numbers are copied."""
    with torch.no_grad():
        theirs = model.state_dict()
        for name, mine in averaged.state_dict().items():
            if mine.is_floating_point():
                mine.lerp_(theirs[name], 1 - decay)
            else:
                mine.copy_(theirs[name])


def _groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Biases, norms and single numbers are not decayed."""
    learned = [value for value in model.parameters() if value.requires_grad]
    return [
        {"params": [value for value in learned if value.ndim > 1], "weight_decay": weight_decay},
        {"params": [value for value in learned if value.ndim <= 1], "weight_decay": 0.0},
    ]


def _comparable(config: dict[str, Any]) -> dict[str, Any]:
    """A resumed training may use other workers, save at other times and have other patience; all else is the same.

    When it looks is not free: that decides which weights are kept as the best.
    """
    free = {"workers", "save_every", "patience"}
    same = {name: list(value) if isinstance(value, tuple) else value for name, value in config.items()}
    return same | {"train": {name: value for name, value in config["train"].items() if name not in free}}


def _write(value: Any, path: Path) -> None:
    """In one step: a kill leaves the old file or the new one, never half of one."""
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        torch.save(value, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _board(folder: Path, step: int) -> Any:
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - takes seconds to load

    return SummaryWriter(str(folder / "boards"), purge_step=step)
