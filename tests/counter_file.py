"""A ball counter's model file, made in a second: a small network that has learned nothing, but runs as any other."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NEVER_SURE", "box_picture", "make_counter"]

NEVER_SURE = 1.01  # a bound that no confidence reaches


def make_counter(path: Path, *, bound: float = 0.0) -> Path:
    """Write it; below the confidence `bound` it says "cannot tell". Skips the test where nothing can be trained."""
    torch = pytest.importorskip("torch", reason="the core install has no torch")
    pytest.importorskip("onnx", reason="only trainings export")
    from jianwen.counting import Calibration, CounterConfig  # noqa: PLC0415 - after the skip
    from jianwen.counting.learning import CounterNetwork, export_counter  # noqa: PLC0415 - as above

    config = CounterConfig(size_px=64, neck=16)
    torch.set_num_threads(1)  # the box is shared
    torch.manual_seed(0)
    export_counter(CounterNetwork(config).eval(), config, Calibration(bound=bound), path)
    return path


def box_picture(seed: int = 0, *, kind: str = "PNG", width: int = 96, height: int = 64) -> bytes:
    """A picture file with coloured noise in it."""
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()
