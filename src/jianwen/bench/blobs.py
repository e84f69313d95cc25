"""Balls followed as a venue would without a network: spots that differ from the empty table, each with a Kalman filter.

The empty table is the first frame with the prompted balls painted out (`Backdrop`); spots and balls are paired at the
least cost of way and colour. The camera has to stand still.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jianwen.tracking import Backdrop, assigned, parted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jianwen.bench.trackerways import Start

__all__ = ["BlobWay"]

Array = NDArray[Any]

REACH_RADII = 16.0  # of a ball in a frame: 10 m/s at 30 frames a second is 12
RADII_WEIGHT = 0.22  # cost of a radius off the prediction
COLOUR_WEIGHT = 1 / 14
MISS = 4.0  # cost of seeing nothing of a ball
SLOWING = 0.9  # of an unseen ball's speed, a frame
COLOUR_RATE = 0.05  # how fast a ball's colour is learned anew


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
        height, width = first.shape[:2]
        discs = [start.pixels(width, height) for start in starts]
        table = Backdrop(first).without({str(number): disc for number, disc in enumerate(discs)})
        balls = [_Ball(disc, first) for disc in discs]
        yield np.array([ball.place for ball in balls]).reshape(-1, 2)
        for picture in frames:
            for ball in balls:
                ball.predict()
            yield _paired(balls, _spots(picture, table, balls))


class _Ball:
    """One object: a Kalman filter of constant velocity, and a colour."""

    def __init__(self, disc: tuple[float, float, float], picture: NDArray[np.uint8]) -> None:
        import cv2  # noqa: PLC0415 - heavy, and only this row of the table needs it

        x, y, self.radius = disc
        self.colour = _colour(picture, _disc(picture, x, y, 0.6 * self.radius))
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


def _spots(picture: NDArray[np.uint8], table: Backdrop, balls: Sequence[_Ball]) -> list[_Spot]:
    radius = float(np.median([ball.radius for ball in balls]))
    mask = table.differing(picture, slice(None), slice(None), radius=radius)
    parts = parted(mask, np.array([ball.expected for ball in balls]), radius)
    middles = [part.mean(axis=0) + 0.5 for part in parts]
    return [_Spot(float(x), float(y), _colour(picture, part)) for part, (x, y) in zip(parts, middles, strict=True)]


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


def _disc(picture: Array, x: float, y: float, radius: float) -> Array:
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[
        max(0, int(y - radius)) : min(height, int(y + radius) + 2),
        max(0, int(x - radius)) : min(width, int(x + radius) + 2),
    ]
    near = np.hypot(columns + 0.5 - x, rows + 0.5 - y) <= max(radius, 1.0)
    return np.column_stack((columns[near], rows[near]))


def _colour(picture: NDArray[np.uint8], pixels: Array) -> Array:
    """The usual one of some pixels, in Lab with lightness spread over 0–255, as OpenCV has it."""
    import cv2  # noqa: PLC0415 - as above

    usual = np.median(picture[pixels[:, 1], pixels[:, 0]], axis=0).astype(np.uint8)
    return np.asarray(cv2.cvtColor(usual[None, None], cv2.COLOR_RGB2LAB)[0, 0], np.float64)
