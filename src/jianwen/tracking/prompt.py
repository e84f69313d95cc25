"""What a person points at: clicks, a box, or a mask. Places are fractions of the picture, 0–1, origin top left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwen.errors import BadRequest
from jianwen.places import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.tracking.graphs import Floats
    from jianwen.tracking.regions import Region

__all__ = ["Click", "Prompt"]

_MOST_CLICKS = 256
_MASK_PX = 256  # side of a mask that was cut to a region
_OFF, _ON, _FIRST_CORNER, _LAST_CORNER = 0, 1, 2, 3  # labels of points, as the network learned them


@dataclass(frozen=True, slots=True)
class Click:
    """A place on the object, or (`is_on` False) beside it."""

    x: float
    y: float
    is_on: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """Clicks and at most one box, or a mask alone."""

    clicks: tuple[Click, ...] = ()
    box: Box | None = None
    mask: NDArray[np.bool_] | None = None  # (H, W) of any size

    def __post_init__(self) -> None:
        if self.mask is None and self.box is None and not self.clicks:
            raise _bad("A prompt needs a click, a box or a mask", "提示需要点击、方框或掩膜之一")
        if self.mask is not None and (self.box is not None or self.clicks):
            raise _bad("A mask comes alone, without clicks or a box", "掩膜不能与点击或方框一起使用")
        if self.mask is not None and (self.mask.ndim != 2 or self.mask.size == 0):
            raise _bad("A mask has rows and columns", "掩膜必须是二维的")
        if len(self.clicks) > _MOST_CLICKS:
            raise _bad(f"At most {_MOST_CLICKS} clicks fit into a prompt", f"一个提示最多 {_MOST_CLICKS} 次点击")
        if not all(math.isfinite(value) and -1 <= value <= 2 for value in self._numbers()):
            raise _bad("Places are fractions of the picture, from 0 to 1", "位置应为画面的比例，取值 0 到 1")

    def joined(self, later: Prompt) -> Prompt:
        """With further clicks; a new box or mask starts anew."""
        if later.mask is not None or later.box is not None or self.mask is not None:
            return later
        return Prompt(clicks=self.clicks + later.clicks, box=self.box)

    def within(self, region: Region, size: tuple[int, int]) -> Prompt:
        """The same in shares of a region of a frame of `size`; clicks far beside the region are left out."""
        height, width = size
        clicks = []
        for click in self.clicks:
            x, y = region.inward(np.array((click.x * width, click.y * height)))
            if -1 <= x <= 2 and -1 <= y <= 2:
                clicks.append(Click(float(x), float(y), click.is_on))
        if self.mask is not None:
            scale = width / self.mask.shape[1], height / self.mask.shape[0]
            full = self.mask if scale == (1, 1) else _resized(self.mask, size)
            return Prompt(mask=region.cut(full.astype(np.float32), _MASK_PX) >= 0.5)
        box = None
        if self.box is not None:
            x0, y0 = region.inward(np.array((self.box.x0 * width, self.box.y0 * height))).clip(-1, 2)
            x1, y1 = region.inward(np.array((self.box.x1 * width, self.box.y1 * height))).clip(-1, 2)
            box = Box(float(x0), float(y0), float(x1), float(y1))
        return Prompt(tuple(clicks), box)

    def extent(self, size: tuple[int, int]) -> tuple[float, float, float] | None:
        """Centre and mean side of what is drawn, in pixels of a frame; None where there are only clicks, or nothing."""
        height, width = size
        if self.box is not None:
            box = self.box
            across, down = (box.x1 - box.x0) * width, (box.y1 - box.y0) * height
            return (box.x0 + box.x1) / 2 * width, (box.y0 + box.y1) / 2 * height, max(1.0, (across + down) / 2)
        if self.mask is None or not self.mask.any():
            return None
        rows, columns = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(axis=0))
        down, across = height / self.mask.shape[0], width / self.mask.shape[1]
        x, y = (columns[0] + columns[-1] + 1) / 2 * across, (rows[0] + rows[-1] + 1) / 2 * down
        side = ((columns[-1] + 1 - columns[0]) * across + (rows[-1] + 1 - rows[0]) * down) / 2
        return float(x), float(y), max(1.0, float(side))

    def points(self, side: int) -> tuple[Floats, Floats]:
        """Places (1, k, 2) in pixels of a square picture and labels (1, k). A box is two corners, and comes first."""
        corners = [] if self.box is None else [(self.box.x0, self.box.y0), (self.box.x1, self.box.y1)]
        labels = [] if self.box is None else [_FIRST_CORNER, _LAST_CORNER]
        places = corners + [(click.x, click.y) for click in self.clicks]
        labels += [_ON if click.is_on else _OFF for click in self.clicks]
        return np.array([places], np.float32) * np.float32(side), np.array([labels], np.float32)

    def _numbers(self) -> list[float]:
        box = [] if self.box is None else [self.box.x0, self.box.y0, self.box.x1, self.box.y1]
        return box + [value for click in self.clicks for value in (click.x, click.y)]


def _resized(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.bool_]:
    rows, columns = (np.arange(pixels) * cells // pixels for pixels, cells in zip(size, mask.shape, strict=True))
    return np.asarray(mask[rows[:, None], columns])


def _bad(detail: str, detail_zh: str) -> BadRequest:
    return BadRequest(detail=f"{detail}.", detail_zh=f"{detail_zh}。")
