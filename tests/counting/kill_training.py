"""Run by a test in a process of its own: train the tiny counter, and be killed at a step, as a power cut would."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path

from tiny_training import tiny_task
from torch import set_num_threads

from jianwen.counting import learning

if __name__ == "__main__":
    set_num_threads(1)
    folder, at, workers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

    def power_cut(step: int, _steps: int, _figures: dict[str, float]) -> None:
        if step == at:
            helpers = " ".join(str(child.pid) for child in multiprocessing.active_children())
            (folder / "helpers.txt").write_text(helpers, encoding="ascii")
            os.kill(os.getpid(), signal.SIGKILL)

    learning.train(tiny_task(workers=workers), folder, boards=False, progress=power_cut)
