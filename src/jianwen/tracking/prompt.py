"""What a person points at: clicks, a box, or a mask. Places are fractions of the picture, 0–1, origin top left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.places import Box
    from jianwen.tracking.graphs import Floats

__all__ = ["Click", "Prompt"]

_MOST_CLICKS = 256
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


def _bad(detail: str, detail_zh: str) -> BadRequest:
    return BadRequest(detail=f"{detail}.", detail_zh=f"{detail_zh}。")
