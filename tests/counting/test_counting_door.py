"""The door of the room: what it offers, and what it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

from jianwen.counting import CounterConfig, DetectorConfig, SourceConfig
from jianwen.counting.config import from_json, to_json

HEAVY = {"torch", "onnxruntime", "kornia", "torchvision", "onnx", "matplotlib", "PIL"}


def test_the_door_loads_nothing_heavy() -> None:
    """Whoever wants only the nouns pays for neither torch nor ONNX Runtime."""
    script = "import jianwen.counting, sys; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & HEAVY


@pytest.mark.parametrize("config", [CounterConfig(size_px=256), SourceConfig(depths=(1, 1, 2, 1)), DetectorConfig()])
def test_a_config_survives_json(config: object) -> None:
    """What is stored in a checkpoint or model file comes back equal; unknown names are ignored."""
    stored = to_json(config) | {"of_another_version": 1}
    stored = {name: list(value) if isinstance(value, tuple) else value for name, value in stored.items()}
    assert from_json(type(config), stored) == config
