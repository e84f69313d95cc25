"""What of a frame is looked at, encoded: the whole picture once for all objects, or a region round each.

Does not choose regions: `following.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.graphs import Features
from jianwen.tracking.pictures import normalised, squared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.graphs import Graphs
    from jianwen.tracking.regions import Region
    from jianwen.tracking.state import Seen

__all__ = ["Look", "Looker", "joined"]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A part of a frame and its features, of one row."""

    region: Region | None  # None: the whole picture
    features: Features


class Looker:
    """Keeps the features of one whole picture: the one it was asked for last."""

    def __init__(self, graphs: Graphs) -> None:
        self._graphs = graphs
        self._side = graphs.config.picture_px
        self.in_regions = graphs.config.object_share > 0
        self._last: tuple[Seen, Look] | None = None

    def kept(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What has to be kept of a frame to look at it."""
        return picture.copy() if self.in_regions else squared(picture, self._side)

    def whole(self, seen: Seen) -> Look:
        if self._last is None or self._last[0] is not seen:
            self._last = seen, Look(None, self._graphs.encode(normalised(seen.picture)))
        return self._last[1]

    def at(self, seen: Seen, regions: Sequence[Region | None]) -> list[Look]:
        """In the order given; all regions go through the network in one pass."""
        parts = [region for region in regions if region is not None]
        if not parts:
            return [self.whole(seen) for _ in regions]
        cut = [region.cut(seen.picture, self._side) for region in parts]
        encoded = self._graphs.encode(normalised(*cut))
        return [Look(region, _row(encoded, index)) for index, region in enumerate(parts)]


def joined(features: Sequence[Features]) -> Features:
    """Of several objects side by side; what they share stays one row."""
    if all(one is features[0] for one in features):
        return features[0]
    return Features(
        np.concatenate([one.cells for one in features]),
        np.concatenate([one.skip4 for one in features]),
        np.concatenate([one.skip8 for one in features]),
    )


def _row(features: Features, index: int) -> Features:
    part = slice(index, index + 1)
    return Features(features.cells[part], features.skip4[part], features.skip8[part])
