"""Finds a table in a picture by the colour of its cloth: the largest patch of one colour that is a four-sided one.

The cloth ends where it meets the wood, behind the cushions, so the noses lie a cushion's width farther in. Sides hidden
by people or cut off by the picture's edge make it unsure; then it says nothing rather than something wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwen.errors import BadRequest
from jianwen.tracking.tableview import LENGTH_M, WIDTH_M, TableView, homography, mapped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["find_table"]

WIDE_PX = 256  # of the small picture that is looked at
RUBBER_M = 0.05  # from a nose back to the wood; 2 inches
BINS = 24  # of each of two colour differences
NEAR_COLOUR = 0.085  # how far cloth in shade and cloth in light are apart, in shares of the sum of the colours
DARKEST, BRIGHTEST = 0.3, 1.9  # against the cloth's usual brightness
LEAST_SHARE = 0.05  # of the picture
LEAST_CONFIDENCE = 0.5
MIDDLE = (0.12, 0.88)  # of a side, where it is straight; pockets are at its ends
ON_LINE_PX = 1.0  # of the small picture
FOCAL = np.geomspace(0.6, 30.0, 40)  # in widths of the picture: a phone to a long lens


def find_table(picture: NDArray[np.uint8], *, length_m: float = LENGTH_M, width_m: float = WIDTH_M) -> TableView | None:
    """The table in an RGB picture (H, W, 3), with a confidence; None when unsure."""
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or min(picture.shape[:2]) < 16:
        raise BadRequest(
            detail="A picture must be RGB of 8 bits, at least 16 pixels high and wide.",
            detail_zh="画面必须是 8 位 RGB，高和宽至少 16 像素。",
        )
    small = _small(picture)
    cloth = _largest(_cloth(small))
    height, width = cloth.shape
    if cloth.sum() < LEAST_SHARE * cloth.size:
        return None
    quad = _quadrilateral(_hull(_edge_points(cloth)))
    if quad is None:
        return None
    quad = _fitted(quad, cloth)
    quad, misfit = _turned(quad, width, height, length_m / width_m)
    confidence = _confidence(quad, cloth, misfit)
    if confidence < LEAST_CONFIDENCE:
        return None
    x, y = length_m / 2, width_m / 2
    back = homography(np.array([(-x, -y), (x, -y), (x, y), (-x, y)]) * _outward(x, y), quad / (width, height))
    noses = mapped(back, np.array([(-x, -y), (x, -y), (x, y), (-x, y)]))
    corners = [(float(u), float(v)) for u, v in noses]
    return TableView(
        (corners[0], corners[1], corners[2], corners[3]), length_m=length_m, width_m=width_m, confidence=confidence
    )


def _outward(x: float, y: float) -> Floats:
    return np.array([1 + RUBBER_M / x, 1 + RUBBER_M / y])


def _small(picture: NDArray[np.uint8]) -> Floats:
    """Means over square blocks (h, w, 3), 0-1."""
    block = max(1, round(picture.shape[1] / WIDE_PX))
    height, width = (side // block for side in picture.shape[:2])
    cut = picture[: height * block, : width * block].astype(np.float32)
    return np.asarray(cut.reshape(height, block, width, block, 3).mean(axis=(1, 3)) / 255, np.float64)


def _cloth(small: Floats) -> Mask:
    """Pixels of the colour that fills most of the picture's middle."""
    height, width, _ = small.shape
    light = small.sum(axis=2)
    share = (small + 0.01) / (light + 0.03)[..., None]
    y, x = np.mgrid[0:height, 0:width]
    weight = np.exp(-(((x / width - 0.5) / 0.3) ** 2) - ((y / height - 0.5) / 0.3) ** 2) * (light > 0.15)
    bins = np.clip((share[..., :2] * BINS / 0.9).astype(int), 0, BINS - 1)
    counts = np.bincount((bins[..., 0] * BINS + bins[..., 1]).ravel(), weight.ravel(), BINS * BINS)
    best = int(np.argmax(_spread(np.asarray(counts, np.float64).reshape(BINS, BINS))))
    near = np.abs(bins[..., 0] - best // BINS) + np.abs(bins[..., 1] - best % BINS) <= 1
    if not near.any():
        return np.zeros(light.shape, np.bool_)
    colour, usual = np.median(share[near], axis=0), float(np.median(light[near]))
    close = np.abs(share - colour).sum(axis=2) < NEAR_COLOUR * 1.5
    return np.asarray(close & (light > DARKEST * usual) & (light < BRIGHTEST * usual))


def _spread(counts: Floats) -> Floats:
    padded = np.pad(counts, 1)
    return sum(
        (padded[1 + i : BINS + 1 + i, 1 + j : BINS + 1 + j] for i in (-1, 0, 1) for j in (-1, 0, 1)), np.zeros(1)
    )


def _largest(mask: Mask) -> Mask:
    """The largest patch that hangs together; labels flow from each pixel to its neighbours until none changes."""
    height, width = mask.shape
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(height, width), 0)
    for _ in range(4 * (height + width)):
        before = labels.copy()
        for axis in (0, 1):
            labels = _swept(labels, axis)
            labels = np.flip(_swept(np.flip(labels, axis), axis), axis)
        if (labels == before).all():
            break
    counts = np.bincount(labels.ravel())
    counts[0] = 0
    return np.asarray((labels == int(np.argmax(counts))) & mask)


def _swept(labels: NDArray[np.int64], axis: int) -> NDArray[np.int64]:
    """Along an axis every run of cloth takes the largest label seen so far in it."""
    rows = labels if axis == 1 else labels.T
    runs = np.cumsum(rows == 0, axis=1)  # a number for each run, growing along the row
    top = int(labels.max()) + 1
    best = np.maximum.accumulate(rows + runs * top, axis=1) - runs * top
    swept = np.where(rows > 0, best, 0)
    return np.asarray(swept if axis == 1 else swept.T)


def _edge_points(mask: Mask) -> Floats:
    """(n, 2) x and y: corners of the first and last pixel of each row."""
    points: list[tuple[int, int]] = []
    for row in np.flatnonzero(mask.any(axis=1)).tolist():
        columns = np.flatnonzero(mask[row])
        first, last = int(columns[0]), int(columns[-1]) + 1
        points += [(first, row), (first, row + 1), (last, row), (last, row + 1)]
    return np.array(points, np.float64)


def _hull(points: Floats) -> Floats:
    """Corners of the convex hull, once round (A. Andrew 1979)."""
    ordered = sorted(set(map(tuple, points.tolist())))
    halves = []
    for way in (ordered, ordered[::-1]):
        chain: list[tuple[float, ...]] = []
        for point in way:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        halves += chain[:-1]
    return np.array(halves, np.float64)


def _turn(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _quadrilateral(hull: Floats) -> Floats | None:
    """Four sides (4, 2) round the hull: again and again the side goes whose neighbours meet with the least new area."""
    corners = hull
    while len(corners) > 4:
        best: tuple[float, int, Floats] | None = None
        for index in range(len(corners)):
            a, b, c, d = (corners[(index + step) % len(corners)] for step in (-1, 0, 1, 2))
            meet = _meeting(a, b, d, c)
            if meet is not None and (meet - b) @ (b - a) > 0 and (meet - c) @ (c - d) > 0:
                area = abs(_turn(tuple(b), tuple(meet), tuple(c))) / 2
                if best is None or area < best[0]:
                    best = (area, index, meet)
        if best is None:
            return None
        _, index, meet = best
        corners = corners.copy()
        corners[index] = meet
        corners = np.delete(corners, (index + 1) % len(corners), axis=0)
    return corners if len(corners) == 4 else None


def _meeting(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats | None:
    """Where the lines a-b and c-d meet."""
    matrix = np.stack([b - a, c - d], axis=1)
    if abs(float(np.linalg.det(matrix))) < 1e-9:
        return None
    return np.asarray(a + (b - a) * float(np.linalg.solve(matrix, c - a)[0]))


def _fitted(quad: Floats, cloth: Mask) -> Floats:
    """Each side laid through the cloth's edge along its middle; a hull's side touches only the farthest points."""
    lines = []
    inside = quad.mean(axis=0)
    for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        way = end - start
        length = float(np.linalg.norm(way))
        out = np.array([way[1], -way[0]]) / max(length, 1e-9)
        out = -out if out @ (inside - start) > 0 else out
        base = start + np.linspace(*MIDDLE, 80)[:, None] * way
        depth = _depths(base, -out, cloth)
        share = np.linspace(*MIDDLE, 80)
        usable = np.isfinite(depth)
        if usable.sum() < 20:
            lines.append((start, end))
            continue
        slope, level = _line(share[usable], depth[usable])
        lines.append((start - out * level, end - out * (level + slope)))
    found = [_meeting(*lines[index - 1], *lines[index]) for index in range(4)]
    return quad if any(corner is None for corner in found) else np.array(found, np.float64)


def _depths(base: Floats, inward: Floats, cloth: Mask) -> Floats:
    """(n,): how far inward of each point the cloth begins; inf where it does not."""
    steps = np.arange(-2.0, 0.06 * cloth.shape[1], 0.25)
    places = np.floor(base[:, None] + steps[:, None] * inward).astype(int)
    inside = (places >= 0).all(axis=2) & (places < cloth.shape[::-1]).all(axis=2)
    columns, rows = np.clip(places[..., 0], 0, cloth.shape[1] - 1), np.clip(places[..., 1], 0, cloth.shape[0] - 1)
    on = cloth[rows, columns] & inside
    return np.where(on.any(axis=1), steps[on.argmax(axis=1)], np.inf)


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    """Slope and level of the line that most points lie on: arms and pockets hide the rest."""
    ends = np.arange(-2.0, 8.1, 0.25)
    first, last = (end.ravel() for end in np.meshgrid(ends, ends, indexing="ij"))
    slopes = (last - first) / (MIDDLE[1] - MIDDLE[0])
    levels = first - slopes * MIDDLE[0]
    off = np.abs(y - levels[:, None] - slopes[:, None] * x)
    best = int(np.argmin(np.minimum(off, ON_LINE_PX).sum(axis=1)))
    return float(slopes[best]), float(levels[best])


def _turned(quad: Floats, width: int, height: int, ratio: float) -> tuple[Floats, float]:
    """The corners so that the first side is a long one, as a camera with square pixels would see it; how badly."""
    tries = []
    for turned in (quad, np.roll(quad, -1, axis=0)):
        table = np.array([(-ratio, -1.0), (ratio, -1.0), (ratio, 1.0), (-ratio, 1.0)])
        matrix = homography(table, (turned - (width / 2, height / 2)) / width)
        one, other = matrix[:, 0, None], matrix[:, 1, None]
        scale = np.stack([1 / FOCAL, 1 / FOCAL, np.ones_like(FOCAL)])
        one, other = one * scale, other * scale
        sizes = np.linalg.norm(one, axis=0), np.linalg.norm(other, axis=0)
        misfit = ((one * other).sum(axis=0) / (sizes[0] * sizes[1])) ** 2 + np.log(sizes[0] / sizes[1]) ** 2
        tries.append((float(np.sqrt(misfit.min())), turned))
    best = min(tries, key=lambda item: item[0])
    return best[1], best[0]


def _confidence(quad: Floats, cloth: Mask, misfit: float) -> float:
    """High when the four sides hold hardly anything but cloth, in the picture, as a camera sees a rectangle."""
    height, width = cloth.shape
    y, x = np.mgrid[0:height, 0:width] + 0.5
    inside = np.ones(cloth.shape, np.bool_)
    for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        side = (end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0])
        middle = quad.mean(axis=0)
        at = (end[0] - start[0]) * (middle[1] - start[1]) - (end[1] - start[1]) * (middle[0] - start[0])
        inside &= side * at > 0
    both = float((inside & cloth).sum())
    overlap = both / max(1.0, float((inside | cloth).sum()))
    beyond = np.maximum(0, np.maximum(-quad, quad - (width, height))).max() / width
    shape = np.exp(-((misfit / 0.15) ** 2))
    return float(np.clip((overlap - 0.6) / 0.25, 0, 1) * shape * np.exp(-((beyond / 0.05) ** 2)))
