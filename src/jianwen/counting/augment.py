"""Changes to a training picture: the source's nine, exactly as given, and our own list.

A step takes a `Canvas` and a `torch.Generator` and returns a new canvas. Steps that move pixels move the points with
them, so that the true label can be recomputed: whatever point left the picture is no longer counted.
Does not know what the points mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses

from jianwen.counting import geometry

if TYPE_CHECKING:
    from torch import Generator, Tensor

__all__ = [
    "FILL",
    "Affine",
    "Blur",
    "Bulge",
    "Canvas",
    "ColourJitter",
    "Composed",
    "Crop",
    "Erase",
    "Flip",
    "GaussianNoise",
    "Haze",
    "Light",
    "Perspective",
    "PoissonNoise",
    "SaltPepper",
    "SensorNoise",
    "Shade",
    "augmentation",
    "calm_augmentation",
    "our_augmentation",
    "source_augmentation",
]

FILL = 114 / 255  # the source says 114, which is on the 0–255 scale; our pictures are on 0–1
_GREY = (0.299, 0.587, 0.114)  # luma of ITU-R BT.601


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A picture (3, H, W) float32 RGB on 0–1, and points (n, 2) float32 as fractions of it."""

    image: Tensor
    points: Tensor

    @property
    def inside(self) -> Tensor:
        """(n,) bool: which points are still in the picture."""
        return ((self.points >= 0) & (self.points <= 1)).all(dim=1)


Step = Callable[[Canvas, "Generator"], Canvas]


@dataclass(frozen=True, slots=True)
class Composed:
    """All steps in order, with probability `p`; else none."""

    steps: tuple[Step, ...]
    p: float = 1.0

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        for step in self.steps:
            canvas = step(canvas, rng)
        return canvas

    def still(self) -> Composed:
        """Without the steps that can push a ball out, for a picture whose label cannot be recomputed."""
        return replace(
            self, steps=tuple(step for step in self.steps if not isinstance(step, Perspective | Affine | Bulge))
        )


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of `side_px` cut out, three times in four around one of the first `near` points, else anywhere."""

    side_px: int
    near: int = 0

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        _, height, width = canvas.image.shape
        tall, wide = min(self.side_px, height), min(self.side_px, width)
        draw = torch.rand(2, generator=rng)
        if self.near and _happens(0.75, rng):
            chosen = canvas.points[int(torch.randint(self.near, (1,), generator=rng))]
            goal = chosen * torch.tensor([width, height]) - draw * torch.tensor([wide, tall])
        else:
            goal = draw * torch.tensor([width - wide, height - tall])
        left = min(max(0, round(float(goal[0]))), width - wide)
        top = min(max(0, round(float(goal[1]))), height - tall)
        corner, size = torch.tensor([left, top]), torch.tensor([wide, tall])
        points = (canvas.points * torch.tensor([width, height]) - corner) / size
        return Canvas(canvas.image[:, top : top + tall, left : left + wide].contiguous(), points)


@dataclass(frozen=True, slots=True)
class PoissonNoise:
    """Photon noise: each value is drawn from a Poisson distribution of `levels` photons at full brightness."""

    p: float
    levels: float = 255.0

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        photons = torch.poisson(canvas.image.clamp(0, 1) * self.levels, generator=rng)
        return replace(canvas, image=(photons / self.levels).clamp(0, 1))


@dataclass(frozen=True, slots=True)
class ColourJitter:
    """Brightness, contrast, saturation and hue in random order, as torchvision's `ColorJitter` does it."""

    brightness: tuple[float, float]  # factor
    contrast: float  # factor 1 ± this, around the picture's mean grey
    saturation: float  # factor 1 ± this, around each pixel's grey
    hue: float  # ± this share of the colour circle

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        image = canvas.image
        for which in torch.randperm(4, generator=rng).tolist():
            image = self._change(which, image, rng)
        return replace(canvas, image=image)

    def _change(self, which: int, image: Tensor, rng: Generator) -> Tensor:
        if which == 0:
            return (image * _between(*self.brightness, rng)).clamp(0, 1)
        if which == 1:
            return _blend(image, _grey(image).mean(), _around_one(self.contrast, rng))
        if which == 2:
            return _blend(image, _grey(image), _around_one(self.saturation, rng))
        return turn_hue(image, _between(-self.hue, self.hue, rng))


@dataclass(frozen=True, slots=True)
class Flip:
    """Mirrored across (`axis` 0: left and right change places) or down (`axis` 1: top and bottom)."""

    axis: int
    p: float

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        points = canvas.points.clone()
        points[:, self.axis] = 1 - points[:, self.axis]
        return Canvas(canvas.image.flip(2 - self.axis), points)


@dataclass(frozen=True, slots=True)
class Perspective:
    """Each corner moves inwards by up to `distortion` of half a side, as torchvision's `RandomPerspective` does it."""

    distortion: float
    p: float
    fill: float = FILL

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        corners = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
        inwards = torch.rand(4, 2, generator=rng) * self.distortion / 2
        moved = corners + inwards * (1 - 2 * corners)
        return _warped(canvas, geometry.homography(corners, moved), self.fill)


@dataclass(frozen=True, slots=True)
class Affine:
    """Turned, shifted and scaled around the middle."""

    degrees: float  # ± this, in pixels' own proportions
    across: tuple[float, float]  # shift to the right, as a share of the width
    down: tuple[float, float]  # shift downwards, as a share of the height
    scale: tuple[float, float]
    p: float = 1.0
    fill: float = FILL

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        matrix = geometry.affine(
            angle=math.radians(_between(-self.degrees, self.degrees, rng)),
            scale=_between(*self.scale, rng),
            across=_between(*self.across, rng),
            down=_between(*self.down, rng),
            aspect=canvas.image.shape[2] / canvas.image.shape[1],
        )
        return _warped(canvas, matrix, self.fill)


@dataclass(frozen=True, slots=True)
class Erase:
    """A rectangle painted over. `area`: share of the picture; `aspect`: height over width."""

    p: float
    area: tuple[float, float]
    aspect: tuple[float, float]
    fill: float = FILL

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        _, height, width = canvas.image.shape
        pixels = _between(*self.area, rng) * height * width
        # torchvision draws the aspect evenly on a logarithmic scale, and so do we
        aspect = math.exp(_between(math.log(self.aspect[0]), math.log(self.aspect[1]), rng))
        tall = min(height, max(1, round(math.sqrt(pixels * aspect))))
        wide = min(width, max(1, round(math.sqrt(pixels / aspect))))
        top = int(torch.randint(height - tall + 1, (1,), generator=rng))
        left = int(torch.randint(width - wide + 1, (1,), generator=rng))
        image = canvas.image.clone()
        image[:, top : top + tall, left : left + wide] = self.fill
        return replace(canvas, image=image)


@dataclass(frozen=True, slots=True)
class GaussianNoise:
    """Normal noise of mean 0 on every value; its standard deviation is drawn between `low` and `high`."""

    low: float
    high: float
    p: float = 1.0

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        noise = torch.randn(canvas.image.shape, generator=rng) * _between(self.low, self.high, rng)
        return replace(canvas, image=(canvas.image + noise).clamp(0, 1))


@dataclass(frozen=True, slots=True)
class SensorNoise:
    """Photon noise as a normal distribution of the same variance: a tenth of the time of drawing each photon."""

    photons: tuple[float, float]  # at full brightness; few in the dark
    p: float

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        deviation = (canvas.image / _between(*self.photons, rng)).clamp_min(0).sqrt()
        noise = torch.randn(canvas.image.shape, generator=rng) * deviation
        return replace(canvas, image=(canvas.image + noise).clamp(0, 1))


@dataclass(frozen=True, slots=True)
class SaltPepper:
    """A share of the pixels becomes white or black, half each."""

    share: float
    p: float

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        draw = torch.rand(canvas.image.shape[1:], generator=rng)
        image = canvas.image.masked_fill(draw < self.share / 2, 0.0)
        return replace(canvas, image=image.masked_fill(draw > 1 - self.share / 2, 1.0))


@dataclass(frozen=True, slots=True)
class Light:
    """Another lamp and another camera: brightness, contrast, gamma, saturation, and a tint of each channel."""

    brightness: tuple[float, float]
    contrast: float
    gamma: tuple[float, float]
    saturation: float
    tint: float  # each channel's factor is 1 ± this
    hue: float = 0.0

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        image = canvas.image.clamp(0, 1).pow(_between(*self.gamma, rng)) * _between(*self.brightness, rng)
        image = _blend(image, _grey(image).mean(), _around_one(self.contrast, rng))
        image = _blend(image, _grey(image), _around_one(self.saturation, rng))
        if self.hue:
            image = turn_hue(image, _between(-self.hue, self.hue, rng))
        tint = 1 + (2 * torch.rand(3, 1, 1, generator=rng) - 1) * self.tint
        return replace(canvas, image=(image * tint).clamp(0, 1))


@dataclass(frozen=True, slots=True)
class Blur:
    """Out of focus, or a picture that was shrunk and stretched again on its way."""

    sigma_px: tuple[float, float]
    p: float

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        kernel = _bell(_between(*self.sigma_px, rng))
        reach = len(kernel) // 2
        image = F.pad(canvas.image[:, None], (reach, reach, reach, reach), mode="replicate")
        image = F.conv2d(F.conv2d(image, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))
        return replace(canvas, image=image[:, 0])


@dataclass(frozen=True, slots=True)
class Bulge:
    """Another lens: what is off the middle moves inwards (`bend` > 0, as behind a fish-eye) or outwards."""

    bend: tuple[float, float]  # share at the middle of a side, above −1/6, where the corners would fold over
    p: float
    fill: float = FILL

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        bend = _between(*self.bend, rng)
        return Canvas(geometry.bulge(canvas.image, bend, fill=self.fill), geometry.bulged(canvas.points, bend))


@dataclass(frozen=True, slots=True)
class Shade:
    """Light that falls unevenly, and in a colour that changes across the picture."""

    depth: float  # standard deviation of the logarithm, all channels alike
    tint: float  # as above, each channel by itself
    p: float

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        common = _field(1, canvas.image, rng) * self.depth
        field = common + _field(3, canvas.image, rng) * self.tint
        return replace(canvas, image=(canvas.image * field.exp()).clamp(0, 1))


@dataclass(frozen=True, slots=True)
class Haze:
    """Dirt, fog, or glare on glass: a grey veil of uneven thickness."""

    thickest: float  # share of the veil, 0–1
    p: float

    def __call__(self, canvas: Canvas, rng: Generator) -> Canvas:
        if not _happens(self.p, rng):
            return canvas
        share = self.thickest * _between(0.2, 1, rng) * _field(1, canvas.image, rng).sigmoid()
        return replace(canvas, image=canvas.image * (1 - share) + _between(0.2, 1, rng) * share)


def source_augmentation() -> Composed:
    """The source's nine steps in its order, all of them or none: p 0.94.

    Where the source gives no value we take: downward shift only (its words), and the erasing's grey also where a warp
    uncovers what is beside the picture.
    """
    steps = (
        PoissonNoise(p=0.43),
        ColourJitter(brightness=(0.8, 1.65), contrast=0.45, saturation=0.45, hue=0.3),
        Flip(axis=1, p=0.1),
        Flip(axis=0, p=0.3),
        Perspective(distortion=0.25, p=0.3),
        Affine(degrees=15, across=(0.0, 0.0), down=(0.0, 0.18), scale=(0.95, 1.05)),
        Erase(p=0.2, area=(0.0003, 0.0006), aspect=(0.9, 1.1), fill=FILL),
        GaussianNoise(low=0.0015, high=0.18),
        SaltPepper(share=0.02, p=0.35),
    )
    return Composed(steps, p=0.94)


def our_augmentation() -> Composed:
    """Our own: any turn, other lenses, uneven and coloured light, haze, the blur and noise of cheap cameras.

    A box has no up and down: cameras hang anywhere. No erasing: a ball that is painted over would stay in the label.
    """
    steps = (
        Flip(axis=0, p=0.5),
        Flip(axis=1, p=0.5),
        Bulge(bend=(-0.1, 0.45), p=0.5),
        Perspective(distortion=0.3, p=0.5),
        Affine(degrees=180, across=(-0.03, 0.03), down=(-0.03, 0.03), scale=(0.8, 1.35), p=0.75),
        Light(brightness=(0.55, 1.6), contrast=0.4, gamma=(0.65, 1.6), saturation=0.5, tint=0.4, hue=0.05),
        Shade(depth=0.4, tint=0.18, p=0.5),
        Haze(thickest=0.6, p=0.35),
        Blur(sigma_px=(0.4, 1.2), p=0.3),
        SensorNoise(photons=(60, 600), p=0.4),
        GaussianNoise(low=0.001, high=0.05, p=0.5),
    )
    return Composed(steps, p=0.95)


def calm_augmentation() -> Composed:
    """Any turn, and little else: for the end of a training, which settles on pictures as they come from a camera.

    Ge et al. 2021, YOLOX, section 2.1, arXiv:2107.08430, switch the strong changes off for the last epochs.
    """
    steps = (
        Flip(axis=0, p=0.5),
        Flip(axis=1, p=0.5),
        Affine(degrees=180, across=(-0.02, 0.02), down=(-0.02, 0.02), scale=(0.92, 1.15), p=0.5),
        Light(brightness=(0.8, 1.25), contrast=0.15, gamma=(0.85, 1.2), saturation=0.2, tint=0.1, hue=0.02),
        GaussianNoise(low=0.001, high=0.015, p=0.3),
    )
    return Composed(steps, p=0.9)


def augmentation(name: str) -> Composed:
    """The list that a config names: "source", "ours", "calm" or "none"."""
    if name == "none":
        return Composed(())
    return {"source": source_augmentation, "ours": our_augmentation, "calm": calm_augmentation}[name]()


def turn_hue(image: Tensor, share: float) -> Tensor:
    """Turn the colour circle by `share` of it, in HSV: hue (0–1) moves, saturation and value stay."""
    value, most = image.max(dim=0)
    spread = value - image.min(dim=0).values
    safe = spread.clamp_min(1e-8)
    red, green, blue = image
    sixths = torch.stack(((green - blue) / safe, (blue - red) / safe + 2, (red - green) / safe + 4))
    hue = sixths.gather(0, most[None])[0] + 6 * share
    # hsv → rgb by distance on the circle: channel n is value − spread · clamp(min(k, 4 − k), 0, 1), k = (n + hue) mod 6
    k = (torch.tensor([5.0, 3.0, 1.0]).view(3, 1, 1) + hue) % 6
    return value - spread * torch.minimum(k, 4 - k).clamp(0, 1)


def _warped(canvas: Canvas, matrix: Tensor, fill: float) -> Canvas:
    """`matrix` (3, 3) takes old fractions to new ones."""
    return Canvas(geometry.warp(canvas.image, matrix, fill=fill), geometry.moved(canvas.points, matrix))


def _happens(p: float, rng: Generator) -> bool:
    return bool(torch.rand(1, generator=rng) < p)


def _between(low: float, high: float, rng: Generator) -> float:
    return low + (high - low) * float(torch.rand(1, generator=rng))


def _around_one(spread: float, rng: Generator) -> float:
    return _between(max(0.0, 1 - spread), 1 + spread, rng)


def _grey(image: Tensor) -> Tensor:
    return (image * torch.tensor(_GREY).view(3, 1, 1)).sum(dim=0)


def _blend(image: Tensor, other: Tensor, factor: float) -> Tensor:
    return (other + (image - other) * factor).clamp(0, 1)


def _field(channels: int, image: Tensor, rng: Generator) -> Tensor:
    """(channels, H, W): normal at a few places, smooth between them."""
    coarse = torch.randn(1, channels, 4, 4, generator=rng)
    return F.interpolate(coarse, size=image.shape[1:], mode="bicubic", align_corners=True)[0]


def _bell(sigma: float) -> Tensor:
    reach = max(1, math.ceil(2.5 * sigma))
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    return kernel / kernel.sum()
