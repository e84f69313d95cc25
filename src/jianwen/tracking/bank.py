"""The memory bank of one object, as plain frozen data: recent frames, prompted frames, pointers.

A bank never grows: what no later frame can ask for is dropped as frames come in. Two horizons hold at once: maps of the
last 6 frames, pointers of the last 15 (and of prompted frames, however old). Which maps are recalled is a policy's to
say (`policies.py`). Computes no memories: `session.py` has the network do it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.tracking.bfloat16 import Bits
    from jianwen.tracking.graphs import Floats
    from jianwen.tracking.regions import Region

__all__ = ["Bank", "Limits", "Memory", "Policy", "Recall"]


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """What is remembered of one frame."""

    frame: int
    map: Bits | None  # (memory width, h, h); None once only the pointer can still be asked for
    pointer: Floats  # (width,)
    logits: Floats | None  # (mask side, mask side), while the frame may still be corrected
    presence: float  # logit of being in the picture
    quality: float  # expected IoU of the mask, 0–1
    rivalry: float = 0.0  # how much larger the object would be if another proposal were right too, 0–1
    is_tracked: bool = True  # False for a prompt on a frame that tracking has not passed yet
    region: Region | None = None  # where the mask lies; None: over the whole picture


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a bank holds."""

    recent_slots: int = 6  # maps of recent frames
    pointer_slots: int = 16  # frames whose pointers are recalled, the own one counted in
    prompted: int = 4  # prompted frames: the first one stays, the others go first in, first out
    reach: int = 0  # frames back from the newest that can still be prompted exactly


@dataclass(frozen=True, slots=True, eq=False)
class Recall:
    """What one object has to say about a frame: maps with their row of the time encoding, pointers with their age."""

    maps: tuple[tuple[int, Memory], ...]
    pointers: tuple[tuple[int, Memory], ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Objects of equal shape go through the network in one pass."""
        return len(self.maps), len(self.pointers)


class Policy(Protocol):
    """Chooses among memories of recent frames. Prompted frames are always recalled."""

    @property
    def name(self) -> str: ...

    @property
    def weighs_rivals(self) -> bool:
        """Whether `Memory.rivalry` has to be worked out."""
        ...

    def choose(self, recent: Sequence[Memory], *, frame: int, slots: int) -> list[tuple[int, Memory]]:
        """(row, memory) for a frame, at most `slots`; `recent` is in order of time and all of it has maps."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    limits: Limits
    policy: Policy
    prompted: tuple[Memory, ...] = ()  # in the order they were said, the first for good
    recent: tuple[Memory, ...] = ()  # in order of time

    def recall(self, frame: int) -> Recall:
        """Everything that a frame may look at. A prompt on a later frame is a map from the future, never a pointer."""
        slots = self.limits.recent_slots
        earlier = [memory for memory in self.recent if memory.frame < frame and memory.map is not None]
        maps = [(slots, memory) for memory in self.prompted]  # the last row of the time encoding
        maps += self.policy.choose(earlier, frame=frame, slots=slots)
        pointers = [(frame - memory.frame, memory) for memory in self.prompted if memory.frame <= frame]
        ages = ((frame - memory.frame, memory) for memory in reversed(self.recent))
        pointers += [(age, memory) for age, memory in ages if 0 < age < self.limits.pointer_slots]
        return Recall(tuple(maps), tuple(pointers))

    def at(self, frame: int) -> Memory | None:
        """What is remembered of that very frame."""
        return next((memory for memory in (*self.prompted, *self.recent) if memory.frame == frame), None)

    def with_recent(self, memory: Memory) -> Bank:
        """After one more frame was tracked; a memory of the same frame is replaced."""
        others = [one for one in self.recent if one.frame != memory.frame]
        return replace(self, recent=tuple(sorted([*others, memory], key=lambda one: one.frame)))

    def with_prompted(self, memory: Memory) -> Bank:
        """After a prompt. Over the limit the oldest but the very first becomes an ordinary memory of its frame."""
        recent = tuple(one for one in self.recent if one.frame != memory.frame)
        if any(one.frame == memory.frame for one in self.prompted):
            same = tuple(memory if one.frame == memory.frame else one for one in self.prompted)
            return replace(self, prompted=same, recent=recent)
        bank = replace(self, prompted=(*self.prompted, memory), recent=recent)
        if len(bank.prompted) <= self.limits.prompted:
            return bank
        leaves = 1 if self.limits.prompted > 1 else 0
        kept = tuple(one for index, one in enumerate(bank.prompted) if index != leaves)
        return replace(bank, prompted=kept).with_recent(bank.prompted[leaves])

    def tracked(self, frame: int) -> Bank:
        """After tracking has passed a prompted frame."""
        marked = (replace(one, is_tracked=True) if one.frame == frame else one for one in self.prompted)
        return replace(self, prompted=tuple(marked))

    def pruned(self, newest: int) -> Bank:
        """Without what no frame from `newest − reach` on can ask for."""
        first = newest - self.limits.reach
        maps_from = first - self.limits.recent_slots
        mapped = [one for one in self.recent if one.map is not None]
        chosen = {one.frame for _, one in self.policy.choose(mapped, frame=newest + 1, slots=self.limits.recent_slots)}
        recent = [
            _lighter(one, keeps_map=one.frame >= maps_from or one.frame in chosen, keeps_logits=one.frame >= first)
            for one in self.recent
            if one.frame > first - self.limits.pointer_slots or one.frame in chosen
        ]
        prompted = tuple(_lighter(one, keeps_map=True, keeps_logits=one.frame >= first) for one in self.prompted)
        return replace(self, prompted=prompted, recent=tuple(recent))

    @property
    def bytes(self) -> int:
        """What all arrays of the bank take."""
        memories = (*self.prompted, *self.recent)
        arrays = [array for one in memories for array in (one.map, one.pointer, one.logits) if array is not None]
        return sum(array.nbytes for array in arrays)


def _lighter(memory: Memory, *, keeps_map: bool, keeps_logits: bool) -> Memory:
    if (keeps_map or memory.map is None) and (keeps_logits or memory.logits is None):
        return memory
    kept_map, kept_logits = memory.map if keeps_map else None, memory.logits if keeps_logits else None
    return replace(memory, map=kept_map, logits=kept_logits)
