"""A tracker model on disk: a folder of five ONNX graphs and `tracker.json`, which says what network they are.

Reads and writes the description, and reads graphs only when they are the files it was written with. Runs nothing:
`onnxgraphs.py` does. A folder is data from outside: sizes are bounded, and a graph must hold all its numbers itself.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.errors import WeightsUnfit
from jianwen.tracking.config import TrackerConfig
from jianwen.tracking.ports import GRAPHS

if TYPE_CHECKING:
    from jianwen.tracking.graphs import Floats

__all__ = ["DESCRIPTION", "Description", "packaged", "read_description", "read_graph", "unfit", "write_description"]

DESCRIPTION = "tracker.json"
_KIND, _VERSION = "jianwen tracker", 1
_DESCRIPTION_BYTES, _GRAPH_BYTES = 2**20, 2**31  # a graph file cannot be larger by its format
_LARGEST = 8192  # of a config's whole numbers
_SIDES = range(64, 2049, 32)  # of the square picture
_OUTSIDE = b"location"  # the key under which a tensor names another file; our own graphs hold no such word


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """What `tracker.json` says."""

    config: TrackerConfig
    no_memory: Floats  # (width,)
    no_pointer: Floats  # (width,)
    made_of: str  # for people: which weights, trained how
    digests: dict[str, str]  # sha256 of each graph


def packaged(name: str) -> Path:
    """A tracker model that is shipped inside this room."""
    return Path(__file__).parent / "weights" / name


def write_description(
    folder: Path, config: TrackerConfig, *, no_memory: Floats, no_pointer: Floats, made_of: str
) -> None:
    """Beside graphs that are all there."""
    table = {
        "kind": _KIND,
        "version": _VERSION,
        "made_of": made_of,
        "config": asdict(config),
        "graphs": {graph: _digest((folder / f"{graph}.onnx").read_bytes()) for graph in GRAPHS},
        "no_memory": no_memory.tolist(),
        "no_pointer": no_pointer.tolist(),
    }
    (folder / DESCRIPTION).write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def read_description(folder: Path) -> Description:
    """Raises: WeightsUnfit: there is none, or it makes no sense."""
    path = folder / DESCRIPTION
    if not path.is_file():
        raise unfit(folder, f"it holds no {DESCRIPTION}", f"其中没有 {DESCRIPTION}")
    try:
        if path.stat().st_size > _DESCRIPTION_BYTES:
            raise ValueError("too large")  # noqa: TRY301 - one way out for every damage
        return _understood(json.loads(path.read_text(encoding="utf-8")))
    except _NewerVersionError as exc:
        raise unfit(folder, "it was written by a newer version", "它由更新的版本写成") from exc
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, ArithmeticError) as exc:
        raise unfit(folder, f"its {DESCRIPTION} is damaged", f"其中的 {DESCRIPTION} 已损坏") from exc


def read_graph(folder: Path, graph: str, description: Description) -> bytes:
    """The bytes of a graph's file.

    Raises:
        WeightsUnfit: it is missing, is not the file that was written, or refers to files beside it.
    """
    path = folder / f"{graph}.onnx"
    if not path.is_file():
        raise unfit(folder, f"its {path.name} is missing", f"缺少其中的 {path.name}")
    try:
        is_large = path.stat().st_size > _GRAPH_BYTES
        content = b"" if is_large else path.read_bytes()
    except OSError as exc:
        raise unfit(folder, f"its {path.name} cannot be read", f"其中的 {path.name} 无法读取") from exc
    if _digest(content) != description.digests[graph]:
        raise unfit(
            folder,
            f"its {path.name} is damaged or of another model",
            f"其中的 {path.name} 已损坏，或属于其他模型",
        )
    if _OUTSIDE in content:
        raise unfit(folder, f"its {path.name} refers to other files", f"其中的 {path.name} 引用了其他文件")
    return content


def unfit(folder: Path, detail: str, detail_zh: str) -> WeightsUnfit:
    """A tracker model that cannot be used, as an error."""
    return WeightsUnfit(
        name=folder.name,
        detail=detail,
        detail_zh=detail_zh,
        remedy="Convert or train it again, or name another folder",
        remedy_zh="请重新转换或训练，或指定其他文件夹",
    )


class _NewerVersionError(ValueError):
    pass


def _understood(table: dict[str, Any]) -> Description:
    if table["kind"] != _KIND:
        raise ValueError("of another kind")
    if table["version"] > _VERSION:
        raise _NewerVersionError
    config = _config(table["config"])
    return Description(
        config,
        _numbers(table["no_memory"], config.width),
        _numbers(table["no_pointer"], config.width),
        str(table.get("made_of", ""))[:500],
        {graph: str(table["graphs"][graph]) for graph in GRAPHS},
    )


def _config(table: dict[str, Any]) -> TrackerConfig:
    """A missing field has its default; one that is not known belongs to a newer version."""
    known = {field.name: field for field in fields(TrackerConfig)}
    if not table.keys() <= known.keys():
        raise _NewerVersionError
    config = TrackerConfig(**{name: _like(getattr(_EXAMPLE, name), value) for name, value in table.items()})
    if config.picture_px not in _SIDES or config.width % 8 or config.width % config.memory_width:
        raise ValueError("sizes that no network has")
    return config


_EXAMPLE = TrackerConfig(name="")


def _like(example: Any, value: Any) -> Any:
    """A value of the type that the config's field has, within bounds."""
    if isinstance(example, tuple):
        if not isinstance(value, list) or len(value) > 64:
            raise TypeError("not a list")
        return tuple(_like(example[0], one) for one in value)
    if isinstance(example, float) and isinstance(value, (int, float)) and not isinstance(value, bool):
        if not math.isfinite(value) or abs(value) > _LARGEST:
            raise ValueError("not a number")
        return float(value)
    if type(value) is not type(example):
        raise TypeError("of another type")
    if isinstance(value, int) and not 0 <= value <= _LARGEST:
        raise ValueError("out of bounds")
    return value[:80] if isinstance(value, str) else value


def _numbers(values: Any, count: int) -> Floats:
    array = np.array(values, np.float32)
    if array.shape != (count,) or not np.isfinite(array).all():
        raise ValueError("not that many numbers")
    return array


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
