"""A shot that was simulated: who touched what, when and where, and where every ball is at any time.

Does not simulate (`simulate.py` does) and does not draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["BallStates", "Event", "EventKind", "Strike"]

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
