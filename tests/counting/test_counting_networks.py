"""The networks: shapes and channels as given, public weights load, and the mathematics by hand."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the core install has no torch")

import torch.nn.functional as F  # noqa: E402, N812 - needs torch, like all below

from jianwen.counting import CounterConfig, SourceConfig  # noqa: E402
from jianwen.counting.learning import CounterNetwork, Lite0, ResNet, SourceNetwork  # noqa: E402
from jianwen.counting.source import _BilinearDeconvolution  # noqa: E402
from jianwen.counting.trunk import _SameConv  # noqa: E402
from jianwen.errors import UnreadableFile, WeightsDamaged, WeightsUnfit  # noqa: E402

# The numbers of torchvision's resnet50: parameters without its classifier, and some keys with their shapes.
RESNET50_PARAMETERS = 25_557_032 - (2048 * 1000 + 1000)
RESNET50_KEYS = {
    "conv1.weight": (64, 3, 7, 7),
    "bn1.running_var": (64,),
    "layer1.0.downsample.0.weight": (256, 64, 1, 1),
    "layer1.0.downsample.1.running_mean": (256,),
    "layer2.3.conv2.weight": (128, 128, 3, 3),
    "layer3.5.bn3.bias": (1024,),
    "layer4.0.downsample.0.weight": (2048, 1024, 1, 1),
    "layer4.2.conv3.weight": (2048, 512, 1, 1),
}
LITE0_PARAMETERS = 4_652_008 - (1280 * 1000 + 1000) - (320 * 1280 + 2 * 1280)  # without head convolution and classifier
IMAGENET = Path.home() / ".cache/jianwen" / "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def parameters(model: Any) -> int:
    return sum(value.numel() for value in model.parameters())


def test_the_source_joins_3584_channels() -> None:
    """1024 of layer3, 2048 of layer4, 512 of layer2, in this order, at stride 16; then one number an image."""
    network = SourceNetwork(SourceConfig()).eval()
    maps = {
        8: torch.full((1, 512, 8, 8), 3.0),
        16: torch.full((1, 1024, 4, 4), 1.0),
        32: torch.full((1, 2048, 2, 2), 2.0),
    }
    joined = network.join(maps)
    assert joined.shape == (1, 3584, 4, 4)
    assert network.joined == 3584
    assert (joined[:, :1024] == 1).all()
    assert (joined[:, 1024:3072] == 2).all()
    assert (joined[:, 3072:] == 3).all()
    head: Any = network.head
    assert (head[0].weight.shape, head[0].padding, head[-1].weight.shape) == ((256, 3584, 2, 2), (1, 1), (1, 256))
    assert [type(part).__name__ for part in head] == [
        "Conv2d", "BatchNorm2d", "ReLU", "AdaptiveAvgPool2d", "Flatten", "Linear",
    ]  # fmt: skip
    with torch.inference_mode():
        assert network(torch.rand(2, 3, 64, 64)).shape == (2,)


def test_the_fine_map_is_max_pooled() -> None:
    """Of four neighbours at stride 8 the largest arrives at stride 16."""
    network = SourceNetwork(SourceConfig(width=0.125, depths=(1, 1, 1, 1)))
    channels = network.trunk.channels
    fine = torch.arange(16.0).view(1, 1, 4, 4).expand(1, channels[8], 4, 4)
    joined = network.join({8: fine, 16: torch.zeros(1, channels[16], 2, 2), 32: torch.zeros(1, channels[32], 1, 1)})
    assert joined[0, -1].tolist() == [[5, 7], [13, 15]]


@pytest.mark.parametrize("side", [96, 100, 130])
@pytest.mark.parametrize("upsampling", ["bilinear", "transposed"])
def test_odd_sides_and_both_upsamplings_work(side: int, upsampling: str) -> None:
    """A picture whose sides are no multiples of 32 goes through a reduced network all the same."""
    config = SourceConfig(width=0.125, depths=(1, 1, 1, 1), upsampling=upsampling)  # type: ignore[arg-type]
    with torch.inference_mode():
        assert torch.isfinite(SourceNetwork(config).eval()(torch.rand(1, 3, side, side))).all()


def test_learned_upsampling_starts_bilinear() -> None:
    """Inside the border it equals bilinear interpolation until it has learned otherwise."""
    coarse = torch.rand(1, 8, 6, 6)
    with torch.inference_mode():
        learned = _BilinearDeconvolution(8)(coarse)
    even = F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
    assert torch.allclose(learned[..., 1:-1, 1:-1], even[..., 1:-1, 1:-1], atol=1e-6)


def test_resnet_is_torchvisions_in_keys_and_size() -> None:
    """Keys, shapes and the number of parameters are those of the public resnet50; layers stride as they should."""
    network = ResNet()
    state = network.state_dict()
    assert parameters(network) == RESNET50_PARAMETERS
    assert {key: tuple(state[key].shape) for key in RESNET50_KEYS} == RESNET50_KEYS
    with torch.inference_mode():
        maps = network.eval()(torch.rand(1, 3, 64, 96))
    shapes = {stride: tuple(value.shape[1:]) for stride, value in maps.items()}
    assert shapes == {4: (256, 16, 24), 8: (512, 8, 12), 16: (1024, 4, 6), 32: (2048, 2, 3)}


def test_a_torchvision_state_dict_loads(tmp_path: Path) -> None:
    """With its classifier and without the counters of old files; each tensor arrives."""
    small = {"width": 0.25, "depths": (1, 1, 1, 1)}
    torch.manual_seed(5)
    theirs = ResNet(**small).state_dict()  # type: ignore[arg-type]
    stored = {key: value for key, value in theirs.items() if not key.endswith("num_batches_tracked")}
    torch.save(stored | {"fc.weight": torch.zeros(1000, 8), "fc.bias": torch.zeros(1000)}, tmp_path / "resnet.pth")
    ours = ResNet(**small)  # type: ignore[arg-type]
    ours.load_pretrained(tmp_path / "resnet.pth")
    assert all(torch.equal(ours.state_dict()[key], value) for key, value in stored.items())


@pytest.mark.parametrize("spoil", ["missing", "extra", "shape", "no dict", "no file", "words"])
@pytest.mark.parametrize("make", [lambda: ResNet(width=0.125, depths=(1, 1, 1, 1)), lambda: Lite0(deepest=8)])
def test_another_networks_file_is_refused(tmp_path: Path, spoil: str, make: type[Lite0]) -> None:
    """A file with other keys or shapes, no state dict, or no such file: one line, and the network stays as it was."""
    network = make()
    path = tmp_path / "some.pth"
    state = dict(network.state_dict())
    first = next(iter(state))
    if spoil == "missing":
        del state[first]
    elif spoil == "extra":
        state["layer9.weight"] = torch.zeros(1)
    elif spoil == "shape":
        state[first] = torch.zeros(2, 2)
    if spoil == "words":
        path.write_text("no weights at all", encoding="utf-8")
    elif spoil != "no file":
        torch.save([1, 2] if spoil == "no dict" else state, path)
    unread = {"no file": UnreadableFile, "words": WeightsUnfit, "no dict": WeightsUnfit}
    with pytest.raises(unread.get(spoil, WeightsDamaged), match=r"some\.pth"):
        network.load_pretrained(path)


def test_lite0_has_the_published_size() -> None:
    """Without head and classifier the parameters are those of the paper's network; maps come at their strides."""
    network = Lite0().eval()
    assert parameters(network) == LITE0_PARAMETERS
    with torch.inference_mode():
        maps = network(torch.rand(1, 3, 64, 96))
    shapes = {stride: tuple(value.shape[1:]) for stride, value in maps.items()}
    assert shapes == {4: (24, 16, 24), 8: (40, 8, 12), 16: (112, 4, 6), 32: (320, 2, 3)}


def test_a_shallow_trunk_is_the_beginning_of_the_deep_one(tmp_path: Path) -> None:
    """Cut at stride 16, it loads the whole network's file and gives the same maps."""
    whole = Lite0().eval()
    torch.save(
        whole.state_dict() | {"_conv_head.weight": torch.zeros(1), "_fc.bias": torch.zeros(1)}, tmp_path / "w.pth"
    )
    cut = Lite0(deepest=16).eval()
    cut.load_pretrained(tmp_path / "w.pth")
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        deep, shallow = whole(image), cut(image)
    assert set(shallow) == {4, 8, 16}
    assert all(torch.equal(shallow[stride], deep[stride]) for stride in shallow)


def test_same_padding_is_uneven_at_stride_two() -> None:
    """As TensorFlow pads: with a 3×3 of ones, the first output sees rows 0–2, the last one sees the border."""
    convolution = _SameConv(1, 1, kernel=3, stride=2)
    torch.nn.init.ones_(convolution.weight)
    image = torch.zeros(1, 1, 4, 4)
    image[..., 0, 0] = 1
    image[..., 3, 3] = 10
    with torch.inference_mode():
        assert convolution(image)[0, 0].tolist() == [[1, 0], [0, 10]]


def test_packaged_imagenet_weights_load() -> None:
    """The file of the catalogue fits the trunk, and its first filters are alive."""
    path = IMAGENET / "efficientnet-lite0-57934424.pth"
    if not path.is_file():
        pytest.skip("efficientnet-lite0 is not on this box; `jianwen models pull efficientnet-lite0`")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == IMAGENET.name
    network = Lite0().eval()
    network.load_pretrained(path)
    with torch.inference_mode():
        maps = network(torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)))
    assert all(0.01 < value.std() < 100 for value in maps.values())


@pytest.mark.parametrize("head", ["peaks", "classes"])
@pytest.mark.parametrize("trunk", ["lite0", "resnet50"])
@pytest.mark.parametrize("deepest", [16, 32])
def test_the_counter_gives_counts_and_density(head: str, trunk: str, deepest: int) -> None:
    """Logits over 0–22 for each image, and a density at stride 8 that is nowhere negative."""
    config = CounterConfig(size_px=64, head=head, trunk=trunk, trunk_width=0.125, deepest=deepest, neck=16)  # type: ignore[arg-type]
    with torch.inference_mode():
        logits, density = CounterNetwork(config).eval()(torch.rand(2, 3, 64, 96))
    assert logits.shape == (2, 23)
    assert density.shape == (2, 1, 8, 12)
    assert density.min() >= 0


def test_the_peaks_are_counted() -> None:
    """Untrained, the head says as many as there are clear peaks, and its probabilities sum to 1 as they are."""
    head = CounterNetwork(CounterConfig(neck=16)).eval().head
    with torch.inference_mode():
        for count in (0, 1, 7, 22):
            heat = torch.full((1, 1, 16, 16), -8.0)
            for ball in range(count):  # two cells apart they stay two
                heat[0, 0, 1 + 2 * (ball // 8), 1 + 2 * (ball % 8)] = 6.0
            logits = head(heat, torch.zeros(1, 16))
            assert logits.argmax().item() == count
            assert logits.exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_an_untrained_counter_is_modest() -> None:
    """The density starts near nothing, so that the first steps are not spent on shrinking it."""
    with torch.inference_mode():
        _, density = CounterNetwork(CounterConfig()).eval()(torch.rand(1, 3, 320, 320))
    assert density.sum() < 1
