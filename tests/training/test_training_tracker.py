"""The tracker's training: sequences that are what they say, and steps that learn, through memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.training import Rallies
from jianwen.training.sequences import GROUP, LENGTH, Sequence, pack_sequence, unpack_sequence

torch = pytest.importorskip("torch", reason="the core install has no torch")

from jianwen.counting.learning import train  # noqa: E402 - after the skip
from jianwen.tracking import built_in  # noqa: E402 - as above
from jianwen.tracking.learning import Drill, Practice, TrackerNetwork, Weights, practised  # noqa: E402 - as above
from jianwen.training.trackertask import TrackerTask, TrackerTraining  # noqa: E402 - as above

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 64
TINY = replace(built_in("ball-nano"), picture_px=SIDE, embed_dim=8, width=32, memory_width=16, feedforward=32)


@pytest.fixture(scope="module")
def scene() -> list[Sequence]:
    return Rallies(first_seed=3, side=SIDE)(0)


def disc_sequence(number: int) -> Sequence:
    """A white disc that wanders on green."""
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    x, y = rng.uniform(24, 40, 2)
    pictures, masks = np.zeros((4, SIDE, SIDE, 3), np.uint8), np.zeros((4, SIDE, SIDE), np.bool_)
    for frame in range(4):
        masks[frame] = (columns - x) ** 2 + (rows - y) ** 2 < 64
        pictures[frame] = np.where(masks[frame][:, :, None], 240, (20, 110, 60))
        x, y = x + rng.normal(0, 2), y + rng.normal(0, 2)
    return Sequence(pictures, masks, np.ones(4, np.bool_), np.full(4, 16, np.float32))


def drill_of(sequences: list[Sequence]) -> Drill:
    return Drill(
        torch.from_numpy(np.stack([one.pictures for one in sequences])),
        torch.from_numpy(np.stack([one.masks for one in sequences]).astype(np.uint8)),
        torch.from_numpy(np.stack([one.present for one in sequences])),
    )


def test_a_scene_gives_sequences_round_one_ball(scene: list[Sequence]) -> None:
    """Every sequence begins with its ball in sight, near the middle, as large as it says."""
    assert len(scene) == GROUP
    for one in scene:
        assert one.pictures.shape == (LENGTH, SIDE, SIDE, 3)
        assert one.present[0]
        assert not one.masks[~one.present].any()
        whole = np.pi * (one.diameter / 2) ** 2
        assert (one.masks.sum(axis=(1, 2)) <= 1.4 * whole + 8).all()
        rows, columns = np.nonzero(one.masks[0])
        assert np.hypot(rows.mean() - SIDE / 2, columns.mean() - SIDE / 2) < SIDE / 3


def test_a_scene_is_the_same_again(scene: list[Sequence]) -> None:
    """What a number gives depends on the number alone."""
    again = Rallies(first_seed=3, side=SIDE)(0)
    assert all(np.array_equal(one.pictures, other.pictures) for one, other in zip(scene, again, strict=True))


def test_a_kept_sequence_comes_back(scene: list[Sequence]) -> None:
    """Masks and presence to the bit, pictures up to JPEG."""
    back = unpack_sequence(pack_sequence(scene[0]))
    assert np.array_equal(back.masks, scene[0].masks)
    assert np.array_equal(back.present, scene[0].present)
    assert np.abs(back.pictures.astype(int) - scene[0].pictures).mean() < 4


@pytest.mark.parametrize(
    "practice",
    [
        Practice(mask_share=1.0, second_share=0.0),
        Practice(mask_share=0.0, click_share=1.0, corrected_share=1.0, second_share=1.0),
        Practice(mask_share=0.0, click_share=0.0, corrected_share=0.0, second_share=1.0),
    ],
    ids=["mask", "click", "box"],
)
def test_every_prompt_teaches_every_part(practice: Practice) -> None:
    """Through mask, click or box the loss reaches the trunk, the memories and the decoder; chance repeats by seed."""
    torch.manual_seed(0)
    network = TrackerNetwork(TINY)
    drill = drill_of([disc_sequence(number) for number in range(3)])
    losses = []
    for _ in range(2):
        torch.manual_seed(5)
        network.zero_grad()
        loss, logits, presence = practised(network, drill, practice)
        loss.backward()  # type: ignore[no-untyped-call]
        losses.append(float(loss.detach()))
    assert losses[0] == losses[1]
    assert logits.shape == (3, 4, SIDE // 4, SIDE // 4)
    assert presence.shape == (3, 4)
    for part in (network.image_encoder, network.memory_encoder, network.memory_attention, network.sam_mask_decoder):
        assert any(value.grad is not None and bool(value.grad.any()) for value in part.parameters())


def test_absent_objects_teach_their_absence_alone() -> None:
    """With nobody there the masks cost nothing: only presence does."""
    torch.manual_seed(0)
    network = TrackerNetwork(TINY)
    shown = [disc_sequence(number) for number in range(2)]
    hidden = [replace(one, present=np.array([True, False, False, False])) for one in shown]
    practice = Practice(mask_share=1.0, second_share=0.0, weights=Weights(presence=0.0))
    loss, _, _ = practised(network, drill_of(hidden), practice)
    assert float(loss.detach()) == 0


def test_some_steps_teach_it_to_follow_a_disc(tmp_path: Path) -> None:
    """From nothing, in some seconds: the loss halves, a checkpoint is left, and the figures are finite."""
    config = TrackerTraining(network=TINY)
    fast = replace(
        config.train, steps=24, batch=4, learning_rate=2e-3, warm_up=4, check_every=24, save_every=24, workers=0
    )
    task = TrackerTask(replace(config, train=fast), disc_sequence, [disc_sequence(1_000 + n) for n in range(4)])
    losses: list[float] = []
    trained = train(task, tmp_path, boards=False, progress=lambda *args: losses.append(args[2]["loss"]))
    assert np.mean(losses[-6:]) < 0.5 * np.mean(losses[:3])
    assert (tmp_path / "last.pt").is_file()
    assert 0 <= trained.best["iou"] <= 1
    assert 0 <= trained.best["presence_right"] <= 1
