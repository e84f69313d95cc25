"""Which recent frames are recalled as maps. `recent` is exactly SAM 2; the others trade freshness for trust.

Rows of the time encoding: 0 for the youngest memory, counting back; the last row, `slots`, is that of prompted frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.tracking.bank import Memory, Policy

__all__ = ["DISTRACTOR", "POLICIES", "QUALITY", "RECENT", "Distractor", "Quality", "Recent"]


@dataclass(frozen=True, slots=True)
class Recent:
    """The frames just before, whatever they are worth. A gap stays a gap."""

    name: str = "recent"
    weighs_rivals: bool = False

    def choose(self, recent: Sequence[Memory], *, frame: int, slots: int) -> list[tuple[int, Memory]]:
        return [(frame - one.frame - 1, one) for one in recent if frame - one.frame <= slots]


@dataclass(frozen=True, slots=True)
class Quality:
    """The youngest frames in which the object was there and its mask was trusted; the frame before always counts."""

    least_quality: float = 0.5
    least_presence: float = 0.0
    name: str = "quality"
    weighs_rivals: bool = False

    def choose(self, recent: Sequence[Memory], *, frame: int, slots: int) -> list[tuple[int, Memory]]:
        worth = [one for one in recent if one.frame == frame - 1 or self._is_good(one)]
        return list(enumerate(reversed(worth[-slots:])))

    def _is_good(self, memory: Memory) -> bool:
        return memory.quality >= self.least_quality and memory.presence > self.least_presence


@dataclass(frozen=True, slots=True)
class Distractor:
    """Half the slots for the frames just before, half for frames in which a look-alike was told apart.

    Such a frame is recalled like a prompted one. Two of them lie some frames apart, else one encounter fills all slots.
    """

    least_rivalry: float = 0.3
    least_quality: float = 0.8
    apart: int = 5
    name: str = "distractor"
    weighs_rivals: bool = True

    def choose(self, recent: Sequence[Memory], *, frame: int, slots: int) -> list[tuple[int, Memory]]:
        fresh = slots - slots // 2
        young = [(frame - one.frame - 1, one) for one in recent if frame - one.frame <= fresh]
        anchors: list[Memory] = []
        for one in recent:
            is_far = not anchors or one.frame - anchors[-1].frame >= self.apart
            if frame - one.frame > fresh and is_far and self._tells_apart(one):
                anchors.append(one)
        return [(slots, one) for one in anchors[-(slots // 2) :]] + young

    def _tells_apart(self, memory: Memory) -> bool:
        is_sure = memory.quality >= self.least_quality and memory.presence > 0
        return is_sure and memory.rivalry >= self.least_rivalry


RECENT, QUALITY, DISTRACTOR = Recent(), Quality(), Distractor()
_ALL: tuple[Policy, ...] = (RECENT, QUALITY, DISTRACTOR)
POLICIES = {policy.name: policy for policy in _ALL}
