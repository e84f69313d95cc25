"""Which objects are pieces on a session's stage, and how they are drawn: between masklets and `stage.py`.

Only things larger than balls, whose colours tell them from what lies around; all others are left to the network.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.imprint import camera_moves
from jianwen.tracking.motion import is_ball_sized
from jianwen.tracking.piece import even_patch, longer
from jianwen.tracking.regions import Region
from jianwen.tracking.sights import blank
from jianwen.tracking.stage import Stage, shrunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from jianwen.tracking.masklet import Drawing, Masklet
    from jianwen.tracking.prompt import Prompt
    from jianwen.tracking.state import Seen

__all__ = ["pointed_at", "shown_on", "staged"]

_LARGEST = 0.6  # of the picture's shorter side: what is larger is what lies behind
_ROOM = 1.5  # times as wide as a piece: the part of a frame over which its mask lies
_EDGE = 10.0  # logit of what is on it


def pointed_at(stage: Stage | None, seen: Seen, masklet: Masklet, prompt: Prompt, drawing: Drawing) -> Stage | None:
    """The stage of a frame after a prompt there. Objects that are small, or of no colours of their own, are not on it.

    Args:
        stage: of that frame; None begins one.
        seen: the frame.
        masklet: the object.
        prompt: what a person said of it.
        drawing: what the network drew for that.
    """
    begun = stage or Stage.of(seen.picture)
    if prompt.mask is not None or prompt.box is not None:
        rough = masklet.track(drawing, seen.size).mask if prompt.mask is None else prompt.mask
        extent = prompt.extent(begun.size)
        side = across = 0.0 if extent is None else extent[2]
    else:
        rough = _clicked(begun, seen, masklet, prompt)
        side, across = math.sqrt(rough.sum()), longer(rough) if rough.any() else 0
    if is_ball_sized(side, begun.size[0]) or across > _LARGEST * min(begun.size):
        return None if stage is None else stage.without(masklet.name)
    return begun.pointed_at(masklet.name, rough, prompt)


def _clicked(stage: Stage, seen: Seen, masklet: Masklet, prompt: Prompt) -> NDArray[np.bool_]:
    """Where clicks say that an object is: how large it is the network does not know, which has learned balls.

    With what is known of it, unless a click is on something else.
    """
    patch = even_patch(stage.picture, prompt)
    drawing = masklet.drawn_at(seen.frame)
    if drawing is None:
        return patch
    known = shrunk(masklet.track(drawing, seen.size).mask.astype(np.float32), stage.size) > 0.5
    height, width = stage.size
    on = [(int(click.y * height), int(click.x * width)) for click in prompt.clicks if click.is_on]
    inside = [known[row, column] for row, column in on if 0 <= row < height and 0 <= column < width]
    return patch | known if any(inside) or not on else patch


def staged(masklet: Masklet, frames: Iterable[Seen]) -> Iterator[tuple[Seen, Stage | None]]:
    """Frames one after the other, with the stage of one object alone, from what was said of it in them."""
    stage, before = None, None
    for seen in frames:
        if stage is not None and before is not None:
            stage = stage.after(seen.picture, stands=not camera_moves(before.picture, seen.picture))
        prompt, drawing = masklet.prompt_at(seen.frame), masklet.said_at(seen.frame)
        if prompt is not None and drawing is not None:
            stage = pointed_at(stage, seen, masklet, prompt, drawing)
        yield seen, stage
        before = seen


def shown_on(stage: Stage | None, name: str, seen: Seen, drawing: Drawing | None) -> Drawing | None:
    """What the stage of a frame shows of an object, otherwise as it was drawn; None if it is not on the stage."""
    piece = stage.named(name) if stage is not None else None
    if stage is None or piece is None or drawing is None:
        return None
    drawing = replace(drawing, frame=seen.frame, rested=0)
    mask = stage.shown(piece)
    if not mask.any():
        return blank(drawing)
    scale = seen.size[1] / stage.size[1]
    height, width = piece.outline.shape
    region = Region.round_place(piece.left + width / 2, piece.top + height / 2, _ROOM * max(height, width))
    share = region.cut(mask.astype(np.float32), drawing.chosen.logits.shape[-1])
    logits = np.asarray(_EDGE * (2 * share - 1), np.float32)
    chosen = replace(drawing.chosen, logits=logits, presence=_EDGE, quality=piece.visible, rivalry=0.0)
    whole = Region(region.left * scale, region.top * scale, region.side * scale)
    return replace(drawing, chosen=chosen, region=whole)
