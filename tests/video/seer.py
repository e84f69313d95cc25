"""Graphs without a network: what is bright is the object. A world of one disc, whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from jianwen.tracking import Decoded, Features, Recalled, TrackerConfig

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

WIDTH, HEIGHT, RADIUS = 160, 96, 12


def place(number: int) -> tuple[float, float]:
    """Where the disc is in a frame, in pixels."""
    return 40.0 + 3 * number, 48.0


def disc(number: int, *, hidden: tuple[int, int] = (0, 0)) -> NDArray[np.uint8]:
    """The disc on its way to the right; in the frames from … to of `hidden` it is not there."""
    picture = np.full((HEIGHT, WIDTH, 3), 30, np.uint8)
    if not hidden[0] <= number < hidden[1]:
        x, y = place(number)
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
        picture[(columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 < RADIUS**2] = 240
    return picture


class Seer:
    """`Graphs` that see brightness, and nothing where there is none."""

    def __init__(self) -> None:
        self.config = TrackerConfig(name="seer", picture_px=256, width=8, memory_width=4)
        self.no_memory = np.zeros(8, np.float32)
        self.no_pointer = np.zeros(8, np.float32)

    def encode(self, picture: Floats) -> Features:
        cells, side = self.config.cells, self.config.mask_px
        grey = Image.fromarray(picture[0].mean(axis=0)).resize((side, side), Image.Resampling.BOX)
        bright = np.asarray(grey, np.float32)[None, None]
        nothing = np.zeros((1, 8, cells, cells), np.float32)
        return Features(nothing, bright, np.zeros((1, 2, 2 * cells, 2 * cells), np.float32))

    def attend(self, cells: Floats, recalled: Recalled) -> Floats:
        return np.repeat(cells, len(recalled.maps), axis=0) if len(cells) == 1 else cells

    def decode(self, cells: Floats, features: Features, places: Floats, labels: Floats, mask: Floats | None) -> Decoded:
        del places, labels, mask
        count = len(cells)
        masks = np.broadcast_to(features.skip4[:, :1], (count, 4, *features.skip4.shape[2:]))
        presence = np.where(masks[:, 0].max(axis=(1, 2)) > 0, 5, -5).astype(np.float32)
        qualities = np.full((count, 4), 0.9, np.float32)
        return Decoded(np.ascontiguousarray(masks), qualities, np.zeros((count, 4, 8), np.float32), presence)

    def condense(self, masks: Floats) -> Floats:
        side = self.config.mask_px
        return np.zeros((len(masks), 1, side, side), np.float32)

    def memorise(self, cells: Floats, masks: Floats, is_prompted: NDArray[np.bool_], presence: Floats) -> Floats:
        del is_prompted, presence
        return np.zeros((len(masks), 4, *cells.shape[2:]), np.float32)
