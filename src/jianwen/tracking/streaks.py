"""The streak that a fast ball draws while the shutter is open: its middle, and the way it went.

A disc that goes evenly along a straight way covers a pixel for a share of the time. How much a pixel differs from the
backdrop, as a share of how the ball's colour differs from it, is that share; its sum is the disc's area, however long
the streak. So the streak's middle and way are those with which the shares fit best, even where both ends are hardly to
be seen. Finds no ball itself: it begins with a place and some ways that are thought of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.tracking.imprint import colour_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Ints = NDArray[np.int64]
    Disc = tuple[float, float, float]  # centre and radius, pixels

__all__ = ["MIXED", "WHOLE", "Streak", "covered_share", "downhill", "fitted"]

WHOLE = (0.4, 1.3)  # of the whole ball's colour, as a share of its middle's: its sides are darker
MIXED = (0.5, 8.0)  # … as a share of its streak's, in which there is cloth too
_RADIUS_PX = 4.0  # larger balls are looked at shrunk to this
_LEAST_CONTRAST = 14.0  # of the colours' distance: a ball that is like its cloth cannot be measured so
_TINT_RANGE = (0.0, 1.25)  # shares beyond are something else: a highlight, a cue
_SHADOW = 0.25  # least weight of what a shadow would change as well
_BRIGHT = 0.6  # the weight where a ball is brighter than what is behind it
_CLEAR_CONTRAST = 35.0  # from which it has the least
_ROUNDS = 8  # of Levenberg and Marquardt
_LEAST_PX = 4  # of a window's side
_SIGMA = 0.8  # pixels of smoothing
_STEP_PX = 0.25  # of a derivative
_ROOM = 2.5  # radii that are looked at round what is thought of
_OPEN = 0.6  # of a streak that must be seen
_COVER = 1.25  # radii of another ball that are not looked at


@dataclass(frozen=True, slots=True)
class Streak:
    """In pixels of the frame.

    Attributes:
        x: of its middle.
        y: likewise.
        way: how far the disc went to the right and down while the shutter was open; its sign says nothing.
        explained: of what differs within its outline and beside it, how much it explains; 1 is all.
        colour: of the disc alone, as `imprint.colour_of` has it.
    """

    x: float
    y: float
    way: tuple[float, float]
    explained: float
    colour: tuple[float, float, float]

    @property
    def length(self) -> float:
        """Of the way."""
        return math.hypot(*self.way)


def covered_share(x: Floats, y: Floats, way: tuple[float, float], radius: float) -> Floats:
    """For how much of the time a disc covers pixels at `x`, `y` from the middle of its way, 0 to 1."""
    length = max(math.hypot(*way), 1e-3)
    along = (x * way[0] + y * way[1]) / length
    across = (x * way[1] - y * way[0]) / length
    half = np.sqrt(np.clip(radius**2 - across**2, 0, None))
    first, last = np.maximum(along - half, -length / 2), np.minimum(along + half, length / 2)
    return np.asarray(np.clip(last - first, 0, None) / length)


def fitted(
    picture: NDArray[np.uint8],
    backdrop: NDArray[np.uint8],
    colour: Sequence[float],
    radius: float,
    starts: Iterable[tuple[float, float, float, float]],
    *,
    others: Sequence[Disc] = (),
    strength: tuple[float, float] = WHOLE,
) -> Streak | None:
    """The streak that explains most; None where the ball is like what is behind it, or the frame ends.

    Args:
        picture: the frame, RGB (H, W, 3).
        backdrop: the same without objects.
        colour: of the ball, as `imprint.colour_of` has it.
        radius: of the ball, pixels.
        starts: middles and ways that are thought of: x, y, right, down; pixels.
        others: balls that are not to be looked at.
        strength: least and most of the ball's colour as shares of the one that is given.
    """
    tries = np.array(list(starts), np.float64)
    low, high = _window(tries, radius, picture)
    if (high - low).min() < _LEAST_PX:
        return None
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    field = _Field.of(picture[part], backdrop[part], colour, radius, corner=(float(low[0]), float(low[1])))
    if field is None:
        return None
    field = replace(field.without(others), strength=strength)
    inner = field.inward(tries)
    ranked = sorted(inner, key=field.cost)
    best = field.refined(ranked[0])
    x, y, right, down = field.outward(best)
    if field.open(best) < _OPEN:
        return None
    return Streak(x, y, (right, down), field.explained(best), field.colour(best))


def _part_of_light(tint: Floats, empty: Floats) -> float:
    """What counts of a distance towards black, as shadows make it: little, where the ball differs by colour enough."""
    if float(tint @ empty) > 0:
        return _BRIGHT
    by_colour = float(np.linalg.norm(_dimmed(tint, empty, 0.0)))
    return float(np.clip(1 - by_colour / _CLEAR_CONTRAST, _SHADOW, 1))


def _dimmed(away: Floats, empty: Floats, part: float) -> Floats:
    """Distances of colours, (…, 3), with a part of what goes towards black."""
    unit = empty / np.maximum(np.linalg.norm(empty, axis=-1, keepdims=True), 1.0)
    return np.asarray(away - (1 - part) * (away * unit).sum(axis=-1, keepdims=True) * unit)


def _window(tries: NDArray[np.float64], radius: float, picture: NDArray[np.uint8]) -> tuple[Ints, Ints]:
    """The corners, x and y, of what must be looked at."""
    reach = np.abs(tries[:, 2:]) / 2 + _ROOM * radius
    low, high = (tries[:, :2] - reach).min(axis=0), (tries[:, :2] + reach).max(axis=0)
    size = picture.shape[1::-1]
    return np.floor(low).astype(int).clip(0, size), np.ceil(high).astype(int).clip(0, size)


def downhill(
    residual_of: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    start: NDArray[np.float64],
    step: float,
    rounds: int,
) -> NDArray[np.float64]:
    """Levenberg and Marquardt's way to the least squares, from numbers (n,); slopes are taken over a `step` of each."""
    best, damping = start, 1e-2
    residual = residual_of(best)
    cost = float(residual @ residual)
    for _ in range(rounds):
        slopes = np.stack([(residual_of(best + one) - residual) / step for one in np.eye(len(start)) * step], 1)
        normal, right = slopes.T @ slopes, slopes.T @ residual
        while damping < 1e3:
            tried = best - np.linalg.solve(normal + damping * np.diag(normal.diagonal() + 1e-6), right)
            there = residual_of(tried)
            if float(there @ there) < cost:
                break
            damping *= 4
        else:
            break
        gained = cost - float(there @ there)
        best, residual, cost, damping = tried, there, float(there @ there), damping / 4
        if gained < 1e-3 * cost:
            break
    return best


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """A window as shares of the ball's colour, shrunk so that a ball has at most `_RADIUS_PX`."""

    shares: Floats  # (H, W)
    weights: Floats  # (H, W), 0 where another ball is
    now: Floats  # (H, W, 3) the frame's colours, …
    empty: Floats  # … and the backdrop's
    corner: tuple[float, float]
    scale: float
    radius: float
    x: Floats
    y: Floats
    strength: tuple[float, float] = WHOLE

    @classmethod
    def of(
        cls,
        picture: NDArray[np.uint8],
        backdrop: NDArray[np.uint8],
        colour: Sequence[float],
        radius: float,
        *,
        corner: tuple[float, float],
    ) -> _Field | None:
        """Of a window, whose corner is said; None where a ball of that colour hardly differs from what is behind it."""
        import cv2  # noqa: PLC0415 - heavy, and only standing cameras need it

        scale = min(1.0, _RADIUS_PX / radius)
        size = [max(2, round(side * scale)) for side in picture.shape[1::-1]]
        now, empty = (colour_of(cv2.resize(one, size, interpolation=cv2.INTER_AREA)) for one in (picture, backdrop))
        away = np.asarray(colour) - empty
        part = _part_of_light(np.median(away, axis=(0, 1)), np.median(empty, axis=(0, 1)))
        tint = _dimmed(away, empty, part)
        contrast = (tint**2).sum(axis=-1)
        if np.median(contrast) < _LEAST_CONTRAST**2:
            return None
        shares = (_dimmed(now - empty, empty, part) * tint).sum(axis=-1) / np.maximum(contrast, _LEAST_CONTRAST**2)
        shares = np.clip(cv2.GaussianBlur(shares, (0, 0), _SIGMA), *_TINT_RANGE)
        rows, columns = np.mgrid[0 : size[1], 0 : size[0]] + 0.5
        return cls(shares, np.ones_like(shares), now, empty, corner, scale, radius * scale, columns, rows)

    def without(self, others: Sequence[Disc]) -> _Field:
        """With no weight where other balls are."""
        weights = self.weights.copy()
        for x, y, radius in others:
            away = np.hypot(self.x - (x - self.corner[0]) * self.scale, self.y - (y - self.corner[1]) * self.scale)
            weights[away < _COVER * radius * self.scale + 1] = 0
        return replace(self, weights=weights)

    def inward(self, tries: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = tries.copy()
        moved[:, :2] -= self.corner
        return moved * self.scale

    def outward(self, one: NDArray[np.float64]) -> tuple[float, float, float, float]:
        x, y, right, down = (one / self.scale).tolist()
        return x + self.corner[0], y + self.corner[1], right, down

    def model(self, one: NDArray[np.float64]) -> Floats:
        x, y, right, down = one.tolist()
        share = covered_share(self.x - x, self.y - y, (right, down), self.radius) * self.weights
        own = float((share**2).sum())
        strength = float((share * self.shares).sum()) / own if own > 0 else 0.0
        return share * float(np.clip(strength, *self.strength))

    def residual(self, one: NDArray[np.float64]) -> NDArray[np.float64]:
        return ((self.model(one) - self.shares) * self.weights).ravel()

    def cost(self, one: NDArray[np.float64]) -> float:
        residual = self.residual(one)
        return float(residual @ residual)

    def refined(self, start: NDArray[np.float64]) -> NDArray[np.float64]:
        return downhill(self.residual, start, _STEP_PX, _ROUNDS)

    def open(self, one: NDArray[np.float64]) -> float:
        """The share of a streak that no other ball covers."""
        x, y, right, down = one.tolist()
        share = covered_share(self.x - x, self.y - y, (right, down), self.radius)
        whole = float(share.sum())
        return float((share * self.weights).sum()) / whole if whole > 0 else 0.0

    def colour(self, one: NDArray[np.float64]) -> tuple[float, float, float]:
        """What is behind it, and what the disc adds to it where it is all the time."""
        x, y, right, down = one.tolist()
        share = covered_share(self.x - x, self.y - y, (right, down), self.radius) * self.weights
        behind = (share[..., None] * self.empty).sum(axis=(0, 1)) / max(float(share.sum()), 1e-6)
        added = (share[..., None] * (self.now - self.empty)).sum(axis=(0, 1)) / max(float((share**2).sum()), 1e-6)
        light, red, yellow = (behind + added).tolist()
        return light, red, yellow

    def explained(self, one: NDArray[np.float64]) -> float:
        x, y, right, down = one.tolist()
        near = covered_share(self.x - x, self.y - y, (right, down), 1.5 * self.radius) > 0
        weights = self.weights * near
        whole = float((weights * self.shares**2).sum())
        left = float((weights * (self.shares - self.model(one)) ** 2).sum())
        return 1 - left / whole if whole > 0 else 0.0
