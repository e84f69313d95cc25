"""The ball detector in use: a picture in, its balls out. ONNX Runtime and NumPy; no torch.

Does not follow balls over time, and does not learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwen.counting.config import DetectorConfig, from_json
from jianwen.counting.modelfile import ModelFile, packaged
from jianwen.counting.peaks import boxes_of_maps
from jianwen.counting.pictures import fit_picture, read_picture
from jianwen.counting.sample import CLASSES
from jianwen.places import Box

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Detector", "SeenBall"]


@dataclass(frozen=True, slots=True)
class SeenBall:
    """One ball in a picture.

    Attributes:
        box: where, as fractions of the picture.
        score: how sure it is that this is a ball, 0–1.
        kind: "cue", "eight", "solid" or "stripe".
        kind_score: the probability of that kind, given that it is a ball.
    """

    box: Box
    score: float
    kind: str
    kind_score: float


class Detector:
    """Finds balls with a model file, the shipped one by default. May be used by several threads at once."""

    def __init__(self, path: Path | None = None, *, threads: int = 2) -> None:
        self._file = ModelFile(path or packaged("detector.onnx"), kind="detector", threads=threads)
        self.config = from_json(DetectorConfig, self._file.facts["config"])

    def detect(
        self, picture: NDArray[np.uint8] | Path | bytes, *, at_least: float = 0.3, name: str | None = None
    ) -> list[SeenBall]:
        """The balls with a score of `at_least`, best first.

        Raises: as `read_picture`.
        """
        image = picture if isinstance(picture, np.ndarray) else read_picture(picture, name=name)
        config = self.config
        fitted = fit_picture(image, height_px=config.height_px, width_px=config.width_px, fit=config.fit)
        found = boxes_of_maps(self._file.run(fitted.image), config)[0]
        edges = fitted.back(found.boxes.reshape(-1, 2)).clip(0, 1).reshape(-1, 4)
        balls = []
        for edge, score, kinds in zip(edges, found.scores, found.kinds, strict=True):
            if score >= at_least:
                kind = int(kinds.argmax())
                balls.append(SeenBall(Box(*map(float, edge)), float(score), CLASSES[kind], float(kinds[kind])))
        return balls
