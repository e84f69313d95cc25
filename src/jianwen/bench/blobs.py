"""Balls followed as a venue would without a network: spots that differ from the empty table, each with a Kalman filter.

The empty table is the first frame with the prompted balls painted out. What differs from it by colour and is no shadow,
is a spot; a spot under several balls is divided among them; spots and balls are paired at the least cost of way and
colour. The camera has to stand still.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jianwen.tracking import assigned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jianwen.bench.trackerways import Start

__all__ = ["BlobWay"]

Array = NDArray[Any]

# Found by hand on shots 1000 to 1007, which are not among those of the test.
LIGHT = 0.6  # weight of lightness: a shadow differs in little else
LEAST_DIFFERENCE = 11.0  # of Lab, from the empty table
NOISE_TIMES = 4.5
SHADOW = (0.4, 1.0)  # share of the light that is left in one
SHADOW_COLOUR = 0.1  # by how much the shares of red, green and blue may differ
LEAST_AREA = 0.15  # of a ball's; a streak covers more but fainter
REACH_RADII = 16.0  # of a ball in a frame: 10 m/s at 30 frames a second is 12
RADII_WEIGHT = 0.22  # cost of a radius off the prediction
COLOUR_WEIGHT = 1 / 14
MISS = 4.0  # cost of seeing nothing of a ball
SLOWING = 0.9  # of an unseen ball's speed, a frame
COLOUR_RATE = 0.05  # how fast a ball's colour is learned anew
ROUNDS = 4  # of dividing a spot


@dataclass(frozen=True, slots=True, eq=False)
class _Spot:
    x: float
    y: float
    colour: Array  # Lab


class BlobWay:
    """A way of following objects; see `trackerways.py`."""

    def follow(self, pictures: Iterable[NDArray[np.uint8]], starts: Sequence[Start]) -> Iterator[NDArray[np.float64]]:
        """For each frame (objects, 2) pixels, not a number where nothing is seen of an object."""
        frames = iter(pictures)
        first = next(frames, None)
        if first is None:
            return
        table = _EmptyTable(first, starts)
        balls = [_Ball(start, table) for start in starts]
        yield np.array([ball.place for ball in balls]).reshape(-1, 2)
        for picture in frames:
            lab, mask = table.seen(picture)
            for ball in balls:
                ball.predict()
            spots = _spots(lab, mask, balls)
            yield _paired(balls, spots)


class _EmptyTable:
    """The first frame without the prompted balls."""

    def __init__(self, picture: NDArray[np.uint8], starts: Sequence[Start]) -> None:
        import cv2  # noqa: PLC0415 - heavy, and only this row of the table needs it

        height, width = picture.shape[:2]
        covered = np.zeros((height, width), np.uint8)
        for start in starts:
            x, y, radius = start.pixels(width, height)
            # With the shadow, and with the edge that compression smears
            cv2.circle(covered, (round(x), round(y)), round(1.5 * radius + 2), 255, -1)
        empty = cv2.inpaint(np.ascontiguousarray(picture), covered, 3, cv2.INPAINT_TELEA)
        self.size = width, height
        self.lab = _lab(picture)
        self._empty, self._light = _lab(empty), _smooth(empty)
        self._noise: float | None = None

    def seen(self, picture: NDArray[np.uint8]) -> tuple[Array, Array]:
        """The frame in Lab, and where something is on the table."""
        import cv2  # noqa: PLC0415 - as above

        lab = _lab(picture)
        # Plane by plane: to sum over a last axis of three is ten times slower
        light, a, b = (lab[..., k] - self._empty[..., k] for k in range(3))
        away = np.sqrt((LIGHT * light) ** 2 + a * a + b * b)
        if self._noise is None:  # most of the picture has not changed since the first frame
            self._noise = float(np.median(away[::4, ::4]))
        differs = away > max(LEAST_DIFFERENCE, NOISE_TIMES * self._noise)
        differs[differs] = ~_is_shadow(_smooth(picture)[differs], self._light[differs])
        mask = differs.astype(np.uint8)
        return lab, np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)))


class _Ball:
    """One object: a Kalman filter of constant velocity, and a colour."""

    def __init__(self, start: Start, table: _EmptyTable) -> None:
        import cv2  # noqa: PLC0415 - as above

        x, y, self.radius = start.pixels(*table.size)
        self.colour = _colour(table.lab, _disc(table.lab, x, y, 0.6 * self.radius))
        self._filter = cv2.KalmanFilter(4, 2)
        self._filter.transitionMatrix = np.array([[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]], np.float32)
        self._filter.measurementMatrix = np.eye(2, 4, dtype=np.float32)
        # A touch may turn any velocity round, so velocity is hardly trusted
        loose = np.array([0.05, 0.05, 1.0, 1.0], np.float32) * np.float32(self.radius**2)
        self._filter.processNoiseCov = np.diag(loose)
        self._filter.measurementNoiseCov = np.eye(2, dtype=np.float32) * np.float32(0.02 * self.radius**2)
        self._filter.errorCovPost = np.diag(loose)
        self._filter.statePost = np.array([[x], [y], [0], [0]], np.float32)
        self.unseen = 0

    @property
    def place(self) -> tuple[float, float]:
        return float(self._filter.statePost[0, 0]), float(self._filter.statePost[1, 0])

    def predict(self) -> None:
        if self.unseen:
            self._filter.statePost = self._filter.statePost * np.array([[1], [1], [SLOWING], [SLOWING]], np.float32)
        self._filter.predict()

    @property
    def expected(self) -> tuple[float, float]:
        return float(self._filter.statePre[0, 0]), float(self._filter.statePre[1, 0])

    def see(self, spot: _Spot | None) -> None:
        if spot is None:
            self.unseen += 1
            return
        self.unseen = 0
        self._filter.correct(np.array([[spot.x], [spot.y]], np.float32))
        self.colour += COLOUR_RATE * (spot.colour - self.colour)


def _spots(lab: Array, mask: Array, balls: Sequence[_Ball]) -> list[_Spot]:
    import cv2  # noqa: PLC0415 - as above

    count, owner, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    radius = float(np.median([ball.radius for ball in balls]))
    expected = np.array([ball.expected for ball in balls])
    found: list[_Spot] = []
    for number in range(1, count):
        left, top, width, height, area = (int(value) for value in boxes[number])
        if area < LEAST_AREA * np.pi * radius**2:
            continue
        rows, columns = np.nonzero(owner[top : top + height, left : left + width] == number)
        pixels = np.column_stack((columns + left, rows + top))
        inside = _inside(expected, radius, (left, top, width, height))
        found += _divided(lab, pixels, expected[inside], radius)
    return found


def _inside(expected: Array, radius: float, box: tuple[int, int, int, int]) -> Array:
    """Which balls may be part of a spot."""
    left, top, width, height = box
    x, y = expected.T
    return np.flatnonzero((x > left) & (x < left + width) & (y > top) & (y < top + height) & (radius > 0))


def _divided(lab: Array, pixels: Array, seeds: Array, radius: float) -> list[_Spot]:
    """A spot as one, or its pixels shared out among the balls expected in it; far pixels are nobody's (a hand's)."""
    if len(seeds) == 0 or (len(seeds) == 1 and len(pixels) < 2.5 * np.pi * radius**2):
        return [_spot(lab, pixels)]
    centres = seeds.astype(np.float64)
    for _ in range(ROUNDS):
        away = np.hypot(*(pixels[:, None] + 0.5 - centres[None]).transpose(2, 0, 1))
        nearest = away.argmin(axis=1)
        nearest[away.min(axis=1) > 1.3 * radius] = -1
        for seed in range(len(centres)):
            if (nearest == seed).any():
                centres[seed] = pixels[nearest == seed].mean(axis=0) + 0.5
    shares = [pixels[nearest == seed] for seed in range(len(centres))]
    found = [_spot(lab, share) for share in shares if len(share) >= LEAST_AREA * np.pi * radius**2]
    rest = pixels[nearest == -1]  # another ball may have rolled against it
    if found and LEAST_AREA * np.pi * radius**2 < len(rest) < 3 * np.pi * radius**2:
        found.append(_spot(lab, rest))
    return found


def _spot(lab: Array, pixels: Array) -> _Spot:
    x, y = pixels.mean(axis=0) + 0.5
    return _Spot(float(x), float(y), _colour(lab, pixels))


def _paired(balls: Sequence[_Ball], spots: Sequence[_Spot]) -> NDArray[np.float64]:
    """Tells every ball its spot, and gives the places of those that have one."""
    never = 1e6
    costs = np.full((len(balls), len(spots) + len(balls)), never)
    where = np.array([(spot.x, spot.y) for spot in spots]).reshape(-1, 2)
    colours = np.array([spot.colour for spot in spots]).reshape(-1, 3)
    for row, ball in enumerate(balls):
        costs[row, len(spots) + row] = MISS
        doubt = 1 + min(ball.unseen, 5)
        away = np.hypot(*(where - ball.expected).T) / ball.radius
        cost = RADII_WEIGHT * away / doubt + COLOUR_WEIGHT * np.sqrt(((colours - ball.colour) ** 2).sum(axis=1))
        costs[row, : len(spots)] = np.where(away <= REACH_RADII * doubt, cost, never)
    places = np.full((len(balls), 2), np.nan)
    for row, column in enumerate(assigned(costs)):
        seen = spots[column] if column < len(spots) and costs[row, column] < never else None
        balls[row].see(seen)
        if seen is not None:
            places[row] = seen.x, seen.y
    return places


def _lab(picture: Array) -> Array:
    import cv2  # noqa: PLC0415 - as above

    # OpenCV spreads lightness over 0–255
    return np.asarray(cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 0.8), cv2.COLOR_RGB2LAB), np.float32)


def _is_shadow(pixels: Array, empty: Array) -> Array:
    """Of pixels (n, 3): whether all three colours are darker than the table's by the same share, and not very dark."""
    red, green, blue = ((pixels[:, k] + 3) / (empty[:, k] + 3) for k in range(3))
    darkest, lightest = np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)
    return np.asarray((darkest > SHADOW[0]) & (lightest < SHADOW[1]) & (lightest - darkest < SHADOW_COLOUR))


def _smooth(picture: Array) -> Array:
    import cv2  # noqa: PLC0415 - as above

    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.float32)


def _disc(lab: Array, x: float, y: float, radius: float) -> Array:
    height, width = lab.shape[:2]
    rows, columns = np.mgrid[
        max(0, int(y - radius)) : min(height, int(y + radius) + 2),
        max(0, int(x - radius)) : min(width, int(x + radius) + 2),
    ]
    near = np.hypot(columns + 0.5 - x, rows + 0.5 - y) <= max(radius, 1.0)
    return np.column_stack((columns[near], rows[near]))


def _colour(lab: Array, pixels: Array) -> Array:
    return np.asarray(np.median(lab[pixels[:, 1], pixels[:, 0]], axis=0), np.float64)
