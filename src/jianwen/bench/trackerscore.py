"""What a tracker's places are worth against the truth of a shot. Knows no tracker and no video.

Places are pixels of the frame. A ball's true place is the middle of what is seen of it, as a mask's is; of a ball that
is hidden it is the ball's own centre.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Tally", "Truth", "judge"]

Places = NDArray[np.float64]  # (frames, balls, 2) pixels

SEEN, HIDDEN = 0.25, 0.10  # shares of a ball: from here on it counts, below that it is hidden
NEAR_RADII = 0.5  # how far from its ball a track may be
STREAK_RADII = 4.0  # two diameters: a streak counts as blurred from here on
OCCLUDED_FRAMES = 2  # shorter ones are flicker
GRACE_FRAMES = 3  # after an occlusion, to be found again


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Of one shot; arrays are (frames, balls)."""

    places: Places
    radii_px: NDArray[np.float64]
    streaks_px: NDArray[np.float64]  # way of the centre while the shutter was open
    visible: NDArray[np.float64]  # share of the ball that is seen, 0–1

    def prompted(self) -> list[int]:
        """The balls that can be pointed at in the first frame."""
        return [int(ball) for ball in np.flatnonzero(self.visible[0] >= SEEN)]


@dataclass(slots=True)
class Tally:
    """Counts over any number of shots."""

    errors_radii: list[float] = field(default_factory=list)  # of balls that are seen and tracks that are not lost
    ball_frames: int = 0
    near: int = 0
    blurred: int = 0
    blurred_near: int = 0
    switches: int = 0
    occlusions: int = 0
    found_again: int = 0
    hidden: int = 0
    hidden_present: int = 0

    def add(self, other: Tally) -> None:
        self.errors_radii += other.errors_radii
        for name in self.__slots__[1:]:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def figures(self) -> dict[str, float | None]:
        """By the names that scripts rely on; None where there was nothing to judge."""
        return {
            "centre_error_radii": median(self.errors_radii) if self.errors_radii else None,
            "recall": _share(self.near, self.ball_frames),
            "recall_blurred": _share(self.blurred_near, self.blurred),
            "id_switches_per_2000": 2000 * self.switches / self.ball_frames if self.ball_frames else None,
            "reacquired": _share(self.found_again, self.occlusions),
            "present_when_hidden": _share(self.hidden_present, self.hidden),
        }


def judge(truth: Truth, balls: Sequence[int], places: Places) -> Tally:
    """Tracks against the balls they were prompted for.

    Args:
        truth: of all balls of the shot.
        balls: the ball of each track.
        places: (frames, tracks, 2), not a number where the track is lost. The first frame, the prompts', is not judged.
    """
    own = list(balls)
    errors = np.hypot(*np.moveaxis(places - truth.places[:, own], 2, 0)) / truth.radii_px[:, own]
    near = errors <= NEAR_RADII  # false for what is not a number
    counts, hidden = truth.visible[:, own] >= SEEN, truth.visible[:, own] < HIDDEN
    counts[0] = hidden[0] = False
    blurred = counts & (truth.streaks_px[:, own] >= STREAK_RADII * truth.radii_px[:, own])
    present = ~np.isnan(errors)
    ends = [_occlusions(truth.visible[:, ball], near[:, track]) for track, ball in enumerate(own)]
    return Tally(
        errors_radii=errors[counts & present].tolist(),
        ball_frames=int(counts.sum()),
        near=int((near & counts).sum()),
        blurred=int(blurred.sum()),
        blurred_near=int((near & blurred).sum()),
        switches=sum(_switches(truth, ball, places[:, track]) for track, ball in enumerate(own)),
        occlusions=sum(len(found) for found in ends),
        found_again=sum(sum(found) for found in ends),
        hidden=int(hidden.sum()),
        hidden_present=int((present & hidden).sum()),
    )


def _switches(truth: Truth, own: int, places: NDArray[np.float64]) -> int:
    """How often a track goes over to a ball that is not its own."""
    switches, at = 0, own
    for frame in np.flatnonzero(~np.isnan(places[:, 0])):
        away = np.hypot(*(truth.places[frame] - places[frame]).T) / truth.radii_px[frame]
        away[(truth.visible[frame] < SEEN) & (np.arange(len(away)) != own)] = np.inf
        nearest = int(away.argmin())
        if away[nearest] > 1 or nearest == at:
            continue
        at = nearest
        switches += nearest != own
    return switches


def _occlusions(visible: NDArray[np.float64], near: NDArray[np.bool_]) -> list[bool]:
    """For each time a ball came out again, whether its track was on it soon enough."""
    ends: list[bool] = []
    run, is_occluded = 0, False
    for frame, share in enumerate(visible):
        run = run + 1 if share < HIDDEN else 0
        is_occluded = is_occluded or run >= OCCLUDED_FRAMES
        if is_occluded and share >= SEEN:
            ends.append(bool(near[frame : frame + GRACE_FRAMES + 1].any()))
            is_occluded = False
    return ends


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
