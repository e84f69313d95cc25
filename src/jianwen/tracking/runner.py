"""One frame for one or many objects: recall, attend, decode, choose; and the way of a mask into memory.

Has the network and no state: `session.py` keeps that. Objects with equally many memories go in one pass.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.bfloat16 import from_bits
from jianwen.tracking.choosing import Chosen, chosen
from jianwen.tracking.graphs import Recalled
from jianwen.tracking.looking import joined
from jianwen.tracking.masklet import Drawing
from jianwen.tracking.pictures import masked_logits, squared_mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwen.tracking.bank import Recall
    from jianwen.tracking.graphs import Cells, Decoded, Features, Floats, Graphs
    from jianwen.tracking.looking import Look
    from jianwen.tracking.masklet import Masklet
    from jianwen.tracking.prompt import Prompt
    from jianwen.tracking.state import Seen

__all__ = ["Runner"]

_PASS = 16  # objects at once: more would cost memory and save no time
_HINT = 32.0  # an earlier mask is a hint, not a proof: its logits are cut
_DRAWN = 10.0  # presence logit of an object that a person has drawn


class Runner:
    def __init__(self, graphs: Graphs) -> None:
        self._graphs = graphs
        self._side = graphs.config.picture_px

    def track(self, looks: Sequence[Look], masklets: Sequence[Masklet], frame: int) -> list[Drawing]:
        """The next frame for objects that have memories, each with its look, in the order given."""
        recalls = [masklet.bank.recall(frame) for masklet in masklets]
        found: dict[int, Drawing] = {}
        for group in _groups(recalls):
            features = joined([looks[index].features for index in group])
            cells = self._graphs.attend(features.cells, _recalled([recalls[index] for index in group]))
            decoded = self._unprompted(cells, features)
            for place, index in enumerate(group):
                weighs = masklets[index].bank.policy.weighs_rivals
                picked = chosen(decoded, place, several=True, weighs_rivals=weighs)
                found[index] = Drawing(frame, picked, is_prompted=False, is_tracked=True, region=looks[index].region)
        return [found[index] for index in range(len(masklets))]

    def prompted(self, look: Look, masklet: Masklet, seen: Seen, prompt: Prompt) -> Drawing:
        """What a person points at in a frame, with the object's memories if tracking has come there."""
        frame, features = seen.frame, look.features
        is_tracked = masklet.is_tracked_at(frame)
        prompt = prompt if look.region is None else prompt.within(look.region, seen.size)
        if prompt.mask is not None:
            picked = self._drawn_by_hand(features, prompt)
        else:
            picked = self._pointed_at(look, masklet, frame, prompt)
        return Drawing(frame, picked, is_prompted=True, is_tracked=is_tracked, region=look.region)

    def memorise(self, looks: Sequence[Look], drawings: Sequence[Drawing]) -> list[Floats]:
        """The map of each drawing, (memory width, h, h), with the look that it was drawn on."""
        maps: list[Floats] = []
        for start in range(0, len(drawings), _PASS):
            some = drawings[start : start + _PASS]
            masks = np.stack([one.chosen.logits for one in some])[:, None]
            is_prompted = np.array([one.is_prompted for one in some])
            presence = np.array([one.chosen.presence for one in some], np.float32)
            cells = joined([look.features for look in looks[start : start + _PASS]]).cells
            maps += list(self._graphs.memorise(cells, masks, is_prompted, presence))
        return maps

    def _pointed_at(self, look: Look, masklet: Masklet, frame: int, prompt: Prompt) -> Chosen:
        features = look.features
        if masklet.is_tracked_at(frame):
            cells = self._graphs.attend(features.cells, _recalled([masklet.bank.recall(frame)]))
        else:
            cells = features.cells + self._graphs.no_memory[:, None, None]
        before = masklet.logits_at(frame, look.region)
        hint = None if before is None else np.clip(before, -_HINT, _HINT)[None, None]
        places, labels = prompt.points(self._side)
        decoded = self._graphs.decode(cells, features, places, labels, hint)
        weighs = masklet.bank.policy.weighs_rivals
        return chosen(decoded, 0, several=labels.shape[1] <= 1, weighs_rivals=weighs)

    def _drawn_by_hand(self, features: Features, prompt: Prompt) -> Chosen:
        """The mask stands as it is; the decoder runs only for the pointer, without any memory."""
        assert prompt.mask is not None
        square = squared_mask(prompt.mask, self._side)
        hint = self._graphs.condense(square[None, None])
        picked = chosen(self._unprompted(features.cells, features, hint), 0, several=False)
        is_there = bool(square.any())
        return replace(
            picked,
            logits=masked_logits(square, self._graphs.config.mask_px),
            pointer=picked.pointer if is_there else self._graphs.no_pointer,
            quality=1.0,
            presence=_DRAWN if is_there else -_DRAWN,
            rivalry=0.0,
        )

    def _unprompted(self, cells: Cells, features: Features, hint: Floats | None = None) -> Decoded:
        """Decoding without a click still takes one point, labelled as none: the network was trained with it."""
        n = len(cells)
        places, labels = np.zeros((n, 1, 2), np.float32), np.full((n, 1), -1, np.float32)
        return self._graphs.decode(cells, features, places, labels, hint)


def _groups(recalls: Sequence[Recall]) -> Iterator[list[int]]:
    """Indices of equal shape, at most a pass at a time."""
    by_shape: dict[tuple[int, int], list[int]] = {}
    for index, recall in enumerate(recalls):
        by_shape.setdefault(recall.shape, []).append(index)
    for indices in by_shape.values():
        for start in range(0, len(indices), _PASS):
            yield indices[start : start + _PASS]


def _recalled(recalls: Sequence[Recall]) -> Recalled:
    """Memories of equally many objects side by side."""
    maps = [[memory.map for _, memory in recall.maps if memory.map is not None] for recall in recalls]
    return Recalled(
        maps=from_bits(np.array(maps)),
        rows=np.array([[row for row, _ in recall.maps] for recall in recalls], np.int64),
        pointers=np.array([[memory.pointer for _, memory in recall.pointers] for recall in recalls], np.float32),
        times=np.array([[time for time, _ in recall.pointers] for recall in recalls], np.float32),
    )
