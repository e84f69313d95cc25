"""Reads a safetensors file: eight bytes of length, a JSON header, then the raw numbers. No code can hide in it.

Does not write one and keeps no file open.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

__all__ = ["SUFFIX", "read_safetensors"]

SUFFIX = ".safetensors"
_HEADER_BYTES = 16 * 2**20  # the largest official header has 0.1 MB
_KINDS = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a file.

    Raises:
        ValueError: the file is damaged, in one line.
    """
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if not 2 <= size <= _HEADER_BYTES:
            raise ValueError("its header has no sensible length")
        header = file.read(size)
        numbers = bytearray(file.read())
    try:
        entries = json.loads(header)
    except ValueError as exc:
        raise ValueError("its header is not JSON") from exc
    if not isinstance(entries, dict):
        raise ValueError("its header is not a table")  # noqa: TRY004 - one class for every damage
    return {name: _tensor(name, entry, numbers) for name, entry in entries.items() if name != "__metadata__"}


def _tensor(name: str, entry: Any, numbers: bytearray) -> Tensor:
    try:
        kind, shape = _KINDS[entry["dtype"]], [int(side) for side in entry["shape"]]
        begin, end = (int(place) for place in entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as exc:
        raise ValueError(f"its entry {name[:80]} cannot be understood") from exc
    count = 1
    for side in shape:
        count *= side
    if min(shape, default=0) < 0 or not 0 <= begin <= end <= len(numbers) or end - begin != count * kind.itemsize:
        raise ValueError(f"its entry {name[:80]} does not fit the file")
    if count == 0:
        return torch.empty(shape, dtype=kind)
    return torch.frombuffer(numbers, dtype=kind, count=count, offset=begin).reshape(shape).clone()
