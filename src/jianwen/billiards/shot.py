"""A shot that was simulated: who touched what, when and where, and where every ball is at any time.

Does not simulate (`simulate.py` does) and does not draw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jianwen.billiards.balls import Ball
    from jianwen.billiards.path import Path
    from jianwen.billiards.table import Table

__all__ = ["BallStates", "Event", "EventKind", "Shot", "Strike"]

FloatArray = NDArray[np.float64]
EventKind = Literal["strike", "collision", "cushion", "pot", "stop"]


@dataclass(frozen=True, slots=True)
class Strike:
    """What the cue does to the cue ball."""

    speed_m_s: float  # of the ball right after the hit, along the cue; 10 is a hard break
    direction_rad: float  # of the way the ball leaves, from x towards y
    side: float = 0.0  # -1 left to 1 right, of the tip offset that does not yet slip off: half a radius
    top: float = 0.0  # -1 draw to 1 follow, the same way
    elevation_rad: float = 0.0  # of the cue's butt; 0 is level


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, to the bit of a float."""

    kind: EventKind
    time_s: float
    balls: tuple[int, ...]  # indices: two for a collision, one otherwise
    place_m: tuple[float, float]  # collision and cushion: the point of touch; otherwise the ball's centre


@dataclass(frozen=True, slots=True)
class BallStates:
    """All balls at one time; n is their number, float64."""

    position_m: FloatArray  # (n, 3) of the centres; z is the radius while a ball lies on the cloth
    velocity_m_s: FloatArray  # (n, 3)
    spin_rad_s: FloatArray  # (n, 3) in world axes
    orientation: FloatArray  # (n, 4) unit quaternions w, x, y, z, from the ball's axes to the world's
    on_table: NDArray[np.bool_]  # (n,); False once a potted ball has sunk into its pocket


@dataclass(frozen=True, slots=True)
class Shot:
    """From the strike until the last ball lies still or is out of sight."""

    table: Table
    balls: tuple[Ball, ...]
    events: tuple[Event, ...]  # by time
    duration_s: float
    paths: tuple[Path, ...] = field(repr=False)  # one a ball

    def at(self, time_s: float) -> BallStates:
        """Every ball at a time, from the closed forms; before the strike and after the end, what is nearest."""
        time_s = min(max(time_s, 0.0), self.duration_s)
        rows, on_table = [], []
        for path in self.paths:
            leg = path.leg_at(time_s)
            after = time_s - leg.start_s
            x, y, vx, vy, *spin = leg.after(after)
            z = leg.z + 0.5 * leg.az * after * after
            rows.append((x, y, z, vx, vy, leg.az * after, *spin, *path.orientation_at(time_s)))
            on_table.append(leg.phase != "gone")
        table = np.array(rows, dtype=np.float64)
        return BallStates(table[:, 0:3], table[:, 3:6], table[:, 6:9], table[:, 9:13], np.array(on_table))
