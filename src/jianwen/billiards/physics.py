"""The constants of cloth, balls and cushions.

Does not compute: `motion.py` and `impacts.py` do.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isfinite

from jianwen.errors import BadRequest

__all__ = ["Physics"]

ABOVE_ZERO = {"gravity_m_s2", "sliding_friction", "rolling_friction", "spin_decay_rad_s2"}  # or a ball would never stop
AT_MOST_ONE = {"ball_restitution", "cushion_restitution"}  # above it a touch would make energy


@dataclass(frozen=True, slots=True)
class Physics:
    """Typical values of measured tables, most of them collected by D. Alciatore (billiards.colostate.edu)."""

    gravity_m_s2: float = 9.81
    sliding_friction: float = 0.2  # ball on cloth while it slips; measured 0.15 to 0.4
    rolling_friction: float = 0.01  # rolling resistance on cloth; measured 0.005 to 0.015
    spin_decay_rad_s2: float = 10.0  # how fast the spin about the vertical goes; measured 5 to 15
    ball_restitution: float = 0.95  # speed of parting over speed of approach; measured 0.92 to 0.98
    # Friction between balls falls with the speed v of the slip: floor + extra * exp(-decay * v),
    # fitted to Marlow's measurements in Alciatore's technical proof A.14 on throw.
    ball_friction_floor: float = 0.009951
    ball_friction_extra: float = 0.108
    ball_friction_decay_s_m: float = 1.088
    cushion_restitution: float = (
        0.85  # along the line of touch, which rises to the nose: a level rebound keeps about 0.7
    )
    cushion_friction: float = 0.2  # ball on the cushion's cloth; taken to be as on the table's

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            low = isfinite(value) and (value > 0 if field.name in ABOVE_ZERO else value >= 0)
            if not low or (field.name in AT_MOST_ONE and value > 1):
                raise BadRequest(
                    detail=f"The constant {field.name} is {value}, which no table has.",
                    detail_zh=f"物理常数 {field.name} 的值 {value} 不可能出现在球台上。",
                )
