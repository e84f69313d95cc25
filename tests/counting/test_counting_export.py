"""Model files: equal to torch, usable without it, and refused clearly when they are not what they should be."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from discs import Discs

from jianwen.counting import Calibration, Counter, CounterConfig, Detector, DetectorConfig
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from pathlib import Path


def test_a_missing_model_file_is_one_clear_line(tmp_path: Path) -> None:
    """What is missing, and how to get it."""
    with pytest.raises(BadRequest, match="jianwen train counter"):
        Counter(tmp_path / "counter.onnx")


def test_a_name_that_no_file_can_have_is_one_clear_line(tmp_path: Path) -> None:
    """A name over the system's 255 bytes is told with the system's own reason."""
    with pytest.raises(BadRequest, match="too long") as caught:
        Counter(tmp_path / ("x" * 300 + ".onnx"))
    assert "无法使用" in caught.value.text("zh")


def test_other_files_are_no_model(tmp_path: Path) -> None:
    """Words instead of a network, in both languages."""
    (tmp_path / "counter.onnx").write_text("no network", encoding="utf-8")
    with pytest.raises(BadRequest, match="damaged") as caught:
        Counter(tmp_path / "counter.onnx")
    assert "已损坏" in caught.value.text("zh")


torch = pytest.importorskip("torch", reason="the core install has no torch")
onnx = pytest.importorskip("onnx", reason="only trainings export")

from jianwen.counting.export import weights_of  # noqa: E402 - needs torch, like all below
from jianwen.counting.learning import (  # noqa: E402 - needs torch, like all below
    CounterNetwork,
    CounterTask,
    DetectorNetwork,
    DetectorTask,
    Mirrored,
    Start,
    export_counter,
    export_detector,
    largest_difference,
    quantise,
)

TINY = CounterConfig(size_px=64, neck=16)


def random_picture(height: int = 60, width: int = 80, *, seed: int = 5) -> np.ndarray:
    """Tiles of any colour: mere noise would be taken for a picture of nothing."""
    tiles = np.random.default_rng(seed).integers(0, 255, (height // 4, width // 4, 3), dtype=np.uint8)
    return np.kron(tiles, np.ones((4, 4, 1), np.uint8))


class Says(torch.nn.Module):  # type: ignore[name-defined, misc]
    """Says the same of every picture."""

    def __init__(self, logits: list[float], density: float) -> None:
        super().__init__()
        self.logits, self.density = torch.nn.Parameter(torch.tensor(logits)), torch.nn.Parameter(torch.tensor(density))

    def forward(self, image: Any) -> tuple[Any, Any]:
        none = image.mean(dim=(1, 2, 3)) * 0
        return none[:, None] + self.logits, none[:, None, None, None] + self.density


@pytest.fixture(scope="module")
def network() -> CounterNetwork:
    torch.manual_seed(0)
    return CounterNetwork(TINY).eval()


@pytest.fixture(scope="module")
def model_file(network: CounterNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "counter.onnx"
    assert export_counter(network, TINY, Calibration(temperature=2.0, bound=0.25), path) <= 1e-4
    return path


def test_the_file_equals_torch_at_every_size(network: CounterNetwork, model_file: Path) -> None:
    """To 1e-4 for one, two and five pictures, and for larger ones than it was exported with."""
    for n, side in ((1, 64), (2, 64), (5, 64), (1, 96)):
        assert largest_difference(network, model_file, torch.rand(n, 3, side, side)) <= 1e-4


def test_a_counter_may_look_at_another_size(model_file: Path, tmp_path: Path) -> None:
    """A picture of 96 px gives a finer density; a file of one size, as older ones are, is refused in one line."""
    assert Counter(model_file, size_px=96).count(random_picture(96, 96)).density.shape == (12, 12)
    model = onnx.load(str(model_file))
    for axis in (2, 3):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_value = 64
    onnx.save(model, str(tmp_path / "old.onnx"))
    assert not Counter(tmp_path / "old.onnx").takes_any_size
    with pytest.raises(BadRequest, match="64 px only"):
        Counter(tmp_path / "old.onnx", size_px=96)


@pytest.mark.parametrize(
    ("logits", "density", "differs"),
    [
        ([1007.0, 1007.0, 7.0], 100.0, 0.0),  # logits that are all larger by the same say the same
        ([1000.0, 1000.04, 0.0], 100.0, 0.01),  # a share of 4e-5 of the largest logit, a hundredth in what is said
        ([1000.0, 1000.0, 0.0], 100.004, 0.004),  # balls a cell are balls a cell, however many there are
    ],
)
def test_what_is_said_is_compared(tmp_path: Path, logits: list[float], density: float, differs: float) -> None:
    """Torch and the file are as far apart as their probabilities and densities are, not as a share of anything."""
    export_counter(Says([1000.0, 1000.0, 0.0], 100.0), TINY, Calibration(), tmp_path / "c.onnx")
    found = largest_difference(Says(logits, density), tmp_path / "c.onnx", torch.rand(2, 3, 64, 64))
    assert found == pytest.approx(differs, rel=0.01, abs=1e-6)


@pytest.mark.parametrize("changed", [{"head": "classes"}, {"deepest": 32}, {"trunk": "resnet50", "trunk_width": 0.125}])
def test_every_kind_of_counter_exports(tmp_path: Path, changed: dict[str, object]) -> None:
    """Both heads, both trunks, both depths."""
    config = replace(TINY, **changed)  # type: ignore[arg-type]
    assert export_counter(CounterNetwork(config), config, Calibration(), tmp_path / "c.onnx") <= 1e-4
    assert Counter(tmp_path / "c.onnx").config == config


@pytest.mark.parametrize("views", [1, 2, 4])
def test_mirror_images_are_meant_inside_the_file(network: CounterNetwork, tmp_path: Path, views: int) -> None:
    """Their logits' mean, the densities turned back; at any batch size."""
    mirrored = Mirrored(network, views).eval()
    assert export_counter(mirrored, TINY, Calibration(), tmp_path / "c.onnx") <= 1e-4
    images = torch.rand(3, 3, 64, 64)
    assert largest_difference(mirrored, tmp_path / "c.onnx", images) <= 1e-4
    axes: list[list[int]] = [[], [3], [2], [2, 3]]
    with torch.inference_mode():
        said = [network(images.flip(each)) for each in axes[:views]]
        logits, density = mirrored(images)
    assert torch.allclose(logits, torch.stack([one for one, _ in said]).mean(dim=0), atol=1e-5)
    back = [map_.flip(each) for (_, map_), each in zip(said, axes, strict=False)]
    assert torch.allclose(density, torch.stack(back).mean(dim=0), atol=1e-5)


@pytest.mark.parametrize("views", [1, 4])
def test_a_training_goes_on_from_an_exported_file(network: CounterNetwork, tmp_path: Path, views: int) -> None:
    """Every weight and every statistic of a norm is in the file; one of another size or a damaged one is refused."""
    path = tmp_path / "c.onnx"
    export_counter(Mirrored(network, views), TINY, Calibration(), path)
    begun = CounterTask(TINY, Discs(side_px=32, radius_px=3), [], start=Start(whole=path)).model.state_dict()
    own = network.state_dict()
    assert begun.keys() == own.keys()
    assert all(torch.equal(begun[key], own[key]) for key in own if not key.endswith("num_batches_tracked"))
    with pytest.raises(BadRequest, match="no training can begin"):
        CounterTask(replace(TINY, neck=24), Discs(side_px=32, radius_px=3), [], start=Start(whole=path))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(BadRequest, match="no training can begin"):
        CounterTask(TINY, Discs(side_px=32, radius_px=3), [], start=Start(whole=path))


def test_a_count_says_what_the_network_says(network: CounterNetwork, model_file: Path) -> None:
    """The same probabilities after the temperature, the density of the picture without the bars beside it."""
    counter = Counter(model_file)
    assert counter.config == TINY
    assert counter.calibration == Calibration(2.0, 0.25)
    count = counter.count(random_picture(64, 64))
    image = torch.from_numpy(random_picture(64, 64)).permute(2, 0, 1)[None] / 255
    with torch.inference_mode():
        logits, density = network(image)
    assert count.probabilities == pytest.approx((logits / 2).softmax(dim=1)[0].numpy(), abs=1e-4)
    assert count.number == count.probabilities.argmax()
    assert count.confidence == pytest.approx(count.probabilities.max())
    assert count.abstained == (count.confidence < 0.25)
    assert count.density == pytest.approx(density[0, 0].numpy(), abs=1e-4)
    assert counter.count(random_picture(60, 120)).density.shape == (4, 8)


def test_a_high_bound_abstains(network: CounterNetwork, tmp_path: Path) -> None:
    """With a bound that nothing reaches every answer is "cannot tell"."""
    export_counter(network, TINY, Calibration(bound=1.01), tmp_path / "c.onnx")
    assert Counter(tmp_path / "c.onnx").count(random_picture()).abstained


def test_counting_needs_no_torch(model_file: Path) -> None:
    """A process that counts never loads torch or onnx."""
    script = (
        "import sys, pathlib, numpy\n"
        "from jianwen.counting import Counter\n"
        "c = Counter(pathlib.Path(sys.argv[1])).count(numpy.zeros((64, 64, 3), 'uint8'))\n"
        "print(c.number, 'torch' in sys.modules, 'onnx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(model_file)], capture_output=True, text=True, check=True)
    assert done.stdout.split()[1:] == ["False", "False"]


def test_a_file_of_another_kind_is_refused(model_file: Path, tmp_path: Path) -> None:
    """A counter is no detector, and an ONNX file without our facts is neither."""
    with pytest.raises(BadRequest, match="not a detector"):
        Detector(model_file)
    bare = onnx.load(str(model_file))
    del bare.metadata_props[:]
    onnx.save(bare, str(tmp_path / "bare.onnx"))
    with pytest.raises(BadRequest, match="no description"):
        Counter(tmp_path / "bare.onnx")


def test_the_facts_are_in_the_file(model_file: Path) -> None:
    """Config and calibration are JSON in the file's metadata, for any tool to read."""
    properties = {each.key: each.value for each in onnx.load(str(model_file)).metadata_props}
    facts = json.loads(properties["jianwen"])
    assert facts["calibration"] == {"temperature": 2.0, "bound": 0.25}
    assert facts["config"]["size_px"] == 64


def test_a_network_that_differs_is_not_written(tmp_path: Path) -> None:
    """A broken network (not a number) leaves no file behind."""
    broken = CounterNetwork(TINY)
    for value in broken.head.parameters():
        torch.nn.init.constant_(value, float("nan"))
    with pytest.raises(BadRequest, match="nothing was written"):
        export_counter(broken, TINY, Calibration(), tmp_path / "c.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_detector_exports_and_runs(tmp_path: Path) -> None:
    """Equal to torch, and boxes come back as fractions of the picture it was given."""
    config = DetectorConfig(height_px=64, width_px=96, neck=16)
    torch.manual_seed(1)
    model = DetectorNetwork(config)
    torch.nn.init.constant_(model.heat.bias, 0.0)
    assert export_detector(model, config, tmp_path / "d.onnx") <= 1e-4
    detector = Detector(tmp_path / "d.onnx")
    balls = detector.detect(random_picture(), at_least=0.1)
    assert balls
    assert [ball.score for ball in balls] == sorted((ball.score for ball in balls), reverse=True)
    assert all(0 <= ball.box.x0 <= ball.box.x1 <= 1 and 0 <= ball.box.y0 <= ball.box.y1 <= 1 for ball in balls)
    assert all(ball.kind in {"cue", "eight", "solid", "stripe"} for ball in balls)
    assert detector.detect(random_picture(), at_least=1.01) == []


def test_a_detector_of_three_pictures_begins_as_one_of_one(tmp_path: Path) -> None:
    """It exports and runs with its pictures, tells moves, and takes over what a detector of one picture has learned."""
    one = DetectorConfig(height_px=64, width_px=64, neck=16)
    torch.manual_seed(1)
    export_detector(DetectorNetwork(one), one, tmp_path / "one.onnx")
    three = replace(one, pictures=3)
    task = DetectorTask(three, Discs(), [], start=Start(whole=tmp_path / "one.onnx"))
    learned, begun = weights_of(tmp_path / "one.onnx"), task.model.state_dict()
    assert torch.equal(begun["tower.0.0.weight"], learned["tower.0.0.weight"])
    task.model.load_state_dict(begun | {"heat.bias": torch.zeros(1)})
    assert export_detector(task.model.eval(), three, tmp_path / "three.onnx") <= 1e-4
    picture = random_picture()
    found = Detector(tmp_path / "three.onnx").detect(picture, beside=(picture // 2, picture // 3), at_least=0.1)
    assert found
    assert all(ball.came is not None and ball.goes is not None for ball in found)
    with pytest.raises(BadRequest, match="3 pictures, not 1"):
        Detector(tmp_path / "three.onnx").detect(picture)


def test_int8_is_smaller_and_keeps_its_facts(model_file: Path, tmp_path: Path) -> None:
    """The quantised file runs, says nearly the same, and is clearly smaller."""
    canvases = [random_picture(64, 64, seed=n) for n in range(4)]
    quantise(model_file, tmp_path / "int8.onnx", canvases)
    assert (tmp_path / "int8.onnx").stat().st_size < 0.5 * model_file.stat().st_size
    whole, small = Counter(model_file), Counter(tmp_path / "int8.onnx")
    assert small.calibration == whole.calibration
    counts = [counter.count(canvases[0]) for counter in (whole, small)]
    assert counts[0].probabilities == pytest.approx(counts[1].probabilities, abs=0.2)
