"""Stories: who points at what, and when. Told to our session here, and to the official code by `dev/parity_sam2.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwen.places import Box
from jianwen.tracking import Click, Prompt, Session
from tracking.worlds import disc_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.tracking import Graphs, Track

__all__ = ["STORIES", "Event", "Story", "told"]


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    prompt: Prompt
    frame: int = 0  # that it speaks of
    told_at: int = 0  # the newest frame at that time
    is_further: bool = False  # beside what was said of that frame before


@dataclass(frozen=True, slots=True)
class Story:
    name: str
    events: tuple[Event, ...]
    presence_bias: float = 0.0  # of the head that says whether an object is there
    hidden: tuple[int, int] = (0, 0)  # frames in which nothing but cloth is seen

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(event.name for event in self.events))

    @property
    def prompted_frames(self) -> set[int]:
        return {event.frame for event in self.events}

    def stops(self, frames: int) -> list[int]:
        """Frames at which something is said."""
        return sorted({event.told_at for event in self.events if event.told_at < frames})

    def begin(self, told_at: int) -> int:
        """The frame from which tracking goes on once all is said."""
        return min(event.frame for event in self.events if event.told_at == told_at)


def told(graphs: Graphs, story: Story, pictures: Sequence[NDArray[np.uint8]]) -> dict[tuple[str, int], Track]:
    """The story as a stream: every track that was last said of an object and a frame."""
    reach = max(event.told_at - event.frame for event in story.events)
    session, found = Session.open(graphs, reach=reach), {}
    for index, picture in enumerate(pictures):
        tracks = list(session.step(picture))
        events = [event for event in story.events if event.told_at == index]
        for event in events:
            say = session.correct if event.is_further else session.prompt
            if event.frame == index:
                tracks += say(event.name, event.prompt)
            else:
                tracks += session.prompt(event.name, event.prompt, frame=event.frame, follow=False)
        for name in dict.fromkeys(event.name for event in events if event.frame < index):
            tracks += session.follow(name, start=story.begin(index))
        found.update({(track.object, track.frame): track for track in tracks})
    return found


def _on(disc: int, frame: int) -> Click:
    return Click(*disc_place(disc, frame))


def _box(disc: int, frame: int) -> Box:
    x, y = disc_place(disc, frame)
    return Box(x - 0.07, y - 0.094, x + 0.07, y + 0.094)


def _mask(disc: int, frame: int) -> NDArray[np.bool_]:
    x, y = disc_place(disc, frame)
    rows, columns = np.mgrid[0:96, 0:128]
    inside: NDArray[np.bool_] = (columns + 0.5 - x * 128) ** 2 + (rows + 0.5 - y * 96) ** 2 < 9**2
    return inside


_ASIDE = Click(0.05, 0.05, is_on=False)

STORIES = {
    story.name: story
    for story in (
        Story(
            "prompts",
            (
                Event("click", Prompt(clicks=(_on(0, 0),))),
                Event("clicks", Prompt(clicks=(_on(1, 0), _ASIDE))),
                Event("box", Prompt(box=_box(0, 0))),
                Event("box and click", Prompt(clicks=(_on(1, 0),), box=_box(1, 0))),
                Event("mask", Prompt(mask=_mask(1, 0))),
            ),
        ),
        Story(
            "corrected",
            (
                Event("twice", Prompt(clicks=(_on(0, 0),))),
                Event("twice", Prompt(clicks=(_ASIDE,)), is_further=True),
                Event("later", Prompt(box=_box(1, 0))),
                Event("later", Prompt(clicks=(_on(1, 40), _ASIDE)), frame=40, told_at=40),
                Event("later", Prompt(clicks=(_on(1, 40),)), frame=40, told_at=40, is_further=True),
                Event("masked", Prompt(mask=_mask(0, 0))),
                Event("masked", Prompt(clicks=(_on(0, 40),)), frame=40, told_at=40),
            ),
        ),
        Story(
            "hidden",
            (
                Event("click", Prompt(clicks=(_on(0, 0),))),
                Event("mask", Prompt(mask=_mask(1, 0))),
                Event("nothing", Prompt(mask=np.zeros((96, 128), np.bool_))),
            ),
            presence_bias=-13.4,
            hidden=(50, 62),
        ),
        Story(
            "future",
            (
                Event("ball", Prompt(clicks=(_on(0, 0),)), told_at=10),
                Event("ball", Prompt(box=_box(0, 10)), frame=10, told_at=10),
            ),
        ),
    )
}
