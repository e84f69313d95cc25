"""Writes ONNX files: constants and nodes in, bytes out.

Only what we write of the format is here, as messages of Google's protobuf package, which ONNX Runtime brings along; the
package `onnx` would be 30 MB for it. Does not check a graph: ONNX Runtime does when it opens one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["OnnxGraph"]

_IR_VERSION = 9
_OPSETS = {"": 20, "com.microsoft": 1}  # 20 is the first with Gelu
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int64": 7}  # TensorProto.DataType

# The messages of onnx.proto with the fields that are used here: name, number, type; a star for repeated ones.
_MESSAGES = {
    "Model": "ir_version 1 int64, producer_name 2 string, graph 7 Graph, opset_import 8 *Opset",
    "Opset": "domain 1 string, version 2 int64",
    "Graph": "node 1 *Node, name 2 string, initializer 5 *Tensor, input 11 *Value, output 12 *Value",
    "Node": "input 1 *string, output 2 *string, op_type 4 string, attribute 5 *Attribute, domain 7 string",
    "Attribute": "name 1 string, f 2 float, i 3 int64, ints 8 *int64, type 20 int32",
    "Tensor": "dims 1 *int64, data_type 2 int32, name 8 string, raw_data 9 bytes",
    "Value": "name 1 string, type 2 Type",
    "Type": "tensor_type 1 TensorType",
    "TensorType": "elem_type 1 int32, shape 2 Sizes",
    "Sizes": "dim 1 *Size",
    "Size": "dim_value 1 int64, dim_param 2 string",
}


class OnnxGraph:
    """A graph that grows node by node. Methods give the name of the value they made; equal names are one constant."""

    def __init__(self) -> None:
        self._model = _messages()["Model"](ir_version=_IR_VERSION, producer_name="jianwen")
        self._graph = self._model.graph
        self._graph.name = "jianwen"
        self._constants: set[str] = set()
        for domain, version in _OPSETS.items():
            self._model.opset_import.add(domain=domain, version=version)

    def input(self, name: str, kind: str, sizes: Sequence[int | str]) -> str:
        """Declare an input; a size that is a name may be any."""
        return self._declare(self._graph.input, name, kind, sizes)

    def output(self, name: str, kind: str, sizes: Sequence[int | str]) -> str:
        """Declare which value comes out."""
        return self._declare(self._graph.output, name, kind, sizes)

    def constant(self, name: str, array: NDArray[Any]) -> str:
        """Put in an array of a type that `_TYPES` has."""
        if name not in self._constants:
            self._constants.add(name)
            little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            kind = _TYPES[array.dtype.name]
            self._graph.initializer.add(name=name, dims=array.shape, data_type=kind, raw_data=little.tobytes())
        return name

    def node(self, kind: str, inputs: Sequence[str], *, name: str = "", **attributes: float | Sequence[int]) -> str:
        """Add an operation, and say what its result is called. Operations with a dot are ONNX Runtime's own."""
        return self.nodes(kind, inputs, names=[name or self._fresh()], **attributes)[0]

    def nodes(
        self, kind: str, inputs: Sequence[str], *, names: Sequence[str], **attributes: float | Sequence[int]
    ) -> Sequence[str]:
        """As `node`, for an operation with several results."""
        domain, _, operation = kind.rpartition(".")
        node = self._graph.node.add(op_type=operation, domain=domain, input=inputs, output=names)
        for name, value in attributes.items():
            _set(node.attribute.add(name=name), value)
        return names

    def _fresh(self) -> str:
        return f"_{len(self._graph.node)}"

    def to_bytes(self) -> bytes:
        """The file's contents."""
        return bytes(self._model.SerializeToString())

    def _declare(self, values: Any, name: str, kind: str, sizes: Sequence[int | str]) -> str:
        tensor = values.add(name=name).type.tensor_type
        tensor.elem_type = _TYPES[kind]
        for size in sizes:
            tensor.shape.dim.add(**{"dim_param" if isinstance(size, str) else "dim_value": size})
        return name


def _set(attribute: Any, value: float | Sequence[int]) -> None:
    """Numbers of AttributeProto.AttributeType: 1 FLOAT, 2 INT, 7 INTS."""
    if isinstance(value, int):
        attribute.i, attribute.type = value, 2
    elif isinstance(value, float):
        attribute.f, attribute.type = value, 1
    else:
        attribute.ints.extend(value)
        attribute.type = 7


@cache
def _messages() -> dict[str, Any]:
    """The message classes, made from the table above."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # noqa: PLC0415 - only when converting

    file = descriptor_pb2.FileDescriptorProto(name="jianwen/onnx.proto", package="jianwen", syntax="proto2")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in fields.split(", "):
            _add_field(message, *field.split(" "))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"jianwen.{name}")) for name in _MESSAGES}


def _add_field(message: Any, name: str, number: str, kind: str) -> None:
    field = message.field.add(name=name, number=int(number))
    field.label = field.LABEL_REPEATED if kind.startswith("*") else field.LABEL_OPTIONAL
    kind = kind.removeprefix("*")
    if kind in _MESSAGES:
        field.type, field.type_name = field.TYPE_MESSAGE, f".jianwen.{kind}"
    else:
        field.type = getattr(field, f"TYPE_{kind.upper()}")
