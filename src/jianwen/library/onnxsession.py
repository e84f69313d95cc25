"""Opens an ONNX file in ONNX Runtime, the way all embedders here want it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from jianwen.errors import EmbedderUnavailable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["open_session"]

_ERRORS_ONLY = 3
# Threads that spin for long while they wait take twice the time when the language model works on the same two cores;
# threads that sleep at once lose an eighth on a quiet box. 20 microseconds bridge the gap to the next operation.
_WAITING = {
    "intra_op.allow_spinning": "1",
    "intra_op.spin_duration_us": "20",
    "force_spinning_stop": "1",
}


def open_session(path: Path, *, name: str, threads: int) -> Any:
    """An `onnxruntime.InferenceSession` on the processor; `threads` 0 for one per core.

    Raises:
        EmbedderUnavailable: the embedder `name` cannot be had from this file.
    """
    import onnxruntime  # noqa: PLC0415 - 100 ms, and not for who only lists sources

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.log_severity_level = _ERRORS_ONLY
    for setting, value in _WAITING.items():
        options.add_session_config_entry(f"session.{setting}", value)
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as exc:  # its errors share no base class but this
        raise EmbedderUnavailable(name=name, detail=f"{path.name}: {str(exc)[:200]}") from exc
