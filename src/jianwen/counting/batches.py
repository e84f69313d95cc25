"""Samples → the tensors of one step: fitted to the canvas, augmented, the label recomputed from what is still in sight.

The batch of step n depends on n and the seed alone, so that a resumed training sees what the first would have seen.
Does not render or read: samples come from a function of their number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from jianwen.counting.augment import Canvas, Composed, Crop, augmentation
from jianwen.counting.pictures import fit_picture
from jianwen.counting.sample import DOUBTFUL, SEEN_SHARE, Sample
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.counting.config import CounterConfig, DetectorConfig, Fit, SourceConfig

__all__ = ["Batch", "CounterBatches", "DetectorBatches", "Samples", "canvas_of", "counter_batch", "detector_batch"]

Batch = dict[str, Tensor]
Samples = Callable[[int], Sample]  # the sample of a number, always the same one

_MIDDLES = 4  # points a box: the middles of its left, right, upper and lower side
_DRAWS = 4  # of an augmentation, to avoid balls that it cuts to doubtful shares


def _disc(side: int = 15) -> Tensor:
    """(k, 2): places spread evenly over the disc of radius 1."""
    step = (torch.arange(side) + 0.5) / side * 2 - 1
    places = torch.stack(torch.meshgrid(step, step, indexing="xy"), dim=-1).view(-1, 2)
    return places[places.norm(dim=1) <= 1]


_DISC = _disc()


@dataclass(frozen=True, slots=True)
class CounterBatches:
    """Batches of the counter, ours or the source's. Can be sent to another process if `samples` can."""

    samples: Samples
    config: CounterConfig | SourceConfig

    def __call__(self, step: int) -> Batch:
        size = self.config.train.batch
        numbers = range(step * size, (step + 1) * size)
        augment = augmentation("calm" if _is_calm(step, self.config) else self.config.augmentation)
        chosen = [self.samples(number) for number in numbers]
        return counter_batch(chosen, self.config, augment, _seeds(self.config.train.seed, numbers))


def _is_calm(step: int, config: CounterConfig | SourceConfig) -> bool:
    """Whether a step is among the last ones of our augmentation, whose pictures are changed little."""
    return config.augmentation == "ours" and step >= (1 - getattr(config, "calm", 0.0)) * config.train.steps


@dataclass(frozen=True, slots=True)
class DetectorBatches:
    """Batches of the ball detector; see `CounterBatches`."""

    samples: Samples
    config: DetectorConfig

    def __call__(self, step: int) -> Batch:
        size = self.config.train.batch
        numbers = range(step * size, (step + 1) * size)
        augment = augmentation(self.config.augmentation)
        chosen = [self.samples(number) for number in numbers]
        seeds = _seeds(self.config.train.seed, numbers)
        return detector_batch(chosen, self.config, augment, seeds, crop_px=self.config.crop_px)


def counter_batch(
    samples: Sequence[Sample],
    config: CounterConfig | SourceConfig,
    augment: Composed | None = None,
    seeds: Sequence[int] = (),
) -> Batch:
    """Image (n, 3, s, s) on 0–1; count (n,); heat (n, 1, s/4, s/4), 1 at balls; placed (n,) 1 where these are known.

    A ball counts while so much of its disc is in the canvas as counts anywhere (`SEEN_SHARE`); an augmentation that
    cuts one to about that is drawn again. A picture with a count alone is never turned or shifted.
    """
    cells = config.size_px // 4
    sigma = getattr(config, "sigma_cells", 1.0)
    images, counts, heats = [], [], []
    for sample, seed in zip(samples, seeds or [0] * len(samples), strict=True):
        canvas, shares, places = _clear(sample, config, augment, seed)
        seen = shares >= SEEN_SHARE
        images.append(canvas.image)
        counts.append(int(seen.sum()) if sample.is_placed else sample.count)
        heats.append(_bells(places[seen], cells, sigma))
    return {
        "image": torch.stack(images),
        "count": torch.tensor(counts),
        "heat": torch.stack(heats)[:, None],
        "placed": torch.tensor([float(sample.is_placed) for sample in samples]),
    }


def _clear(
    sample: Sample, config: CounterConfig | SourceConfig, augment: Composed | None, seed: int
) -> tuple[Canvas, Tensor, Tensor]:
    """The canvas, what is seen there of each ball (n,), and where the middle of that is (n, 2)."""
    points = np.concatenate((sample.centres, _middles(sample.boxes).reshape(-1, 2))).astype(np.float32)
    shape = (config.size_px, config.size_px)
    draws = [] if augment is None or not sample.is_placed else [(augment, seed + draw) for draw in range(_DRAWS)]
    for steps, number in [*draws, (augment and augment.still(), seed)]:
        canvas = canvas_of(sample, points, shape, fit=config.fit, augment=steps, seed=number)
        part, places = _in_canvas(canvas, len(sample.centres))
        shares = torch.from_numpy(sample.shares) * part
        if not ((shares > DOUBTFUL[0]) & (shares < DOUBTFUL[1])).any():
            break
    return canvas, shares, places


def _in_canvas(canvas: Canvas, balls: int) -> tuple[Tensor, Tensor]:
    """How much of each ball's seen part is in the canvas (n,), and the middle of that (n, 2).

    Without boxes it is all or none.
    """
    points = canvas.points[:balls]
    if len(canvas.points) == balls:
        return canvas.inside.float(), points
    middle, half = _extent(canvas.points[balls:].view(-1, _MIDDLES, 2))
    spread = middle[:, None] + half[:, None] * _DISC
    inside = ((spread >= 0) & (spread <= 1)).all(dim=2)
    left = (spread * inside[..., None]).sum(dim=1) / inside.sum(dim=1).clamp_min(1)[:, None]
    return inside.float().mean(dim=1), points + (left - middle)


def detector_batch(
    samples: Sequence[Sample],
    config: DetectorConfig,
    augment: Composed | None = None,
    seeds: Sequence[int] = (),
    *,
    crop_px: int = 0,
) -> Batch:
    """Image (n, 3, H, W); heat (n, 1, H/4, W/4), 1 at centres; per ball, padded to `most`: cell, size, offset, kind.

    With three pictures image (n, 9, H, W), and move as well.

    A ball is learned while it is visible and its centre is in the canvas; its box is cut at the canvas. With `crop_px`
    the canvas is a square cut from the whole one: balls are small, so most of a frame teaches little.

    Raises:
        BadRequest: a sample has no boxes, or not so many pictures.
    """
    made = []
    for sample, seed in zip(samples, seeds or [0] * len(samples), strict=True):
        if len(sample.boxes) != len(sample.centres) or not sample.is_placed:
            raise BadRequest(detail="A detector learns from boxes only.", detail_zh="检测器只能用带边框的样本训练。")
        if len(sample.beside) != config.pictures - 1:
            raise BadRequest(
                detail=f"This detector learns from {config.pictures} pictures a sample, not {1 + len(sample.beside)}.",
                detail_zh=f"这个检测器每个样本需要 {config.pictures} 张图片，而不是 {1 + len(sample.beside)} 张。",
            )
        points = np.concatenate((sample.centres, _middles(sample.boxes).reshape(-1, 2), sample.moves.reshape(-1, 2)))
        points = points.astype(np.float32)
        shape = (config.height_px, config.width_px)
        steps = (
            augment if crop_px == 0 else Composed((Crop(crop_px, near=len(sample.centres)), augment or Composed(())))
        )
        canvas = canvas_of(sample, points, shape, fit=config.fit, augment=steps, seed=seed)
        made.append({"image": canvas.image} | _detector_target(sample, canvas, config))
    return {name: torch.stack([each[name] for each in made]) for name in made[0]}


def canvas_of(
    sample: Sample,
    points: NDArray[np.float32],
    shape: tuple[int, int],
    *,
    fit: Fit,
    augment: Composed | None,
    seed: int,
) -> Canvas:
    """The picture fitted to `shape` (height and width) and the points on it, augmented by the given seed.

    What is beside it is changed in the same way, and follows it as further channels.
    """
    made = []
    for picture in (sample.image, *sample.beside):
        fitted = fit_picture(picture, height_px=shape[0], width_px=shape[1], fit=fit)
        image = torch.from_numpy(np.array(fitted.image)).permute(2, 0, 1).contiguous().float() / 255
        canvas = Canvas(image, torch.from_numpy(fitted.onto(points)))
        made.append(canvas if augment is None else augment(canvas, torch.Generator().manual_seed(seed)))
    return made[0] if len(made) == 1 else Canvas(torch.cat([one.image for one in made]), made[0].points)


def _bells(points: Tensor, cells: int, sigma: float) -> Tensor:
    """(cells, cells): the heat of points (n, 2), all equally wide."""
    cell = (points * cells).floor().clamp(0, cells - 1)
    return _heat(cell, torch.full((len(points),), sigma), cells, cells)


def _detector_target(sample: Sample, canvas: Canvas, config: DetectorConfig) -> Batch:
    height, width = canvas.image.shape[1] // 4, canvas.image.shape[2] // 4
    points = canvas.points
    side = torch.tensor([width, height], dtype=torch.float32)
    balls = len(sample.centres)
    sides, moves = points[balls : balls * (1 + _MIDDLES)], points[balls * (1 + _MIDDLES) :]
    low, high = _bounds(sides.view(-1, _MIDDLES, 2))
    shift = (low + high) / 2 - sides.view(-1, _MIDDLES, 2).mean(dim=1)  # of what the edge of the canvas cuts
    middle, size = (points[:balls] + shift) * side, (high - low) * side  # in cells
    inside = ((points[:balls] >= 0) & (points[:balls] < 1)).all(dim=1)
    keep = torch.nonzero(torch.from_numpy(sample.visible) & inside & (size > 0.25).all(dim=1))[:, 0][: config.most]
    middle, size = middle[keep], size[keep]
    cell = torch.minimum(middle.floor(), side - 1).clamp_min(0)
    target = {
        "cell": (cell[:, 1] * width + cell[:, 0]).long(),
        "size": torch.log(size * 4 / config.typical_px),
        "offset": middle - cell,
        "kind": torch.from_numpy(sample.classes)[keep],
        "real": torch.ones(len(keep)),
    }
    if config.pictures > 1:
        target["move"] = ((moves.view(balls, 2, 2)[keep] * side - middle[:, None]) * 4 / config.typical_px).flatten(1)
    padded = {name: _padded(value, config.most) for name, value in target.items()}
    sigma = (size.amin(dim=1) / 6).clamp_min(0.6)  # CornerNet's rule for an overlap of 0.7 comes to about a sixth
    return padded | {"heat": _heat(cell, sigma, height, width)[None]}


def _heat(cell: Tensor, sigma: Tensor, height: int, width: int) -> Tensor:
    """1 at each centre's cell, falling off by `sigma` (n,) cells; where two meet, the higher one counts."""
    heat = torch.zeros(height, width)
    down = torch.exp(-0.5 * ((torch.arange(height) - cell[:, 1:]) / sigma[:, None]) ** 2)
    across = torch.exp(-0.5 * ((torch.arange(width) - cell[:, :1]) / sigma[:, None]) ** 2)
    for row, column in zip(down, across, strict=True):
        heat = torch.maximum(heat, row[:, None] * column[None])
    return heat


def _padded(value: Tensor, most: int) -> Tensor:
    whole = torch.zeros((most, *value.shape[1:]), dtype=value.dtype)
    whole[: len(value)] = value
    return whole


def _middles(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    return np.stack((boxes[:, 0], y, boxes[:, 2], y, x, boxes[:, 1], x, boxes[:, 3]), axis=1)


def _bounds(middles: Tensor) -> tuple[Tensor, Tensor]:
    """The box of the ellipse with these four ends (n, 4, 2): a turned ball keeps its size, a square would not."""
    centre, half = _extent(middles)
    return (centre - half).clamp(0, 1), (centre + half).clamp(0, 1)


def _extent(middles: Tensor) -> tuple[Tensor, Tensor]:
    """Centre and half the sides (n, 2) of the same box."""
    half = (((middles[:, 1] - middles[:, 0]) / 2) ** 2 + ((middles[:, 3] - middles[:, 2]) / 2) ** 2).sqrt()
    return middles.mean(dim=1), half


def _seeds(seed: int, numbers: Sequence[int]) -> list[int]:
    """One independent seed a sample: neighbours in number are strangers in noise."""
    return [int(np.random.SeedSequence((seed, number)).generate_state(1, np.uint64)[0] >> 1) for number in numbers]
