"""The ball detector as the tracker's spotter: both rooms are known here. Opens no model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwen.tracking import Spot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jianwen.counting import Detector
    from jianwen.tracking import Spotter

__all__ = ["ball_spotter"]

_AT_LEAST = 0.1  # score: the tracker weighs the doubtful ones itself


def ball_spotter(detector: Detector) -> Spotter:
    """The detector's balls in pixels of the frame."""

    def spots(picture: NDArray[np.uint8]) -> list[Spot]:
        height, width = picture.shape[:2]
        found = []
        for ball in detector.detect(picture, at_least=_AT_LEAST):
            box = ball.box
            across, down = (box.x1 - box.x0) * width, (box.y1 - box.y0) * height
            x, y = (box.x0 + box.x1) / 2 * width, (box.y0 + box.y1) / 2 * height
            if min(across, down) > 0:
                found.append(Spot(x, y, across, down, ball.score))
        return found

    return spots
