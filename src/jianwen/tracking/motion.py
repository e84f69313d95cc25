"""Where an object will be, and how large a region must be to hold it: constant velocity, losing a little to friction.

A collision breaks the velocity; what follows is then expected less surely, so the region grows. Looks at no picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.regions import Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MOST_DIAMETERS", "Motion", "is_ball_sized", "region_side"]

FRICTION = 0.985  # what is left of a velocity after a frame
MOST_DIAMETERS = 16.0  # side of the largest region: a ball of 8 px in 128 is still drawn
_LARGEST = 1 / 8  # of the frame's height: what is larger is no ball
_SURPRISE = 0.75  # radii off the prediction from which a collision is believed
_LEAST_OPEN = 0.3  # of a frame, that a shutter is open where balls make streaks
_STRAIGHT = 0.95  # cosine between a streak and the displacement
_SHORTER = 0.4  # by which a streak is shorter than the shutter makes it, after a hit
_SMOOTH = 0.5  # weight of the newest displacement in the velocity of a ball that rolls freely


def region_side(diameter: float, speed: float, share: float) -> float:
    """In pixels: `1 / share` diameters for an object at rest, and room for half its way in a frame on every side.

    Args:
        diameter: of the object, pixels.
        speed: pixels a frame that the place may be wrong by.
        share: of the region that an object at rest takes.
    """
    return float(min(diameter / share + speed, MOST_DIAMETERS * diameter))


def is_ball_sized(diameter: float, height: int) -> bool:
    """Whether what is so wide may be a ball in a picture of a table, `height` pixels high."""
    return diameter < _LARGEST * height


@dataclass(frozen=True, slots=True)
class Motion:
    """Of one object, after the frame it was last seen in. Places and velocities in pixels of the frame."""

    frame: int
    x: float
    y: float
    diameter: float
    velocity: tuple[float, float] = (0.0, 0.0)  # pixels a frame
    doubt: float = 0.0  # pixels that the velocity may be wrong by
    is_new: bool = True  # seen once, so nothing is known of its velocity
    open_share: float = 0.0  # of a frame that the shutter is open, as streaks have shown; 0: not known yet

    def at(self, frame: int) -> tuple[float, float]:
        """The expected centre in a later frame."""
        share = _travelled(frame - self.frame)
        return self.x + self.velocity[0] * share, self.y + self.velocity[1] * share

    def may_be(self, places: NDArray[np.float64], frame: int, size: tuple[int, int]) -> NDArray[np.bool_]:
        """(n,): at which places (n, 2) of a later frame it may be: what has left the picture comes back by its edge."""
        height, width = size
        x, y = self.at(frame)
        if 0 <= x < width and 0 <= y < height:
            return np.ones(len(places), np.bool_)
        inside = np.minimum(places, (width, height) - places).min(axis=1)
        return np.asarray(inside < self.diameter + math.hypot(*self.velocity))

    def is_small(self, height: int) -> bool:
        return is_ball_sized(self.diameter, height)

    def seen(self, frame: int, x: float, y: float, diameter: float, way: tuple[float, float] = (0.0, 0.0)) -> Motion:
        """After one more sight. A large surprise is a collision: then only what is newest counts.

        `way` is how far it went while the shutter was open, where that made a streak. Where a ball is hit in the
        midst of a frame, its displacement is of two speeds and its streak of the later one.
        """
        gap = frame - self.frame
        if gap <= 0:
            return replace(self, x=x, y=y, diameter=diameter)
        fresh = np.array((x - self.x, y - self.y)) / gap
        expected = np.array(self.at(frame))
        surprise = float(np.hypot(*(expected - (x, y))))
        collided = self.is_new or surprise > _SURPRISE * self.diameter / 2
        velocity = fresh if collided else _SMOOTH * fresh + (1 - _SMOOTH) * FRICTION**gap * np.array(self.velocity)
        if collided and any(way) and self._slowed(fresh, way):
            velocity = np.array(way) / self.open_share * (1 if fresh @ way >= 0 else -1)
        doubt = float(np.hypot(*fresh)) if collided else 0.5 * self.doubt
        # the size of a thing changes slowly, that of its mask with every shadow
        smooth = 0.8 * self.diameter + 0.2 * diameter
        open_share = self._open_share(fresh, way) if any(way) and gap == 1 else self.open_share
        return Motion(frame, x, y, smooth, (float(velocity[0]), float(velocity[1])), doubt, False, open_share)

    def _slowed(self, fresh: NDArray[np.float64], way: tuple[float, float]) -> bool:
        """Whether a streak is shorter than that of a ball which goes so far in the whole frame."""
        return math.hypot(*way) < (1 - _SHORTER) * self.open_share * float(np.hypot(*fresh))

    def _open_share(self, fresh: NDArray[np.float64], way: tuple[float, float]) -> float:
        """Learned where a streak lies along the way that the ball went."""
        far = float(np.hypot(*fresh))
        share = min(1.0, math.hypot(*way) / max(far, 1e-6))
        is_along = abs(float(fresh @ way)) > _STRAIGHT * far * math.hypot(*way)
        if far < self.diameter or share < _LEAST_OPEN or not is_along or self._slowed(fresh, way):
            return self.open_share
        return (self.open_share + share) / 2 if self.open_share else share

    def region(self, frame: int, share: float, *, spread: float = 0.0) -> Region:
        """To look at in a later frame. The longer unseen, the larger; `spread` is further doubt in pixels."""
        gap = max(1, frame - self.frame)
        speed = float(np.hypot(*self.velocity))
        room = self.doubt + 0.25 * speed + spread + (gap - 1) * (self.diameter + speed)
        return Region.round_place(*self.at(frame), region_side(self.diameter, room, share))


def _travelled(frames: int) -> float:
    """How many first displacements long the way of so many frames is."""
    return float(sum(FRICTION**step for step in range(1, frames + 1)))
