"""Average precision of boxes with scores against true boxes. NumPy only; does not find boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwen.counting.peaks import overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Scored = tuple[NDArray[np.float32], NDArray[np.float32]]  # boxes (n, 4) and scores (n,) of one picture

__all__ = ["average_precision"]


def average_precision(found: Sequence[Scored], true: Sequence[NDArray[np.float32]], *, overlap: float = 0.5) -> float:
    """Area under the precision–recall curve, all points, over all pictures together (as VOC since 2010).

    In order of score, a box is right if the true box that it overlaps most reaches `overlap` and was not taken yet.
    1.0 when there is nothing to find and nothing was found, 0.0 when only something false was.
    """
    balls = sum(map(len, true))
    hits = _hits(found, true, overlap)
    if balls == 0:
        return 0.0 if len(hits) else 1.0
    if not len(hits):
        return 0.0
    right = np.cumsum(hits)
    precision = right / np.arange(1, len(hits) + 1)
    best_after = np.maximum.accumulate(precision[::-1])[::-1]
    return float((best_after * hits).sum() / balls)


def _hits(found: Sequence[Scored], true: Sequence[NDArray[np.float32]], overlap: float) -> NDArray[np.bool_]:
    """Whether each box is right, over all pictures, best score first."""
    scored = [(float(score), n, k) for n, (_, scores) in enumerate(found) for k, score in enumerate(scores)]
    taken = [np.zeros(len(boxes), np.bool_) for boxes in true]
    hits = np.zeros(len(scored), np.bool_)
    for place, (_, n, k) in enumerate(sorted(scored, key=lambda each: (-each[0], each[1], each[2]))):
        if not len(true[n]):
            continue
        shared = overlaps(true[n], found[n][0][k])
        best = int(shared.argmax())
        hits[place] = shared[best] >= overlap and not taken[n][best]
        taken[n][best] |= hits[place]
    return hits
