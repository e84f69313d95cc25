"""Training: it learns, it goes on exactly where it was killed, and it keeps the best."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from discs import Discs
from PIL import Image

torch = pytest.importorskip("torch", reason="the core install has no torch")

from tiny_training import TINY, tiny_task  # noqa: E402 - needs torch, like all below

from jianwen.counting import (  # noqa: E402
    CounterConfig,
    DetectorConfig,
    Mixed,
    Photo,
    Photos,
    Sample,
    SourceConfig,
    TrainConfig,
)
from jianwen.counting.augment import Affine, Composed  # noqa: E402
from jianwen.counting.batches import CounterBatches  # noqa: E402
from jianwen.counting.feeder import Feeder  # noqa: E402
from jianwen.counting.learning import (  # noqa: E402
    CounterTask,
    DetectorTask,
    Lite0,
    SourceTask,
    Start,
    check_free,
    counter_batch,
    load_best,
    train,
)
from jianwen.counting.train import learning_rate  # noqa: E402
from jianwen.errors import BadRequest, DamagedDocument, JianwenError, UnreadableFile, WeightsUnfit  # noqa: E402

HERE = Path(__file__).parent


def weights(folder: Path, name: str = "last.pt") -> dict[str, Any]:
    whole = torch.load(folder / name, weights_only=True)
    model: dict[str, Any] = whole["model"]
    return model | {f"averaged.{key}": value for key, value in whole["averaged"].items()}


def same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(value, second[key]) for key, value in first.items())


def still_task(**changed: object) -> CounterTask:
    """A training that changes nothing at all between two looks, so that none gains."""
    task = tiny_task(TINY, learning_rate=0.0, ema=0.0, check_every=1, **changed)
    for norm in (m for m in task.model.modules() if isinstance(m, torch.nn.BatchNorm2d)):
        norm.momentum = 0.0
    return task


class Scripted:
    """A task whose looks find what they are told to."""

    best = "score"

    def __init__(self, task: CounterTask, scores: list[float]) -> None:
        self.config, self.model, self.batch, self.loss = task.config, task.model, task.batch, task.loss
        self.looks = list(scores)

    def check(self, model: Any) -> dict[str, float]:
        del model
        return {"score": self.looks.pop(0)}


def test_it_learns_to_count_discs(tmp_path: Path) -> None:
    """In some seconds the default network, from nothing, counts 0–3 discs it has never seen."""
    discs = Discs()
    config = CounterConfig(
        size_px=64,
        most=4,
        neck=32,
        augmentation="none",
        train=TrainConfig(steps=120, batch=16, learning_rate=3e-3, warm_up=10, ema=0.9, check_every=60, save_every=120),
    )
    task = CounterTask(config, discs, [discs(100_000 + number) for number in range(64)])
    trained = train(task, tmp_path, boards=False)
    assert trained.step == 120
    assert trained.best["exact_match"] >= 0.85
    assert trained.best["density_mae"] < 0.6


def test_a_killed_training_ends_with_the_same_bits(tmp_path: Path) -> None:
    """Killed with SIGKILL at step 5 of 6, two after its checkpoint, and resumed: it ends as if it had run through."""
    train(tiny_task(), tmp_path / "whole", boards=False)
    command = [sys.executable, str(HERE / "kill_training.py"), str(tmp_path / "cut"), "5", "0"]
    assert subprocess.run(command, check=False, cwd=HERE).returncode == -9
    assert torch.load(tmp_path / "cut" / "last.pt", weights_only=True)["state"]["step"] == 3
    resumed = train(tiny_task(), tmp_path / "cut", resume=True, boards=False)
    assert resumed.step == 6
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "cut"))
    whole, cut = (torch.load(tmp_path / name / "last.pt", weights_only=True)["state"] for name in ("whole", "cut"))
    assert whole == cut
    bests = [torch.load(tmp_path / name / "best.pt", weights_only=True) for name in ("whole", "cut")]
    assert same(*bests)


def test_a_killed_training_leaves_no_process_behind(tmp_path: Path) -> None:
    """Processes that make batches ahead end with the training that they work for."""
    command = [sys.executable, str(HERE / "kill_training.py"), str(tmp_path), "2", "1"]
    assert subprocess.run(command, check=False, cwd=HERE).returncode == -9
    helpers = [Path("/proc") / pid for pid in (tmp_path / "helpers.txt").read_text(encoding="ascii").split()]
    assert helpers
    deadline_s = time.monotonic() + 20
    while any(helper.exists() for helper in helpers):
        assert time.monotonic() < deadline_s, "a worker goes on without its training"
        time.sleep(0.05)


def test_batches_made_ahead_are_the_same(tmp_path: Path) -> None:
    """Processes that make batches ahead give the same ones in the same order."""
    batches = CounterBatches(Discs(side_px=32, radius_px=3), TINY)
    with Feeder(batches, first=2, steps=5, workers=1) as ahead:
        made = list(ahead)
    assert len(made) == 3
    for step, batch in enumerate(made, start=2):
        assert same(batch, batches(step))


def test_a_workers_error_arrives_in_its_own_words(tmp_path: Path) -> None:
    """A photograph that is cut short ends the training with one line, also where another process reads it."""
    Image.fromarray(Discs()(1).image).save(tmp_path / "box.png")
    (tmp_path / "box.png").write_bytes((tmp_path / "box.png").read_bytes()[:-2000])
    task = CounterTask(tiny_task(workers=1).config, Photos((Photo(tmp_path / "box.png", 3),)), [])
    with pytest.raises(DamagedDocument, match=r"box\.png is damaged") as caught:
        train(task, tmp_path / "training", boards=False)
    assert "box.png" in caught.value.text("zh")


def test_the_last_steps_are_calm() -> None:
    """At the end of a training pictures are changed little, so they lie nearer to what was made than before."""
    discs = Discs(side_px=32, radius_px=3)
    config = replace(TINY, augmentation="ours", calm=0.5, train=replace(TINY.train, steps=16))
    batches = CounterBatches(discs, config)
    plain = CounterBatches(discs, replace(config, augmentation="none"))
    tones = [float((batches(step)["image"].mean() - plain(step)["image"].mean()).abs()) for step in range(16)]
    assert sum(tones[8:]) < 0.7 * sum(tones[:8])


def test_another_training_is_not_overwritten(tmp_path: Path) -> None:
    """A folder that holds a training is refused without resume, and with other settings; both in one line."""
    train(tiny_task(steps=1), tmp_path, boards=False)
    with pytest.raises(BadRequest, match="--resume"):
        train(tiny_task(steps=1), tmp_path, boards=False)
    with pytest.raises(BadRequest, match="other settings"):
        train(tiny_task(steps=1, seed=2), tmp_path, resume=True, boards=False)


def test_a_folder_is_free_until_a_training_is_in_it(tmp_path: Path) -> None:
    """What `train` refuses can be asked for before anything is made ready; a folder that is not there is free."""
    check_free(tmp_path / "none")
    train(tiny_task(steps=1), tmp_path, boards=False)
    with pytest.raises(BadRequest, match="--resume"):
        check_free(tmp_path)


def test_a_training_made_of_other_things_is_not_resumed(tmp_path: Path) -> None:
    """Its fingerprint is kept: another one is refused as other settings are, and a checkpoint without one goes on."""
    train(tiny_task(steps=1), tmp_path, boards=False, made_of="boxes")
    with pytest.raises(BadRequest, match="other settings"):
        train(tiny_task(steps=1), tmp_path, resume=True, boards=False, made_of="boxes and photographs")
    assert train(tiny_task(steps=1), tmp_path, resume=True, boards=False, made_of="boxes").step == 1
    old = torch.load(tmp_path / "last.pt", weights_only=True)
    del old["made_of"]
    torch.save(old, tmp_path / "last.pt")
    assert train(tiny_task(steps=1), tmp_path, resume=True, boards=False, made_of="photographs").step == 1


@pytest.mark.parametrize(
    ("changed", "is_the_same"),
    [({"workers": 1}, True), ({"save_every": 1}, True), ({"patience": 3}, True), ({"check_every": 1}, False)],
)
def test_a_resume_may_change_what_changes_no_weights(
    tmp_path: Path, changed: dict[str, int], is_the_same: bool
) -> None:
    """Workers, checkpoints and patience are free; when it is looked decides which weights are the best."""
    train(tiny_task(steps=1), tmp_path, boards=False)
    if is_the_same:
        assert train(tiny_task(TINY, steps=1, **changed), tmp_path, resume=True, boards=False).step == 1
    else:
        with pytest.raises(BadRequest, match="other settings"):
            train(tiny_task(TINY, steps=1, **changed), tmp_path, resume=True, boards=False)


@pytest.mark.parametrize("spoil", ["cut", "empty", "words", "weights", "zeros"])
def test_a_damaged_checkpoint_is_one_clear_line(tmp_path: Path, spoil: str) -> None:
    """Which file, and what to do; in both languages."""
    train(tiny_task(steps=1), tmp_path, boards=False)
    whole = (tmp_path / "last.pt").read_bytes()
    spoilt = {"cut": whole[: len(whole) // 2], "empty": b"", "words": b"no checkpoint", "zeros": bytes(len(whole))}
    (tmp_path / "last.pt").write_bytes(spoilt.get(spoil, (tmp_path / "best.pt").read_bytes()))
    with pytest.raises(BadRequest, match=r"last\.pt.*[Dd]elete it") as caught:
        train(tiny_task(steps=1), tmp_path, resume=True, boards=False)
    assert "已损坏" in caught.value.text("zh")


def test_a_finished_training_resumes_to_nothing(tmp_path: Path) -> None:
    """Resuming at the last step does no step and reports the same figures."""
    first = train(tiny_task(steps=2), tmp_path, boards=False)
    again = train(tiny_task(steps=2), tmp_path, resume=True, boards=False)
    assert (again.step, again.best) == (first.step, first.best)


def test_it_stops_when_it_no_longer_gains(tmp_path: Path) -> None:
    """With a learning rate of nothing no look gains, so patience ends it early; the curves are drawn."""
    steps: list[int] = []
    task = still_task(steps=50, patience=2)
    trained = train(task, tmp_path, boards=False, progress=lambda step, _n, _f: steps.append(step))
    assert trained.stopped_early
    assert steps == [1, 2, 3]
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_training_that_stopped_early_stays_stopped(tmp_path: Path) -> None:
    """Resumed, it takes no step more, however often; with more patience it goes on."""
    stopped = still_task(steps=50, patience=2)
    trained = train(stopped, tmp_path, boards=False)
    for _ in range(2):
        again = train(still_task(steps=50, patience=2), tmp_path, resume=True, boards=False)
        assert (again.step, again.stopped_early, again.best) == (trained.step, True, trained.best)
    assert train(still_task(steps=50, patience=4), tmp_path, resume=True, boards=False).step == trained.step + 2


@pytest.mark.parametrize(
    ("scores", "best"),
    [([math.nan, 0.2, 0.1], 0.2), ([0.2, math.nan, 0.3], 0.3), ([0.3, math.nan, 0.2], 0.3)],
)
def test_a_look_that_is_no_number_is_never_the_best(tmp_path: Path, scores: list[float], best: float) -> None:
    """Neither does it stay when it came first, nor replace one that is a number."""
    task = Scripted(tiny_task(steps=3, check_every=1), scores)
    trained = train(task, tmp_path, boards=False)
    assert trained.best["score"] == best
    assert task.looks == []


def test_the_boards_can_be_read(tmp_path: Path) -> None:
    """TensorBoard's own reader finds the loss of every step."""
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    train(tiny_task(steps=2), tmp_path)
    events = reader.EventAccumulator(str(tmp_path / "boards")).Reload()
    assert [event.step for event in events.Scalars("loss")] == [1, 2]


def test_the_kept_weights_load(tmp_path: Path) -> None:
    """`load_best` gives the network of the best look, ready to run."""
    trained = train(tiny_task(), tmp_path, boards=False)
    task = tiny_task()
    network = load_best(task.model, tmp_path)
    with torch.inference_mode():
        assert task.check(network) == trained.best


def test_a_training_starts_from_what_it_is_given(tmp_path: Path) -> None:
    """A trunk's file fills the trunk, an earlier training's best fills all, and another network's is refused."""
    discs = Discs(side_px=32, radius_px=3)
    torch.manual_seed(77)
    trunk = Lite0()
    torch.save(trunk.state_dict(), tmp_path / "trunk.pth")
    begun = CounterTask(TINY, discs, [], start=Start(trunk=tmp_path / "trunk.pth"))
    assert torch.equal(begun.model.state_dict()["trunk._conv_stem.weight"], trunk.state_dict()["_conv_stem.weight"])
    trained = train(tiny_task(), tmp_path / "first", boards=False)
    again = CounterTask(TINY, discs, [], start=Start(whole=trained.path))
    assert same(again.model.state_dict(), torch.load(trained.path, weights_only=True))
    with pytest.raises(BadRequest, match="not of this network"):
        CounterTask(replace(TINY, neck=24), discs, [], start=Start(whole=trained.path))


@pytest.mark.parametrize("name", ["none.pt", "none.onnx"])
def test_a_missing_start_is_called_missing(tmp_path: Path, name: str) -> None:
    """A file that is not there was neither damaged nor deleted, and no model of the catalogue either."""
    with pytest.raises(UnreadableFile, match=rf"{name} could not be opened"):
        CounterTask(TINY, Discs(side_px=32, radius_px=3), [], start=Start(whole=tmp_path / name))


def test_a_start_that_does_not_fit_is_one_clear_line(tmp_path: Path) -> None:
    """Words in place of weights, and the trunk of another network."""
    discs = Discs(side_px=32, radius_px=3)
    (tmp_path / "words.pt").write_text("no weights at all", encoding="utf-8")
    resnet = replace(TINY, trunk="resnet50", trunk_width=0.125)
    torch.save(Lite0().state_dict(), tmp_path / "lite0.pth")
    refused: list[tuple[CounterConfig, Start, type[JianwenError], str]] = [
        (TINY, Start(whole=tmp_path / "words.pt"), WeightsUnfit, "words.pt"),
        (TINY, Start(trunk=tmp_path / "words.pt"), WeightsUnfit, "words.pt"),
        (resnet, Start(trunk=tmp_path / "lite0.pth"), BadRequest, "lite0.pth"),
    ]
    for config, start, error, name in refused:
        with pytest.raises(error, match=name) as caught:
            CounterTask(config, discs, [], start=start)
        assert "models pull" not in str(caught.value)
        assert name in caught.value.text("zh")


def test_the_learning_rate_rises_and_falls() -> None:
    """By hand: a tenth at the first of ten steps, all at the tenth, half in the middle, a hundredth at last."""
    config = TrainConfig(steps=110, warm_up=10, learning_rate=1.0)
    assert learning_rate(0, config) == pytest.approx(0.1)
    assert learning_rate(9, config) == pytest.approx(1)
    assert learning_rate(60, config) == pytest.approx(0.01 + 0.99 / 2)
    assert learning_rate(110, config) == pytest.approx(0.01)


@pytest.mark.parametrize("loss", ["source", "smooth_l1"])
@pytest.mark.parametrize("masked", ["scalar", "per_image"])
def test_the_source_preset_trains(tmp_path: Path, loss: str, masked: str) -> None:
    """The source's network with either loss and reading takes steps, and its best weights are kept."""
    config = SourceConfig(
        size_px=64,
        width=0.125,
        depths=(1, 1, 1, 1),
        loss=loss,  # type: ignore[arg-type]
        masked=masked,  # type: ignore[arg-type]
        train=TrainConfig(steps=3, batch=2, warm_up=1, check_every=3),
    )
    discs = Discs()
    trained = train(SourceTask(config, discs, [discs(number) for number in range(4)]), tmp_path, boards=False)
    assert set(trained.best) == {"exact_match", "mae", "bias", "score"}
    assert trained.path.is_file()


def test_the_detector_finds_discs(tmp_path: Path) -> None:
    """In some seconds the detector, from nothing, finds discs it has never seen."""
    discs = Discs(radius_px=5)
    config = DetectorConfig(
        height_px=64,
        width_px=64,
        neck=24,
        typical_px=10,
        augmentation="none",
        train=TrainConfig(steps=90, batch=12, learning_rate=4e-3, warm_up=10, ema=0.9, check_every=45, save_every=90),
    )
    trained = train(DetectorTask(config, discs, [discs(50_000 + n) for n in range(24)]), tmp_path, boards=False)
    assert trained.best["ap50"] > 0.7
    assert {"ap50_cue", "ap50_eight", "ap50_solid", "ap50_stripe"} <= set(trained.best)


def test_the_heat_of_a_batch_has_a_peak_for_each_ball() -> None:
    """Also under the source's augmentation, where balls leave: the label is what is still in sight."""
    discs = Discs(side_px=64, most=6, radius_px=4)
    config = replace(TINY, size_px=64, most=6, train=replace(TINY.train, batch=64))
    batch = CounterBatches(discs, config)(0)
    whole = torch.tensor([discs(number).count for number in range(64)])
    peaks = (batch["heat"] == 1).sum(dim=(1, 2, 3))
    assert (peaks <= batch["count"]).all()  # two that lie in one cell are one peak
    assert (peaks == batch["count"]).float().mean() > 0.9
    assert (batch["count"] <= whole).all()
    assert (batch["count"] < whole).any()
    assert batch["image"].shape == (64, 3, 64, 64)


def test_only_visible_balls_count() -> None:
    """A ball that is there and cannot be seen is neither in the count nor in the heat."""
    image = np.zeros((64, 64, 3), np.uint8)
    centres = np.array([[0.25, 0.25], [0.75, 0.75]], np.float32)
    nothing = np.zeros((0, 4), np.float32)
    sample = Sample(image, centres, np.array([1, 0.1], np.float32), np.array([-1, -1]), nothing)
    batch = counter_batch([sample], replace(TINY, size_px=64))
    assert batch["count"].tolist() == [1]
    assert (batch["heat"] == 1).nonzero().tolist() == [[0, 0, 4, 4]]


@pytest.mark.parametrize(("left", "count"), [(0.12, 1), (0.19, 0), (0.15, 1)])
def test_a_ball_that_is_cut_counts_while_a_fifth_of_its_disc_is_left(left: float, count: int) -> None:
    """37 % of a ball are counted, 2 % are not; an augmentation that leaves 20 % says neither, so it is not done."""
    ball = np.array([[0.1, 0.5]], np.float32), np.array([[0, 0.4, 0.2, 0.6]], np.float32)
    sample = Sample(np.zeros((64, 64, 3), np.uint8), ball[0], np.ones(1, np.float32), np.array([-1]), ball[1])
    shift = Composed((Affine(degrees=0, across=(-left, -left), down=(0, 0), scale=(1, 1)),))
    batch = counter_batch([sample], replace(TINY, size_px=64), shift, [0])
    assert batch["count"].tolist() == [count]
    peaks = (batch["heat"] == 1).nonzero().tolist()
    assert peaks == {0.12: [[0, 0, 8, 0]], 0.19: [], 0.15: [[0, 0, 8, 1]]}[left]


def test_photographs_with_a_count_alone_train_too(tmp_path: Path) -> None:
    """Mixed with rendered samples they give finite losses, and are never shifted: their label stays."""
    discs = Discs(side_px=32, radius_px=3)

    def photo(number: int) -> Sample:
        return Sample.counted(discs(number).image, discs(number).count)

    mixed = Mixed(discs, photo, share=0.5)
    task = CounterTask(TINY, mixed, [discs(number) for number in range(4)])
    trained = train(task, tmp_path, boards=False)
    assert all(np.isfinite(value) for value in trained.best.values())
    batch = CounterBatches(photo, TINY)(0)
    assert batch["count"].tolist() == [discs(number).count for number in range(4)]
    assert batch["placed"].sum() == 0
