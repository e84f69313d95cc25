"""What was seen of each object over time: when, where, how large, how surely. Kept frame by frame, and bounded.

Does not smooth and does not judge: `events.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jianwen.places import Box

__all__ = ["Sighting", "Trajectories", "Trajectory", "radius_px"]


class Sighting(Protocol):
    """What of a `Track` is needed here."""

    @property
    def object(self) -> str: ...
    @property
    def box(self) -> Box | None: ...
    @property
    def centre(self) -> tuple[float, float] | None: ...
    @property
    def confidence(self) -> float: ...
    @property
    def is_lost(self) -> bool: ...
    @property
    def picture_size(self) -> tuple[int, int]: ...


@dataclass(slots=True)
class Trajectory:
    """One object. Lists run in step; frames in which it was lost have NaN for a centre and a radius."""

    name: str
    longest: int | None = None  # frames kept; None keeps all
    times_s: list[float] = field(default_factory=list)
    centres_px: list[tuple[float, float]] = field(default_factory=list)
    radii_px: list[float] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    lost: list[bool] = field(default_factory=list)

    def see(self, time_s: float, sighting: Sighting) -> None:
        """Adds a frame."""
        height, width = sighting.picture_size
        is_lost = sighting.is_lost or sighting.centre is None
        x, y = (np.nan, np.nan) if is_lost or sighting.centre is None else sighting.centre
        self.times_s.append(time_s)
        self.centres_px.append((x * width, y * height))
        self.radii_px.append(np.nan if is_lost else radius_px(sighting.box, height, width))
        self.confidences.append(sighting.confidence)
        self.lost.append(is_lost)
        if self.longest is not None and len(self.times_s) > 2 * self.longest:
            self._forget(len(self.times_s) - self.longest)

    def __len__(self) -> int:
        return len(self.times_s)

    def _forget(self, count: int) -> None:
        lists: tuple[list[float] | list[tuple[float, float]] | list[bool], ...] = (
            self.times_s, self.centres_px, self.radii_px, self.confidences, self.lost,
        )  # fmt: skip
        for values in lists:
            del values[:count]


class Trajectories:
    """All objects of a session, by name.

    trajectories = Trajectories()
    for index, picture in enumerate(pictures):
        trajectories.see(index / fps, session.step(picture))
    """

    def __init__(self, *, longest: int | None = None) -> None:
        self._longest = longest
        self._by_name: dict[str, Trajectory] = {}
        self.newest_s = -np.inf

    def see(self, time_s: float, sightings: Iterable[Sighting]) -> None:
        """Adds a frame, which must be later than the one before."""
        if not self.newest_s < time_s < np.inf:
            raise BadRequest(
                detail=f"A frame at {time_s} s cannot follow one at {self.newest_s} s.",
                detail_zh=f"时间为 {time_s} 秒的帧不能排在 {self.newest_s} 秒的帧之后。",
            )
        self.newest_s = time_s
        for sighting in sightings:
            name = sighting.object
            if name not in self._by_name:
                self._by_name[name] = Trajectory(name, self._longest)
            self._by_name[name].see(time_s, sighting)

    @property
    def all(self) -> tuple[Trajectory, ...]:
        return tuple(self._by_name.values())

    def __getitem__(self, name: str) -> Trajectory:
        return self._by_name[name]


def radius_px(box: Box | None, height: int, width: int) -> float:
    """Of a ball in its box; the shorter side, for motion draws it out."""
    return np.nan if box is None else min((box.x1 - box.x0) * width, (box.y1 - box.y0) * height) / 2
