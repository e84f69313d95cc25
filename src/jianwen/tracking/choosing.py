"""Which of the decoder's four masks counts. Index 0 is meant for clear prompts, 1–3 for doubtful ones.

Without prompt, or with one click, the best of three; with more, the single mask unless it is unsteady at its edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jianwen.tracking.graphs import Decoded, Floats

__all__ = ["ABSENT", "Chosen", "chosen"]

ABSENT = -1024.0  # every logit of an object that is not there
_DELTA = 0.05  # the edge is moved by this much …
_STEADY = 0.98  # … and so much of the area must stay


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """One object's mask and what comes with it."""

    logits: Floats  # (mask side, mask side)
    pointer: Floats  # (width,)
    quality: float
    presence: float
    rivalry: float


def chosen(decoded: Decoded, index: int, *, several: bool, weighs_rivals: bool = False) -> Chosen:
    """The object at `index`; `several` asks for the best of three masks."""
    masks, qualities = decoded.masks[index], decoded.qualities[index]
    best = 1 + int(np.argmax(qualities[1:]))
    drawn = best if several or not _is_steady(masks[0]) else 0
    presence = float(decoded.presence[index])
    logits = masks[drawn].copy() if presence > 0 else np.full_like(masks[drawn], ABSENT)
    return Chosen(
        logits=logits,
        pointer=decoded.pointers[index, best if several else 0].copy(),  # the single token, even for a better mask
        quality=float(qualities[drawn]),
        presence=presence,
        rivalry=_rivalry(masks, drawn) if weighs_rivals and presence > 0 else 0.0,
    )


def _is_steady(logits: Floats) -> bool:
    inner, outer = int((logits > _DELTA).sum()), int((logits > -_DELTA).sum())
    # compared as float32, in which the bound was set
    return outer == 0 or bool(np.float32(inner) / np.float32(outer) >= np.float32(_STEADY))


def _rivalry(masks: Floats, drawn: int) -> float:
    """How much of the box round the mask and another proposal together lies outside the mask's own box, at most."""
    own = masks[drawn] > 0
    if not own.any():
        return 0.0
    joint = [_box_area(own | (masks[other] > 0)) for other in range(1, len(masks)) if other != drawn]
    return 1 - _box_area(own) / max(joint)


def _box_area(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int((rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1))
