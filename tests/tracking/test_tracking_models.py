"""Model folders: what torch says ONNX Runtime says too, and a folder that is not whole is refused in one line."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx", reason="only trainings export")

from jianwen.errors import BadRequest, WeightsNotShipped, WeightsUnfit  # noqa: E402 - after the checks
from jianwen.places import Box  # noqa: E402
from jianwen.tracking import (  # noqa: E402
    Click,
    OnnxGraphs,
    Prompt,
    Recalled,
    Session,
    TrackerConfig,
    built_in,
    open_graphs,
)
from jianwen.tracking.learning import TorchGraphs, TrackerNetwork, empty_network, export_tracker  # noqa: E402
from jianwen.tracking.modelfolder import DESCRIPTION, packaged, write_description  # noqa: E402
from jianwen.tracking.ports import GRAPHS  # noqa: E402
from jianwen.tracking.quantise import QUANTISED, quantise  # noqa: E402
from tracking.worlds import disc_frame, disc_place, seeded_state  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.tracking import Decoded, Graphs, Track

NANO = built_in("nano").at(64)


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> None:
    torch.set_num_threads(1)


def seeded(config: TrackerConfig) -> TrackerNetwork:
    network = empty_network(config)
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    state = {name: torch.from_numpy(value) for name, value in seeded_state(shapes).items()}
    network.load_state_dict(state, strict=True, assign=True)
    return network.eval()


@pytest.fixture(scope="module")
def nano() -> TrackerNetwork:
    return seeded(NANO)


@pytest.fixture(scope="module")
def folder(nano: TrackerNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place: Path = tmp_path_factory.mktemp("models") / "nano"
    export_tracker(nano, place, made_of="seeded numbers")
    return place


@pytest.fixture(scope="module")
def graphs(folder: Path) -> OnnxGraphs:
    return open_graphs(folder, threads=1)


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A folder that a test may spoil."""
    place = tmp_path / "copy"
    shutil.copytree(folder, place)
    return place


class Chance:
    """Arrays for a config, from a seed."""

    def __init__(self, config: TrackerConfig, seed: int = 0) -> None:
        self._config, self._numbers = config, np.random.default_rng(seed)

    def array(self, *shape: int) -> NDArray[np.float32]:
        return self._numbers.standard_normal(shape).astype(np.float32)

    def cells(self, count: int) -> NDArray[np.float32]:
        return self.array(count, self._config.width, self._config.cells, self._config.cells)

    def picture(self, count: int) -> NDArray[np.float32]:
        return self.array(count, 3, self._config.picture_px, self._config.picture_px)

    def masks(self, count: int) -> NDArray[np.float32]:
        return 5 * self.array(count, 1, self._config.mask_px, self._config.mask_px)

    def recalled(self, count: int, maps: int, pointers: int) -> Recalled:
        config = self._config
        return Recalled(
            maps=self.array(count, maps, config.memory_width, config.cells, config.cells),
            rows=self._numbers.integers(0, config.recent_slots + 1, (count, maps)),
            pointers=self.array(count, pointers, config.width),
            times=self._numbers.integers(-3, 16, (count, pointers)).astype(np.float32),
        )


def differ(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    """The largest difference; no shape is stretched over another."""
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype == np.float32
    return float(np.abs(ours - theirs).max())


def decoded_differ(ours: Decoded, theirs: Decoded) -> float:
    names = ("masks", "qualities", "pointers", "presence")
    return max(differ(getattr(ours, name), getattr(theirs, name)) for name in names)


def graphs_differ(ours: Graphs, theirs: Graphs, counts: tuple[int, int, int, int, int]) -> dict[str, float]:
    """By graph, for so many objects, features, memories, pointers and points."""
    n, rows, maps, pointers, points = counts
    chance, found = Chance(ours.config), {}
    picture = chance.picture(rows)
    mine, others = ours.encode(picture), theirs.encode(picture)
    found["encode"] = max(differ(getattr(mine, name), getattr(others, name)) for name in ("cells", "skip4", "skip8"))
    recalled, cells, masks = chance.recalled(n, maps, pointers), chance.cells(n), chance.masks(n)
    found["attend"] = differ(ours.attend(mine.cells, recalled), theirs.attend(mine.cells, recalled))
    places, labels = 60 * np.abs(chance.array(n, points, 2)), np.full((n, points), 1, np.float32)
    labels[:, 1:] = -1
    for hint in (None, masks):
        asked = (cells, mine, places, labels, hint)
        found["decode"] = max(found.get("decode", 0), decoded_differ(ours.decode(*asked), theirs.decode(*asked)))
    drawn = (chance.array(n, 1, ours.config.picture_px, ours.config.picture_px) > 0).astype(np.float32)
    found["condense"] = differ(ours.condense(drawn), theirs.condense(drawn))
    said = (mine.cells, masks, np.arange(n) % 2 == 0, chance.array(n))
    found["memorise"] = differ(ours.memorise(*said), theirs.memorise(*said))
    return found


def scales(graphs: Graphs) -> dict[str, float]:
    """By graph, the largest value that it gives for noise."""
    chance = Chance(graphs.config)
    features = graphs.encode(chance.picture(1))
    seen = graphs.attend(features.cells, chance.recalled(1, 7, 16))
    maps = graphs.memorise(features.cells, chance.masks(1), np.array([True]), chance.array(1))
    given = {"encode": (features.cells, features.skip4, features.skip8), "attend": (seen,), "memorise": (maps,)}
    return {name: max(float(np.abs(array).max()) for array in arrays) for name, arrays in given.items()}


# objects, features, memories, pointers, points
COUNTS = [(1, 1, 1, 1, 1), (2, 1, 7, 16, 3), (3, 3, 2, 1, 2), (5, 1, 1, 16, 1)]


@pytest.mark.parametrize("counts", COUNTS)
def test_every_graph_says_what_torch_says(nano: TrackerNetwork, graphs: OnnxGraphs, counts: tuple[int, ...]) -> None:
    """One graph serves any number of objects, regions, memories, pointers and points, to a ten-thousandth."""
    found = graphs_differ(TorchGraphs(nano), graphs, counts)  # type: ignore[arg-type]
    assert set(found) == set(GRAPHS)
    assert max(found.values()) <= 1e-4, found


@pytest.mark.parametrize("rows", [1, 3])
def test_large_objects_attend_one_by_one_to_the_same(
    nano: TrackerNetwork, graphs: OnnxGraphs, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three objects of one picture or of three regions, in one pass and in three."""
    chance = Chance(nano.config)
    cells, recalled = chance.cells(rows), chance.recalled(3, 7, 4)
    together = graphs.attend(cells, recalled)
    monkeypatch.setattr("jianwen.tracking.onnxgraphs._AT_ONCE", 0)
    assert differ(graphs.attend(cells, recalled), together) <= 1e-5
    assert not np.allclose(together[0], together[1])


@pytest.fixture(scope="module")
def int8(nano: TrackerNetwork, tmp_path_factory: pytest.TempPathFactory) -> OnnxGraphs:
    """In 8 bits, with attention cut into pieces as that of a large picture is."""
    place: Path = tmp_path_factory.mktemp("models") / "int8"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jianwen.tracking.quantise._SCORES", 340)  # 16 queries, 112 keys: six pieces, the last one short
        export_tracker(nano, place, int8=True)
    return open_graphs(place, threads=1)


@pytest.mark.parametrize("counts", COUNTS)
def test_in_8_bits_every_graph_says_almost_what_torch_says(
    nano: TrackerNetwork, int8: OnnxGraphs, counts: tuple[int, ...]
) -> None:
    """As a share of what torch gives; and not to the last bit, so something was rounded."""
    found = graphs_differ(TorchGraphs(nano), int8, counts)  # type: ignore[arg-type]
    largest = {name: found[name] / max(1.0, scale) for name, scale in scales(TorchGraphs(nano)).items()}
    assert max(largest.values()) <= 0.1, found
    assert min(found[name] for name in ("encode", "attend", "memorise")) > 1e-4


@pytest.mark.skipif(not packaged("ball-nano").is_dir(), reason="no trained network is shipped")
def test_trained_weights_draw_almost_the_same_in_8_bits(tmp_path: Path) -> None:
    """Over twelve frames, each of which remembers those before it; IoU of all masks together.

    Seeded weights are no measure here: what is rounded away in one frame grows in the next.
    """
    floats = open_graphs(threads=1)
    shutil.copytree(packaged("ball-nano"), tmp_path / "int8")
    for graph in QUANTISED:
        quantise(tmp_path / "int8" / f"{graph}.onnx", floats.config)
    constants = {"no_memory": floats.no_memory, "no_pointer": floats.no_pointer}
    write_description(tmp_path / "int8", floats.config, made_of="", **constants)
    pairs = list(zip(followed(floats), followed(open_graphs(tmp_path / "int8", threads=1)), strict=True))
    shared = sum(int((mine.mask & other.mask).sum()) for mine, other in pairs)
    either = sum(int((mine.mask | other.mask).sum()) for mine, other in pairs)
    assert either > 0
    assert 0.97 <= shared / either < 1


def test_version_20_and_windows_that_do_not_divide_the_map_are_exported_too(tmp_path: Path) -> None:
    """The older version has no times of pointers; at 96 pixels windows of eight are padded."""
    network = seeded(replace(NANO, version="2.0", picture_px=96))
    export_tracker(network, tmp_path / "old")
    found = graphs_differ(TorchGraphs(network), open_graphs(tmp_path / "old", threads=1), (2, 1, 3, 4, 2))
    assert max(found.values()) <= 1e-4, found


def followed(graphs: Graphs) -> list[Track]:
    """Two objects and a third: a click, a box, a mask; a correction in the sixth of twelve frames."""
    session = Session.open(graphs)
    tracks: list[Track] = []
    x, y = disc_place(1, 0)
    rows, columns = np.mgrid[0:96, 0:128]
    drawn = (columns - 128 * x) ** 2 + (rows - 96 * y) ** 2 < 9**2
    for index in range(12):
        tracks += session.step(disc_frame(index))
        if index == 0:
            tracks += session.add(Prompt(clicks=(Click(*disc_place(0, 0)),)))
            tracks += session.add(Prompt(box=Box(x - 0.07, y - 0.1, x + 0.07, y + 0.1)))
        if index == 2:
            tracks += session.add(Prompt(mask=drawn))
        if index == 5:
            tracks += session.correct("1", Prompt(clicks=(Click(*disc_place(0, 5)), Click(0.05, 0.05, is_on=False))))
    return tracks


def test_a_session_goes_as_with_torch(nano: TrackerNetwork, graphs: OnnxGraphs) -> None:
    """Twelve frames with a click, a box, a mask and a correction: the same masks, hardly another confidence."""
    ours, theirs = followed(TorchGraphs(nano)), followed(graphs)
    assert [(one.object, one.frame, one.is_lost) for one in ours] == [(o.object, o.frame, o.is_lost) for o in theirs]
    assert any(one.mask.any() for one in ours)
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.mask != other.mask).mean() <= 2e-4
        assert mine.confidence == pytest.approx(other.confidence, abs=1e-3)


def test_the_description_brings_the_network_back(nano: TrackerNetwork, graphs: OnnxGraphs) -> None:
    """Config and constants are those of the network, bit for bit; where it came from is said."""
    plain = TorchGraphs(nano)
    assert graphs.config == NANO
    assert np.array_equal(graphs.no_memory, plain.no_memory)
    assert np.array_equal(graphs.no_pointer, plain.no_pointer)
    assert graphs.made_of == "seeded numbers"


def test_an_older_model_is_replaced_and_nothing_else_is(nano: TrackerNetwork, tmp_path: Path, copy: Path) -> None:
    """Exporting again to the same folder gives the new one; a folder with anything else in it is left alone."""
    export_tracker(nano, copy, made_of="again")
    assert open_graphs(copy, threads=1).made_of == "again"
    assert sorted(path.name for path in copy.parent.iterdir()) == ["copy"]
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"a")
    with pytest.raises(BadRequest, match="something else"):
        export_tracker(nano, tmp_path / "photos")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["a.jpg"]


def test_weights_that_are_not_numbers_leave_nothing_behind(tmp_path: Path) -> None:
    """A network gone wrong in training is not exported, and no half a folder stays."""
    network = seeded(NANO)
    with torch.inference_mode():
        network.no_obj_ptr.fill_(float("nan"))
    with pytest.raises((BadRequest, WeightsUnfit)):
        export_tracker(network, tmp_path / "bad")
    assert not list(tmp_path.iterdir())


def test_pictures_of_another_side_are_refused(graphs: OnnxGraphs) -> None:
    """The side is fixed when a model is written; the error says how to get another."""
    with pytest.raises(BadRequest, match=r"64 x 64 pixels.*--size"):
        graphs.encode(np.zeros((1, 3, 96, 96), np.float32))


def test_weights_instead_of_a_folder_are_told_how_to_become_one(tmp_path: Path) -> None:
    """Official files do not run by themselves; one line says what to do."""
    for name in ("sam2.1_hiera_tiny.pt", "model.safetensors"):
        (tmp_path / name).write_bytes(b"weights")
        with pytest.raises(BadRequest, match=f"jianwen models convert {name} --out FOLDER") as refused:
            open_graphs(tmp_path / name)
        assert "请先转换" in refused.value.text("zh")


def test_without_a_folder_the_shipped_model_is_opened() -> None:
    """And where the installation has none, the error says so."""
    if packaged("ball-nano").is_dir():
        assert open_graphs(threads=1).config.name == "ball-nano"
    else:
        with pytest.raises(WeightsNotShipped, match="ball-nano is not part of this installation"):
            open_graphs()


def edited(folder: Path, **changes: object) -> None:
    table = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    (folder / DESCRIPTION).write_text(json.dumps(table | changes), encoding="utf-8")


def config_of(folder: Path, **changes: object) -> dict[str, object]:
    table: dict[str, object] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))["config"]
    return table | changes


def refusal(folder: Path) -> str:
    with pytest.raises(WeightsUnfit) as refused:
        open_graphs(folder, threads=1)
    assert "\n" not in str(refused.value)
    assert refused.value.text("zh") != str(refused.value)
    return str(refused.value)


def test_a_folder_that_is_not_whole_is_refused(copy: Path, tmp_path: Path) -> None:
    """A missing graph, one cut short, no description, no folder: each is named."""
    whole = (copy / "decode.onnx").read_bytes()
    (copy / "decode.onnx").write_bytes(whole[: len(whole) // 2])
    assert "decode.onnx is damaged" in refusal(copy)
    (copy / "decode.onnx").unlink()
    assert "decode.onnx is missing" in refusal(copy)
    (copy / DESCRIPTION).unlink()
    assert "holds no tracker.json" in refusal(copy)
    assert "no such folder" in refusal(tmp_path / "nowhere")


def test_a_graph_of_another_model_is_refused(copy: Path, tmp_path: Path) -> None:
    """Also where somebody has made the digests agree: the lengths tell."""
    export_tracker(seeded(replace(NANO, width=32)), tmp_path / "narrow")
    shutil.copy(tmp_path / "narrow" / "attend.onnx", copy / "attend.onnx")
    assert "attend.onnx is damaged or of another model" in refusal(copy)
    theirs = json.loads((tmp_path / "narrow" / DESCRIPTION).read_text(encoding="utf-8"))["graphs"]
    ours = json.loads((copy / DESCRIPTION).read_text(encoding="utf-8"))["graphs"]
    edited(copy, graphs=ours | {"attend": theirs["attend"]})
    assert "attend.onnx is of another network" in refusal(copy)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("picture_px", 100),
        ("picture_px", 10**9),
        ("picture_px", "64"),
        ("width", True),
        ("memory_width", 0),
        ("depths", [1] * 1000),
        ("depths", 3),
        ("name", None),
    ],
)
def test_a_config_that_makes_no_sense_is_refused(copy: Path, name: str, value: object) -> None:
    """Numbers out of bounds and values of another type never reach the program."""
    edited(copy, config=config_of(copy, **{name: value}))
    assert "tracker.json is damaged" in refusal(copy)


def test_a_description_of_another_kind_is_refused(copy: Path) -> None:
    """Not JSON, not a table, too few constants, a newer version."""
    kept = (copy / DESCRIPTION).read_text(encoding="utf-8")
    for spoilt in ("", "[]", "{}", kept[:500], "[" * 100_000, '{"kind": 1}', kept + " " * 2**20):
        (copy / DESCRIPTION).write_text(spoilt, encoding="utf-8")
        assert "tracker.json is damaged" in refusal(copy)
    (copy / DESCRIPTION).write_text(kept, encoding="utf-8")
    edited(copy, no_memory=[0.0] * 3)
    assert "tracker.json is damaged" in refusal(copy)
    (copy / DESCRIPTION).write_text(kept, encoding="utf-8")
    edited(copy, version=2)
    assert "newer version" in refusal(copy)
    (copy / DESCRIPTION).write_text(kept, encoding="utf-8")
    edited(copy, config=config_of(copy, colour="green"))
    assert "newer version" in refusal(copy)


def test_a_graph_that_names_other_files_is_refused(copy: Path) -> None:
    """Numbers kept outside a graph could be any file of the machine; none is opened."""
    import hashlib  # noqa: PLC0415 - for this test alone

    import onnx  # noqa: PLC0415 - heavy

    path = copy / "condense.onnx"
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="beside.bin", size_threshold=0)
    ours = json.loads((copy / DESCRIPTION).read_text(encoding="utf-8"))["graphs"]
    edited(copy, graphs=ours | {"condense": hashlib.sha256(path.read_bytes()).hexdigest()})
    assert "condense.onnx refers to other files" in refusal(copy)
