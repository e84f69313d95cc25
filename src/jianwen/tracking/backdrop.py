"""The picture of a camera that stands still, without the objects: what differs from it is an object, or a stranger.

The objects are painted out of a frame; what lies behind them is learned when they have gone. Knows no network.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.tracking.imprint import colour_at, disc_in, window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.imprint import Imprint
    from jianwen.tracking.masklet import Masklet
    from jianwen.tracking.motion import Motion
    from jianwen.tracking.state import Seen

    Array = NDArray[Any]
    Disc = tuple[float, float, float]  # centre and radius, pixels

__all__ = ["Backdrop", "as_said", "is_bare", "is_vacant", "standing"]

# Found by hand on rendered shots 1000 to 1007, which are not among those of the test.
_LIGHT = 0.6  # weight of lightness: a shadow differs in little else
_LEAST = 11.0  # of Lab, by which an object differs, …
_LEAST_FAINT = 5.0  # … and a streak, which is as faint as it is long
_NOISE_TIMES = 4.5
_SIGMA = 0.8  # pixels of smoothing, where there is little noise
_CROSS = np.array(((0, 1, 0), (1, 1, 1), (0, 1, 0)), np.uint8)  # what is thinner is noise
_SAMPLE_ROWS = 64  # of the frame that noise is measured in
_SHADOW = (0.4, 1.0)  # share of the light that is left in one
_SHADOW_COLOUR = 0.1  # by how much the shares of red, green and blue may differ
_COVER = 1.5  # radii that are painted out: with the shadow, …
_EDGE_PX = 2  # … and with the edge that compression smears
_INNER = 0.35  # diameters round a middle, of what must be an object's
_BARE = 4.4  # of Lab, by which most pixels lie off those around where nothing lies; balls: 4.8 and more
_MOST = 70  # per cent of them: what differs on less is a mark on the cloth
_BARE_RADII = 1.25  # looked at for that: an edge and a shadow tell a ball of the cloth's colour
_RING_RADII = 2.0  # … beside what lies around it
_LEAST_PIXELS = 40  # fewer say nothing
_CLOTH = 0.35  # of the way from the cloth's colour to an object's own: nearer is cloth, …
_TOLD = 40.0  # … where these are so far apart, grey levels
_AROUND = 3.0  # times as wide as an object, where the cloth's colour is read: what is painted under it may be wrong
_GUESS = 25.0  # of Lab, by which what was painted may be wrong
_RATE = 0.2  # how fast what lies open is learned anew, …
_EVERY = 10  # … every so many frames


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """What is known of it.

    Attributes:
        picture: (H, W, 3) RGB.
        objects: those that were painted out, as `as_said` names them.
        guessed: where what lies behind one has not been seen yet.
    """

    picture: NDArray[np.uint8]
    objects: frozenset[str] = frozenset()
    guessed: tuple[Disc, ...] = ()

    def without(self, objects: dict[str, Disc]) -> Backdrop:
        """With further objects painted out."""
        if not objects:
            return self
        import cv2  # noqa: PLC0415 - heavy, and only standing cameras need it

        covered = _covered(self.picture.shape, list(objects.values()))
        empty = cv2.inpaint(np.ascontiguousarray(self.picture), covered, 3, cv2.INPAINT_TELEA)
        return Backdrop(np.asarray(empty), self.objects | objects.keys(), (*self.guessed, *objects.values()))

    def revealed(self, picture: NDArray[np.uint8], discs: Sequence[Disc]) -> Backdrop:
        """With what a later frame shows where objects lay, now that none is there."""
        gone = [one for one in self.guessed if all(_are_apart(one, disc) for disc in discs)]
        if not gone:
            return self
        known = self.picture.copy()
        for disc in gone:
            rows, columns = _round(disc, picture)
            now, empty = picture[rows, columns], known[rows, columns]
            if not now.size:  # it lay beside the frame
                continue
            # what differs much may be an object that nobody follows any more
            open_ = (_covered(picture.shape, [disc])[rows, columns] > 0) & (_apart(now, empty) < _GUESS)
            empty[open_] = now[open_]
        return replace(self, picture=known, guessed=tuple(one for one in self.guessed if one not in gone))

    def learned(self, picture: NDArray[np.uint8], discs: Sequence[Disc]) -> Backdrop:
        """A little more like a later frame, but where its objects are."""
        import cv2  # noqa: PLC0415 - as above

        mixed = cv2.addWeighted(self.picture, 1 - _RATE, np.ascontiguousarray(picture), _RATE, 0.5)
        covered = _covered(picture.shape, discs)
        return replace(self, picture=np.where(covered[..., None] > 0, self.picture, mixed))

    def is_covered(self, picture: NDArray[np.uint8], x: float, y: float, diameter: float) -> bool:
        """Whether there is anything but the backdrop where an object is said to be."""
        rows, columns = _round((x, y, diameter / 2), picture)
        inner = disc_in(rows, columns, x, y, _INNER * diameter)
        if not inner.any():
            return True
        away = _apart(picture[rows, columns], self.picture[rows, columns])
        return bool(away[inner].mean() > _LEAST_FAINT)

    def noise(self, picture: NDArray[np.uint8]) -> float:
        """By how much a frame differs from it where nothing is, of Lab."""
        sample = slice(len(picture) // 3, len(picture) // 3 + _SAMPLE_ROWS)
        return float(np.median(_apart(picture[sample], self.picture[sample])))

    def differing(
        self,
        picture: NDArray[np.uint8],
        rows: slice,
        columns: slice,
        *,
        radius: float,
        noise: float | None = None,
        faint: bool = False,
    ) -> NDArray[np.bool_]:
        """Where something is before it, in a window of a frame: no shadow, and nothing that noise makes.

        Args:
            picture: the frame.
            rows: of the window.
            columns: of the window.
            radius: of an object, pixels: noise is smoothed as far as its outline allows.
            noise: of the frame, where it is known already.
            faint: also what differs as little as a streak.
        """
        import cv2  # noqa: PLC0415 - as above

        noise = self.noise(picture) if noise is None else noise
        least = _LEAST_FAINT if faint else _LEAST
        sigma = float(np.clip(_SIGMA * _NOISE_TIMES * noise / least, _SIGMA, max(_SIGMA, radius / 4)))
        now, empty = (_smooth(one[rows, columns], sigma) for one in (picture, self.picture))
        bound = max(least, _NOISE_TIMES * noise * _SIGMA / sigma)
        differs = _away(_lab(now), _lab(empty)) > bound
        differs[differs] = ~_is_shadow(now[differs].astype(np.float32), empty[differs].astype(np.float32))
        return np.asarray(cv2.morphologyEx(differs.astype(np.uint8), cv2.MORPH_OPEN, _CROSS) > 0)


def is_bare(picture: NDArray[np.uint8], x: float, y: float, radius: float) -> bool:
    """Whether a place shows little but the even surface around it, whatever lies behind. Streaks may be as even."""
    rows, columns = window(picture, x, y, 2 * _RING_RADII * radius)
    disc = disc_in(rows, columns, x, y, _BARE_RADII * radius)
    if disc.sum() < _LEAST_PIXELS or disc.all():
        return False
    pixels = _lab(_smooth(picture[rows, columns], _SIGMA)).astype(np.float32) * (_LIGHT, 1, 1)
    away = np.linalg.norm(pixels - np.median(pixels[~disc], axis=0), axis=2)
    return bool(np.percentile(away[disc], _MOST) < _BARE)


def is_vacant(backdrop: Backdrop, picture: NDArray[np.uint8], motion: Motion, imprint: Imprint) -> bool:
    """Whether an object is not where it is said to be: a bare place, or one of the cloth's colour and not its own.

    Of an object of the cloth's colour nobody can say.
    """
    x, y, diameter = motion.x, motion.y, motion.diameter
    cloth = colour_at(backdrop.picture, x, y, _AROUND * diameter)
    far = float(np.linalg.norm(np.array(imprint.colour) - cloth))
    if far < _TOLD:
        return False
    is_cloth = float(np.linalg.norm(colour_at(picture, x, y, diameter) - cloth)) < _CLOTH * far
    return is_cloth or is_bare(picture, x, y, diameter / 2)


def standing(backdrop: Backdrop | None, before: Seen, masklets: Sequence[Masklet]) -> Backdrop | None:
    """What a camera that stands still has behind its objects, after a frame; None where nothing small is followed."""
    known = [(as_said(masklet), masklet.motion) for masklet in masklets if masklet.motion is not None]
    discs = {
        name: (motion.x, motion.y, motion.diameter / 2) for name, motion in known if motion.is_small(before.size[0])
    }
    if not discs:
        return None
    kept = (backdrop or Backdrop(before.picture)).revealed(before.picture, list(discs.values()))
    if before.frame % _EVERY == 0:
        kept = kept.learned(before.picture, list(discs.values()))
    kept = replace(kept, objects=kept.objects & {as_said(masklet) for masklet in masklets})
    return kept.without({name: disc for name, disc in discs.items() if name not in kept.objects})


def as_said(masklet: Masklet) -> str:
    """An object by its name and the last frame in which somebody pointed at it: then it may be anywhere."""
    return f"{masklet.name} {max((memory.frame for memory in masklet.bank.prompted), default=-1)}"


def _are_apart(one: Disc, other: Disc) -> bool:
    """Whether neither covers anything of the other."""
    reach = _COVER * (one[2] + other[2]) + 2 * _EDGE_PX
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 > reach**2


def _round(disc: Disc, picture: Array) -> tuple[slice, slice]:
    x, y, radius = disc
    return window(picture, x, y, 2 * (_COVER * radius + 2 * _EDGE_PX))


def _covered(shape: tuple[int, ...], discs: Sequence[Disc]) -> NDArray[np.uint8]:
    import cv2  # noqa: PLC0415 - as above

    covered = np.zeros(shape[:2], np.uint8)
    for x, y, radius in discs:
        cv2.circle(covered, (round(x), round(y)), round(_COVER * radius + _EDGE_PX), 255, -1)
    return covered


def _away(one: Array, other: Array) -> Array:
    """How far two pictures in Lab lie apart, pixel by pixel."""
    import cv2  # noqa: PLC0415 - as above

    apart = cv2.absdiff(one, other).astype(np.float32)
    return np.asarray(cv2.sqrt(cv2.transform(apart * apart, np.array([[_LIGHT**2, 1, 1]], np.float32))))


def _apart(one: Array, other: Array) -> Array:
    """How far two pictures in RGB lie apart, smoothed a little."""
    return _away(_lab(_smooth(one, _SIGMA)), _lab(_smooth(other, _SIGMA)))


def _lab(picture: Array) -> Array:
    import cv2  # noqa: PLC0415 - as above

    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB))  # bytes; OpenCV spreads lightness over 0–255


def _smooth(picture: Array, sigma: float) -> NDArray[np.uint8]:
    import cv2  # noqa: PLC0415 - as above

    return np.asarray(cv2.GaussianBlur(np.ascontiguousarray(picture), (0, 0), sigma))


def _is_shadow(pixels: Array, empty: Array) -> Array:
    """Of pixels (n, 3): whether all three colours are darker than the backdrop by the same share, and not very dark."""
    red, green, blue = ((pixels[:, k] + 3) / (empty[:, k] + 3) for k in range(3))
    darkest, lightest = np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)
    return np.asarray((darkest > _SHADOW[0]) & (lightest < _SHADOW[1]) & (lightest - darkest < _SHADOW_COLOUR))
