"""Everything a session knows, as frozen data. Does not change it: `session.py` puts a new state in place of the old."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from jianwen.tracking.backdrop import Backdrop
    from jianwen.tracking.bank import Limits, Policy
    from jianwen.tracking.masklet import Masklet
    from jianwen.tracking.stage import Stage

__all__ = ["Seen", "State"]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A frame in reach, as it is looked at."""

    frame: int
    picture: NDArray[np.uint8]  # RGB: (side, side, 3) where whole pictures are looked at, the frame itself for regions
    size: tuple[int, int]  # height and width of the frame


@dataclass(frozen=True, slots=True, eq=False)
class State:
    limits: Limits
    policy: Policy
    moves: bool = True  # regions follow the expected motion; False leaves them where the object was
    frames: tuple[Seen, ...] = ()  # the newest last, and those before it that are in reach
    masklets: tuple[Masklet, ...] = ()  # in the order they were added
    backdrop: Backdrop | None = None  # while the camera stands still
    stage: Stage | None = None  # once something larger than a ball was pointed at

    @property
    def newest(self) -> int:
        return self.frames[-1].frame if self.frames else -1

    def seeing(self, seen: Seen, *, before: int = 0) -> State:
        """With one more frame, and without what falls out of reach; `before` keeps so many more to compare with."""
        return replace(self, frames=(*self.frames, seen)[-(self.limits.reach + 1 + before) :])

    def with_masklets(self, changed: Iterable[Masklet]) -> State:
        """Those of known names replaced, the others added."""
        by_name = {masklet.name: masklet for masklet in (*self.masklets, *changed)}
        return replace(self, masklets=tuple(by_name.values()))
