"""A network that is no network: it knows an object by its colour. Enough to see what regions and motion are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwen.places import Box
from jianwen.tracking import Decoded, Features, Prompt, Recalled, TrackerConfig, built_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.tracking.graphs import Floats

__all__ = ["COLOURS", "HEIGHT", "WIDTH", "ColourGraphs", "boxed", "smeared", "table_frame"]

COLOURS = ((240, 190, 30), (28, 62, 158), (204, 34, 38), (84, 44, 128), (20, 108, 66), (236, 132, 150))
HEIGHT, WIDTH = 360, 640  # of a frame
_NEAR = 0.7  # of normalised colours that are one


def boxed(x: float, y: float, radius: float = 8) -> Prompt:
    """A box round a disc of `table_frame`."""
    return Prompt(box=Box((x - radius) / WIDTH, (y - radius) / HEIGHT, (x + radius) / WIDTH, (y + radius) / HEIGHT))


class ColourGraphs:
    """`Graphs` for regions; pointers hold a colour, maps hold nothing."""

    def __init__(self, config: TrackerConfig | None = None) -> None:
        self.config = config or built_in("ball-nano")
        self.no_memory = np.zeros(self.config.width, np.float32)
        self.no_pointer = np.zeros(self.config.width, np.float32)

    def encode(self, picture: Floats) -> Features:
        n, side = len(picture), self.config.mask_px
        small = picture.reshape(n, 3, side, 4, side, 4).mean(axis=(3, 5))
        return Features(
            np.zeros((n, self.config.width, self.config.cells, self.config.cells), np.float32),
            small,
            small[:, :, ::2, ::2],
        )

    def attend(self, cells: Floats, recalled: Recalled) -> Floats:
        colour = recalled.pointers[:, 0]
        return np.broadcast_to(colour[:, :, None, None], (len(colour), *cells.shape[1:])).astype(np.float32)

    def decode(self, cells: Floats, features: Features, places: Floats, labels: Floats, mask: Floats | None) -> Decoded:
        del mask
        small = features.skip4
        colours = cells[:, :3, 0, 0].copy()
        for index, (points, kinds) in enumerate(zip(places, labels, strict=True)):
            if (kinds >= 1).any():
                x, y = (points[kinds >= 1].mean(axis=0) / 4).astype(int).clip(0, self.config.mask_px - 1)
                colours[index] = small[index % len(small), :, y, x]
        away = np.sqrt(((small - colours[:, :, None, None]) ** 2).sum(axis=1))
        logits = np.repeat((10 * (_NEAR - away))[:, None], 4, axis=1).astype(np.float32)
        pointers = np.zeros((len(cells), 4, self.config.width), np.float32)
        pointers[:, :, :3] = colours[:, None]
        area = (logits[:, 0] > 0).sum(axis=(1, 2))
        is_there = (area >= 4) & (area < logits.shape[-1] ** 2 / 4)
        return Decoded(logits, np.full((len(cells), 4), 0.9, np.float32), pointers, np.where(is_there, 8.0, -8.0))

    def condense(self, masks: Floats) -> Floats:
        return np.zeros((len(masks), 1, self.config.mask_px, self.config.mask_px), np.float32)

    def memorise(self, cells: Floats, masks: Floats, is_prompted: NDArray[np.bool_], presence: Floats) -> Floats:
        del cells, is_prompted, presence
        side = self.config.cells
        return np.zeros((len(masks), self.config.memory_width, side, side), np.float32)


def table_frame(
    places: list[tuple[float, float] | None], *, radius: float = 8, size: tuple[int, int] = (360, 640)
) -> NDArray[np.uint8]:
    """A cloth with a disc of its own colour at each place (x, y) in pixels; None is out of sight."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]] + 0.5
    picture = np.full((*size, 3), (40, 140, 190), np.float32)
    picture += ((5 * columns + 3 * rows) % 7)[:, :, None]
    for colour, place in zip(COLOURS, places, strict=False):
        if place is not None:
            picture[(columns - place[0]) ** 2 + (rows - place[1]) ** 2 < radius**2] = colour
    return picture.clip(0, 255).astype(np.uint8)


def smeared(middle: tuple[float, float], way: tuple[float, float]) -> NDArray[np.uint8]:
    """A ball that moved while the shutter was open: the mean of many places."""
    steps = np.linspace(-0.5, 0.5, 41)
    frames = [table_frame([(middle[0] + way[0] * step, middle[1] + way[1] * step)]) for step in steps]
    return np.asarray(np.mean(frames, axis=0).astype(np.uint8))
