"""A counter's training: what it refuses first, and what it does with a venue's own photographs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from jianwen.counting import Counter, CounterConfig, Sample
from jianwen.errors import BadRequest, DamagedDocument, UnreadableFile
from jianwen.settings import Settings
from jianwen.training import PRESETS, Boxes, Plan, kept_samples, train_counter, train_detector, train_tracker
from jianwen.training import counter as training
from jianwen.training.photographs import Photographs, photographs_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

torch = pytest.importorskip("torch", reason="the core install has no torch")

from jianwen.counting.learning import ResNet, Start  # noqa: E402 - needs torch

BOX = Sample(
    np.full((32, 32, 3), 90, np.uint8),
    np.array([[0.5, 0.5]], np.float32),
    np.array([1.0], np.float32),
    np.array([-1]),
    np.zeros((0, 4), np.float32),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", weights=tmp_path / "weights")


@pytest.fixture
def photographs(tmp_path: Path) -> Callable[[int], Path]:
    def make(count: int) -> Path:
        """A CSV of so many pictures, each of a shade and with a count of its own."""
        folder = tmp_path / "venue"
        folder.mkdir()
        for number in range(count):
            Image.new("RGB", (80, 60), (number * 5, 0, 0)).save(folder / f"{number}.png")
        rows = "".join(f"{number}.png,{number % 23}\n" for number in range(count))
        (folder / "counts.csv").write_text("image,count\n" + rows, encoding="utf-8")
        return folder / "counts.csv"

    return make


def is_untouched(tmp_path: Path) -> bool:
    """No box was rendered, and no training begun."""
    return not any(tmp_path.rglob("*.npz")) and not any(tmp_path.rglob("best.pt"))


def test_a_folder_that_is_taken_is_refused_before_anything_is_rendered(tmp_path: Path, settings: Settings) -> None:
    """Nobody waits minutes for boxes to be told of a training that is there already."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "last.pt").touch()
    with pytest.raises(BadRequest, match="--resume"):
        train_counter(settings, tmp_path / "own", Plan())
    with pytest.raises(BadRequest, match="--resume"):
        train_detector(settings, tmp_path / "own", steps=1)
    with pytest.raises(BadRequest, match="--resume"):
        train_tracker(tmp_path / "own", steps=1)
    assert is_untouched(tmp_path)


def test_a_damaged_photograph_is_named_before_the_first_step(
    tmp_path: Path, settings: Settings, photographs: Callable[[int], Path]
) -> None:
    """All are decoded once, also those that no batch would have shown for hours; nothing is rendered before."""
    table = photographs(12)
    (table.parent / "7.png").write_bytes((table.parent / "7.png").read_bytes()[:-40])
    with pytest.raises(DamagedDocument, match=r"7\.png is damaged"):
        train_counter(settings, tmp_path / "own", Plan(photographs=table))
    assert is_untouched(tmp_path)


@pytest.mark.parametrize("plan", [Plan(begin_with=None), Plan(preset="source")])
def test_files_to_begin_with_are_looked_at_first(tmp_path: Path, settings: Settings, plan: Plan) -> None:
    """One that is not there, one of another network, and two at once: each is refused before a box is rendered."""
    other = tmp_path / "other.pth"
    torch.save(ResNet(width=0.125).state_dict(), other)
    for begun, error, said in (
        (replace(plan, begin_with=tmp_path / "none.pt"), UnreadableFile, r"none\.pt"),
        (replace(plan, trunk=tmp_path / "none.pth"), UnreadableFile, r"none\.pth"),
        (replace(plan, trunk=other), BadRequest, r"other\.pth is not of this network"),
        (replace(plan, trunk=other, begin_with=other), BadRequest, "not both"),
    ):
        with pytest.raises(error, match=said):
            train_counter(settings, tmp_path / "own", begun)
    assert is_untouched(tmp_path)


@pytest.mark.parametrize("preset", ["source", "head"])
def test_a_public_resnet_begins_a_training(tmp_path: Path, settings: Settings, preset: str) -> None:
    """Given as the trunk, the preset has all of ResNet-50's channels, and its trunk holds the file's weights."""
    state = ResNet().state_dict()
    torch.save(state | {"fc.bias": torch.zeros(1000)}, tmp_path / "resnet50.pth")
    plan = Plan(preset, trunk=tmp_path / "resnet50.pth")
    start = training._start(settings, plan)
    assert start == Start(trunk=tmp_path / "resnet50.pth")
    begun = training._task(training._config(preset, trunk=plan.trunk), Boxes("train").one, start).model.state_dict()
    assert torch.equal(begun["trunk.layer4.2.conv3.weight"], state["layer4.2.conv3.weight"])


@pytest.mark.parametrize("preset", ["default", "source"])
def test_a_fifth_of_the_photographs_is_held_out(photographs: Callable[[int], Path], preset: str) -> None:
    """Every fifth of the CSV, always the same ones; none of these is ever among the samples that train."""
    plan, config = Plan(photographs=photographs(23), share=1.0), PRESETS[preset]
    found = photographs_of(plan.photographs, plan.share, config)
    assert [sample.count for sample in found.held_out] == [4, 9, 14, 19]
    assert all(sample.image.shape == (config.size_px, config.size_px, 3) for sample in found.held_out)
    assert not any(sample.is_placed for sample in found.held_out)
    samples = found.mixed(lambda _: BOX, 1)
    assert {samples(number).count for number in range(200)} == set(range(23)) - {4, 9, 14, 19}


def test_few_photographs_are_all_learned_from(photographs: Callable[[int], Path]) -> None:
    """Under ten none is held out, and only boxes are looked at."""
    found = photographs_of(photographs(9), 0.3, CounterConfig())
    assert (len(found.learned), found.held_out) == (9, ())
    assert found.beside([BOX] * 3) == [BOX] * 3


@pytest.mark.parametrize(
    ("held_out", "share", "times"), [(2, 0.3, 5), (20, 0.3, 5), (50, 0.3, 3), (300, 0.3, 1), (2, 0.0, 1), (2, 1.0, 5)]
)
def test_photographs_count_among_the_boxes(held_out: int, share: float, times: int) -> None:
    """Beside 400 boxes they are looked at until they have their share, each five times at most and once at least."""
    photo = Sample.counted(BOX.image, 7)
    looked_at = Photographs((), (photo,) * held_out, share).beside([BOX] * 400)
    assert sum(sample is photo for sample in looked_at) == held_out * times
    assert sum(sample is BOX for sample in looked_at) == 400


def test_the_fingerprint_tells_trainings_apart(tmp_path: Path, photographs: Callable[[int], Path]) -> None:
    """Another table, share, start or preset gives another; a share of no photographs says nothing."""
    table = photographs(3)
    (tmp_path / "a.pt").write_bytes(b"a")
    (tmp_path / "b.pt").write_bytes(b"b")
    plan = Plan(photographs=table, begin_with=tmp_path / "a.pt")
    others = [
        replace(plan, share=0.5),
        replace(plan, begin_with=tmp_path / "b.pt"),
        replace(plan, begin_with=None),
        replace(plan, begin_with=None, trunk=tmp_path / "a.pt"),
        replace(plan, preset="source"),
        replace(plan, photographs=None),
    ]
    first = training._made_of(plan)
    found = [first, *map(training._made_of, others)]
    table.write_text(table.read_text(encoding="utf-8").replace(",1", ",2"), encoding="utf-8")
    found.append(training._made_of(plan))
    assert len(set(found)) == len(found)
    assert training._made_of(Plan()) == training._made_of(Plan(share=0.9, steps=5, patience=2))


def test_seed_and_patience_reach_the_schedule() -> None:
    """What is given on the command line is in the config, so a resume compares the seed."""
    schedule = training._schedule(Plan(steps=700, seed=5, patience=2), batch=4, start=None)
    assert (schedule.steps, schedule.batch, schedule.seed, schedule.patience) == (700, 4, 5, 2)


@pytest.mark.slow
def test_a_training_with_photographs_ends_in_a_model_file(
    tmp_path: Path, settings: Settings, photographs: Callable[[int], Path]
) -> None:
    """All of it in two steps of 256 px: looked at boxes and photographs, calibrated, written, equal to torch."""
    for of in ("train", "held-out", "calibration"):  # kept boxes are read, so none is rendered
        kept_samples(lambda _: [BOX], tmp_path / Boxes(of).name, 1_000).all()
    torch.manual_seed(3)
    preset = "augmentation"
    first = training._task(PRESETS[preset], Boxes("train").one, None).model
    torch.save(first.state_dict(), tmp_path / "first.pt")
    plan = Plan(preset, steps=2, photographs=photographs(12), share=0.5, begin_with=tmp_path / "first.pt")
    trained = train_counter(settings, tmp_path / "own", plan)
    assert trained.step == 2
    assert trained.onnx_difference is not None
    assert trained.onnx_difference <= 1e-4
    assert Counter(tmp_path / "own" / "counter.onnx").config == replace(
        PRESETS[preset], train=training._schedule(plan, batch=8, start=Start(whole=plan.begin_with))
    )
    with pytest.raises(BadRequest, match="other settings"):
        train_counter(settings, tmp_path / "own", replace(plan, share=0.4), resume=True)
