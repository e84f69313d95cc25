"""Ways to follow objects through pictures, all asked alike: our session, with parts of it left out.

Each way gets pictures and where the objects start, and gives the places frame by frame. What is no network is in
`blobs.py`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from jianwen.tracking import RECENT, Click, Prompt, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from jianwen.places import Box
    from jianwen.tracking import Decoded, Features, Graphs, Memory, Policy, Recalled, Spotter, Track

    Picture = NDArray[np.uint8]
    Floats = NDArray[np.float32]

__all__ = ["FORGETFUL", "Forgetful", "SessionWay", "Start", "Way", "last_places"]


@dataclass(frozen=True, slots=True)
class Start:
    """Where an object is in the first frame: a box, and a place on it, as fractions of the picture."""

    box: Box
    x: float
    y: float

    @classmethod
    def of_box(cls, box: Box) -> Start:
        return cls(box, (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)

    def pixels(self, width: int, height: int) -> tuple[float, float, float]:
        """Place and radius in pixels; the longer side of a box is less likely to be cut by a neighbour."""
        sides = (self.box.x1 - self.box.x0) * width, (self.box.y1 - self.box.y0) * height
        return self.x * width, self.y * height, max(sides) / 2


class Way(Protocol):
    """A tracker."""

    def follow(self, pictures: Iterable[Picture], starts: Sequence[Start]) -> Iterator[NDArray[np.float64]]:
        """For each frame (objects, 2) pixels, not a number where an object is lost. Nothing is read ahead."""
        ...


@dataclass(frozen=True, slots=True)
class SessionWay:
    """Our session.

    Attributes:
        graphs: the network.
        prompt: what is said of an object in the first frame.
        policy: of the bank.
        motion: regions go where an object is expected; else they stay where it was.
        watch: is shown every frame's tracks.
        spotter: finds balls for it, whichever they are.
    """

    graphs: Graphs
    prompt: Literal["box", "click"] = "box"
    policy: Policy = RECENT
    motion: bool = True
    watch: Callable[[Picture, tuple[Track, ...]], None] | None = None
    spotter: Spotter | None = None

    def follow(self, pictures: Iterable[Picture], starts: Sequence[Start]) -> Iterator[NDArray[np.float64]]:
        session = Session.open(self.graphs, policy=self.policy, motion=self.motion, spotter=self.spotter)
        for number, picture in enumerate(pictures):
            tracks = session.step(picture)
            if number == 0:
                for name, start in enumerate(starts):
                    session.add(self._prompt(start), name=str(name))
                tracks = session.tracks()
            if self.watch:
                self.watch(picture, tracks)
            yield _places(tracks, len(starts), picture)

    def _prompt(self, start: Start) -> Prompt:
        return Prompt(box=start.box) if self.prompt == "box" else Prompt(clicks=(Click(start.x, start.y),))


@dataclass(frozen=True, slots=True)
class _NoFrames:
    """A policy that recalls no recent frame: only the prompted one speaks."""

    name: str = "prompt only"
    weighs_rivals: bool = False

    def choose(self, recent: Sequence[Memory], *, frame: int, slots: int) -> list[tuple[int, Memory]]:
        del recent, frame, slots
        return []


FORGETFUL = _NoFrames()


class Forgetful:
    """`Graphs` whose sessions keep no pointer but the prompted frame's; with `FORGETFUL` nothing else is remembered."""

    def __init__(self, graphs: Graphs) -> None:
        self._graphs = graphs
        self.config = replace(graphs.config, pointer_slots=1)
        self.no_memory, self.no_pointer = graphs.no_memory, graphs.no_pointer

    def encode(self, picture: Floats) -> Features:
        return self._graphs.encode(picture)

    def attend(self, cells: Floats, recalled: Recalled) -> Floats:
        return self._graphs.attend(cells, recalled)

    def decode(self, cells: Floats, features: Features, places: Floats, labels: Floats, mask: Floats | None) -> Decoded:
        return self._graphs.decode(cells, features, places, labels, mask)

    def condense(self, masks: Floats) -> Floats:
        return self._graphs.condense(masks)

    def memorise(self, cells: Floats, masks: Floats, is_prompted: NDArray[np.bool_], presence: Floats) -> Floats:
        return self._graphs.memorise(cells, masks, is_prompted, presence)


def last_places(way: Way, pictures: Iterable[Picture], starts: Sequence[Start]) -> NDArray[np.float64]:
    """(objects, 2) in the last picture."""
    kept = deque(way.follow(pictures, starts), maxlen=1)
    return kept[0] if kept else np.full((len(starts), 2), np.nan)


def _places(tracks: Sequence[Track], count: int, picture: Picture) -> NDArray[np.float64]:
    places = np.full((count, 2), np.nan)
    for track in tracks:
        if track.centre is not None and not track.is_lost:
            places[int(track.object)] = track.centre[0] * picture.shape[1], track.centre[1] * picture.shape[0]
    return places
