"""One labelled picture to learn from. Where it comes from, rendered or photographed, is not known here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CLASSES", "DOUBTFUL", "SEEN_SHARE", "Sample"]

CLASSES = ("cue", "eight", "solid", "stripe")
SEEN_SHARE = 0.2  # of a ball's own disc: from here on it is counted
DOUBTFUL = (0.08, 0.28)  # shares that are neither clearly counted nor clearly not: no sample has any


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A picture with its balls. All places are fractions of the picture, 0–1, origin top left.

    Attributes:
        image: (H, W, 3) uint8, RGB.
        centres: (n, 2) float32, x and y of each ball, or of the middle of what is seen of it.
        shares: (n,) float32, how much of each ball's own disc is seen, 0–1.
        classes: (n,) int64, an index of `CLASSES`; -1 where it is unknown.
        boxes: (n, 4) float32, x0 y0 x1 y1; empty (0, 4) where boxes are unknown.
        number: the count of a picture whose balls are not placed (a photograph with a count alone); None when placed.
        beside: (k, H, W, 3) uint8, further pictures of the same place: the frame before, the place without its balls.
        moves: (n, 2, 2) float32, where each ball's centre was in the frame before, and where it will be in the next one
            if nothing stops it; empty (0, 2, 2) where that is unknown.
    """

    image: NDArray[np.uint8]
    centres: NDArray[np.float32]
    shares: NDArray[np.float32]
    classes: NDArray[np.int64]
    boxes: NDArray[np.float32]
    number: int | None = None
    beside: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0, 0, 3), np.uint8))
    moves: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2, 2), np.float32))

    def __post_init__(self) -> None:
        balls = len(self.centres)
        fits = (
            self.image.ndim == 3
            and self.image.shape[2] == 3
            and self.image.dtype == np.uint8
            and self.centres.shape == (balls, 2)
            and self.shares.shape == (balls,)
            and self.classes.shape == (balls,)
            and self.boxes.shape in {(balls, 4), (0, 4)}
            and self.moves.shape in {(balls, 2, 2), (0, 2, 2)}
            and (not len(self.beside) or self.beside.shape[1:] == self.image.shape)
        )
        if not fits or not all(np.isfinite(places).all() for places in (self.centres, self.boxes, self.moves)):
            raise BadRequest(
                detail="A sample's arrays do not belong together; see `Sample`.",
                detail_zh="样本的各个数组不一致，请看 `Sample`。",
            )

    @property
    def visible(self) -> NDArray[np.bool_]:
        """(n,) whether each ball counts as seen."""
        return np.asarray(self.shares >= SEEN_SHARE)

    @property
    def count(self) -> int:
        """The number of visible balls."""
        return int(self.visible.sum()) if self.number is None else self.number

    @property
    def is_placed(self) -> bool:
        """Whether the places of the balls are known, not their number alone."""
        return self.number is None

    @classmethod
    def counted(cls, image: NDArray[np.uint8], number: int) -> Sample:
        """A picture of which only the number of visible balls is known."""
        return cls(
            image,
            np.zeros((0, 2), np.float32),
            np.zeros(0, np.float32),
            np.zeros(0, np.int64),
            np.zeros((0, 4), np.float32),
            number,
        )
