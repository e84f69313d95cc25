"""One picture of many: looks side by side, to judge them by eye; also beside frames of one's own.

Writes no labels. `scripts/billiards_sheet.py` calls it from a shell.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.balls import eight_ball, snooker
from jianwen.billiards.camera import random_camera
from jianwen.billiards.layouts import lying, scattered
from jianwen.billiards.presets import View, clips_camera, random_look
from jianwen.billiards.renderer import Renderer
from jianwen.billiards.table import nine_foot, snooker_table

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[Any]

_COLUMNS = 4


def contact_sheet(
    path: Path,
    *,
    count: int = 16,
    width: int = 480,
    height: int = 270,
    seed: int = 0,
    beside: Sequence[Path] = (),
    jpeg: int | None = None,
) -> None:
    """Writes `count` looks as one PNG, a third of them as the broadcast's cameras see; pictures `beside` come first.

    `jpeg` is a quality for a JPEG file in place of PNG, for what should stay small.
    """
    tiles = [_own(other, width, height) for other in beside]
    tiles += [rendered_tile(seed + k, width, height) for k in range(count)]
    tiles += [np.zeros((height, width, 3), np.uint8)] * (-len(tiles) % _COLUMNS)
    rows = [np.hstack(tiles[k : k + _COLUMNS]) for k in range(0, len(tiles), _COLUMNS)]
    sheet = np.vstack(rows)[..., ::-1]
    if jpeg is None:
        _, data = cv2.imencode(".png", sheet, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    else:
        _, data = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, jpeg])
    Path(path).write_bytes(data.tobytes())


def rendered_tile(seed: int, width: int, height: int) -> Array:
    """(H, W, 3) uint8 RGB: one look, camera and layout of balls."""
    rng = np.random.default_rng([seed, 9])
    is_snooker = seed % 8 == 5
    table, balls = (snooker_table(), snooker()) if is_snooker else (nine_foot(), eight_ball())
    preset: Literal["clips", "varied"] = "clips" if seed % 3 == 0 else "varied"
    view: View = "overhead" if seed % 2 else "oblique"
    if preset == "clips":
        camera = clips_camera(width, height, rng, view=view)
    else:
        camera = random_camera(table, width, height, rng)
    look = random_look(rng, preset=preset, view=view)
    states = lying(scattered(table, len(balls), balls[0].radius_m, rng), balls[0].radius_m, rng)
    return np.asarray(Renderer(table, balls, camera, look, seed).render(lambda _: states, 0.0).frame)


def _own(path: Path, width: int, height: int) -> Array:
    picture = cv2.imdecode(np.frombuffer(Path(path).read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(cv2.resize(np.asarray(picture), (width, height), interpolation=cv2.INTER_AREA))[..., ::-1]
