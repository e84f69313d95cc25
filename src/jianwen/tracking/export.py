"""A tracking network → a model folder: five ONNX graphs, checked against torch, and what they are.

Free are the numbers of objects, memories, pointers and points; the picture's side is fixed, since a graph for any side
would run a small network's encoder at half the speed. Attention becomes one node of ONNX Runtime's own kind.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from jianwen.errors import BadRequest
from jianwen.tracking.modelfolder import DESCRIPTION, write_description
from jianwen.tracking.onnxgraphs import OnnxGraphs
from jianwen.tracking.ports import GRAPHS, ports
from jianwen.tracking.quantise import QUANTISED, quantise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwen.tracking.network import TrackerNetwork
    from jianwen.tracking.ports import Ports

__all__ = ["export_tracker"]

OPSET = 18
TOLERANCE = 1e-4  # between torch and ONNX Runtime, relative to 1 or to an output's largest value
INT8_TOLERANCE = 0.1  # the same, of graphs in 8 bits
_TRACED = {"n": 2, "r": 2, "q": 2, "m": 3, "p": 4, "k": 2}
_CHECKED = ({"n": 1, "r": 1, "q": 1, "m": 1, "p": 1, "k": 1}, {"n": 3, "r": 1, "q": 1, "m": 2, "p": 5, "k": 3})
_ORDER = ("condense", "encode", "memorise", "attend", "decode")  # so that each can take what those before it gave


def export_tracker(network: TrackerNetwork, folder: Path, *, made_of: str = "", int8: bool = False) -> float:
    """Write the model folder, whole or not at all; the largest difference between torch and ONNX Runtime.

    An older model in the folder is replaced. With `int8` most products are in 8 bits, see `quantise.py`.

    Raises:
        BadRequest: the folder holds something else, or the two disagree; nothing is written.
    """
    folder = folder.absolute()
    _check_place(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        fresh.chmod(0o755)  # temporary folders are for their maker alone
        differs = _filled(fresh, network.eval(), made_of, int8=int8)
        _put(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return differs


def _filled(folder: Path, network: TrackerNetwork, made_of: str, *, int8: bool) -> float:
    network = network.to(torch.float32)
    everything = ports(network.config)
    graphs = {name: _Graph(network, step) for name, step in _steps(network).items()}
    for name in GRAPHS:
        _write(graphs[name], everything[name], folder / f"{name}.onnx")
        if int8 and name in QUANTISED:
            quantise(folder / f"{name}.onnx", network.config)
    constants = {"no_memory": network.no_mem_embed, "no_pointer": network.no_obj_ptr}
    arrays = {name: value.detach().reshape(-1).numpy() for name, value in constants.items()}
    write_description(folder, network.config, made_of=made_of, **arrays)
    found = _differences(graphs, everything, folder)
    differs = float(np.max(list(found.values())))
    most = {name: INT8_TOLERANCE if int8 and name in QUANTISED else TOLERANCE for name in GRAPHS}
    if not all(found[name] <= most[name] for name in GRAPHS):  # also where it is not a number
        raise BadRequest(
            detail=f"ONNX Runtime differs from torch by {differs:.1e}, so nothing was written. Use other weights.",
            detail_zh=f"ONNX Runtime 与 torch 的结果相差 {differs:.1e}，因此没有写出文件。请换用其他权重。",
        )
    return differs


class _Graph(nn.Module):
    """One step of the network as a module of its own, arrays in and arrays out."""

    def __init__(self, network: TrackerNetwork, step: Callable[..., Any]) -> None:
        super().__init__()
        self._network, self._step = network, step

    def forward(self, *parts: Tensor) -> Any:
        return self._step(*parts)


def _steps(network: TrackerNetwork) -> dict[str, Callable[..., Any]]:
    """By graph; each takes and gives what `ports` says, in that order."""

    def decode(cells: Tensor, *parts: Tensor) -> tuple[Tensor, ...]:
        skip4, skip8, places, labels, mask, has_mask = parts
        drawn, pointers = network.decode_perhaps(cells, (skip4, skip8), (places, labels), mask, has_mask)
        return drawn.masks, drawn.qualities, pointers, drawn.presence[:, 0]

    def memorise(cells: Tensor, masks: Tensor, is_prompted: Tensor, presence: Tensor) -> Tensor:
        return network.memorise(cells, masks, is_prompted, presence[:, None])

    return {
        "encode": network.encode,
        "attend": network.attend,
        "decode": decode,
        "condense": network.condense,
        "memorise": memorise,
    }


def _example(wanted: Ports, lengths: dict[str, int], seed: int) -> list[Tensor]:
    chance = torch.Generator().manual_seed(seed)
    example: list[Tensor] = []
    for port in wanted.takes:
        shape = [lengths[length] if isinstance(length, str) else length for length in port.shape]
        if port.name in {"labels", "has_mask"} or port.kind != "float":
            whole = torch.randint(0, 2, shape, generator=chance)
            example.append(whole.to({"float": torch.float32, "int64": torch.int64, "bool": torch.bool}[port.kind]))
        else:
            example.append(torch.randn(shape, generator=chance))
    return example


def _write(graph: nn.Module, wanted: Ports, path: Path) -> None:
    free = {
        port.name: {axis: length for axis, length in enumerate(port.shape) if isinstance(length, str)}
        for port in (*wanted.takes, *wanted.gives)
    }
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the exporter warns of its own age, and of lengths that are fixed on purpose
        torch.onnx.export(
            graph,
            tuple(_example(wanted, _TRACED, 0)),
            str(path),
            input_names=[port.name for port in wanted.takes],
            output_names=[port.name for port in wanted.gives],
            dynamic_axes=free,
            opset_version=OPSET,
            dynamo=False,
        )


def _differences(graphs: dict[str, _Graph], everything: dict[str, Ports], folder: Path) -> dict[str, float]:
    """The largest of each graph, as a share of an output's largest value where that is over 1.

    Each graph gets what torch's graphs before it gave, as in a session: on noise in place of a map the decoder makes
    thousandths of the last bit, in torch and in ONNX Runtime alike.
    """
    opened, found = OnnxGraphs(folder, threads=torch.get_num_threads()), dict.fromkeys(GRAPHS, 0.0)
    for seed, lengths in enumerate(_CHECKED):
        known: dict[str, Tensor] = {}
        for name in _ORDER:
            takes = everything[name].takes
            example = dict(zip((port.name for port in takes), _example(everything[name], lengths, seed), strict=True))
            example |= {each: _cut(value, example[each]) for each, value in known.items() if each in example}
            ours = _said(graphs[name], list(example.values()))
            theirs = opened.run(name, **{each: value.numpy() for each, value in example.items()})
            for mine, other in zip(ours, theirs, strict=True):
                apart = np.abs(mine.numpy() - other).max() / max(1.0, float(mine.abs().max()))
                found[name] = float(np.maximum(found[name], apart))  # stays what is not a number
            known |= _handed_on(name, ours)
    return found


def _said(graph: _Graph, example: list[Tensor]) -> Sequence[Tensor]:
    with torch.inference_mode():
        said = graph(*example)
    return said if isinstance(said, tuple) else (said,)


def _handed_on(name: str, said: Sequence[Tensor]) -> dict[str, Tensor]:
    """What a graph gives, by the names under which the next ones take it."""
    if name == "encode":
        return dict(zip(("cells", "skip4", "skip8"), said, strict=True))
    if name == "memorise":
        return {"maps": said[0].unsqueeze(1)}
    return {"cells": said[0]} if name == "attend" else {}


def _cut(value: Tensor, like: Tensor) -> Tensor:
    """As many rows as are wanted, the first ones again where there are too few."""
    for axis, length in enumerate(like.shape):
        value = value.index_select(axis, torch.arange(length) % value.shape[axis])
    return value


def _check_place(folder: Path) -> None:
    ours = {DESCRIPTION, *(f"{graph}.onnx" for graph in GRAPHS)}
    is_free = not folder.exists() or (folder.is_dir() and {path.name for path in folder.iterdir()} <= ours)
    if not is_free:
        raise BadRequest(
            detail=f"{folder.name} holds something else than a tracker model. Name a new folder.",
            detail_zh=f"{folder.name} 中有跟踪模型以外的内容。请指定一个新文件夹。",
        )


def _put(fresh: Path, folder: Path) -> None:
    """Two renames at most: whoever opens the folder finds the old model or the new one, or for a moment none."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = fresh.with_name(f"{fresh.name}-old")
    folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old)
