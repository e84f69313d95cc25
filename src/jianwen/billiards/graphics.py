"""What a broadcast lays over the picture: score board, emblem, shot clock.

Sharp, since it is added behind the lens; hides the balls under it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jianwen.billiards.look import Graphics

Array = NDArray[Any]
_FONT = cv2.FONT_HERSHEY_DUPLEX


def draw_graphics(graphics: Graphics, width: int, height: int) -> tuple[Array, Array]:
    """Colours (H, W, 3) float32 0-255 and opacity (H, W) float32 of the overlay."""
    ink = np.zeros((height, width, 4), np.uint8)
    if graphics.board is not None:
        _board(ink, graphics, width, height)
    if graphics.badge is not None:
        _badge(ink, graphics, width, height)
    if graphics.clock is not None:
        _clock(ink, graphics, width, height)
    return ink[..., :3].astype(np.float32), ink[..., 3].astype(np.float32) / 255


def _board(ink: Array, graphics: Graphics, width: int, height: int) -> None:
    assert graphics.board is not None
    x, y = int(graphics.board[0] * width), int(graphics.board[1] * height)
    wide, row = int(0.126 * width), max(5, int(0.035 * height))
    accent = (*graphics.accent, 255)
    cv2.ellipse(
        ink, (x + wide // 5, y + row), (row, int(row * 0.8)), -20, 60, 330, accent, max(1, row // 7), cv2.LINE_AA
    )
    cv2.circle(ink, (x + wide // 5, y + row), max(1, row // 2), (235, 235, 235, 255), -1, cv2.LINE_AA)
    _write(ink, "SERIES", (x + wide // 3, y + int(row * 1.1)), row * 0.5, accent)
    _write(ink, "PRO TOUR", (x + wide // 6, y + int(row * 1.65)), row * 0.42, (235, 235, 235, 255))
    for line, (name, score) in enumerate(zip(graphics.names, graphics.scores, strict=True)):
        top = y + int(row * (1.9 + 1.03 * line))
        cv2.rectangle(ink, (x, top), (x + wide, top + row - 1), (92, 92, 94, 225), -1)
        flag = [(178, 40, 50, 255), (235, 235, 240, 255)][line]
        cv2.rectangle(ink, (x, top), (x + int(row * 1.1), top + row - 1), flag, -1)
        _write(ink, name, (x + int(row * 1.3), top + int(row * 0.72)), row * 0.5, (245, 245, 245, 255))
        _write(ink, str(score), (x + wide - row, top + int(row * 0.72)), row * 0.55, (245, 245, 245, 255))
    _write(ink, "RACE TO 8", (x + wide // 3, y + int(row * 4.6)), row * 0.38, accent)


def _badge(ink: Array, graphics: Graphics, width: int, height: int) -> None:
    assert graphics.badge is not None
    x, y, size = int(graphics.badge[0] * width), int(graphics.badge[1] * height), max(4, int(0.045 * height))
    cv2.ellipse(
        ink, (x, y), (int(size * 1.5), size), -15, 20, 340, (*graphics.accent, 255), max(1, size // 8), cv2.LINE_AA
    )
    cv2.circle(ink, (x - size // 2, y), int(size * 0.7), (52, 54, 58, 255), -1, cv2.LINE_AA)
    cv2.circle(ink, (x - size // 2, y - size // 6), max(1, size // 4), (240, 240, 240, 255), -1, cv2.LINE_AA)
    _write(ink, "CHAMPION", (x - int(size * 1.3), y + int(size * 1.6)), size * 0.4, (240, 240, 240, 255))
    _write(ink, "EIGHT BALL", (x - int(size * 1.3), y + int(size * 2.1)), size * 0.32, (200, 200, 200, 255))


def _clock(ink: Array, graphics: Graphics, width: int, height: int) -> None:
    centre, size = (width // 2 - width // 256, int(0.903 * height)), max(4, int(0.042 * height))
    cv2.circle(ink, centre, size, (20, 40, 30, 120), max(1, size // 5), cv2.LINE_AA)
    left = 360 * (graphics.clock or 0) / 30
    cv2.ellipse(ink, centre, (size, size), -90, 0, left, (40, 205, 80, 255), max(1, size // 5), cv2.LINE_AA)
    text = str(graphics.clock)
    _write(
        ink, text, (centre[0] - int(size * 0.19 * len(text)), centre[1] + size // 5), size * 0.5, (240, 240, 240, 255)
    )


def _write(ink: Array, text: str, start: tuple[int, int], height_px: float, colour: tuple[int, ...]) -> None:
    scale = max(height_px, 1) / 22  # this font's capitals are 22 px high at scale 1
    cv2.putText(ink, text, start, _FONT, scale, colour, max(1, round(scale * 1.6)), cv2.LINE_AA)
