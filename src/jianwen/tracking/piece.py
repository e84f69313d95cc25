"""A thing larger than a ball as a piece cut out of the picture: its outline, and which colours are its own.

Cuts out at the start (GrabCut, Rother et al. 2004) and paints; `stage.py` slides pieces over later frames.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.tracking.prompt import Prompt

    Mask = NDArray[np.bool_]

__all__ = ["BINS", "Piece", "binned", "cut_out", "even_patch", "longer", "own"]

BINS = 8 * 16 * 16  # of Lab
_FEW = 1e-5  # share of pixels that every colour has beforehand: of one that was never seen nobody knows whose it is
_NEAR = (0.25, 0.5, 0.25)  # of a colour's pixels that count for those beside it
_OWN = 1.0  # log-likelihood ratio from which a colour is an object's own
_ALIKE = 0.3  # of an object's usual likelihood: elsewhere this is a look-alike, and says nothing of what lies around
_TELLS, _TOLD = 0.7, 0.3  # of an object's pixels that must have its own colours, and of those around it that may
_EVEN = (40, 15, 15)  # of Lab, by which a thing's colour may differ from where it was clicked on
_AROUND = 0.5  # of an object's longer side, that is looked at around it
_ROUNDS = 4  # of GrabCut
_SOFT = 0.2  # of an outline that is kept
_FRESH = 0.3  # weight of a new outline


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Places in pixels of the stage.

    Attributes:
        name: of the object; "" of a look-alike that nobody follows.
        outline: (h, w) float32, 0–1.
        colours: (BINS,) float32, log-likelihood ratio of each colour, on the object against elsewhere.
        left: of the outline.
        top: of the outline.
        velocity: pixels a frame.
        visible: how much of it the newest frame shows, a share.
        unseen: frames in a row that show hardly any of it.
    """

    name: str
    outline: NDArray[np.float32]
    colours: NDArray[np.float32]
    left: int
    top: int
    velocity: tuple[float, float] = (0.0, 0.0)
    visible: float = 1.0
    unseen: int = 0

    @property
    def area(self) -> float:
        return float(self.outline.sum())

    def painted(self, size: tuple[int, int]) -> Mask:
        """(H, W): where it is."""
        canvas = np.zeros(size, np.bool_)
        inside, part = self._within(size)
        canvas[inside] = self.outline[part] > 0.5
        return canvas

    def reshaped(self, mask: Mask) -> Piece:
        """With a little of an outline (H, W) that was seen clearly."""
        soft = np.float32(_FRESH) * mask
        inside, part = self._within(mask.shape)
        soft[inside] += (1 - _FRESH) * self.outline[part]
        if not (soft > 0.5).any():
            return self
        fresh = _cropped(soft)
        return replace(self, outline=fresh[0], left=fresh[1], top=fresh[2])

    def of(self, mask: Mask, *, name: str) -> Piece:
        """A thing of the same colours with another outline."""
        outline, left, top = _cropped(mask.astype(np.float32))
        return Piece(name, outline, self.colours, left, top)

    def _within(self, size: tuple[int, ...]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Which part of a picture it covers, and which part of it that is."""
        (rows, above), (columns, before) = (
            _overlap(start, length, most)
            for start, length, most in zip((self.top, self.left), self.outline.shape, size, strict=True)
        )
        return (rows, columns), (above, before)


def binned(picture: NDArray[np.uint8]) -> NDArray[np.intp]:
    """RGB (H, W, 3) → (H, W): which of the colours each pixel has."""
    import cv2  # noqa: PLC0415 - heavy, and only large things need it

    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.intp)
    return np.asarray((lab[..., 0] >> 5) * 256 + (lab[..., 1] >> 4) * 16 + (lab[..., 2] >> 4))


def own(colours: NDArray[np.float32], bins: NDArray[np.intp]) -> Mask:
    """(H, W): where a picture has an object's own colours, without specks and holes."""
    import cv2  # noqa: PLC0415 - as above

    shown = (colours[bins] > _OWN).astype(np.uint8)
    closed = cv2.morphologyEx(shown, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0)


def cut_out(name: str, picture: NDArray[np.uint8], rough: Mask, prompt: Prompt, others: Mask) -> Piece | None:
    """An object as a piece; None where its colours do not tell it from what lies around it.

    Args:
        name: of the object.
        picture: RGB (H, W, 3), of the stage's size.
        rough: (H, W), where a network draws it.
        prompt: what a person said of it.
        others: (H, W), where other objects are.
    """
    outline = rough if prompt.mask is not None else _outlined(picture, rough, prompt)
    if not outline.any():
        return None
    bins = binned(picture)
    colours = _colours(bins, outline, others)
    around = _grown(outline, round(_AROUND * longer(outline))) & ~outline & ~others
    shown = own(colours, bins)
    if shown[outline].mean() < _TELLS or not around.any() or shown[around].mean() > _TOLD:
        return None
    cropped, left, top = _cropped(outline.astype(np.float32))
    return Piece(name, cropped, colours, left, top)


def even_patch(picture: NDArray[np.uint8], prompt: Prompt) -> Mask:
    """(H, W): what hangs together with what was clicked on and has its colour, in a small picture."""
    import cv2  # noqa: PLC0415 - as above

    height, width = picture.shape[:2]
    lab = cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 1), cv2.COLOR_RGB2LAB)
    found = np.zeros((height + 2, width + 2), np.uint8)
    how = cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | 4
    for click in prompt.clicks:
        place = int(click.x * width), int(click.y * height)
        if click.is_on and 0 <= place[0] < width and 0 <= place[1] < height:
            cv2.floodFill(lab, found, place, 0, _EVEN, _EVEN, how)
    return found[1:-1, 1:-1] > 0


def _outlined(picture: NDArray[np.uint8], rough: Mask, prompt: Prompt) -> Mask:
    """By GrabCut: inside a box, or near what a network draws; clicks are certain."""
    import cv2  # noqa: PLC0415 - as above

    height, width = rough.shape
    near = rough
    if prompt.box is not None:
        box, near = prompt.box, np.zeros_like(rough)
        rows = slice(max(0, round(box.y0 * height)), max(0, round(box.y1 * height)))
        near[rows, max(0, round(box.x0 * width)) : max(0, round(box.x1 * width))] = True
    if not near.any() or near.all():
        return near & rough
    room = longer(near)
    may_be = near if prompt.box is not None else _grown(near, round(0.3 * room))
    flags = np.where(near, cv2.GC_PR_FGD, np.where(may_be, cv2.GC_PR_BGD, cv2.GC_BGD)).astype(np.uint8)
    for click in prompt.clicks:
        row, column = int(click.y * height), int(click.x * width)
        if 0 <= row < height and 0 <= column < width:
            flags[row, column] = cv2.GC_FGD if click.is_on else cv2.GC_BGD
    rows, columns = (_reach(near.any(axis=axis), room) for axis in (1, 0))
    part = np.ascontiguousarray(flags[rows, columns])
    if not (part == cv2.GC_BGD).any() or not ((part == cv2.GC_FGD) | (part == cv2.GC_PR_FGD)).any():
        return rough
    cv2.setRNGSeed(0)  # the same picture gives the same outline
    colours = np.zeros((1, 65)), np.zeros((1, 65))  # working room
    where = (0, 0, 0, 0)  # not asked for
    shown = np.ascontiguousarray(picture[rows, columns])
    cv2.grabCut(shown, part, where, *colours, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = np.zeros_like(rough)
    found[rows, columns] = (part == cv2.GC_FGD) | (part == cv2.GC_PR_FGD)
    return found


def _colours(bins: NDArray[np.intp], outline: Mask, others: Mask) -> NDArray[np.float32]:
    """Of what looks like the object elsewhere nobody knows what it is, so it counts for neither side."""
    on = _shares(bins[outline])
    alike = on[bins] > _ALIKE * np.median(on[bins[outline]])
    off = _shares(bins[~(outline | others | alike)])
    return np.asarray(np.log(on / off), np.float32)


def _shares(bins: NDArray[np.intp]) -> NDArray[np.float64]:
    """(BINS,): how much of some pixels has each colour, smoothed."""
    counts = np.bincount(bins, minlength=BINS).reshape(8, 16, 16) / max(1, bins.size)
    for axis in range(3):
        counts = np.apply_along_axis(np.convolve, axis, counts, _NEAR, "same")
    return np.asarray(counts.ravel() + _FEW)


def _grown(mask: Mask, by: int) -> Mask:
    import cv2  # noqa: PLC0415 - as above

    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0)


def longer(mask: Mask) -> int:
    """Side of what it covers, pixels."""
    return int(max(np.ptp(np.nonzero(mask), axis=1))) + 1


def _cropped(soft: NDArray[np.float32]) -> tuple[NDArray[np.float32], int, int]:
    """An outline (H, W) without what is empty round it, and its left and top."""
    filled = np.asarray(soft > _SOFT)
    rows, columns = (_reach(filled.any(axis=axis)) for axis in (1, 0))
    return np.ascontiguousarray(soft[rows, columns]), columns.start, rows.start


def _reach(filled: Any, more: int = 0) -> slice:
    """From the first to the last of a row that is filled, and so many more on both sides."""
    found = np.flatnonzero(filled)
    return slice(max(0, int(found[0]) - more), min(len(filled), int(found[-1]) + 1 + more))


def _overlap(start: int, length: int, most: int) -> tuple[slice, slice]:
    first, last = max(0, start), min(most, start + length)
    return slice(first, max(first, last)), slice(first - start, max(first, last) - start)
