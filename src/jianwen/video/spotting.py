"""The ball detectors as the tracker's spotter: both rooms are known here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwen.counting import Detector, packaged
from jianwen.tracking import Spot

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwen.counting import SeenBall
    from jianwen.tracking import Region, Spotter

__all__ = ["ball_spotter", "open_spotter"]

_AT_LEAST = 0.1  # score: the tracker weighs the doubtful ones itself
_EDGE = 0.01  # of a close look's side: what reaches that far is cut, and its middle unknown


def open_spotter(*, threads: int) -> Spotter:
    """With the shipped detectors.

    Raises:
        BadRequest: a model file is not there, or cannot be used.
    """
    return ball_spotter(Detector(threads=threads), Detector(packaged("closeups.onnx"), threads=threads))


def ball_spotter(frames: Detector, close: Detector) -> Spotter:
    """Balls in pixels of the frame: of whole frames by one detector, of a region by the other."""

    def spots(picture: NDArray[np.uint8], region: Region | None, beside: Sequence[NDArray[np.uint8]]) -> list[Spot]:
        height, width = picture.shape[:2]
        if region is None:
            return _spots(frames.detect(picture, at_least=_AT_LEAST), (0.0, 0.0), (width, height))
        side = close.config.width_px
        around = [region.cut(one, side) for one in beside]
        found = close.detect(region.cut(picture, side), beside=around, at_least=_AT_LEAST)
        whole = [
            ball
            for ball in found
            if min(ball.box.x0, ball.box.y0) > _EDGE and max(ball.box.x1, ball.box.y1) < 1 - _EDGE
        ]
        return _spots(whole, (region.left, region.top), (region.side, region.side))

    return spots


def _spots(balls: Sequence[SeenBall], corner: tuple[float, float], size: tuple[float, float]) -> list[Spot]:
    found = []
    for ball in balls:
        box = ball.box
        across, down = (box.x1 - box.x0) * size[0], (box.y1 - box.y0) * size[1]
        x, y = (box.x0 + box.x1) / 2 * size[0] + corner[0], (box.y0 + box.y1) / 2 * size[1] + corner[1]
        if min(across, down) > 0:
            came = None if ball.came is None else (ball.came[0] * size[0], ball.came[1] * size[1])
            found.append(Spot(x, y, across, down, ball.score, came=came))
    return found
