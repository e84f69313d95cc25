"""The five graphs run by ONNX Runtime, from a model folder. No torch.

Does not look into the folder itself: `modelfolder.py` does. Does not write one: `export.py` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.errors import BadRequest, WeightsNotShipped
from jianwen.tracking.graphs import Cells, Decoded, Features, Floats, Recalled
from jianwen.tracking.modelfolder import packaged, read_description, read_graph, unfit
from jianwen.tracking.ports import GRAPHS, ports

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.tracking.ports import Port, Ports

__all__ = ["OnnxGraphs", "open_graphs"]

_SHIPPED = "ball-nano"
_AT_ONCE = 2**20  # weights of an object's attention up to which all go in one pass: more crowd each other out of caches
_CHECKPOINTS = (".pt", ".pth", ".safetensors")


def open_graphs(path: Path | None = None, *, threads: int = 2) -> OnnxGraphs:
    """A tracker that runs: the model folder's, or the shipped one.

    Raises:
        WeightsNotShipped: no folder is named, and this installation has none.
        BadRequest: a file with weights is named, which must be converted first.
        WeightsUnfit: the folder is missing, damaged, or no tracker model.
    """
    if path is None:
        path = packaged(_SHIPPED)
        if not path.is_dir():
            raise WeightsNotShipped(name=_SHIPPED, detail=f"looked in {path.parent}")
    if path.suffix in _CHECKPOINTS and not path.is_dir():
        raise BadRequest(
            detail=f"{path.name} holds weights, not a model that runs. Convert it once: "
            f"`jianwen models convert {path.name} --out FOLDER`, then name that folder.",
            detail_zh=f"{path.name} 只是权重，不能直接运行。请先转换一次："
            f"`jianwen models convert {path.name} --out 文件夹`，再指定该文件夹。",
        )
    if not path.is_dir():
        raise unfit(path, "there is no such folder", "没有这个文件夹")
    return OnnxGraphs(path, threads=threads)


class OnnxGraphs:
    """`Graphs` of a model folder. May be used by several threads at once."""

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        said = read_description(folder)
        self.config, self.no_memory, self.no_pointer = said.config, said.no_memory, said.no_pointer
        self.made_of = said.made_of
        self._folder = folder
        wanted = ports(said.config)
        self._runs = {name: _opened(folder, name, read_graph(folder, name, said), threads) for name in GRAPHS}
        for name in GRAPHS:
            _check(folder, name, self._runs[name], wanted[name])
        self._heard = {name: {port.name for port in wanted[name].takes if port.is_heard} for name in GRAPHS}
        mask = said.config.mask_px
        self._no_mask = np.zeros((1, 1, mask, mask), np.float32), np.zeros(1, np.float32)

    def encode(self, picture: Floats) -> Features:
        side = self.config.picture_px
        if picture.shape[1:] != (3, side, side):
            raise BadRequest(
                detail=f"This tracker takes pictures of {side} x {side} pixels. Convert with --size for another side.",
                detail_zh=f"该跟踪模型只接受 {side}×{side} 像素的画面。需要其他边长时，请用 --size 重新转换。",
            )
        return Features(*self.run("encode", picture=picture))

    def attend(self, cells: Cells, recalled: Recalled) -> Cells:
        parts = {name: getattr(recalled, name) for name in ("maps", "rows", "pointers", "times")}
        objects, memories, height, width = (recalled.maps.shape[axis] for axis in (0, 1, -2, -1))
        if objects < 2 or memories * (height * width) ** 2 <= _AT_ONCE:
            return self.run("attend", cells=cells, **parts)[0]
        own = np.broadcast_to(cells, (objects, *cells.shape[1:]))
        alone = [slice(index, index + 1) for index in range(objects)]
        seen = [
            self.run("attend", cells=own[one], **{name: part[one] for name, part in parts.items()}) for one in alone
        ]
        return np.concatenate([part for (part,) in seen])

    def decode(self, cells: Cells, features: Features, places: Floats, labels: Floats, mask: Floats | None) -> Decoded:
        mask, has_mask = self._no_mask if mask is None else (mask, np.ones(len(mask), np.float32))
        found = self.run(
            "decode",
            cells=cells,
            skip4=features.skip4,
            skip8=features.skip8,
            places=places,
            labels=labels,
            mask=mask,
            has_mask=has_mask,
        )
        return Decoded(*found)

    def condense(self, masks: Floats) -> Floats:
        (hints,) = self.run("condense", masks=masks)
        return hints

    def memorise(self, cells: Cells, masks: Floats, is_prompted: NDArray[np.bool_], presence: Floats) -> Floats:
        (maps,) = self.run("memorise", cells=cells, masks=masks, is_prompted=is_prompted, presence=presence)
        return maps

    def run(self, graph: str, **arrays: NDArray[Any]) -> list[Floats]:
        """One graph by name, with the inputs that `ports` says."""
        heard = self._heard[graph]
        feed = {name: np.ascontiguousarray(array) for name, array in arrays.items() if name in heard}
        try:
            return list(self._runs[graph].run(None, feed))
        except Exception as exc:  # ONNX Runtime's own errors have no common class but this one
            raise unfit(self._folder, f"its {graph}.onnx broke off", f"其中的 {graph}.onnx 运行失败") from exc


def _opened(folder: Path, name: str, content: bytes, threads: int) -> Any:
    import onnxruntime  # noqa: PLC0415 - heavy; nouns of this room are used without it

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    # A waiting thread that spins takes the core from whoever has work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.load_model_format", "ONNX")  # never guessed from the bytes
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as exc:  # as in `run`
        raise unfit(folder, f"its {name}.onnx cannot be opened", f"其中的 {name}.onnx 无法打开") from exc


def _check(folder: Path, name: str, session: Any, wanted: Ports) -> None:
    """Whether names, kinds and fixed lengths are those of the config."""
    fits = _fit(session.get_inputs(), wanted.takes) and [one.name for one in session.get_outputs()] == [
        port.name for port in wanted.gives
    ]
    if not fits:
        raise unfit(folder, f"its {name}.onnx is of another network", f"其中的 {name}.onnx 属于其他网络")


def _fit(found: list[Any], wanted: tuple[Port, ...]) -> bool:
    heard = [port for port in wanted if port.is_heard]
    return [one.name for one in found] == [port.name for port in heard] and all(
        one.type == f"tensor({port.kind})" and len(one.shape) == len(port.shape) and _agree(one.shape, port.shape)
        for one, port in zip(found, heard, strict=True)
    )


def _agree(found: list[str | int | None], wanted: tuple[str | int, ...]) -> bool:
    pairs = zip(found, wanted, strict=True)
    return all(isinstance(length, str) or length == there for there, length in pairs)
