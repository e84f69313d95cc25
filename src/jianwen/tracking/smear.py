"""What a thing adds to the empty picture, drawn out along a way: where in a frame that fits best.

A white ball on a pale cloth differs from it by its shaded side and its shadow alone, and its streak by less than the
noise of a pixel. Yet all of that moves together and its sum stays, so what was seen of it at rest, smeared along a way,
is compared with a whole window at once: a matched filter (Turin 1960, "An introduction to matched filters") whose
shapes are the ways. Knows no objects: `launches.py` does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.tracking.imprint import colour_of, window
from jianwen.tracking.streaks import downhill

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.imprint import Imprint

    Floats = NDArray[np.floating[Any]]
    Disc = tuple[float, float, float]  # middle and radius, pixels
    Place = tuple[float, float]
    Way = tuple[float, float]

__all__ = ["SHADOW_RADII", "Fit", "Looks", "Smear"]

SHADOW_RADII = 2.2  # round its middle, that move with a thing
# Found on the first streaks of rendered shots: see dev/log.md.
_RADIUS_PX = 3.5  # larger things are looked at shrunk to this
_COVER = 1.5  # radii of another thing, and …
_LEFT = 1.2  # … of the place where it lay, that are not looked at
_CAP = 1.2  # times what it adds at most: what differs more is something else
_STRENGTH = (0.6, 1.2)  # times what it added at rest that a streak may add: light varies over a table
_LEAST_CONTRAST = 5.0  # of colours, root of the mean square on its disc: less cannot be told from noise
_GAINED = 0.4  # of a streak's own energy, by which the frame is explained better with it than without, …
_GAINED_STRUCK = 0.25  # … and of what was struck, if nothing else comes near: before a strike 0.15 at most
_RIVAL = 0.5  # of the best streak's gain, which no other one elsewhere may reach
_AS_GOOD, _TRIES = 0.7, 4  # of the best streak's gain: others that are refined as well, and how many in all
_LENGTHS = np.arange(2.5, 15.0)  # radii, of the ways that are tried for what was struck
_STEP = 1.2  # radii between the ends of two ways that are tried
_ASIDE, _ASIDE_SHARE = 0.35, 0.1  # radii off the line from where it lay, and more by its length
_STRUCK = 3.0  # times its streak's length, that it may be from where it lay
_SHARES = (0.4, 0.6, 0.8, 1.0)  # of what it goes in a frame, that the shutter may show, …
_TURNS = (-15.0, 0.0, 15.0)  # … and degrees off its way
_PULL = (0.01, 0.01, 0.05, 0.05)  # of the gain, that a radius off the expected middle and way costs
_STEP_PX, _ROUNDS = 0.25, 6  # of a derivative, and of refining


@dataclass(frozen=True, slots=True)
class Fit:
    """A streak. `gain` is by how much less is left unexplained with it, `share` that as a share of its own energy."""

    x: float  # of its middle, pixels of the frame
    y: float
    way: Way
    gain: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """What a thing added to the empty picture when it lay still, shrunk.

    Attributes:
        added: (h, w, 3) as `imprint.colour_of` has it; 0 beyond its shadow.
        middle: of the thing in it.
        place: where it lay, pixels of the frame.
        radius: of the thing, shrunk.
        scale: by which it is shrunk.
        left: how much of it a later frame still shows there; about 1 is all.
    """

    added: Floats
    middle: Place
    place: Place
    radius: float
    scale: float
    left: float

    @classmethod
    def of(cls, rest: Imprint, radius: float, picture: NDArray[np.uint8], empty: NDArray[np.uint8]) -> Looks | None:
        """From a wide look at it and its radius; None where it is like what is behind it, or the sizes differ."""
        rows, columns = window(picture, rest.x, rest.y, rest.diameter)
        if empty[rows, columns].shape != rest.pixels.shape or not rest.pixels.size:
            return None
        scale = min(1.0, _RADIUS_PX / radius)
        behind = _shrunk(empty[rows, columns], scale)
        added, now = _shrunk(rest.pixels, scale) - behind, _shrunk(picture[rows, columns], scale) - behind
        middle = ((rest.x - columns.start) * scale, (rest.y - rows.start) * scale)
        away = _away(added, middle)
        inner = away <= scale * radius
        energy = (added[inner] ** 2).sum()
        if energy < _LEAST_CONTRAST**2 * max(1, inner.sum()):
            return None
        left = float((now * added)[inner].sum() / energy)
        moves = np.clip(SHADOW_RADII * scale * radius + 0.5 - away, 0, 1)[..., None].astype(np.float32)
        return cls(added * moves, middle, (rest.x, rest.y), scale * radius, scale, left)


class Smear:
    """A window of a frame and a thing's looks, as spectra."""

    def __init__(
        self,
        looks: Looks,
        picture: NDArray[np.uint8],
        empty: NDArray[np.uint8],
        place: Place,
        *,
        reach: float,
        others: Iterable[Disc] = (),
    ) -> None:
        """Round a place of a frame.

        Args:
            looks: of the thing.
            picture: the frame, RGB (H, W, 3).
            empty: the same without it.
            place: the middle of what is looked at, pixels of the frame, within it.
            reach: pixels to each side.
            others: what else is there, which is not looked at.
        """
        rows, columns = window(picture, *place, 2 * reach)
        self._looks, self._corner = looks, (float(columns.start), float(rows.start))
        cap = _CAP * np.abs(looks.added).max(axis=(0, 1))
        now, behind = (_shrunk(one[rows, columns], looks.scale) for one in (picture, empty))
        self._weights = self._open(now.shape[:2], others)[..., None]
        self._differs = np.clip(now - behind, -cap, cap) * self._weights
        self._size = now.shape[:2]
        self._y, self._x = np.mgrid[0 : self._size[0], 0 : self._size[1]].astype(np.float32)
        self._transform()

    def _open(self, size: tuple[int, ...], others: Iterable[Disc]) -> Floats:
        """(h, w): 0 where something else is, or where it lay itself."""
        weights = np.ones(size, np.float32)
        own = (*self._looks.place, _LEFT * self._looks.radius / self._looks.scale)
        for x, y, cover in [*((x, y, _COVER * radius + 1) for x, y, radius in others), own]:
            weights[_away(weights, self._inward(x, y)) < cover * self._looks.scale] = 0
        return weights

    def _transform(self) -> None:
        import cv2  # noqa: PLC0415 - heavy, and only standing cameras need it

        looks = self._looks
        self._shape = tuple(
            cv2.getOptimalDFTSize(one + other) for one, other in zip(self._size, looks.added.shape[:2], strict=True)
        )
        self._down = np.fft.fftfreq(self._shape[0])[:, None].astype(np.float32)
        self._across = np.fft.rfftfreq(self._shape[1])[None].astype(np.float32)
        centred = np.exp(2j * np.pi * (self._down * looks.middle[1] + self._across * looks.middle[0]))
        self._own = np.fft.rfft2(looks.added, self._shape, axes=(0, 1)) * centred.astype(np.complex64)[..., None]
        self._both = (np.conj(self._own) * np.fft.rfft2(self._differs, self._shape, axes=(0, 1))).sum(axis=-1)
        twice = np.full(self._across.shape, 2.0, np.float32)  # for the half of a spectrum that is not kept
        twice[:, 0] = 1.0
        if self._shape[1] % 2 == 0:
            twice[:, -1] = 1.0
        self._energy = (np.abs(self._own) ** 2).sum(axis=-1) * twice / (self._shape[0] * self._shape[1])

    def struck(self) -> list[Fit]:
        """Streaks of the thing if it went off anywhere from where it lay: the best, and some of other lengths.

        Empty where nothing is like one, or several places are.
        """
        by_length = [self._struck(length * self._looks.radius) for length in _LENGTHS.tolist()]
        fits = [fit for of_length in by_length for fit in of_length]
        best = max(fits, key=lambda fit: fit.gain)
        far = 2 * self._looks.radius / self._looks.scale + math.hypot(*best.way) / 2
        rival = max((fit.gain for fit in fits if math.hypot(fit.x - best.x, fit.y - best.y) > far), default=0.0)
        if best.share < _GAINED_STRUCK or rival > _RIVAL * best.gain:
            return []
        best_of = [max(of_length, key=lambda fit: fit.gain) for of_length in by_length]
        ranked = sorted(best_of, key=lambda fit: -fit.gain)
        return [fit for fit in ranked if fit.gain > _AS_GOOD * best.gain][:_TRIES]

    def _struck(self, length: float) -> list[Fit]:
        """The best place for each heading of a way so long, in pixels of the window."""
        x, y = self._inward(*self._looks.place)
        radius, fits = self._looks.radius, []
        for heading in np.arange(0, np.pi, _STEP * radius / length).tolist():
            right, down = math.cos(heading), math.sin(heading)
            along = np.abs((self._x - x) * right + (self._y - y) * down)
            aside = np.abs((self._x - x) * down - (self._y - y) * right)
            can_be = (aside <= _ASIDE * radius + _ASIDE_SHARE * along) & (along >= length / 2)
            fits.append(self._best((length * right, length * down), can_be & (along <= _STRUCK * length + radius)))
        return fits

    def near(self, place: Place, way: Way) -> Fit | None:
        """The streak near a place of what goes about so far a frame."""
        speed, heading = math.hypot(*way) * self._looks.scale, math.atan2(way[1], way[0])
        x, y = self._inward(*place)
        can_be = np.hypot(self._x - x, self._y - y) <= 2 * self._looks.radius + speed / 4
        if not can_be.any():
            return None
        fits = [
            self._best((share * speed * math.cos(angle), share * speed * math.sin(angle)), can_be)
            for share in _SHARES
            for angle in (heading + math.radians(turn) for turn in _TURNS)
        ]
        best = max(fits, key=lambda fit: fit.gain)
        return best if best.share >= _GAINED else None

    def _best(self, way: Way, can_be: NDArray[np.bool_]) -> Fit:
        """Of a way in pixels of the window; strength is free within bounds, so the gain is that of least squares."""
        smeared = np.sinc(self._across * way[0] + self._down * way[1])
        alike = np.fft.irfft2(self._both * smeared, self._shape)[: self._size[0], : self._size[1]]
        energy = max(float((self._energy * smeared**2).sum()), 1e-6)
        strength = np.clip(alike / energy, *_STRENGTH)
        gains = np.where(can_be, strength * (2 * alike - strength * energy), -np.inf)
        row, column = divmod(int(gains.argmax()), self._size[1])
        gain = float(gains[row, column])
        x, y = self._outward(column, row)
        return Fit(x, y, (way[0] / self._looks.scale, way[1] / self._looks.scale), gain, gain / energy)

    def refined(self, fits: Sequence[Fit], expected: tuple[Place, Way] | None = None, trust: float = 1.0) -> Fit:
        """The one that fits best between pixels and the ways that were tried, and without what is covered.

        Args:
            fits: to begin with.
            expected: its middle and way as they would be if it goes on as before, which count for a little …
            trust: … and for less where its speed is hardly known, 0 to 1.
        """
        scale = self._looks.scale
        starts = [(*self._inward(fit.x, fit.y), fit.way[0] * scale, fit.way[1] * scale) for fit in fits]
        usual, pull = self._pulled(expected, trust * fits[0].gain)

        def residual(one: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.concatenate((self._residual(one), pull * (one - usual)))

        tried = [downhill(residual, np.array(start), _STEP_PX, _ROUNDS) for start in starts]
        place = int(np.argmin([(residual(one) ** 2).sum() for one in tried]))
        x, y, right, down = tried[place].tolist()
        x, y = self._outward(x, y)
        return replace(fits[place], x=x, y=y, way=(right / scale, down / scale))

    def _pulled(
        self, expected: tuple[Place, Way] | None, gain: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The expected middle and way in pixels of the window, and the weights of being off them."""
        if expected is None:
            return np.zeros(4), np.zeros(4)
        scale, (right, down) = self._looks.scale, expected[1]
        usual = np.array((*self._inward(*expected[0]), scale * right, scale * down))
        return usual, np.sqrt(np.array(_PULL) * max(gain, 0.0)) / self._looks.radius

    def _residual(self, one: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y, right, down = one.tolist()
        there = np.exp(-2j * np.pi * y * self._down) * np.exp(-2j * np.pi * x * self._across)
        drawn_out = (there * np.sinc(self._across * right + self._down * down)).astype(np.complex64)
        spectrum = self._own * drawn_out[..., None]
        drawn = np.fft.irfft2(spectrum, self._shape, axes=(0, 1))[: self._size[0], : self._size[1]] * self._weights
        own = max(float((drawn**2).sum()), 1e-6)
        strength = float(np.clip((drawn * self._differs).sum() / own, *_STRENGTH))
        return np.asarray((strength * drawn - self._differs).ravel(), np.float64)

    def _inward(self, x: float, y: float) -> Place:
        return (x - self._corner[0]) * self._looks.scale, (y - self._corner[1]) * self._looks.scale

    def _outward(self, x: float, y: float) -> Place:
        return x / self._looks.scale + self._corner[0], y / self._looks.scale + self._corner[1]


def _shrunk(pixels: NDArray[np.uint8], scale: float) -> Floats:
    import cv2  # noqa: PLC0415 - as above

    size = [max(2, round(side * scale)) for side in pixels.shape[1::-1]]
    return colour_of(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)).astype(np.float32)


def _away(pixels: Floats, middle: Place) -> Floats:
    rows, columns = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]] + 0.5
    return np.asarray(np.hypot(columns - middle[0], rows - middle[1]))
