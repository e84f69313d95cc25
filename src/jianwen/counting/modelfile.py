"""A model file of this room: an ONNX network with our facts in its metadata. Opens it with ONNX Runtime.

Does not write it (`export.py`) and does not know what its outputs mean (`counter.py`, `balls.py`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FACTS", "ModelFile", "packaged"]

FACTS = "jianwen"  # the one key of our JSON in the file's metadata
_THREADS = 2


class ModelFile:
    """An open network of a kind ("counter" or "detector"). `facts` is what was stored beside it.

    Raises:
        BadRequest: the file is missing, cannot be looked at, is damaged, or of another kind.
    """

    def __init__(self, path: Path, *, kind: str, threads: int = _THREADS) -> None:
        if not _is_there(path):
            raise BadRequest(
                detail=f"The {kind}'s model file {path.name} is not there. Make it with `jianwen train {kind}`.",
                detail_zh=f"缺少模型文件 {path.name}（{kind}）。请用 `jianwen train {kind}` 训练得到。",
            )
        self.path = path
        self._session = _session(path, threads)
        self.facts = _facts(self._session.get_modelmeta().custom_metadata_map, path, kind)

    @property
    def takes_any_size(self) -> bool:
        """Whether canvases may have another side than those it learned with; older files do not."""
        return all(isinstance(side, str) for side in self._session.get_inputs()[0].shape[2:])

    def run(self, image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """One canvas (H, W, 3) RGB → the network's outputs, each with a leading axis of 1."""
        batch = np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32) / np.float32(255)
        return list(self._session.run(None, {"image": batch}))


def packaged(name: str) -> Path:
    """A model file that is shipped inside this room."""
    return Path(__file__).parent / "weights" / name


def _is_there(path: Path) -> bool:
    """Raises: BadRequest if the system does not say."""
    try:
        return path.is_file()
    except OSError as exc:  # a name over 255 bytes, or a folder that may not be looked into
        why = exc.strerror or str(exc)
        raise _unusable(path, why, why) from exc


def _session(path: Path, threads: int) -> Any:
    import onnxruntime  # noqa: PLC0415 - heavy; nouns of this room are used without it

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # A waiting thread that spins takes the core from whoever has work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as exc:  # ONNX Runtime's own errors have no common class but this one
        raise _unusable(path, "it is damaged", "文件已损坏") from exc


def _facts(metadata: dict[str, str], path: Path, kind: str) -> dict[str, Any]:
    try:
        facts = json.loads(metadata[FACTS])
    except (KeyError, ValueError) as exc:
        raise _unusable(path, "it carries no description", "没有附带说明") from exc
    if not isinstance(facts, dict) or facts.get("kind") != kind:
        raise _unusable(path, f"it is not a {kind}", f"它不是 {kind}")
    return facts


def _unusable(path: Path, why: str, why_zh: str) -> BadRequest:
    return BadRequest(
        detail=f"The model file {path.name} cannot be used: {why}. Install it again, or train one.",
        detail_zh=f"模型文件 {path.name} 无法使用：{why_zh}。请重新安装，或自行训练。",
    )
