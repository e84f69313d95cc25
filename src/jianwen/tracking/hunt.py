"""A frame and the objects that are looked for in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking.backdrop import Backdrop
    from jianwen.tracking.masklet import Masklet
    from jianwen.tracking.motion import Motion
    from jianwen.tracking.sights import Sight
    from jianwen.tracking.state import Seen

__all__ = ["Hunt"]


@dataclass(frozen=True, slots=True)
class Hunt:
    """Values only.

    Attributes:
        seen: the frame.
        before: the one before it, where it is known.
        masklets: the objects.
        motions: theirs, in the same order.
        taken: what other objects were found to be in this frame.
        noise: the usual change of a pixel since the frame before, grey levels; None where the camera may have moved.
    """

    seen: Seen
    before: Seen | None
    masklets: Sequence[Masklet]
    motions: Sequence[Motion]
    taken: Sequence[Sight] = ()
    noise: float | None = None

    def beside(self, backdrop: Backdrop) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """What a close look at its frame is compared with: the frame before, and the picture without objects."""
        return (self.seen if self.before is None else self.before).picture, backdrop.picture

    @property
    def usual_diameter(self) -> float:
        """Of most of its objects, pixels."""
        return float(np.median([motion.diameter for motion in self.motions]))

    def only(self, indices: Sequence[int], taken: Sequence[Sight]) -> Hunt:
        """For some of the objects, beside others."""
        some, their = [self.masklets[index] for index in indices], [self.motions[index] for index in indices]
        return replace(self, masklets=some, motions=their, taken=taken)
