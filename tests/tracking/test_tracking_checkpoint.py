"""Official weights load strictly or not at all. The official files' keys and shapes are known by their digests."""

from __future__ import annotations

import hashlib
import json
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")

from jianwen.errors import WeightsUnfit  # noqa: E402 - after the check for torch
from jianwen.tracking import BUILT_IN, TrackerConfig, built_in  # noqa: E402
from jianwen.tracking.huggingface import official  # noqa: E402
from jianwen.tracking.learning import TrackerNetwork, empty_network, load_checkpoint, recognise  # noqa: E402

if TYPE_CHECKING:
    from torch import Tensor

GOLDEN = Path(__file__).parent / "golden" / "keys.json"
OFFICIAL = sorted(key for key in BUILT_IN if "nano" not in key[0])
NANO = built_in("nano").at(64)


@pytest.fixture(scope="module")
def nano_state() -> dict[str, Tensor]:
    return TrackerNetwork(NANO).state_dict()


def safetensors_bytes(state: dict[str, Tensor]) -> bytes:
    """As the format's description says: length, header, numbers."""
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, value in state.items():
        raw = value.contiguous().numpy().tobytes()
        ends = [len(body), len(body) + len(raw)]
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": ends}  # type: ignore[dict-item]
        body += raw
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


@pytest.mark.parametrize(("size", "version"), OFFICIAL)
def test_every_official_size_has_the_official_keys_and_shapes(size: str, version: str) -> None:
    """All eight networks name their tensors as the official files do, with the same shapes, none more, none less."""
    state = empty_network(built_in(size, version=version)).state_dict()
    lines = "\n".join(f"{name} {list(state[name].shape)}" for name in sorted(state))
    wanted = json.loads(GOLDEN.read_text(encoding="utf-8"))[f"{size} {version}"]
    assert len(state) == wanted["tensors"]
    assert hashlib.sha256(lines.encode()).hexdigest() == wanted["sha256"]


@pytest.mark.parametrize(
    ("size", "parameters"),
    [("tiny", 38_962_754), ("small", 46_060_610), ("base_plus", 80_850_434), ("large", 224_446_898)],
)
def test_the_sizes_have_the_known_number_of_parameters(size: str, parameters: int) -> None:
    """Version 2.1's parameters, the random directions of the prompt encoder counted in."""
    assert sum(prod(value.shape) for value in empty_network(built_in(size)).state_dict().values()) == parameters


@pytest.mark.parametrize(("size", "version"), OFFICIAL)
def test_size_and_version_are_told_from_the_keys(size: str, version: str) -> None:
    """Nobody has to say which of the eight files it is."""
    assert recognise(empty_network(built_in(size, version=version)).state_dict()) == built_in(size, version=version)


def test_only_21_knows_the_time_of_pointers_and_how_absence_looks() -> None:
    """The three tensors that tell the versions apart."""
    new, old = (set(empty_network(built_in("tiny", version=version)).state_dict()) for version in ("2.1", "2.0"))
    assert new - old == {"no_obj_embed_spatial", "obj_ptr_tpos_proj.weight", "obj_ptr_tpos_proj.bias"}
    assert not old - new


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_both_formats_load_to_the_same_numbers(tmp_path: Path, nano_state: dict[str, Tensor], suffix: str) -> None:
    """A file as the official ones are, and a safetensors file, give the network back that was saved."""
    path = tmp_path / f"nano{suffix}"
    if suffix == ".pt":
        torch.save({"model": nano_state}, path)
    else:
        path.write_bytes(safetensors_bytes(nano_state))
    loaded = load_checkpoint(path, picture_px=96)
    assert loaded.config == NANO.at(96)
    assert all(torch.equal(value, nano_state[name]) for name, value in loaded.state_dict().items())
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_another_networks_file_is_refused_with_what_is_missing_and_what_is_surplus(
    tmp_path: Path, nano_state: dict[str, Tensor]
) -> None:
    """One line names how many keys are missing, surplus and of another shape, and the first of each."""
    changed = {name: value for name, value in nano_state.items() if name != "no_obj_ptr"}
    changed["head.weight"] = changed["no_mem_embed"] = torch.zeros(3)
    torch.save(changed, tmp_path / "nano.pt")
    with pytest.raises(WeightsUnfit) as refused:
        load_checkpoint(tmp_path / "nano.pt")
    said = str(refused.value)
    assert "1 missing: no_obj_ptr" in said
    assert "1 surplus: head.weight" in said
    assert "1 of another shape: no_mem_embed is (3,) instead of (1, 1, 64)" in said
    assert "\n" not in said
    assert "缺少 1 项" in refused.value.text("zh")


class Evil:
    """Would make a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return (Path.touch, (self.path,))


def test_a_file_that_would_run_a_program_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    """Weights are numbers; anything else in the file is never carried out."""
    torch.save({"model": Evil(tmp_path / "touched")}, tmp_path / "evil.pt")
    with pytest.raises(WeightsUnfit, match="cannot be used"):
        load_checkpoint(tmp_path / "evil.pt")
    assert not (tmp_path / "touched").exists()


def bad_files(state: dict[str, Tensor]) -> dict[str, bytes]:
    whole = safetensors_bytes(state)
    entry = b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'
    return {
        "empty.pt": b"",
        "text.pt": b"not weights at all",
        "empty.safetensors": b"",
        "cut.safetensors": whole[: len(whole) // 2],
        "long.safetensors": (2**60).to_bytes(8, "little") + b"{}",
        "list.safetensors": (2).to_bytes(8, "little") + b"[]",
        "short.safetensors": len(entry).to_bytes(8, "little") + entry,
        "kind.safetensors": len(entry).to_bytes(8, "little") + entry.replace(b"F32", b"F99") + bytes(16),
        "minus.safetensors": (len(entry) + 1).to_bytes(8, "little") + entry.replace(b"[4]", b"[-4]") + bytes(16),
    }


def test_damaged_files_are_refused_in_one_line(tmp_path: Path, nano_state: dict[str, Tensor]) -> None:
    """Empty, cut short, too long a header, shapes that do not fit: each is a sentence, never a crash."""
    for name, content in bad_files(nano_state).items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WeightsUnfit, match=f"{name} cannot be used") as refused:
            load_checkpoint(tmp_path / name)
        assert "\n" not in str(refused.value)
    with pytest.raises(WeightsUnfit, match="there is no such file"):
        load_checkpoint(tmp_path / "none.pt")


def test_our_own_small_network_is_small() -> None:
    """The built-in nano size has between half a million and two million parameters."""
    config: TrackerConfig = built_in("nano")
    count = sum(prod(value.shape) for value in empty_network(config).state_dict().values())
    assert 500_000 <= count <= 2_000_000


# One name of each part of the network in Hugging Face's files, and the official one.
THEIRS = {
    "vision_encoder.backbone.patch_embed.projection.weight": "image_encoder.trunk.patch_embed.proj.weight",
    "vision_encoder.backbone.blocks.3.attn.proj.bias": "image_encoder.trunk.blocks.3.attn.proj.bias",
    "vision_encoder.backbone.blocks.3.layer_norm1.bias": "image_encoder.trunk.blocks.3.norm1.bias",
    "vision_encoder.backbone.blocks.3.mlp.proj_in.weight": "image_encoder.trunk.blocks.3.mlp.layers.0.weight",
    "vision_encoder.backbone.blocks.3.mlp.proj_out.weight": "image_encoder.trunk.blocks.3.mlp.layers.1.weight",
    "vision_encoder.neck.convs.2.weight": "image_encoder.neck.convs.2.conv.weight",
    "prompt_encoder.shared_embedding.positional_embedding": (
        "sam_prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"
    ),
    "prompt_encoder.mask_embed.conv3.bias": "sam_prompt_encoder.mask_downscaling.6.bias",
    "prompt_encoder.mask_embed.layer_norm2.bias": "sam_prompt_encoder.mask_downscaling.4.bias",
    "mask_decoder.upscale_conv2.weight": "sam_mask_decoder.output_upscaling.3.weight",
    "mask_decoder.upscale_layer_norm.weight": "sam_mask_decoder.output_upscaling.1.weight",
    "mask_decoder.iou_prediction_head.proj_in.weight": "sam_mask_decoder.iou_prediction_head.layers.0.weight",
    "mask_decoder.iou_prediction_head.layers.0.weight": "sam_mask_decoder.iou_prediction_head.layers.1.weight",
    "mask_decoder.pred_obj_score_head.proj_out.bias": "sam_mask_decoder.pred_obj_score_head.layers.2.bias",
    "mask_decoder.output_hypernetworks_mlps.3.layers.0.bias": (
        "sam_mask_decoder.output_hypernetworks_mlps.3.layers.1.bias"
    ),
    "mask_decoder.transformer.layers.1.mlp.proj_out.bias": "sam_mask_decoder.transformer.layers.1.mlp.layers.1.bias",
    "mask_decoder.transformer.layers.0.self_attn.o_proj.bias": (
        "sam_mask_decoder.transformer.layers.0.self_attn.out_proj.bias"
    ),
    "mask_decoder.transformer.layer_norm_final_attn.bias": "sam_mask_decoder.transformer.norm_final_attn.bias",
    "memory_attention.layer_norm.weight": "memory_attention.norm.weight",
    "memory_attention.layers.1.cross_attn_image.k_proj.weight": (
        "memory_attention.layers.1.cross_attn_image.k_proj.weight"
    ),
    "memory_encoder.projection.bias": "memory_encoder.out_proj.bias",
    "memory_encoder.feature_projection.bias": "memory_encoder.pix_feat_proj.bias",
    "memory_encoder.memory_fuser.layers.1.scale": "memory_encoder.fuser.layers.1.gamma",
    "memory_encoder.memory_fuser.layers.1.depthwise_conv.bias": "memory_encoder.fuser.layers.1.dwconv.bias",
    "memory_encoder.memory_fuser.layers.1.pointwise_conv2.bias": "memory_encoder.fuser.layers.1.pwconv2.bias",
    "memory_encoder.mask_downsampler.layers.2.conv.bias": "memory_encoder.mask_downsampler.encoder.6.bias",
    "memory_encoder.mask_downsampler.layers.2.layer_norm.bias": "memory_encoder.mask_downsampler.encoder.7.bias",
    "memory_encoder.mask_downsampler.final_conv.bias": "memory_encoder.mask_downsampler.encoder.12.bias",
    "object_pointer_proj.proj_out.bias": "obj_ptr_proj.layers.2.bias",
    "temporal_positional_encoding_projection_layer.bias": "obj_ptr_tpos_proj.bias",
    "memory_temporal_positional_encoding": "maskmem_tpos_enc",
    "occlusion_spatial_embedding_parameter": "no_obj_embed_spatial",
    "no_memory_embedding": "no_mem_embed",
    "no_memory_positional_encoding": "no_mem_pos_enc",
    "no_object_pointer": "no_obj_ptr",
    "mask_downsample.bias": "mask_downsample.bias",
}


def test_hugging_faces_names_are_understood() -> None:
    """Each part of the network has its official name again, and the four kinds of points are four tensors."""
    ones = {name: torch.full((1,), index) for index, name in enumerate(THEIRS)}
    points = torch.randn(4, 8)
    found = official(ones | {"prompt_encoder.point_embed.weight": points})
    for index, ours in enumerate(THEIRS.values()):
        assert found[ours].item() == index
    assert len(found) == len(THEIRS) + 4
    rows = [found[f"sam_prompt_encoder.point_embeddings.{row}.weight"] for row in range(4)]
    assert torch.equal(torch.cat(rows), points)


def test_directions_that_are_kept_twice_are_one(nano_state: dict[str, Tensor]) -> None:
    """Some of those files hold the prompt encoder's directions under a second name; official names stay as they are."""
    twice = {name: torch.ones(2, 4) for name in ("shared_image_embedding.positional_embedding", *list(THEIRS)[6:7])}
    assert len(official(twice | {"vision_encoder.backbone.pos_embed": torch.ones(1)})) == 2
    assert official(nano_state).keys() == nano_state.keys()
