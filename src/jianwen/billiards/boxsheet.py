"""One picture of many lock boxes, to judge them by eye: above those to learn from, below the shifted ones.

`scripts/billiards_sheet.py --boxes` calls it from a shell.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwen.billiards.lockbox import box_sample

if TYPE_CHECKING:
    from jianwen.billiards.boxlook import Split

Array = NDArray[Any]


def box_sheet(path: Path, *, columns: int = 8, rows: int = 4, size: int = 100, seed: int = 0) -> None:
    """Writes a PNG with the visible balls' number in each tile; the lower half of the rows is "shifted"."""
    tiles = []
    for index in range(rows * columns):
        split: Split = "train" if index < rows // 2 * columns else "shifted"
        tiles.append(_tile(seed + index, size, split))
    sheet = np.vstack([np.hstack(tiles[k : k + columns]) for k in range(0, len(tiles), columns)])
    _, data = cv2.imencode(".png", _fewer_colours(sheet)[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    Path(path).write_bytes(data.tobytes())


def _tile(seed: int, size: int, split: Split) -> Array:
    picture = box_sample(seed, size=size * 2, split=split)
    tile = np.ascontiguousarray(cv2.resize(picture.image, (size, size), interpolation=cv2.INTER_AREA))
    for colour, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        text = str(picture.count_visible)
        cv2.putText(tile, text, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, thick, cv2.LINE_AA)
    return tile


def _fewer_colours(picture: Array) -> Array:
    """Steps of eight: what a PNG can pack."""
    return np.asarray((picture // 8 * 8 + 4).astype(np.uint8))
