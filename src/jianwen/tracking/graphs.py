"""What a session asks of a network, in arrays: five graphs and two constants. Torch and ONNX Runtime both answer it.

All arrays are float32 unless said otherwise. `n` counts objects that have equally many memories.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jianwen.tracking.config import TrackerConfig

__all__ = ["Cells", "Decoded", "Features", "Floats", "Graphs", "Recalled"]

Floats = NDArray[np.float32]
Cells = Floats  # (1 or n, width, h, h), the picture's map at stride 16


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """One encoded frame, shared by all objects, or n encoded regions, one an object."""

    cells: Cells  # (1 or n, width, h, h)
    skip4: Floats  # (1 or n, width / 8, 4h, 4h)
    skip8: Floats  # (1 or n, width / 4, 2h, 2h)


@dataclass(frozen=True, slots=True, eq=False)
class Recalled:
    """What n objects remember, chosen by their banks and laid side by side."""

    maps: Floats  # (n, m, memory width, h, h)
    rows: NDArray[np.int64]  # (n, m) row of the time encoding of each map
    pointers: Floats  # (n, p, width)
    times: Floats  # (n, p) frames since each pointer; negative for the future


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """Four proposals for each of n objects: index 0 for clear prompts, 1–3 for doubtful ones."""

    masks: Floats  # (n, 4, mask side, mask side) logits
    qualities: Floats  # (n, 4) expected IoU, 0–1
    pointers: Floats  # (n, 4, width)
    presence: Floats  # (n,) logit of being in the picture


class Graphs(Protocol):
    """A network that runs. Thread-safe as far as its maker is; keeps nothing between calls."""

    config: TrackerConfig
    no_memory: Floats  # (width,) added to the map of an object that has no memory yet
    no_pointer: Floats  # (width,) the pointer of an absent object

    def encode(self, picture: Floats) -> Features:
        """Pictures (1 or n, 3, side, side), normalised by ImageNet's mean and deviation."""
        ...

    def attend(self, cells: Cells, recalled: Recalled) -> Cells:
        """The frame's map (1, …), or its regions' (n, …), as each of n objects sees it (n, …)."""
        ...

    def decode(self, cells: Cells, features: Features, places: Floats, labels: Floats, mask: Floats | None) -> Decoded:
        """Map (n, …), points (n, k, 2) in network pixels, labels (n, k), earlier mask (n, 1, mask side, mask side)."""
        ...

    def condense(self, masks: Floats) -> Floats:
        """Mask prompts (n, 1, side, side) of 0 and 1 → the earlier mask that `decode` takes."""
        ...

    def memorise(self, cells: Cells, masks: Floats, is_prompted: NDArray[np.bool_], presence: Floats) -> Floats:
        """Mask logits (n, 1, mask side, mask side), who spoke (n,), presence (n,) → (n, memory width, h, h)."""
        ...
