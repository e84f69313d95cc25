"""The shipped detectors as a spotter: balls where they are, in pixels of the frame, also looked at closely."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.tracking import CLOSE_DIAMETERS, Region
from jianwen.training import CloseUps
from jianwen.video import open_spotter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.counting import Sample
    from jianwen.tracking import Spotter

BORDER = 40  # pixels of the frame round the close look


@pytest.fixture(scope="module")
def spotter() -> Spotter:
    return open_spotter(threads=1)


@pytest.fixture(scope="module")
def looks() -> list[Sample]:
    """At scenes that no training has seen."""
    return [sample for number in range(3) for sample in CloseUps(90_000_000)(number)]


def in_frame(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.pad(picture, ((BORDER, 0), (BORDER, 0), (0, 0)), mode="edge")


def test_balls_are_seen_closely_where_they_are(spotter: Spotter, looks: list[Sample]) -> None:
    """A close look out of a larger frame: most balls are found within half a radius, and little else."""
    hits, balls, spots = 0, 0, 0
    for look in looks:
        side = look.image.shape[0]
        frame, *beside = (in_frame(picture) for picture in (look.image, *look.beside))
        found = [spot for spot in spotter(frame, Region(BORDER, BORDER, side), beside) if spot.score >= 0.3]
        true = look.centres * side + BORDER
        inner = ((look.boxes > 0.02) & (look.boxes < 0.98)).all(axis=1)
        balls, spots = balls + int(inner.sum()), spots + len(found)
        places = np.array([(spot.x, spot.y) for spot in found]).reshape(-1, 2)
        away = np.linalg.norm(true[inner][:, None] - places[None], axis=2)
        hits += int((away.min(axis=1, initial=np.inf) < side / CLOSE_DIAMETERS / 4).sum())
    assert balls > 80
    assert hits > 0.8 * balls
    assert spots < 1.2 * balls + 20


def test_a_close_look_says_how_far_a_ball_came(spotter: Spotter, looks: list[Sample]) -> None:
    """For most balls that moved by half a radius or more, to a quarter of a width."""
    came = []
    for look in looks:
        side = look.image.shape[0]
        spots = [spot for spot in spotter(look.image, Region(0, 0, side), list(look.beside)) if spot.score >= 0.3]
        for place, before in zip(look.centres * side, look.moves[:, 0] * side, strict=True):
            near = [
                spot for spot in spots if np.hypot(spot.x - place[0], spot.y - place[1]) < side / CLOSE_DIAMETERS / 4
            ]
            if near and np.hypot(*(place - before)) > side / CLOSE_DIAMETERS / 4:
                assert near[0].came is not None
                came.append(np.hypot(*(near[0].came - (place - before))) * CLOSE_DIAMETERS / side)
    assert len(came) > 15
    assert np.median(came) < 0.25


def test_what_the_square_cuts_is_left_out(spotter: Spotter, looks: list[Sample]) -> None:
    """Its middle is unknown; another square, or the backdrop, shows it whole."""
    for look in looks:
        side = look.image.shape[0]
        for spot in spotter(look.image, Region(0, 0, side), list(look.beside)):
            assert spot.x - spot.width / 2 > 0
            assert spot.x + spot.width / 2 < side


def test_whole_frames_are_looked_at_by_the_other(spotter: Spotter, looks: list[Sample]) -> None:
    """Without a region; places are pixels all the same."""
    frame = np.pad(looks[0].image, ((200, 200), (300, 300), (0, 0)), mode="edge")
    spots = spotter(frame, None, ())
    assert all(0 <= spot.x <= frame.shape[1] and 0 <= spot.y <= frame.shape[0] for spot in spots)
