"""Where one ball is, at any time of a shot: its legs, end to end, and its orientation along them."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from math import copysign
from typing import TYPE_CHECKING

from jianwen.billiards.rotation import Quaternion, Turning, turning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.billiards.motion import Leg

__all__ = ["Path"]


class Path:
    """One ball's whole way. The last leg is `still` or `gone`."""

    __slots__ = ("_leg_starts", "_turn_starts", "_turnings", "legs")

    def __init__(self, legs: Sequence[Leg], first: Quaternion) -> None:
        # Several touches at one instant leave legs of no length; the last of them is what happened.
        kept = [leg for leg, after in pairwise(legs) if after.start_s > leg.start_s]
        self.legs = (*kept, legs[-1])
        self._leg_starts = [leg.start_s for leg in self.legs]
        self._turnings = list(_turnings(self.legs, first))
        self._turn_starts = [stretch.start_s for stretch in self._turnings]

    def leg_at(self, time_s: float) -> Leg:
        """The leg a time falls into."""
        return self.legs[max(0, bisect_right(self._leg_starts, time_s) - 1)]

    def orientation_at(self, time_s: float) -> Quaternion:
        """Unit quaternion from the ball's axes to the world's."""
        return self._turnings[max(0, bisect_right(self._turn_starts, time_s) - 1)].at(time_s)


def _turnings(legs: Sequence[Leg], first: Quaternion) -> list[Turning]:
    """A stretch a leg, two where its side spin runs out on the way."""
    found: list[Turning] = []
    ends = [*(leg.start_s for leg in legs[1:]), legs[-1].start_s]
    for leg, end_s in zip(legs, ends, strict=True):
        length = end_s - leg.start_s
        wz = leg.body.wz
        spun = min(length, abs(wz) / leg.decay) if leg.decay else length
        for low, high, decay in ((0.0, spun, copysign(leg.decay, wz) if spun else 0.0), (spun, length, 0.0)):
            if high > low or (low == 0.0 and not length):
                at = leg.after(low)
                spin = (at.wx, at.wy, at.wz if low < spun else 0.0)
                start = found[-1].marks[-1] if found else first
                found.append(turning(leg.start_s + low, high - low, spin, (leg.bx, leg.by, -decay), start))
    return found
