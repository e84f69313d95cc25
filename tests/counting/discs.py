"""Tiny labelled pictures for the tests: bright discs on a dim noisy ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jianwen.counting import Sample

__all__ = ["Discs"]


@dataclass(frozen=True)
class Discs:
    """The sample of a number: 0 … `most` discs that do not touch, always the same for the same number."""

    side_px: int = 64
    most: int = 3
    radius_px: int = 6
    seed: int = 7

    def __call__(self, number: int) -> Sample:
        rng = np.random.default_rng((self.seed, number))
        image = rng.integers(20, 60, (self.side_px, self.side_px, 3), dtype=np.uint8)
        centres = self._places(rng, int(rng.integers(self.most + 1)))
        kinds = rng.integers(4, size=len(centres))
        rows, columns = np.mgrid[: self.side_px, : self.side_px] + 0.5
        colours = np.array([[240, 240, 240], [200, 60, 60], [230, 200, 40], [60, 120, 230]], np.uint8)
        for (x, y), kind in zip(centres, kinds, strict=True):
            image[(columns - x) ** 2 + (rows - y) ** 2 <= self.radius_px**2] = colours[kind]
        corners = np.concatenate((centres - self.radius_px, centres + self.radius_px), axis=1)
        return Sample(
            image,
            (centres / self.side_px).astype(np.float32),
            np.ones(len(centres), np.float32),
            kinds.astype(np.int64),
            (corners / self.side_px).astype(np.float32),
        )

    def _places(self, rng: np.random.Generator, wanted: int) -> np.ndarray:
        places: list[np.ndarray] = []
        while len(places) < wanted:
            place = rng.uniform(self.radius_px + 1, self.side_px - self.radius_px - 1, 2)
            if all(np.hypot(*(place - other)) > 2 * self.radius_px + 1 for other in places):
                places.append(place)
        return np.array(places).reshape(-1, 2)
