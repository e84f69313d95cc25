"""Loads official weights strictly: every key and shape, or a refusal that names what is missing and what is surplus.

The size and the version are told from the keys, which may be the official ones or those of Hugging Face's files. Runs
no code from the file. Does not fetch: that is the weights' room.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import torch

from jianwen.errors import WeightsUnfit
from jianwen.tracking.config import BUILT_IN, TrackerConfig
from jianwen.tracking.huggingface import official
from jianwen.tracking.network import TrackerNetwork
from jianwen.tracking.safetensors import SUFFIX, read_safetensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

__all__ = ["empty_network", "load_checkpoint", "recognise"]

_NAMED = 5  # keys that a refusal spells out
_PATCHES = "image_encoder.trunk.patch_embed.proj.weight"
_ABSENT = "no_obj_embed_spatial"  # only in 2.1


def load_checkpoint(
    path: Path, *, config: TrackerConfig | None = None, picture_px: int | None = None
) -> TrackerNetwork:
    """The network of a `.pt` or `.safetensors` file, ready to run.

    Args:
        path: a file of the eight official ones, or of our own with its `config`.
        config: what the file must hold; None tells it from the keys.
        picture_px: another side for the picture than the config's.

    Raises:
        WeightsUnfit: the file is missing, damaged, or holds another network.
    """
    if not path.is_file():
        raise _unusable(path, "there is no such file", "没有这个文件")
    state = official(_read(path))
    config = config or recognise(state)
    network = empty_network(config.at(picture_px) if picture_px else config)
    _check(path, state, network.state_dict())
    network.load_state_dict({name: value.float() for name, value in state.items()}, strict=True, assign=True)
    return network.eval().requires_grad_(requires_grad=False)


def recognise(state: Mapping[str, Tensor]) -> TrackerConfig:
    """The built-in config that a state dict comes nearest to, by the trunk's width and number of blocks."""
    version = "2.1" if _ABSENT in state else "2.0"
    width = state[_PATCHES].shape[0] if _PATCHES in state else 0
    blocks = len({name.split(".")[3] for name in state if name.startswith("image_encoder.trunk.blocks.")})
    near = [config for config in BUILT_IN.values() if config.version == version]
    return min(near, key=lambda config: (config.embed_dim != width, abs(sum(config.depths) - blocks)))


def empty_network(config: TrackerConfig) -> TrackerNetwork:
    """A network without numbers: shapes only, no memory taken."""
    with torch.device("meta"):
        return TrackerNetwork(config)


def _read(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == SUFFIX:
            return read_safetensors(path)
        loaded: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (ValueError, RuntimeError, pickle.UnpicklingError, EOFError, KeyError, AttributeError, OSError) as exc:
        why = str(exc) if path.suffix == SUFFIX else "it is damaged, or holds more than numbers"
        raise _unusable(path, why, "文件已损坏，或含有权重以外的内容") from exc
    state = loaded.get("model", loaded) if isinstance(loaded, dict) else None
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise _unusable(path, "it holds no table of weights", "其中没有权重表")
    return {str(name): value for name, value in state.items()}


def _check(path: Path, state: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    missing = [name for name in wanted if name not in state]
    surplus = [name for name in state if name not in wanted]
    changed = [
        f"{name} is {tuple(state[name].shape)} instead of {tuple(value.shape)}"
        for name, value in wanted.items()
        if name in state and state[name].shape != value.shape
    ]
    parts = [("missing", "缺少", missing), ("surplus", "多余", surplus), ("of another shape", "形状不符", changed)]
    wrong = [(en, zh, names) for en, zh, names in parts if names]
    if wrong:
        en = "; ".join(f"{len(names)} {kind}: {_some(names)}" for kind, _, names in wrong)
        zh = "；".join(f"{kind} {len(names)} 项：{_some(names)}" for _, kind, names in wrong)
        raise _unusable(path, f"it is not a tracker's ({en})", f"内容不是跟踪网络（{zh}）")


def _some(names: list[str]) -> str:
    shown = ", ".join(name[:120] for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown}, …"


def _unusable(path: Path, why: str, why_zh: str) -> WeightsUnfit:
    return WeightsUnfit(
        name=path.name,
        detail=why,
        detail_zh=why_zh,
        remedy="Fetch them again, or name another file",
        remedy_zh="请重新下载，或指定其他文件",
    )
