"""Run by a test in a process of its own: train the tiny counter, and be killed at a step, as a power cut would."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tiny_training import tiny_task
from torch import set_num_threads

from jianwen.counting import learning

if __name__ == "__main__":
    set_num_threads(1)
    at = int(sys.argv[2])
    learning.train(
        tiny_task(),
        Path(sys.argv[1]),
        boards=False,
        progress=lambda step, _steps, _figures: os.kill(os.getpid(), signal.SIGKILL) if step == at else None,
    )
