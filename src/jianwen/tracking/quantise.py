"""An exported graph with most of its arithmetic in 8 bits, which is quicker where a processor has VNNI.

Products with weights are ONNX Runtime's own dynamic quantization. Attention of one head, which is most of a frame when
much is remembered, becomes 8 bits in its first half alone: queries and keys bear it, shares do not (SageAttention,
Zhang et al. 2025, section 3). Changes a file; whether what it gives is good enough, `export.py` asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.tracking.config import TrackerConfig

__all__ = ["QUANTISED", "quantise"]

QUANTISED = ("encode", "attend", "memorise")  # the decoder is little work, and what is drawn hangs on its last bits
_SCORES = 2**21  # of queries and keys that are laid out at once, so that they stay in the processor's caches


def quantise(path: Path, config: TrackerConfig) -> None:
    """Rewrite one graph of `QUANTISED`, which holds floats, in place."""
    import onnx  # noqa: PLC0415 - only exports need it
    from onnxruntime import quantization  # noqa: PLC0415 - heavy
    from onnxruntime.quantization.shape_inference import quant_pre_process  # noqa: PLC0415 - as above

    quant_pre_process(str(path), str(path), skip_symbolic_shape=True)  # weights that are alike become plain constants
    quantization.quantize_dynamic(path, path, per_channel=True, op_types_to_quantize=["MatMul"])
    if path.stem == "attend":
        queries = config.cells**2
        model = onnx.load(path)
        _quantise_attention(model.graph, config.width, _pieces(queries, queries * (config.recent_slots + 1)))
        onnx.save(model, path)


def _pieces(queries: int, keys: int) -> int:
    """So many that each has as many queries, but for the last one, which has some."""
    rows = max(1, _SCORES // keys)
    return -(-queries // rows)


def _quantise_attention(graph: Any, width: int, pieces: int) -> None:
    nodes: list[Any] = []
    for node in graph.node:
        if node.op_type == "MultiHeadAttention":
            inside = _Inside(graph, node.output[0])
            inside.attend(*node.input[:3], width=width, pieces=pieces)
            nodes += inside.nodes
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


class _Inside:
    """The nodes that stand for one of attention, named after what it gives."""

    def __init__(self, graph: Any, name: str) -> None:
        self.nodes: list[Any] = []
        self._graph, self._name = graph, name

    def attend(self, query: str, key: str, value: str, *, width: int, pieces: int) -> None:
        """Keys lose their mean first: it adds the same to all scores of a query, and would take from the 8 bits."""
        mean = self._made("ReduceMean", [key, self._constant("tokens", np.array([1]))], "mean")
        turned = self._made("Transpose", [self._made("Sub", [key, mean], "centred")], "turned", perm=[0, 2, 1])
        largest = self._made("ReduceMax", [self._made("Abs", [turned], "sizes")], "largest", keepdims=0)
        step = self._made("Mul", [largest, self._constant("share", np.float32(1 / 127))], "step")
        keys = self._made("QuantizeLinear", [turned, step, self._constant("zero", np.int8(0))], "keys")
        scaled = self._made("Mul", [query, self._constant("factor", np.float32(width**-0.5))], "scaled")
        names = [f"{self._name}_piece{index}" for index in range(pieces)]
        self._add("Split", [scaled], names, axis=1, num_outputs=pieces)
        mixed = []
        for index, piece in enumerate(names):
            scores = self._made("DynamicQuantizeMatMul", [piece, keys, step], f"scores{index}", domain="com.microsoft")
            shares = self._made("Softmax", [scores], f"shares{index}", axis=-1)
            mixed.append(self._made("MatMul", [shares, value], f"mixed{index}"))
        self._add("Concat", mixed, [self._name], axis=1)

    def _made(self, kind: str, takes: list[str], what: str, **attributes: Any) -> str:
        self._add(kind, takes, [f"{self._name}_{what}"], **attributes)
        return f"{self._name}_{what}"

    def _add(self, kind: str, takes: list[str], gives: list[str], **attributes: Any) -> None:
        from onnx import helper  # noqa: PLC0415 - as above

        self.nodes.append(helper.make_node(kind, takes, gives, **attributes))

    def _constant(self, what: str, number: Any) -> str:
        from onnx import numpy_helper  # noqa: PLC0415 - as above

        self._graph.initializer.append(numpy_helper.from_array(np.asarray(number), f"{self._name}_{what}"))
        return f"{self._name}_{what}"
