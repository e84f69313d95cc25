"""The ball detector: targets, loss, decoding and its measure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from discs import Discs

from jianwen.counting import DetectorConfig, Sample, average_precision
from jianwen.counting.peaks import boxes_of_maps

TINY = DetectorConfig(height_px=64, width_px=64, augmentation="none", neck=16, typical_px=12)
THREE = replace(TINY, pictures=3)


def boxes(*edges: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(edges, np.float32).reshape(-1, 4)


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_average_precision_by_hand() -> None:
    """Two balls; right, wrong, right in order of score: precision 1 and 2/3 at recall 1/2 and 1, so 5/6."""
    true = [boxes((0, 0, 0.2, 0.2), (0.5, 0.5, 0.7, 0.7))]
    found = [(boxes((0, 0, 0.2, 0.2), (0.8, 0, 0.9, 0.1), (0.5, 0.5, 0.7, 0.7)), scores(0.9, 0.8, 0.7))]
    assert average_precision(found, true) == pytest.approx((1 + 2 / 3) / 2)


def test_a_ball_is_found_once() -> None:
    """A second box on the same ball is wrong, and a box must overlap by half: 0.45 does not do."""
    true = [boxes((0, 0, 0.2, 0.2))]
    assert average_precision([(boxes((0, 0, 0.2, 0.2), (0, 0, 0.2, 0.2)), scores(0.9, 0.8))], true) == 1.0
    assert average_precision([(boxes((0, 0, 0.2, 0.09)), scores(0.9))], true) == 0.0
    assert average_precision([(boxes((0, 0, 0.2, 0.11)), scores(0.9))], true) == 1.0


def test_pictures_are_kept_apart() -> None:
    """A right box in the wrong picture is wrong; the order of scores goes over all pictures."""
    ball = boxes((0, 0, 0.2, 0.2))
    none = (boxes(), scores())
    assert average_precision([none, (ball, scores(0.9))], [ball, boxes()]) == 0.0
    assert average_precision([(ball, scores(0.3)), (ball, scores(0.9))], [ball, boxes()]) == pytest.approx(0.5)


def test_nothing_to_find() -> None:
    """No balls: silence is perfect, a claim is not. Balls and silence: nothing."""
    none = (boxes(), scores())
    assert average_precision([none], [boxes()]) == 1.0
    assert average_precision([(boxes((0, 0, 1, 1)), scores(0.5))], [boxes()]) == 0.0
    assert average_precision([none], [boxes((0, 0, 1, 1))]) == 0.0


def test_peaks_become_boxes() -> None:
    """One peak at cell (3, 5) with an offset and twice the usual height; its lower neighbour is no second one."""
    heat = np.full((1, 1, 16, 16), -9, np.float32)
    heat[0, 0, 5, 3], heat[0, 0, 5, 4] = 3, 2
    size = np.zeros((1, 2, 16, 16), np.float32)
    size[0, 1] = np.log(2)
    offset = np.zeros((1, 2, 16, 16), np.float32)
    offset[0, 0], offset[0, 1] = 0.25, 0.5
    kind = np.zeros((1, 4, 16, 16), np.float32)
    kind[0, 2] = 5
    (found,) = boxes_of_maps([heat, size, offset, kind], TINY)
    centre_x, centre_y = 3.25 * 4, 5.5 * 4
    wanted = np.array([centre_x - 6, centre_y - 12, centre_x + 6, centre_y + 12]) / 64
    assert found.boxes == pytest.approx(wanted[None], abs=1e-6)
    assert found.scores[0] == pytest.approx(1 / (1 + np.exp(-3)))
    assert found.kinds[0].argmax() == 2
    assert found.kinds.sum() == pytest.approx(1)


def test_no_peak_is_no_ball_and_a_plateau_is_one() -> None:
    """An empty map gives an empty answer; four equal cells give one ball."""
    maps = [np.full((1, channels, 16, 16), -9, np.float32) for channels in (1, 2, 2, 4)]
    assert boxes_of_maps(maps, TINY)[0].boxes.shape == (0, 4)
    maps[0][0, 0, 4:6, 4:6] = 2
    assert len(boxes_of_maps(maps, TINY)[0].boxes) == 1


def test_wild_values_are_bounded() -> None:
    """Sizes and heats far out of range neither overflow nor leave the picture."""
    maps = [np.full((1, channels, 8, 8), 1e6, np.float32) for channels in (1, 2, 2, 4)]
    with np.errstate(over="raise"):
        (found,) = boxes_of_maps(maps, TINY)
    assert np.isfinite(found.boxes).all()
    assert ((found.boxes >= 0) & (found.boxes <= 1)).all()


torch = pytest.importorskip("torch", reason="the core install has no torch")

from jianwen.counting.augment import Affine, Composed, Flip  # noqa: E402 - needs torch, like all below
from jianwen.counting.learning import DetectorNetwork, detector_batch, detector_loss  # noqa: E402
from jianwen.counting.losses import focal_loss  # noqa: E402
from jianwen.errors import BadRequest  # noqa: E402


def perfect_maps(batch: dict[str, Any]) -> list[Any]:
    """Maps that say exactly what the targets of a batch say."""
    n, _, height, width = batch["heat"].shape
    heat = torch.where(batch["heat"] == 1, 12.0, -12.0)
    values = {"size": 2, "offset": 2, "kind": 4} | ({"move": 4} if "move" in batch else {})
    maps = {name: torch.zeros(n, channels, height * width) for name, channels in values.items()}
    for picture in range(n):
        for ball in torch.nonzero(batch["real"][picture])[:, 0]:
            cell = batch["cell"][picture, ball]
            maps["size"][picture, :, cell] = batch["size"][picture, ball]
            maps["offset"][picture, :, cell] = batch["offset"][picture, ball]
            if "move" in batch:
                maps["move"][picture, :, cell] = batch["move"][picture, ball]
            maps["kind"][picture, batch["kind"][picture, ball], cell] = 12
    return [heat, *(value.view(n, -1, height, width) for value in maps.values())]


def test_targets_read_back_are_the_boxes() -> None:
    """What the targets say, decoded, is where the balls are: to a thousandth of the picture, kinds too."""
    samples = [Discs()(number) for number in range(12)]
    batch = detector_batch(samples, TINY)
    for sample, found in zip(samples, boxes_of_maps([m.numpy() for m in perfect_maps(batch)], TINY), strict=True):
        assert len(found.boxes) == sample.count
        for box, kind in zip(sample.boxes, sample.classes, strict=True):
            nearest = np.abs(found.boxes - box).max(axis=1).argmin()
            assert found.boxes[nearest] == pytest.approx(box, abs=1e-3)
            assert found.kinds[nearest].argmax() == kind


def test_perfect_maps_cost_nothing() -> None:
    """The loss of the targets themselves is nearly 0, and grows with each part that is wrong."""
    batch = detector_batch([Discs()(number) for number in range(8)], TINY)
    maps = perfect_maps(batch)
    best, _ = detector_loss(tuple(maps), batch, TINY)
    assert best.item() == pytest.approx(0, abs=1e-3)
    for place, part in enumerate(("heat_loss", "size_loss", "offset_loss", "class_loss")):
        spoilt = [value * 0 + 0.3 if k == place else value for k, value in enumerate(maps)]
        whole, parts = detector_loss(tuple(spoilt), batch, TINY)
        assert parts[part] > 0.1
        assert whole > best + 0.05


def moved(number: int) -> Sample:
    """Discs that came 6 px from the left, and go 3 px down, beside two darker pictures of the same place."""
    sample = Discs()(number)
    left, down = np.array((6 / 64, 0)), np.array((0, 3 / 64))
    moves = np.stack((sample.centres - left, sample.centres + down), axis=1).astype(np.float32)
    return replace(sample, beside=np.stack((sample.image // 2, sample.image // 4)), moves=moves)


def test_moves_read_back_are_those_of_the_balls() -> None:
    """Where a ball was and where it will be come back from its middle, mirrored where the picture is; they cost."""
    samples = [moved(number) for number in range(8)]
    flip = Composed((Flip(axis=0, p=1.0),))
    for augment, way in ((None, -6), (flip, 6)):
        batch = detector_batch(samples, THREE, augment, list(range(8)))
        assert batch["image"].shape == (8, 9, 64, 64)
        maps = perfect_maps(batch)
        for found in boxes_of_maps([value.numpy() for value in maps], THREE):
            assert found.moves is not None
            for move in found.moves:
                assert (move * 64).tolist() == [pytest.approx([way, 0], abs=1e-3), pytest.approx([0, 3], abs=1e-3)]
        _, parts = detector_loss((*maps[:4], maps[4] + 0.25), batch, THREE)
        assert parts["move_loss"] == pytest.approx(1.0, abs=1e-4)


def test_a_detector_needs_as_many_pictures_as_it_looks_at() -> None:
    """One picture is not enough for three, and three are too many for one."""
    with pytest.raises(BadRequest, match="3 pictures"):
        detector_batch([Discs()(0)], THREE)
    with pytest.raises(BadRequest, match="1 pictures"):
        detector_batch([moved(0)], TINY)


def test_what_is_beside_the_picture_is_changed_with_it() -> None:
    """Mirrored with it and lit as it is: the darker pictures stay darker by the same share, pixel by pixel."""
    canvas = detector_batch([moved(3)], THREE, Composed((Flip(axis=0, p=1.0),)), [5])["image"][0]
    assert torch.allclose(canvas[3:6], canvas[:3] / 2, atol=1 / 255)
    assert torch.allclose(canvas[6:], canvas[:3] / 4, atol=1 / 255)


def test_focal_loss_by_hand() -> None:
    """At logit 0 a centre costs 0.25 log 2, an empty cell as much, and a cell of target 0.5 a sixteenth of it."""
    for target, share in ((1.0, 1), (0.0, 1), (0.5, 1 / 16)):
        found = focal_loss(torch.zeros(1), torch.tensor([target])).item()
        assert found == pytest.approx(0.25 * np.log(2) * share, rel=1e-5)


def test_unknown_kinds_and_hidden_balls_teach_less() -> None:
    """A ball of unknown kind gives no class loss; one that is not visible gives no target at all."""
    sample = next(s for s in map(Discs(), range(50)) if s.count == 3)
    shares = np.array([1, 1, 0.1], np.float32)
    known = np.array([-1, -1, -1])
    batch = detector_batch([Sample(sample.image, sample.centres, shares, known, sample.boxes)], TINY)
    assert batch["real"].sum() == 2
    assert (batch["heat"] == 1).sum() == 2
    _, parts = detector_loss(DetectorNetwork(TINY).eval()(batch["image"]), batch, TINY)
    assert parts["class_loss"] == 0


def test_a_turned_ball_keeps_its_size() -> None:
    """Under a turn the target's sides stay those of the round ball, not of its turned square."""
    turn = Composed((Affine(degrees=45, across=(0, 0), down=(0, 0), scale=(1, 1)),))
    sample = next(s for s in map(Discs(radius_px=5), range(50)) if s.count == 1 and abs(s.centres - 0.5).max() < 0.2)
    batch = detector_batch([sample], TINY, turn, [3])
    assert batch["size"][0, 0].exp().mul(TINY.typical_px).tolist() == pytest.approx([10, 10], abs=0.1)


def test_crops_hold_the_same_balls() -> None:
    """A square cut from the canvas gives targets of its own size; decoded, they lie on the discs' colours."""
    large = DetectorConfig(height_px=128, width_px=192, augmentation="none", neck=16, typical_px=12)
    samples = [Discs(side_px=128, radius_px=6, most=6)(number) for number in range(8)]
    batch = detector_batch(samples, large, None, list(range(8)), crop_px=64)
    assert batch["image"].shape == (8, 3, 64, 64)
    assert batch["heat"].shape == (8, 1, 16, 16)
    assert batch["real"].sum() > 0
    for picture, found in enumerate(boxes_of_maps([m.numpy() for m in perfect_maps(batch)], large)):
        assert len(found.boxes) == batch["real"][picture].sum()
        for box in found.boxes:
            x, y = ((box[:2] + box[2:]) / 2 * 64).astype(int).clip(0, 63)
            assert batch["image"][picture, :, y, x].max() > 0.7


def test_a_detector_needs_boxes() -> None:
    """A picture with a count alone is refused in one line."""
    with pytest.raises(BadRequest, match="boxes"):
        detector_batch([Sample.counted(np.zeros((64, 64, 3), np.uint8), 3)], TINY)


def test_the_detector_is_small_and_looks_at_stride_four() -> None:
    """At most 1.5 million parameters; heat, size, offset and four kinds at a quarter of the sides."""
    network = DetectorNetwork(DetectorConfig()).eval()
    assert sum(value.numel() for value in network.parameters()) <= 1_500_000
    with torch.inference_mode():
        shapes = [tuple(value.shape[1:]) for value in network(torch.rand(1, 3, 64, 128))]
    assert shapes == [(1, 16, 32), (2, 16, 32), (2, 16, 32), (4, 16, 32)]


def test_a_detector_of_three_pictures_sees_what_changed() -> None:
    """It tells moves as well, is hardly larger, and says something else where the other pictures differ."""
    torch.manual_seed(2)
    network = DetectorNetwork(DetectorConfig(pictures=3))  # learning: norms of a new network in use level everything
    assert sum(value.numel() for value in network.parameters()) <= 1_500_000
    image = torch.rand(1, 9, 64, 128)
    with torch.inference_mode():
        maps, still = network(image), network(image[:, :3].repeat(1, 3, 1, 1))
    assert [tuple(value.shape[1:]) for value in maps] == [
        (1, 16, 32),
        (2, 16, 32),
        (2, 16, 32),
        (4, 16, 32),
        (4, 16, 32),
    ]
    assert not torch.allclose(maps[4], still[4], atol=1e-4)
