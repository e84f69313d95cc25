"""A tracker's model folder, made in seconds from a network that has learned nothing, and videos to run it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jianwen.tracking import Graphs
    from jianwen.tracking.learning import TrackerNetwork

__all__ = ["ALWAYS", "NEVER", "make_clip", "make_tracker", "tiny_graphs"]

ALWAYS, NEVER = 9.0, -9.0  # logits of being in the picture
FPS = 30


def tiny_network(presence: float = ALWAYS) -> TrackerNetwork:
    """Untrained, and sure of one thing: whether objects are in the picture. Skips where there is no torch."""
    torch = pytest.importorskip("torch", reason="the core install has no torch")
    from jianwen.tracking import built_in  # noqa: PLC0415 - after the skip
    from jianwen.tracking.learning import TrackerNetwork  # noqa: PLC0415 - as above

    torch.set_num_threads(1)  # the box is shared
    torch.manual_seed(3)
    network = TrackerNetwork(built_in("nano").at(64)).eval()
    with torch.no_grad():
        last = list(network.sam_mask_decoder.pred_obj_score_head.parameters())[-1]
        last.fill_(presence)
    return network


def tiny_graphs(presence: float = ALWAYS) -> Graphs:
    """The same in memory."""
    network = tiny_network(presence)
    from jianwen.tracking.learning import TorchGraphs  # noqa: PLC0415 - after the skip

    return TorchGraphs(network)


def make_tracker(folder: Path, *, presence: float = ALWAYS) -> Path:
    """Write the folder. Skips where nothing can be exported."""
    network = tiny_network(presence)
    pytest.importorskip("onnx", reason="only trainings export")
    from jianwen.tracking.learning import export_tracker  # noqa: PLC0415 - after the skip

    export_tracker(network, folder)
    return folder


def make_clip(path: Path, frames: int = 40, *, size: tuple[int, int] = (160, 96), ticks: Sequence[int] = ()) -> Path:
    """Three discs that go their ways over a green cloth; frame `n` has a red corner as bright as 4n.

    Args:
        path: of the MP4.
        frames: how many.
        size: width and height.
        ticks: when each frame is shown, in thirtieths of a second; evenly when there are none.
    """
    av = pytest.importorskip("av", reason="videos are written and read with PyAV")
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=FPS, options={"g": "12", "crf": "12"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(_picture(number, *size), format="rgb24")
            frame.pts = ticks[number] if ticks else number
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def _picture(number: int, width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    rows, columns = np.mgrid[:height, :width]
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = (24, 96, 64)
    for disc, colour in enumerate([(250, 240, 230), (200, 30, 30), (240, 200, 40)]):
        x = (width * (0.2 + 0.3 * disc) + (2 - disc) * number) % width
        y = height * (0.5 + 0.3 * np.sin(number / 15 + 2 * disc))
        picture[(columns - x) ** 2 + (rows - y) ** 2 < (height / 12) ** 2] = colour
    picture[:16, :16] = (min(255, 4 * number), 0, 0)
    return picture
