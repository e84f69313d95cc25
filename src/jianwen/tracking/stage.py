"""Things larger than balls from frame to frame: pieces of known colours that slide over it and hide each other.

All pieces are placed together: what one covers explains nothing for another. Look-alikes that nobody follows are pieces
too, or an object would take them for itself. Works on a small picture; `piece.py` cuts out, `following.py` draws.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.tracking.piece import Piece, binned, cut_out, own

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.piece import Mask
    from jianwen.tracking.prompt import Prompt

__all__ = ["MOST", "Stage", "shrunk"]

LONGER_PX = 320  # side of the stage
# Found on one clip of three cups that are shuffled, and tried on it backwards: see dev/log.md.
_HIDDEN = 0.15  # cost of a pixel of other colours that something is before, …
_BARE = 0.7  # … and of one with nothing before it
_FAR = 0.0012  # cost of a pixel off the way, squared
_REACH = 14  # pixels off the way that are looked at
_FASTEST, _THROWN = 12.0, 24.0  # pixels a frame, of what is followed and of what is lost
_ROUNDS = 3  # in which each is placed again with all others
_CHANGED = 40  # grey levels from the surroundings, from which something is before them
_LEARNED = 2.0  # grey levels a frame, by which the surroundings are learned
_CLEAR, _LOST = 0.6, 0.2  # of a piece that is seen: from there its velocity is sure; below it is as good as hidden
_SURE, _UNSURE, _SLOWING = 0.7, 0.15, 0.97  # weight of the newest velocity; what is kept of one that is not seen
_SAME = 0.6  # IoU of a lone patch with a piece, from which it is the piece's new outline
_TOUCHES = 0.03  # of a patch that another piece may cover
_SIZES = 2.0  # times larger or smaller: no look-alike
_PATIENCE = 60  # frames after which a look-alike that is not seen is forgotten
MOST = 16  # pieces; look-alikes beyond are not noticed


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What a session knows of large things.

    Attributes:
        picture: (h, w, 3) uint8 RGB, the newest frame, shrunk.
        surroundings: (h, w, 3) float32 RGB, what the picture shows mostly. Begins as a frame with all that is in it,
            and is the newest one where the camera moves.
        pieces: objects, and look-alikes.
    """

    picture: NDArray[np.uint8]
    surroundings: NDArray[np.float32]
    pieces: tuple[Piece, ...] = ()

    @classmethod
    def of(cls, frame: NDArray[np.uint8]) -> Stage:
        """Of a frame, RGB (H, W, 3), empty."""
        picture = _small(frame)
        return cls(picture, picture.astype(np.float32))

    @property
    def size(self) -> tuple[int, int]:
        return self.picture.shape[0], self.picture.shape[1]

    def named(self, name: str) -> Piece | None:
        return next((piece for piece in self.pieces if piece.name == name), None)

    def without(self, name: str) -> Stage:
        """Look-alikes go with the last object that they are like."""
        left = [piece for piece in self.pieces if piece.name and piece.name != name]
        tables = {id(piece.colours) for piece in left}
        alike = (piece for piece in self.pieces if not piece.name and id(piece.colours) in tables)
        return replace(self, pieces=(*left, *alike))

    def pointed_at(self, name: str, rough: Mask, prompt: Prompt) -> Stage:
        """With an object cut out of the picture anew, where its colours tell it; a look-alike there becomes it.

        Args:
            name: of the object.
            rough: where a network draws it, of the whole picture at any size.
            prompt: what a person said of it.
        """
        rough = shrunk(rough.astype(np.float32), self.size) > 0.5
        left = self.without(name)
        others = _covered([piece for piece in left.pieces if piece.name], self.size)
        piece = cut_out(name, self.picture, rough, prompt, others)
        return left if piece is None else left.having(piece)

    def having(self, piece: Piece) -> Stage:
        """With an object in place of what was known of it; a look-alike that lies there is that object."""
        left, where = self.without(piece.name), piece.painted(self.size)
        apart = (one for one in left.pieces if one.name or not (one.painted(self.size) & where).any())
        return replace(left, pieces=(*apart, piece))

    def after(self, frame: NDArray[np.uint8], *, stands: bool) -> Stage:
        """One frame on, of a camera that stood still or has moved. Frames of another size begin anew."""
        picture = _small(frame)
        if picture.shape != self.picture.shape:
            return Stage.of(frame)
        surroundings = self.surroundings if stands else picture.astype(np.float32)
        apart = picture - surroundings
        surroundings = surroundings + apart.clip(-_LEARNED, _LEARNED)
        if not self.pieces:
            return Stage(picture, surroundings)
        scene = _Scene(picture, np.abs(apart).max(axis=2) > _CHANGED)
        placed = _placed(self.pieces, scene)
        settled = _reshaped([_moved(*pair) for pair in zip(self.pieces, placed, strict=True)], scene)
        return Stage(picture, surroundings, tuple(_known(settled, scene)))

    def shown(self, piece: Piece) -> Mask:
        """(h, w): what the picture shows of a piece; what is nearer hides it. Empty where it is as good as hidden."""
        if piece.visible < _LOST:
            return np.zeros(self.size, np.bool_)
        nearer = [one for one in self.pieces if one is not piece and one.visible > piece.visible]
        shown = own(piece.colours, binned(self.picture))
        return np.asarray(piece.painted(self.size) & shown & ~_covered(nearer, self.size))


def _small(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB (H, W, 3) → the stage's size."""
    height, width = frame.shape[:2]
    scale = min(1.0, LONGER_PX / max(height, width))
    return shrunk(frame, (max(1, round(height * scale)), max(1, round(width * scale))))


def shrunk(picture: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """A picture or a mask of numbers at another size (height, width), smoothed where it shrinks."""
    import cv2  # noqa: PLC0415 - heavy, and only large things need it

    return np.asarray(cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA))


class _Scene:
    """A frame as pieces see it."""

    def __init__(self, picture: NDArray[np.uint8], is_before: Mask) -> None:
        self.size = picture.shape[0], picture.shape[1]
        self._bins, self._is_before = binned(picture), is_before
        self._own: dict[int, Mask] = {}

    def own(self, piece: Piece) -> Mask:
        """Where its colours are. Look-alikes share the table of the object they are like."""
        key = id(piece.colours)
        if key not in self._own:
            self._own[key] = own(piece.colours, self._bins)
        return self._own[key]

    def worth(self, piece: Piece, others: Mask) -> NDArray[np.float32]:
        """(h, w): what each pixel is worth to a piece that covers it."""
        hidden = np.where(self._is_before | others, -_HIDDEN, -_BARE)
        return np.where(self.own(piece), np.where(others, 0.0, 1.0), hidden).astype(np.float32)

    def visible(self, piece: Piece, others: Mask) -> float:
        """What is beside the picture is not."""
        whole = max(1, int((piece.outline > 0.5).sum()))
        return float((piece.painted(self.size) & self.own(piece) & ~others).sum()) / whole

    def is_covered(self, piece: Piece, where: Mask) -> bool:
        """Whether a hand or something else is before it."""
        return bool((where & self._is_before & ~self.own(piece)).sum() > _TOUCHES * where.sum())


def _placed(pieces: Sequence[Piece], scene: _Scene) -> list[Piece]:
    """Where each fits best, those that are seen best first; again with all others known."""
    order = sorted(range(len(pieces)), key=lambda index: -pieces[index].visible)
    placed: dict[int, Piece] = {}
    counts = np.zeros(scene.size, np.int16)  # how many cover a pixel
    for _ in range(_ROUNDS):
        for index in order:
            if index in placed:
                counts -= placed[index].painted(scene.size)
            others = counts > 0
            fitted = _fitted(pieces[index], scene.worth(pieces[index], others))
            placed[index] = replace(fitted, visible=scene.visible(fitted, others))
            counts += placed[index].painted(scene.size)
    return [placed[index] for index in range(len(pieces))]


def _fitted(piece: Piece, worth: NDArray[np.float32]) -> Piece:
    """Slid to where it is worth most, near where its way leads."""
    import cv2  # noqa: PLC0415 - as above

    across, down = (min(_FASTEST, max(-_FASTEST, speed)) for speed in piece.velocity)
    left, top = round(piece.left + across), round(piece.top + down)
    height, width = piece.outline.shape
    rows, columns = (
        np.arange(start - _REACH, start + length + _REACH) for start, length in ((top, height), (left, width))
    )
    inside = ((rows >= 0) & (rows < worth.shape[0]))[:, None] & ((columns >= 0) & (columns < worth.shape[1]))
    near = worth[rows.clip(0, worth.shape[0] - 1)[:, None], columns.clip(0, worth.shape[1] - 1)]
    near = np.where(inside, near, np.float32(-_HIDDEN))  # beside the picture it is hidden
    gain = cv2.matchTemplate(near, piece.outline, cv2.TM_CCORR) / piece.area
    steps = np.arange(-_REACH, _REACH + 1)
    off = (steps + top - piece.top - down)[:, None] ** 2 + (steps + left - piece.left - across) ** 2
    row, column = np.unravel_index(np.argmax(gain - _FAR * off), gain.shape)
    return replace(piece, left=left + int(steps[column]), top=top + int(steps[row]))


def _moved(before: Piece, now: Piece) -> Piece:
    """With the velocity of its way; of what is hidden little is learned."""
    weight = _SURE if now.visible > _CLEAR else _UNSURE
    kept = _SLOWING if now.visible < 1 - _CLEAR else 1.0
    way = now.left - before.left, now.top - before.top
    across, down = (kept * ((1 - weight) * old + weight * new) for old, new in zip(before.velocity, way, strict=True))
    unseen = before.unseen + 1 if now.visible < _LOST else 0
    return replace(now, velocity=(across, down), unseen=unseen)


def _reshaped(pieces: list[Piece], scene: _Scene) -> list[Piece]:
    """With new outlines of those that lie alone."""
    found = []
    painted = [piece.painted(scene.size) for piece in pieces]
    counts = np.sum(painted, axis=0, dtype=np.int16)
    for piece, where in zip(pieces, painted, strict=True):
        patch = _patch(scene.own(piece), where)
        others = counts - where > 0
        is_alone = patch.any() and (patch & others).sum() <= _TOUCHES * patch.sum()
        is_alone = is_alone and not scene.is_covered(piece, where)
        is_same = is_alone and (patch & where).sum() > _SAME * (patch | where).sum()
        found.append(piece.reshaped(patch) if is_same else piece)
    return found


def _known(pieces: list[Piece], scene: _Scene) -> list[Piece]:
    """Those that go on, and what looks like an object and is none of them: one that was lost, or a look-alike."""
    known = [piece for piece in pieces if piece.name or piece.unseen <= _PATIENCE]
    for like in [piece for piece in known if piece.name]:
        for patch in _patches(scene.own(like), like.area):
            if (patch & _covered(known, scene.size)).sum() > _TOUCHES * patch.sum():
                continue
            lost = [piece for piece in known if piece.colours is like.colours and _may_be(piece, patch)]
            if lost:
                nearest = min(lost, key=lambda piece: _away(piece, patch))
                known[known.index(nearest)] = nearest.of(patch, name=nearest.name)
            elif len(known) < MOST:
                known.append(like.of(patch, name=""))
    return known


def _covered(pieces: Sequence[Piece], size: tuple[int, int]) -> Mask:
    covered = np.zeros(size, np.bool_)
    for piece in pieces:
        covered |= piece.painted(size)
    return covered


def _patch(shown: Mask, where: Mask) -> Mask:
    """The connected part of a mask that a place lies on most."""
    import cv2  # noqa: PLC0415 - as above

    _, patches = cv2.connectedComponents(shown.astype(np.uint8), connectivity=4)
    counts = np.bincount(patches[shown & where], minlength=1)
    return np.asarray(patches == counts.argmax()) & shown if counts.any() else np.zeros_like(shown)


def _patches(shown: Mask, area: float) -> list[Mask]:
    """Its connected parts of about that size."""
    import cv2  # noqa: PLC0415 - as above

    count, patches, sizes, _ = cv2.connectedComponentsWithStats(shown.astype(np.uint8), connectivity=4)
    fitting = [index for index in range(1, count) if 1 / _SIZES < sizes[index, cv2.CC_STAT_AREA] / area < _SIZES]
    return [np.asarray(patches == index) for index in fitting]


def _may_be(piece: Piece, patch: Mask) -> bool:
    """Whether it is lost, and may have come so far since it was seen."""
    reach = _THROWN * (1 + piece.unseen) + max(piece.outline.shape) / 2
    return piece.visible < _LOST and _away(piece, patch) < reach


def _away(piece: Piece, patch: Mask) -> float:
    rows, columns = np.nonzero(patch)
    height, width = piece.outline.shape
    return math.hypot(piece.left + width / 2 - columns.mean(), piece.top + height / 2 - rows.mean())
