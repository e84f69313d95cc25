"""Each augmentation by its own statistics, and the labels that move with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the core install has no torch")

from jianwen.counting import geometry  # noqa: E402 - needs torch, like all below
from jianwen.counting.augment import (  # noqa: E402
    FILL,
    Affine,
    Blur,
    Bulge,
    Canvas,
    ColourJitter,
    Composed,
    Crop,
    Erase,
    Flip,
    GaussianNoise,
    Haze,
    Perspective,
    PoissonNoise,
    SaltPepper,
    SensorNoise,
    Shade,
    augmentation,
    our_augmentation,
    source_augmentation,
    turn_hue,
)

Step = Callable[..., Canvas]


def grey(value: float = 0.5, side: int = 64) -> Canvas:
    return Canvas(torch.full((3, side, side), value), torch.zeros(0, 2))


def rng(seed: int = 0) -> Any:
    return torch.Generator().manual_seed(seed)


def share_changed(step: Step, times: int = 400) -> float:
    generator = rng()
    canvas = grey(side=16)
    return sum(not torch.equal(step(canvas, generator).image, canvas.image) for _ in range(times)) / times


def spot(x: float, y: float, height: int = 60, width: int = 90) -> Canvas:
    """A bright blob and a point at its centre."""
    rows = torch.arange(height)[:, None] + 0.5
    columns = torch.arange(width)[None] + 0.5
    blob = torch.exp(-((rows - y * height) ** 2 + (columns - x * width) ** 2) / 8)
    return Canvas(blob.expand(3, -1, -1).clone(), torch.tensor([[x, y]]))


def centre_of_light(canvas: Canvas, ground: float = 0.0) -> tuple[float, float]:
    light = (canvas.image[0] - ground).clamp_min(0)
    height, width = light.shape
    x = (light.sum(0) * (torch.arange(width) + 0.5)).sum() / light.sum() / width
    y = (light.sum(1) * (torch.arange(height) + 0.5)).sum() / light.sum() / height
    return float(x), float(y)


def test_the_source_list_is_as_given() -> None:
    """Nine steps in the source's order with its numbers, and 0.94 for the list as a whole."""
    listed = source_augmentation()
    assert listed.p == 0.94
    assert [type(step).__name__ for step in listed.steps] == [
        "PoissonNoise", "ColourJitter", "Flip", "Flip", "Perspective", "Affine", "Erase", "GaussianNoise", "SaltPepper",
    ]  # fmt: skip
    poisson, colour, upside, sideways, view, affine, erase, noise, salt = listed.steps
    assert poisson == PoissonNoise(p=0.43)
    assert colour == ColourJitter(brightness=(0.8, 1.65), contrast=0.45, saturation=0.45, hue=0.3)
    assert (upside, sideways) == (Flip(axis=1, p=0.1), Flip(axis=0, p=0.3))
    assert view == Perspective(distortion=0.25, p=0.3)
    assert affine == Affine(degrees=15, across=(0, 0), down=(0, 0.18), scale=(0.95, 1.05))
    assert erase == Erase(p=0.2, area=(0.0003, 0.0006), aspect=(0.9, 1.1), fill=114 / 255)
    assert noise == GaussianNoise(low=0.0015, high=0.18)
    assert salt == SaltPepper(share=0.02, p=0.35)


@pytest.mark.parametrize(
    ("step", "p"),
    [
        (PoissonNoise(p=0.43), 0.43),
        (Erase(p=0.2, area=(0.01, 0.02), aspect=(0.9, 1.1)), 0.2),
        (SaltPepper(share=0.2, p=0.35), 0.35),
        (Composed((GaussianNoise(low=0.1, high=0.1),), p=0.94), 0.94),
    ],
)
def test_each_step_happens_as_often_as_it_says(step: Step, p: float) -> None:
    """Over 400 draws the share is within four standard errors."""
    assert abs(share_changed(step) - p) < 4 * math.sqrt(p * (1 - p) / 400)


def test_poisson_noise_has_the_variance_of_photons() -> None:
    """Mean stays; variance is value / 255 on the 0–1 scale."""
    noisy = PoissonNoise(p=1)(grey(0.4, 256), rng()).image
    assert noisy.mean().item() == pytest.approx(0.4, abs=1e-3)
    assert noisy.var().item() == pytest.approx(0.4 / 255, rel=0.03)


def test_sensor_noise_has_the_variance_of_photons() -> None:
    """As Poisson noise of as many photons: the variance is value / photons."""
    noisy = SensorNoise(photons=(100, 100), p=1)(grey(0.4, 256), rng()).image
    assert noisy.mean().item() == pytest.approx(0.4, abs=1e-3)
    assert noisy.var().item() == pytest.approx(0.4 / 100, rel=0.03)


def test_gaussian_noise_draws_its_deviation() -> None:
    """Mean 0, and standard deviations spread over 0.0015–0.18."""
    generator = rng()
    step = GaussianNoise(low=0.0015, high=0.18)
    noise = [step(grey(), generator).image - 0.5 for _ in range(200)]
    deviations = torch.tensor([each.std().item() for each in noise])
    assert deviations.min() < 0.01
    assert 0.165 < deviations.max() < 0.185
    assert deviations.mean().item() == pytest.approx((0.0015 + 0.18) / 2, abs=0.015)
    assert torch.stack(noise).mean().item() == pytest.approx(0, abs=1e-3)


def test_salt_and_pepper_is_two_percent_half_each() -> None:
    """Whole pixels, not single channels, become white or black."""
    image = SaltPepper(share=0.02, p=1)(grey(side=400), rng()).image
    white, black = (image == 1).all(dim=0), (image == 0).all(dim=0)
    assert ((image != 0.5).any(dim=0) == (white | black)).all()
    assert white.float().mean().item() == pytest.approx(0.01, abs=0.0015)
    assert black.float().mean().item() == pytest.approx(0.01, abs=0.0015)


def test_erasing_paints_a_small_grey_square() -> None:
    """Area 0.03–0.06 % of the picture, aspect 0.9–1.1, the colour 114 of 255 and nothing outside the range."""
    generator = rng()
    step = Erase(p=1, area=(0.0003, 0.0006), aspect=(0.9, 1.1), fill=FILL)
    for _ in range(40):
        image = step(grey(0.9, 400), generator).image
        rows, columns = torch.nonzero(image[0] != 0.9, as_tuple=True)
        tall, wide = int(rows.max() - rows.min()) + 1, int(columns.max() - columns.min()) + 1
        assert len(rows) == tall * wide
        assert 0.00025 < len(rows) / 400**2 < 0.00068
        assert 0.8 < tall / wide < 1.25
        assert image[0, rows[0], columns[0]].item() == pytest.approx(114 / 255)


def test_brightness_covers_its_range() -> None:
    """Factors from 0.8 to 1.65 on a grey picture, which no other part of the jitter changes."""
    generator = rng()
    step = ColourJitter(brightness=(0.8, 1.65), contrast=0.45, saturation=0.45, hue=0.3)
    factors = torch.tensor([step(grey(), generator).image.mean().item() / 0.5 for _ in range(300)])
    assert 0.8 <= factors.min() < 0.84
    assert 1.6 < factors.max() <= 1.651
    assert factors.mean().item() == pytest.approx((0.8 + 1.65) / 2, abs=0.06)


def test_hue_turns_the_circle() -> None:
    """A third of it takes red to green and green to blue; a whole turn and grey change nothing."""
    colours = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0.4, 0.4, 0.4], [0.9, 0.5, 0.1]]).T[:, None]
    turned = turn_hue(colours, 1 / 3)[:, 0].T
    assert torch.allclose(turned[:3], torch.tensor([[0, 1.0, 0], [0, 0, 1], [0.4, 0.4, 0.4]]), atol=1e-5)
    assert torch.allclose(turned[3], torch.tensor([0.1, 0.9, 0.5]), atol=1e-5)
    assert torch.allclose(turn_hue(colours, 1.0), colours, atol=1e-5)


def test_saturation_and_contrast_keep_what_they_should() -> None:
    """Saturation keeps each pixel's grey, contrast the picture's mean."""
    image = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(1)) * 0.3 + 0.35
    weights = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
    for contrast, saturation in ((0.0, 0.4), (0.4, 0.0)):
        step = ColourJitter(brightness=(1, 1), contrast=contrast, saturation=saturation, hue=0)
        changed = step(Canvas(image, torch.zeros(0, 2)), rng(4)).image
        assert not torch.allclose(changed, image)
        assert torch.allclose((changed * weights).sum(0).mean(), (image * weights).sum(0).mean(), atol=1e-4)


@pytest.mark.parametrize("axis", [0, 1])
def test_flips_move_points_with_the_picture(axis: int) -> None:
    """The blob and its point arrive at the same mirrored place."""
    flipped = Flip(axis=axis, p=1)(spot(0.3, 0.4), rng())
    wanted = (0.7, 0.4) if axis == 0 else (0.3, 0.6)
    assert flipped.points[0].tolist() == pytest.approx(wanted)
    assert centre_of_light(flipped) == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize(
    "step",
    [
        Perspective(distortion=0.25, p=1, fill=0),
        Affine(degrees=15, across=(0, 0), down=(0, 0.18), scale=(0.95, 1.05), fill=0),
        Affine(degrees=40, across=(-0.1, 0.1), down=(-0.1, 0.1), scale=(0.8, 1.2), fill=0),
        Bulge(bend=(-0.1, 0.3), p=1, fill=0),
    ],
)
def test_warps_move_points_with_the_picture(step: Step) -> None:
    """Wherever the blob goes, its point is within half a pixel of it, also in a picture that is not square."""
    for seed in range(12):
        warped = step(spot(0.45, 0.4), rng(seed))
        assert centre_of_light(warped) == pytest.approx(warped.points[0].tolist(), abs=0.008)


def test_a_crop_keeps_points_on_their_pixels() -> None:
    """The blob stays under its point; the square holds a ball three times in four and more; the size is as asked."""
    held = 0
    for seed in range(60):
        cut = Crop(32, near=1)(spot(0.2, 0.7, 90, 180), rng(seed))
        assert cut.image.shape == (3, 32, 32)
        if bool(((cut.points > 0.3) & (cut.points < 0.7)).all()):
            assert centre_of_light(cut) == pytest.approx(cut.points[0].tolist(), abs=0.02)
        held += int(cut.inside.all())
    assert 36 <= held <= 57


def test_a_crop_larger_than_the_picture_is_the_picture() -> None:
    """Nothing is invented beside it."""
    canvas = spot(0.2, 0.7)
    cut = Crop(500)(canvas, rng())
    assert torch.equal(cut.image, canvas.image)
    assert torch.allclose(cut.points, canvas.points)


def test_a_turn_is_a_turn_in_pixels() -> None:
    """A quarter turn takes the right to the bottom, by the same number of pixels, in a picture of 2 : 1."""
    matrix = geometry.affine(angle=math.pi / 2, scale=1, across=0, down=0, aspect=2)
    moved = geometry.moved(torch.tensor([[0.75, 0.5]]), matrix)
    assert moved[0].tolist() == pytest.approx((0.5, 1.0), abs=1e-6)


def test_a_homography_takes_corners_where_it_is_told() -> None:
    """The four corners arrive exactly, and the way back undoes it."""
    corners = torch.tensor([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    goal = torch.tensor([[0.1, 0.05], [0.9, 0.0], [1.0, 0.9], [0.02, 1.0]])
    matrix = geometry.homography(corners, goal)
    assert torch.allclose(geometry.moved(corners, matrix), goal, atol=1e-6)
    assert torch.allclose(geometry.moved(goal, torch.linalg.inv(matrix)), corners, atol=1e-6)


def test_a_ball_that_is_pushed_out_is_known_to_be_out() -> None:
    """The source's shift of up to 18 % down: points in the lowest 18 % leave in about half of the draws."""
    step = Affine(degrees=0, across=(0, 0), down=(0, 0.18), scale=(1, 1))
    canvas = Canvas(torch.zeros(3, 8, 8), torch.tensor([[0.5, 0.91], [0.5, 0.5]]))
    generator = rng()
    inside = torch.stack([step(canvas, generator).inside for _ in range(300)]).float().mean(dim=0)
    assert inside[1] == 1
    assert inside[0].item() == pytest.approx(0.5, abs=0.12)


def test_what_a_warp_uncovers_is_filled() -> None:
    """Beside the picture is the grey of 114, not black."""
    shifted = Affine(degrees=0, across=(0.5, 0.5), down=(0, 0), scale=(1, 1))(grey(0.9), rng())
    assert torch.allclose(shifted.image[:, :, :30], torch.tensor(FILL), atol=1e-5)
    assert torch.allclose(shifted.image[:, :, 34:], torch.tensor(0.9), atol=1e-5)


def test_blur_keeps_the_light_and_spreads_it() -> None:
    """The sum stays, the peak falls."""
    canvas = spot(0.5, 0.5)
    blurred = Blur(sigma_px=(1.2, 1.2), p=1)(canvas, rng()).image
    assert blurred.sum().item() == pytest.approx(canvas.image.sum().item(), rel=1e-3)
    assert blurred.max() < 0.85 * canvas.image.max()


def test_a_bulge_leaves_the_middle_and_moves_the_rim() -> None:
    """A point in the middle stays; those at the middle of a side go outwards or inwards by about the bend."""
    points = torch.tensor([[0.5, 0.5], [0.95, 0.5], [0.5, 0.1]])
    for bend, outwards in ((0.25, False), (-0.1, True)):
        moved = geometry.bulged(points, bend)
        assert moved[0].tolist() == pytest.approx([0.5, 0.5])
        away, before = (moved[1:] - 0.5).norm(dim=1), (points[1:] - 0.5).norm(dim=1)
        assert bool((away > before).all()) == outwards
        back = 0.5 + (moved - 0.5) * (1 + 4 * bend * ((moved - 0.5) ** 2).sum(dim=1, keepdim=True))
        assert torch.allclose(back, points, atol=1e-5)


def test_shade_and_haze_are_smooth() -> None:
    """Uneven light and a veil change a grey picture slowly from pixel to pixel, and differently from place to place."""
    grey = Canvas(torch.full((3, 64, 64), 0.1), torch.zeros(0, 2))
    for step in (Shade(depth=0.35, tint=0.12, p=1), Haze(thickest=0.8, p=1)):
        changed = step(grey, rng(4)).image
        assert changed.std() > 0.005
        assert (changed[:, 1:] - changed[:, :-1]).abs().max() < 0.08


@pytest.mark.parametrize("name", ["source", "ours", "calm", "none"])
def test_every_list_stays_in_range_and_repeats(name: str) -> None:
    """On 0–1 whatever happens, finite, and the same seed gives the same bits."""
    canvas = Canvas(torch.rand(3, 48, 64, generator=torch.Generator().manual_seed(2)), torch.rand(5, 2))
    for seed in range(25):
        first, again = (augmentation(name)(canvas, rng(seed)) for _ in range(2))
        assert torch.equal(first.image, again.image)
        assert torch.equal(first.points, again.points)
        assert first.image.shape == (3, 48, 64)
        assert first.image.min() >= -1e-6
        assert first.image.max() <= 1 + 1e-6
    assert torch.equal(augmentation("none")(canvas, rng()).image, canvas.image)


def test_a_still_list_moves_nothing_out() -> None:
    """For photographs with a count alone no warp remains."""
    kinds = {type(step) for step in (*our_augmentation().still().steps, *source_augmentation().still().steps)}
    assert not kinds & {Perspective, Affine, Bulge}
