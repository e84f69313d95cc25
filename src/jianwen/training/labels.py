"""Which labels of a rendered frame a detector learns from, and their kinds as it names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwen.counting import CLASSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.billiards import Label, Rendered

__all__ = ["kinds_of", "seen_labels"]


def seen_labels(rendered: Rendered, least: float) -> list[Label]:
    """Of the balls on the table of which at least that share, 0–1, is seen; each has a box."""
    return [label for label in rendered.labels if label.box is not None and label.on_table and label.visible >= least]


def kinds_of(labels: Sequence[Label]) -> NDArray[np.int64]:
    """(n,) indices of `CLASSES`; -1 for a snooker ball with a colour."""
    return np.array([CLASSES.index(label.kind) if label.kind in CLASSES else -1 for label in labels], np.int64)
