"""A mask under which several objects of one size lie → the pixels of each: shared out among the places expected in it.

Finds out nothing of which object is which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.tracking.spots import Spot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]

__all__ = ["has_core", "is_streak", "parted", "spot_of", "without_ovals"]

_EDGE_PX = 1.5  # that smoothing adds to a patch
_LEAST_AREA = 0.15  # of an object's; a streak covers more but fainter
_ROUNDS = 4  # of sharing out
_ROUND = 0.62  # radii from the edge of a patch to a place that may be an object's middle, …
_DEEP = 2.5  # … and the most: deeper in a hand there is no ball
_APART = 1.5  # radii of an expected place from a round one, below which both are one
_BETWEEN = 0.9  # … and between two of them, at least
_REACH = 1.3  # radii from a middle within which a pixel is its object's: a hand's are nobody's
_NEAR = 3.0  # … and beyond which it has nothing to do with any
_FEW = 4  # pixels, that have no shape
_ONE = 2.5  # areas up to which a patch with one expected place is one object
_SLIM = 1.4  # diameters up to which a patch is as slim as one moving object's streak
_REST = 3.0  # areas up to which what is nobody's is one more object
_WAIST = 0.6  # of the width on both sides: slimmer between them, two things touch
_CORE = 0.45  # radii from an edge that the middle of an object has at least: a rim that was left over has less


def parted(mask: NDArray[np.bool_], expected: Array, radius: float) -> list[Array]:
    """The pixels (k, 2), x and y, of each object; `expected` (n, 2) and `radius` in pixels of the mask."""
    import cv2  # noqa: PLC0415 - heavy, and only standing cameras need it

    count, owner, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    area_px = np.pi * radius**2
    found: list[Array] = []
    for number in range(1, count):
        left, top, width, height, area = (int(value) for value in boxes[number])
        if area < _LEAST_AREA * area_px:
            continue
        patch = owner[top : top + height, left : left + width] == number
        rows, columns = np.nonzero(patch)
        pixels = np.column_stack((columns, rows))
        near = expected.reshape(-1, 2) - (left, top)
        if is_streak(pixels, radius) and _inside(patch, near) <= 1 and not _has_waist(pixels):
            parts = [pixels]  # however ragged it is
        else:
            parts = _divided(pixels, _seeds(patch, near, radius), radius)
        found += [part + np.array((left, top)) for part in parts]
    return found


def _inside(patch: NDArray[np.bool_], places: Array) -> int:
    """How many of the places (n, 2) are pixels of a patch."""
    x, y = np.floor(places).astype(int).T
    there = (x >= 0) & (x < patch.shape[1]) & (y >= 0) & (y < patch.shape[0])
    return int(patch[y[there], x[there]].sum())


def _has_waist(pixels: Array) -> bool:
    """Whether pixels (k, 2) are slimmer somewhere between their ends, as things that touch are."""
    _, axes = np.linalg.eigh(np.cov(pixels.T))
    along = np.round((pixels - pixels.mean(axis=0)) @ axes[:, -1]).astype(int)
    across = np.convolve(np.bincount(along - along.min()), (0.25, 0.5, 0.25), mode="same")
    before, after = np.maximum.accumulate(across), np.maximum.accumulate(across[::-1])[::-1]
    return bool((across < _WAIST * np.minimum(before, after)).any())


def _seeds(patch: NDArray[np.bool_], expected: Array, radius: float) -> Array:
    """Where objects may be in a patch: its round parts, and where one is expected and there is no round part."""
    import cv2  # noqa: PLC0415 - as above

    away = cv2.distanceTransform(np.pad(patch, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    size = 2 * max(1, round(_BETWEEN * radius)) + 1
    highest = cv2.dilate(away, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    _, _, _, peaks = cv2.connectedComponentsWithStats(
        ((away == highest) & (away > _ROUND * radius) & (away < _DEEP * radius)).astype(np.uint8)
    )
    peaks = peaks[1:] + 0.5
    x, y = expected.T
    inside = expected[(x > 0) & (x < patch.shape[1]) & (y > 0) & (y < patch.shape[0])]
    far = [one for one in inside if not len(peaks) or np.hypot(*(peaks - one).T).min() > _APART * radius]
    return np.array([*peaks, *far]).reshape(-1, 2)


def spot_of(pixels: Array, score: float, corner: Sequence[float] = (0.0, 0.0)) -> Spot:
    """Their middle, and the sides of the oval that is spread as they are."""
    x, y = pixels.mean(axis=0) + 0.5 + corner
    width, height = np.maximum(4 * pixels.std(axis=0) - _EDGE_PX, 1.0)
    return Spot(float(x), float(y), float(width), float(height), score)


def _divided(pixels: Array, seeds: Array, radius: float) -> list[Array]:
    area_px = np.pi * radius**2
    if len(seeds) == 0 or (len(seeds) == 1 and (len(pixels) < _ONE * area_px or is_streak(pixels, radius))):
        return [pixels]
    centres = seeds.astype(np.float64)
    pixels = pixels[_nearest(pixels, centres, _NEAR * radius) >= 0]  # a patch may be a whole person
    if not len(pixels):
        return []
    for _ in range(_ROUNDS):
        nearest = _nearest(pixels, centres, _REACH * radius)
        for seed in range(len(centres)):
            if (nearest == seed).any():
                centres[seed] = pixels[nearest == seed].mean(axis=0) + 0.5
    shares = [pixels[nearest == seed] for seed in range(len(centres))]
    found = [share for share in shares if len(share) >= _LEAST_AREA * area_px]
    rest = pixels[nearest == -1]  # another one may have come against it
    if found and _LEAST_AREA * area_px < len(rest) < _REST * area_px:
        found.append(rest)
    return found


def _nearest(pixels: Array, centres: Array, reach: float) -> NDArray[np.int64]:
    """(k,) the index of each pixel's nearest centre, -1 where none is within `reach`."""
    least, nearest = np.full(len(pixels), reach), np.full(len(pixels), -1)
    for index, centre in enumerate(centres):
        away = np.hypot(*(pixels + 0.5 - centre).T)
        is_nearer = away <= least
        least[is_nearer], nearest[is_nearer] = away[is_nearer], index
    return nearest


def without_ovals(mask: NDArray[np.bool_], ovals: Sequence[tuple[float, float, float, float]]) -> NDArray[np.bool_]:
    """A mask without what lies in ovals: their middles x and y, and half their sides, in pixels of it."""
    import cv2  # noqa: PLC0415 - as above

    left = mask.astype(np.uint8)
    for x, y, across, down in ovals:
        cv2.ellipse(left, (int(x), int(y)), (int(across), int(down)), 0, 0, 360, 0, -1)
    return np.asarray(left > 0)


def has_core(pixels: Array, radius: float) -> bool:
    """Whether pixels (k, 2) hold the middle of an object, and are not only the rim of one."""
    import cv2  # noqa: PLC0415 - as above

    low = pixels.min(axis=0) - 1
    columns, rows = (pixels - low).T
    patch = np.zeros((rows.max() + 2, columns.max() + 2), np.uint8)
    patch[rows, columns] = 1
    return bool(cv2.distanceTransform(patch, cv2.DIST_L2, 5).max() > _CORE * radius)


def is_streak(pixels: Array, radius: float, *, least: float = 0.0) -> bool:
    """Whether they are as slim as what one object draws while the shutter is open, and `least` diameters long."""
    if len(pixels) < _FEW:
        return False
    across, along = 4 * np.sqrt(np.linalg.eigvalsh(np.cov(pixels.T)).clip(0))
    return bool(across < _SLIM * 2 * radius and along > least * 2 * radius)
