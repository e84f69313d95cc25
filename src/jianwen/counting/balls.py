"""The ball detector in use: a picture in, its balls out. ONNX Runtime and NumPy; no torch.

Does not follow balls over time, and does not learn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.counting.config import DetectorConfig, from_json
from jianwen.counting.modelfile import ModelFile, packaged
from jianwen.counting.peaks import boxes_of_maps
from jianwen.counting.pictures import fit_picture, read_picture
from jianwen.counting.sample import CLASSES
from jianwen.errors import BadRequest
from jianwen.places import Box

if TYPE_CHECKING:
    from collections.abc import Sequence
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
        came: how far its middle went since the frame before, across and down, as fractions of the picture; None where
            the frame before was not looked at.
        goes: how far it will go until the next frame if nothing stops it, as above.
    """

    box: Box
    score: float
    kind: str
    kind_score: float
    came: tuple[float, float] | None = None
    goes: tuple[float, float] | None = None


class Detector:
    """Finds balls with a model file, the shipped one by default. May be used by several threads at once."""

    def __init__(self, path: Path | None = None, *, threads: int = 2) -> None:
        self._file = ModelFile(path or packaged("detector.onnx"), kind="detector", threads=threads)
        self.config = from_json(DetectorConfig, self._file.facts["config"])

    def detect(
        self,
        picture: NDArray[np.uint8] | Path | bytes,
        *,
        beside: Sequence[NDArray[np.uint8]] = (),
        at_least: float = 0.3,
        name: str | None = None,
    ) -> list[SeenBall]:
        """The balls with a score of `at_least`, best first.

        `beside` are the same place in the frame before, and without its balls, for a network that looks at three.

        Raises:
            BadRequest: the network looks at another number of pictures.
            Others as `read_picture`.
        """
        given, wanted = 1 + len(beside), self.config.pictures
        if given != wanted:
            raise BadRequest(
                detail=f"This model file compares {wanted} pictures, not {given}. Choose another.",
                detail_zh=f"这个模型文件需要比较 {wanted} 张图片，而不是 {given} 张。请另选一个。",
            )
        image = picture if isinstance(picture, np.ndarray) else read_picture(picture, name=name)
        config = self.config
        shape: dict[str, Any] = {"height_px": config.height_px, "width_px": config.width_px, "fit": config.fit}
        fitted = fit_picture(image, **shape)
        channels = [fitted.image, *(fit_picture(one, **shape).image for one in beside)]
        found = boxes_of_maps(self._file.run(np.concatenate(channels, axis=2)), config)[0]
        edges = fitted.back(found.boxes.reshape(-1, 2)).clip(0, 1).reshape(-1, 4)
        moves = [None] * len(edges) if found.moves is None else found.moves / (fitted.width, fitted.height)
        balls = []
        for edge, score, kinds, move in zip(edges, found.scores, found.kinds, moves, strict=True):
            if score >= at_least:
                kind = int(kinds.argmax())
                ball = SeenBall(Box(*map(float, edge)), float(score), CLASSES[kind], float(kinds[kind]))
                balls.append(ball if move is None else replace(ball, came=_pair(-move[0]), goes=_pair(move[1])))
        return balls


def _pair(values: NDArray[np.float32]) -> tuple[float, float]:
    return float(values[0]), float(values[1])
