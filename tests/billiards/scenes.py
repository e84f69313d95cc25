"""A bare picture to measure in: no grain, no people, no lens faults; and balls laid where a test wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwen.billiards import BallStates, Camera, Film, Look, Renderer, Surfaces, eight_ball, nine_foot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TABLE, BALLS = nine_foot(), eight_ball()
RADIUS_M = BALLS[0].radius_m
PLAIN = Look(
    surfaces=Surfaces(chalk_marks=0, cloth_grain=0, cloth_wear=0),
    film=Film(noise=0, blur_px=0, vignette=0, jpeg=None, shutter_s=0.01),
)
UNTURNED = (1.0, 0.0, 0.0, 0.0)


def lying(
    places_m: Sequence[tuple[float, float]],
    *,
    turn: tuple[float, float, float, float] = UNTURNED,
    velocity_m_s: tuple[float, float] = (0.0, 0.0),
) -> Callable[[float], BallStates]:
    """Balls at places; all slide evenly with a velocity and do not turn."""
    count = len(places_m)
    start = np.column_stack([np.array(places_m), np.full(count, RADIUS_M)])
    speed = np.tile([*velocity_m_s, 0.0], (count, 1))

    def at(time_s: float) -> BallStates:
        return BallStates(
            position_m=start + speed * time_s,
            velocity_m_s=speed,
            spin_rad_s=np.zeros((count, 3)),
            orientation=np.tile(turn, (count, 1)),
            on_table=np.ones(count, bool),
        )

    return at


def renderer(camera: Camera, count: int, *, look: Look = PLAIN, first: int = 0, seed: int = 0) -> Renderer:
    return Renderer(TABLE, BALLS[first : first + count], camera, look, seed)
