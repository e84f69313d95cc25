"""A trained network → a model file: ONNX of free sizes, checked against torch, our facts in its metadata.

Weights stand in it under the names of the network, so a training can go on from it (`weights_of`).

Does not train, and does not decide whether int8 is good enough: whoever measures it does.
"""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from jianwen.counting.calibration import probabilities
from jianwen.counting.config import CounterConfig, DetectorConfig, to_json
from jianwen.counting.modelfile import FACTS
from jianwen.counting.sample import CLASSES
from jianwen.errors import BadRequest, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.counting.calibration import Calibration

__all__ = ["export_counter", "export_detector", "largest_difference", "quantise", "weights_of"]

OPSET = 18
TOLERANCE = 1e-4  # between torch and ONNX Runtime, see `largest_difference`
_COUNTER_OUTPUTS = ("logits", "density")
_DETECTOR_OUTPUTS = ("heat", "size", "offset", "kind", "move")  # the last one with three pictures
_INSIDE = "network."  # what `Mirrored` puts before the names of what was trained


def export_counter(model: nn.Module, config: CounterConfig, calibration: Calibration, path: Path) -> float:
    """Write the counter's file; the largest difference between torch and ONNX Runtime.

    Raises:
        BadRequest: the two disagree; nothing is written.
    """
    facts = {"kind": "counter", "config": to_json(config), "calibration": to_json(calibration)}
    example = torch.rand(2, 3, config.size_px, config.size_px, generator=torch.Generator().manual_seed(0))
    return _export(model, example, _COUNTER_OUTPUTS, facts, path)


def export_detector(model: nn.Module, config: DetectorConfig, path: Path) -> float:
    """Write the detector's file; see `export_counter`."""
    facts = {"kind": "detector", "config": to_json(config), "classes": CLASSES[: config.classes]}
    shape = 2, 3 * config.pictures, config.height_px, config.width_px
    example = torch.rand(*shape, generator=torch.Generator().manual_seed(0))
    return _export(model, example, _DETECTOR_OUTPUTS[: 5 if config.pictures > 1 else 4], facts, path)


def weights_of(path: Path) -> dict[str, Tensor]:
    """The weights in a counter's file, under the names of its `state_dict`, and other constants beside them.

    Raises:
        UnreadableFile: it is not there or may not be read.
        BadRequest: it is no such file.
    """
    import onnx  # noqa: PLC0415 - only exports need it
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - comes with onnx

    try:
        graph = onnx.load(str(path)).graph
    except OSError as exc:
        raise UnreadableFile(name=path.name, detail=exc.strerror or str(exc)) from exc
    except DecodeError as exc:
        raise BadRequest(
            detail=f"{path.name} is not a model file, so no training can begin with it. Choose another.",
            detail_zh=f"{path.name} 不是模型文件，不能作为训练的起点。请另选一个。",
        ) from exc
    held = {value.name: onnx.numpy_helper.to_array(value) for value in graph.initializer}
    for node in graph.node:  # the exporter keeps equal tensors once
        if node.op_type == "Identity" and node.input[0] in held:
            held[node.output[0]] = held[node.input[0]]
    return {name.removeprefix(_INSIDE): torch.from_numpy(array.copy()) for name, array in held.items()}


def largest_difference(model: nn.Module, path: Path, example: Tensor) -> float:
    """Between torch and ONNX Runtime on pictures (n, 3, H, W) of 0–1.

    Of a counter: in its probabilities, 0–1, and its density, in balls a cell. Of a detector's outputs: as a share of
    their largest value where that is over 1.
    """
    import onnxruntime  # noqa: PLC0415 - heavy

    with torch.inference_mode():
        ours: Sequence[Tensor] = model(example)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    theirs = session.run(names, {"image": example.numpy()})
    return float(np.max([_apart(*each) for each in zip(names, (mine.numpy() for mine in ours), theirs, strict=True)]))


def _apart(name: str, mine: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    if name == "logits":  # anybody sees their probabilities alone
        return float(np.abs(probabilities(mine) - probabilities(other)).max())
    unit = 1.0 if name in _COUNTER_OUTPUTS else max(1.0, float(np.abs(mine).max()))
    return float(np.abs(mine - other).max()) / unit


def quantise(path: Path, goal: Path, canvases: Sequence[NDArray[np.uint8]]) -> None:
    """The file in int8 (weights by channel, activations by what `canvases` (H, W, 3) show), facts kept.

    The layers that give the answers stay in float: everything after the trunk is small and sums over the picture.
    """
    from onnxruntime.quantization import (  # noqa: PLC0415 - heavy
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process  # noqa: PLC0415 - as above

    class _Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._rest = iter(canvases)

        def get_next(self) -> dict[str, Any] | None:
            canvas = next(self._rest, None)
            if canvas is None:
                return None
            return {"image": canvas.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)}

    with tempfile.TemporaryDirectory(dir=goal.parent) as place:
        ready, made = Path(place) / "ready.onnx", Path(place) / "int8.onnx"
        quant_pre_process(str(path), str(ready), skip_symbolic_shape=True)
        quantize_static(
            str(ready),
            str(made),
            _Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=_after_trunk(ready),
        )
        made.replace(goal)


def _export(model: nn.Module, example: Tensor, outputs: Sequence[str], facts: dict[str, Any], path: Path) -> float:
    path.parent.mkdir(parents=True, exist_ok=True)
    model = model.eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        fresh = Path(place) / path.name
        _write(model, example, outputs, fresh)
        _describe(fresh, facts)
        differs = float(np.max([largest_difference(model, fresh, example[:n]) for n in (1, 2)]))
        if not differs <= TOLERANCE:  # also where it is not a number
            raise BadRequest(
                detail=f"ONNX Runtime differs from torch by {differs:.1e}, so nothing was written. Train it anew.",
                detail_zh=f"ONNX Runtime 与 torch 的结果相差 {differs:.1e}，因此没有写出文件。请重新训练。",
            )
        os.replace(fresh, path)  # noqa: PTH105 - one step, on the same disk
    return differs


def _write(model: nn.Module, example: Tensor, outputs: Sequence[str], path: Path) -> None:
    with torch.inference_mode():
        ranks = {name: value.dim() for name, value in zip(outputs, model(example), strict=True)} | {"image": 4}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own age, and of shapes that are fixed on purpose
        torch.onnx.export(
            model,
            (example,),
            str(path),
            input_names=["image"],
            output_names=list(outputs),
            dynamic_axes={name: _free(name, rank) for name, rank in ranks.items()},
            opset_version=OPSET,
            dynamo=False,
            training=torch.onnx.TrainingMode.PRESERVE,  # `EVAL` folds norms into weights: no training starts from that
        )


def _free(name: str, rank: int) -> dict[int, str]:
    """Names of the axes of an input or output that are not fixed: how many, and a map's height and width."""
    return {0: "batch"} | ({2: f"{name}_height", 3: f"{name}_width"} if rank == 4 else {})


def _describe(path: Path, facts: dict[str, Any]) -> None:
    import onnx  # noqa: PLC0415 - only exports need it

    model = onnx.load(str(path))
    onnx.helper.set_model_props(model, {FACTS: json.dumps(facts, sort_keys=True)})
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _after_trunk(path: Path) -> list[str]:
    import onnx  # noqa: PLC0415 - as above

    return [node.name for node in onnx.load(str(path)).graph.node if "/trunk/" not in node.name]
