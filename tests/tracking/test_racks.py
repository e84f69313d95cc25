"""Events of a break: a hit into balls that lie against each other, told by how they lay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwen.tracking.events import Events
from jianwen.tracking.eventscore import score_events
from jianwen.tracking.racks import Lying, touching
from tracking.filmed import RADIUS_M, filmed

if TYPE_CHECKING:
    from jianwen.tracking.event import Event

BREAK = 1002


def test_a_break_is_told_by_how_the_rack_lay() -> None:
    """Of the touches in a rack most are said, of which many move no ball visibly, and hardly any other."""
    film = filmed(BREAK)
    events = Events(film.view)
    said: list[Event] = []
    for time_s, spots in film.frames():
        if time_s > 1.2:
            break
        said += events.step(time_s, spots)
    true = [event for event in film.true() if event.time_s < 0.9]
    score = score_events([event for event in said if event.time_s < 0.9], true, fps=60)["ball_ball"]
    assert score.recall >= 0.7
    assert score.precision >= 0.8


def test_balls_touch_where_they_lie_two_radii_apart() -> None:
    """Three balls in a row are two touches; what was seen badly may lie a little farther."""
    row = {name: Lying(np.array([2.0 * place * RADIUS_M, 0.0]), np.full(2, 1e-4)) for place, name in enumerate("abc")}
    assert touching(row, RADIUS_M) == [("a", "b"), ("b", "c")]
