"""One object through time, as frozen data: its bank, what was just drawn, and what was said of it.

A mask becomes a memory only when the next frame comes, so that corrections in between cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jianwen.tracking.bank import Memory
from jianwen.tracking.bfloat16 import to_bits
from jianwen.tracking.choosing import Chosen
from jianwen.tracking.track import Track, track_of

if TYPE_CHECKING:
    from jianwen.tracking.bank import Bank
    from jianwen.tracking.graphs import Floats
    from jianwen.tracking.imprint import Imprint
    from jianwen.tracking.motion import Motion
    from jianwen.tracking.prompt import Prompt
    from jianwen.tracking.regions import Region

__all__ = ["Drawing", "Masklet"]


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A mask that is not yet a memory."""

    frame: int
    chosen: Chosen
    is_prompted: bool  # a person said so
    is_tracked: bool  # earlier frames had their say too
    region: Region | None = None  # where the mask lies; None: over the whole picture
    rested: int = 0  # frames in a row in which nothing changed there, so its mask stands
    doubts: int = 0  # looks in a row that did not see it there
    is_ball: bool = False  # a spotter saw one there
    is_oval: bool = False  # what was spotted stands for the mask, so its size says little
    way: tuple[float, float] = (0.0, 0.0)  # of a streak: pixels while the shutter was open

    @property
    def is_held(self) -> bool:
        return self.rested > 0

    def memory(self, map_: Floats) -> Memory:
        """With the map that the memory encoder made of it."""
        return Memory(
            frame=self.frame,
            map=to_bits(map_),
            pointer=self.chosen.pointer,
            logits=self.chosen.logits,
            presence=self.chosen.presence,
            quality=self.chosen.quality,
            rivalry=self.chosen.rivalry,
            is_tracked=self.is_tracked,
            region=self.region,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Masklet:
    name: str
    bank: Bank
    drawing: Drawing | None = None  # of the newest frame
    prompts: tuple[tuple[int, Prompt], ...] = ()  # by frame, those that can still be corrected
    motion: Motion | None = None  # as of the last frame before the newest in which it was seen
    imprint: Imprint | None = None  # how it looked when it was last drawn before the newest frame
    is_ball: bool = False  # a spotter saw it once
    rest: Imprint | None = None  # a wider look at it, of when it last came to rest

    def drawn(self, drawing: Drawing) -> Masklet:
        """With the newest frame's mask."""
        return replace(self, drawing=drawing)

    def remembering(self, drawing: Drawing, map_: Floats) -> Masklet:
        """With a drawing put into the bank."""
        memory = drawing.memory(map_)
        bank = self.bank.with_prompted(memory) if drawing.is_prompted else self.bank.with_recent(memory)
        return replace(self, bank=bank)

    def held(self, drawing: Drawing) -> Masklet | None:
        """With a held drawing put into the bank as the frame before is remembered; None if that has no map."""
        before = self.bank.at(drawing.frame - 1)
        if not drawing.is_held or before is None or before.map is None:
            return None
        memory = replace(before, frame=drawing.frame, logits=drawing.chosen.logits, is_tracked=True)
        return replace(self, bank=self.bank.with_recent(memory))

    def pruned(self, newest: int) -> Masklet:
        """Without what is out of reach."""
        first = newest - self.bank.limits.reach
        prompts = tuple((frame, prompt) for frame, prompt in self.prompts if frame >= first)
        return replace(self, bank=self.bank.pruned(newest), prompts=prompts)

    def prompted(self, frame: int, prompt: Prompt) -> Masklet:
        """With what a person said of a frame, in place of what was said before."""
        others = tuple((index, said) for index, said in self.prompts if index != frame)
        return replace(self, prompts=(*others, (frame, prompt)))

    def prompt_at(self, frame: int) -> Prompt | None:
        return next((said for index, said in self.prompts if index == frame), None)

    def logits_at(self, frame: int, region: Region | None) -> Floats | None:
        """The mask of a frame in reach, if it lies over that region."""
        if self.drawing is not None and self.drawing.frame == frame:
            return self.drawing.chosen.logits if self.drawing.region == region else None
        memory = self.bank.at(frame)
        return memory.logits if memory is not None and memory.region == region else None

    def region_at(self, frame: int) -> Region | None:
        """Where the object was looked at in a frame in reach."""
        if self.drawing is not None and self.drawing.frame == frame:
            return self.drawing.region
        memory = self.bank.at(frame)
        return None if memory is None else memory.region

    def is_tracked_at(self, frame: int) -> bool:
        """Whether tracking has passed the frame, so that a prompt there is a correction."""
        if self.drawing is not None and self.drawing.frame == frame:
            return self.drawing.is_tracked
        memory = self.bank.at(frame)
        return memory is not None and memory.is_tracked

    def said_at(self, frame: int) -> Drawing | None:
        """The drawing of a frame that a person prompted; None if nobody did, or if the frame is out of reach."""
        if self.drawing is not None and self.drawing.frame == frame:
            return self.drawing if self.drawing.is_prompted else None
        memory = next((memory for memory in self.bank.prompted if memory.frame == frame), None)
        drawing = _drawing_of(memory)
        return replace(drawing, is_prompted=True) if drawing is not None else None

    def drawn_at(self, frame: int) -> Drawing | None:
        """The drawing of a frame as one that nobody prompted; None if the frame is out of reach."""
        if self.drawing is not None and self.drawing.frame == frame:
            return replace(self.drawing, is_prompted=False, is_tracked=True)
        drawing = _drawing_of(self.bank.at(frame))
        return replace(drawing, is_tracked=True) if drawing is not None else None

    def track(self, drawing: Drawing, picture_size: tuple[int, int]) -> Track:
        """What is said of the object in the frame of a drawing."""
        before = self.bank.at(drawing.frame - 1)
        return track_of(
            self.name,
            drawing.frame,
            drawing.chosen.logits,
            picture_size=picture_size,
            region=drawing.region,
            presence=drawing.chosen.presence,
            quality=drawing.chosen.quality,
            was_lost=before is not None and before.presence <= 0,
        )

    @property
    def bytes(self) -> int:
        """What the object keeps: its bank and the newest mask."""
        return self.bank.bytes + (0 if self.drawing is None else self.drawing.chosen.logits.nbytes)


def _drawing_of(memory: Memory | None) -> Drawing | None:
    if memory is None or memory.logits is None:
        return None
    chosen = Chosen(memory.logits, memory.pointer, memory.quality, memory.presence, memory.rivalry)
    return Drawing(memory.frame, chosen, is_prompted=False, is_tracked=memory.is_tracked, region=memory.region)
