"""What tracks are worth: every figure on cases small enough to be counted by hand."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.bench.trackerscore import Tally, Truth, judge
from jianwen.tracking import assigned

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAMES = 8


def truth(**changes: NDArray[np.float64]) -> Truth:
    """Two balls of 10 px radius at rest, 100 px apart."""
    places = np.tile(np.array([[100.0, 100.0], [200.0, 100.0]]), (FRAMES, 1, 1))
    flat = np.ones((FRAMES, 2))
    fields = {"places": places, "radii_px": 10 * flat, "streaks_px": 0 * flat, "visible": flat}
    return Truth(**{**fields, **changes})


def test_tracks_on_their_balls_have_no_fault() -> None:
    """All found, no error, no switch; the frame of the prompts is not counted."""
    known = truth()
    figures = judge(known, [0, 1], known.places).figures()
    assert (figures["centre_error_radii"], figures["recall"], figures["id_switches_per_2000"]) == (0, 1, 0)
    assert figures["reacquired"] is None
    assert judge(known, [0, 1], known.places).ball_frames == 2 * (FRAMES - 1)


def test_errors_count_in_radii_and_half_a_radius_is_near() -> None:
    """4 px off are 0.4 radii and found; 6 px off are not; a lost track has no error but is not found."""
    known = truth()
    places = known.places.copy()
    places[1:, 0, 0] += 4
    places[1:4, 1, 1] += 6
    places[4:, 1] = np.nan
    tally = judge(known, [0, 1], places)
    assert sorted(tally.errors_radii) == pytest.approx([0.4] * 7 + [0.6] * 3)
    assert tally.figures()["recall"] == pytest.approx(7 / 14)


def test_only_streaks_of_two_diameters_are_blurred() -> None:
    """Of three blurred frames the track has two."""
    streaks = np.zeros((FRAMES, 2))
    streaks[2:5, 0], streaks[5, 0] = 40, 39
    known = truth(streaks_px=streaks)
    places = known.places.copy()
    places[4, 0] += 30
    assert judge(known, [0, 1], places).figures()["recall_blurred"] == pytest.approx(2 / 3)


def test_a_track_that_goes_over_to_another_ball_is_counted_once() -> None:
    """It stays there for three frames, comes home, and goes again: two switches. A place far from all is none."""
    known = truth()
    places = known.places.copy()
    places[2:5, 0] = places[6, 0] = (203, 100)
    places[5, 0] = (100, 100)
    places[7, 0] = (150, 300)
    assert judge(known, [0, 1], places).switches == 2


def test_a_ball_that_hides_another_takes_its_track() -> None:
    """The track of a hidden ball has to be lost; on the ball in front it has switched, and it is said to be there."""
    visible = np.ones((FRAMES, 2))
    visible[3:6, 0] = 0
    known = truth(visible=visible)
    known.places[3:6, 0] = (204, 100)
    places = known.places.copy()
    places[3:6, 0] = (200, 100)
    tally = judge(known, [0, 1], places)
    assert (tally.switches, tally.hidden, tally.hidden_present) == (1, 3, 3)


@pytest.mark.parametrize(("late", "share"), [(0, 1), (3, 1), (4, 0)])
def test_a_ball_is_to_be_found_within_three_frames_of_its_coming_out(late: int, share: float) -> None:
    """Two hidden frames are an occlusion; its end is the first frame in which a quarter is seen."""
    visible = np.ones((FRAMES, 2))
    visible[1:3, 0], visible[3, 0] = 0.05, 0.2
    known = truth(visible=visible)
    places = known.places.copy()
    places[1 : 4 + late, 0] = np.nan
    assert judge(known, [0, 1], places).figures()["reacquired"] == share


def test_one_hidden_frame_is_no_occlusion() -> None:
    """A flicker is not counted."""
    visible = np.ones((FRAMES, 2))
    visible[3, 0] = 0
    known = truth(visible=visible)
    assert judge(known, [0, 1], known.places).occlusions == 0


def test_tallies_add_up() -> None:
    """Two shots count as the sum of their ball-frames, not as the mean of their shares."""
    known, total = truth(), Tally()
    total.add(judge(known, [0, 1], known.places))
    total.add(judge(known, [0], np.full((FRAMES, 1, 2), np.nan)))
    assert total.figures()["recall"] == pytest.approx(14 / 21)


def test_the_assignment_is_the_cheapest_of_all() -> None:
    """As good as trying every pairing, for fifty tables of costs, with more columns than rows too."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        rows, more = int(rng.integers(1, 6)), int(rng.integers(0, 3))
        costs = rng.integers(0, 9, (rows, rows + more)).astype(float)
        found = assigned(costs)
        assert len(set(found.tolist())) == rows
        best = min(sum(costs[np.arange(rows), list(way)]) for way in permutations(range(rows + more), rows))
        assert costs[np.arange(rows), found].sum() == pytest.approx(best)
