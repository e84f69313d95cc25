"""A small world to track in: moving discs, weights from a seed, and a network that is no network but quick."""

from __future__ import annotations

import zlib
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking import Decoded, Features, Recalled, TrackerConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

# Of seeded weights: with a gain of 1 what is rounded away in one frame grows in the next, unlike in a trained network.
_GAIN = 0.7
_STROKES, _PRESENCE = 6.0, 60.0  # of last layers, so that what they say is as far from 0 as a trained network's


def seeded_value(key: str, shape: tuple[int, ...], seed: int = 0) -> NDArray[np.float32]:
    """Numbers that depend on the key alone, scaled so that signals neither fade nor explode."""
    numbers = np.random.default_rng([seed, zlib.crc32(key.encode())])
    value = numbers.standard_normal(shape).astype(np.float32)
    if key.endswith("gaussian_matrix"):
        return value
    if ".norm" in key or is_norm(key):
        return value * np.float32(0.1) + np.float32(key.endswith("weight"))
    if key.endswith("gamma"):
        return value * np.float32(0.1) + np.float32(0.5)
    if key.endswith("bias"):
        return value * np.float32(0.05)
    if key.endswith("weight") and len(shape) >= 2 and "embed" not in key.rsplit(".", 2)[-2] and "token" not in key:
        fan_in = shape[0] * shape[2] * shape[3] / 4 if "output_upscaling" in key else int(np.prod(shape[1:]))
        is_last = ".layers.2." in key
        gain = _STROKES if is_last and "hypernetworks" in key else _GAIN
        gain = _PRESENCE if is_last and "obj_score_head" in key else gain
        return value * np.float32(gain / np.sqrt(fan_in))
    return value * np.float32(0.3)


def is_norm(key: str) -> bool:
    """Norms inside sequences have numbers for names."""
    numbered: tuple[str, ...] = ("mask_downscaling.1", "mask_downscaling.4", "output_upscaling.1")
    numbered += tuple(f"mask_downsampler.encoder.{index}" for index in (1, 4, 7, 10))
    return key.rsplit(".", 1)[0].endswith(numbered)


def seeded_state(shapes: Mapping[str, tuple[int, ...]], seed: int = 0) -> dict[str, NDArray[np.float32]]:
    return {key: seeded_value(key, tuple(shape), seed) for key, shape in shapes.items()}


def disc_frame(
    index: int, *, height: int = 96, width: int = 128, discs: int = 2, hidden: tuple[int, int] = (0, 0)
) -> NDArray[np.uint8]:
    """A cloth with discs that go round at their own pace; in the frames from … to of `hidden` only cloth."""
    discs = 0 if hidden[0] <= index < hidden[1] else discs
    rows, columns = np.mgrid[0:height, 0:width]
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = (30, 110, 60)
    picture += ((5 * columns + 3 * rows) % 17 + rows * columns % 5)[:, :, None]  # whole numbers: alike everywhere
    for disc in range(discs):
        x, y = disc_place(disc, index)
        near = (columns + 0.5 - x * width) ** 2 + (rows + 0.5 - y * height) ** 2 < (9 * height / 96) ** 2
        picture[near] = [(230, 220, 210), (200, 40, 40), (240, 190, 30), (40, 60, 190)][disc % 4]
    return picture.clip(0, 255).astype(np.uint8)


def disc_place(disc: int, index: int) -> tuple[float, float]:
    """Centre of a disc, as fractions."""
    angle = 2.1 * disc + index * (0.05 + 0.02 * disc)
    return 0.5 + 0.3 * np.cos(angle), 0.5 + 0.3 * np.sin(angle)


class Stub:
    """`Graphs` that take no time: what comes out depends a little on everything that goes in."""

    def __init__(self, config: TrackerConfig, absent: tuple[int, ...] = ()) -> None:
        self.config = config
        self.no_memory = np.zeros(config.width, np.float32)
        self.no_pointer = np.full(config.width, -1, np.float32)
        self.calls: deque[tuple[str, int]] = deque(maxlen=64)
        self.labels: list[list[float]] = []
        self._absent, self._frame = absent, -1

    def encode(self, picture: NDArray[np.float32]) -> Features:
        self._frame += 1
        self.calls.append(("encode", 1))
        h, width = self.config.cells, self.config.width
        cells = np.full((1, width, h, h), picture.mean(), np.float32)
        return Features(cells, np.zeros((1, width // 8, 4 * h, 4 * h), np.float32), np.zeros((1, 1, 1, 1), np.float32))

    def attend(self, cells: NDArray[np.float32], recalled: Recalled) -> NDArray[np.float32]:
        self.calls.append(("attend", len(recalled.maps)))
        said = recalled.maps.mean(axis=(1, 2, 3, 4)) + recalled.rows.mean(axis=1) + recalled.pointers.mean(axis=(1, 2))
        heard = np.asarray(0.01 * said + 0.001 * recalled.times.mean(axis=1), np.float32)
        return np.asarray(cells + heard[:, None, None, None])

    def decode(
        self,
        cells: NDArray[np.float32],
        features: Features,
        places: NDArray[np.float32],
        labels: NDArray[np.float32],
        mask: NDArray[np.float32] | None,
    ) -> Decoded:
        n, side = len(cells), self.config.mask_px
        self.labels = labels.tolist()
        level = (
            cells.mean(axis=(1, 2, 3)) + features.cells.mean() + labels.mean(axis=1) + 0.01 * places.mean(axis=(1, 2))
        )
        level = level if mask is None else level + 0.01 * mask.mean(axis=(1, 2, 3))
        masks = np.full((n, 4, side, side), -5, np.float32)
        masks[:, :, side // 4 : side // 2, side // 4 : side // 2] = 5 + 0.1 * level[:, None, None, None]
        there = -3.0 if self._frame in self._absent else 3.0
        qualities = np.tile(np.array([0.5, 0.6, 0.9, 0.7], np.float32), (n, 1))
        pointers = np.repeat(level[:, None, None], 4, axis=1).repeat(self.config.width, axis=2).astype(np.float32)
        return Decoded(masks, qualities, pointers, np.full(n, there, np.float32))

    def condense(self, masks: NDArray[np.float32]) -> NDArray[np.float32]:
        return masks[:, :, ::4, ::4]

    def memorise(
        self,
        cells: NDArray[np.float32],
        masks: NDArray[np.float32],
        is_prompted: NDArray[np.bool_],
        presence: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        self.calls.append(("memorise", len(masks)))
        h, level = self.config.cells, masks.mean(axis=(1, 2, 3)) + is_prompted + presence + cells.mean()
        return np.broadcast_to(level[:, None, None, None], (len(masks), self.config.memory_width, h, h)).astype(
            np.float32
        )
