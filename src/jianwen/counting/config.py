"""The networks and trainings of this room, one dataclass each. Holds numbers, does nothing with them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CounterConfig", "DetectorConfig", "SourceConfig", "TrainConfig", "from_json", "to_json"]

Augmentation = Literal["source", "ours", "calm", "none"]
Fit = Literal["stretch", "letterbox"]
Config = TypeVar("Config")


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training, whatever the network."""

    steps: int = 4000  # batches in all
    batch: int = 16  # samples a step
    learning_rate: float = 2e-3  # at the top of the schedule, AdamW
    weight_decay: float = 1e-2  # not on biases and batch norms
    warm_up: int = 200  # steps of linear rise; a half cosine down to 1 % follows
    clip_norm: float = 5.0  # gradients are scaled down to this norm
    ema: float = 0.998  # decay of the averaged weights, which are the ones that are kept
    check_every: int = 200  # steps between looks at held-out samples
    save_every: int = 100  # steps between checkpoints: what a kill can cost
    patience: int = 0  # looks without gain before it stops; 0: never
    seed: int = 1  # of the weights, the samples and the augmentation
    workers: int = 0  # processes that make batches ahead; 0: made in place


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """The source's network, loss and training. `width` and `depths` are for trials on a CPU; the rest is as given."""

    size_px: int = 960  # side of the square that pictures are stretched to
    width: float = 1.0  # share of ResNet-50's channels; 1.0 gives 512 + 1024 + 2048 = 3584
    depths: tuple[int, int, int, int] = (3, 4, 6, 3)  # bottleneck blocks of layer1 … layer4
    upsampling: Literal["bilinear", "transposed"] = "bilinear"  # of layer4; "transposed" starts bilinear and learns
    loss: Literal["source", "smooth_l1"] = "source"  # as given, or the robust distance alone
    masked: Literal["scalar", "per_image"] = "scalar"  # the two readings of the source's masked term
    mask_weight: float = 1.2  # of the masked term
    wrong_weight: float = 0.3  # a wrong image in the batch; it has no gradient
    augmentation: Augmentation = "source"
    fit: Fit = "stretch"  # "resize to 960 × 960"
    train: TrainConfig = field(default_factory=lambda: TrainConfig(batch=8, learning_rate=3e-4))


@dataclass(frozen=True, slots=True)
class CounterConfig:
    """Our default: trunk, heat map, and a distribution over counts."""

    size_px: int = 448  # side of the square; a multiple of 32
    most: int = 22  # the largest count that can be said
    trunk: Literal["lite0", "resnet50"] = "lite0"  # EfficientNet-Lite0, or the source's ResNet-50
    trunk_width: float = 1.0  # share of ResNet-50's channels; Lite0 has one width
    frozen: int = 3  # first blocks of Lite0 that do not learn, the stem with them; 0: all learn
    deepest: Literal[16, 32] = 16  # last stride that is used; 16 has a quarter of Lite0's parameters
    head: Literal["peaks", "classes"] = "peaks"  # steps "more than k?" from the heat map, or one logit a count
    neck: int = 40  # channels of the fused map at stride 4
    dropout: float = 0.1  # before the last layer of the count head
    sigma_cells: float = 1.0  # spread of a ball in the heat map's target, in cells of stride 4
    heat_weight: float = 1.0  # of the heat map's loss, beside the count loss
    distance_weight: float = 0.5  # of the squared distance between the two cumulative distributions
    augmentation: Augmentation = "ours"
    calm: float = 0.2  # last share of the steps, whose pictures are changed little
    fit: Fit = "letterbox"  # balls stay round
    views: Literal[1, 2, 4] = 2  # mirror images that are looked at in use, the picture among them; training sees one
    train: TrainConfig = field(default_factory=TrainConfig)


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """The ball detector: centres as peaks at stride 4, after CenterNet (Zhou et al. 2019, arXiv:1904.07850)."""

    height_px: int = 576  # of the picture that is looked at; a multiple of 32
    width_px: int = 1024  # as above
    crop_px: int = 0  # training looks at squares of this side cut from the canvas, a multiple of 32; 0: at all of it
    frozen: int = 0  # first blocks of the trunk that do not learn, the stem with them; 0: all learn
    neck: int = 40  # channels of the fused maps
    classes: int = 4  # cue, eight, solid, stripe
    typical_px: float = 16.0  # a usual ball's side, the unit of predicted sizes
    pictures: Literal[1, 3] = 1  # 3: the frame before and the place without balls as well, and moves are told
    most: int = 64  # peaks kept a picture
    heat_weight: float = 1.0  # focal loss of the heat map
    size_weight: float = 0.5  # L1 of the logarithm of the sides
    offset_weight: float = 1.0  # L1 of the centre within its cell
    class_weight: float = 0.5  # cross-entropy of the class at the centre
    move_weight: float = 1.0  # L1 of the moves, in typical sides
    augmentation: Augmentation = "ours"
    fit: Fit = "letterbox"
    train: TrainConfig = field(default_factory=lambda: TrainConfig(batch=4, learning_rate=2e-3))


def to_json(config: Any) -> dict[str, Any]:
    """As plain numbers and words, for checkpoints and model files."""
    return asdict(config)


def from_json(kind: type[Config], values: Mapping[str, Any]) -> Config:
    """Inverse of `to_json`; what a file of another version does not name keeps its default, other names are ignored."""
    assert is_dataclass(kind)
    given: dict[str, Any] = {}
    for each in fields(kind):
        if each.name not in values:
            continue
        value = values[each.name]
        if each.name == "train":
            value = from_json(TrainConfig, value)
        given[each.name] = tuple(value) if isinstance(value, list) else value
    return kind(**given)
