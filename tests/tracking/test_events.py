"""Events against the simulator's truth: what is said, when, of whom; with a table in the picture and without."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from jianwen.errors import BadRequest
from jianwen.places import Box
from jianwen.tracking.event import Event
from jianwen.tracking.events import LATEST_S, Events
from jianwen.tracking.eventscore import score_events
from tracking.filmed import Filmed, Spot, filmed

if TYPE_CHECKING:
    from jianwen.tracking.tableview import TableView

SCATTERED = 1001  # a few balls, one of them potted
BREAK = 1002


@cache
def film(seed: int) -> Filmed:
    return filmed(seed)


def said(of: Filmed, table: TableView | None, *, until_s: float = 99.0) -> list[tuple[float, Event]]:
    """Events and the times at which they were said."""
    events, found, time_s = Events(table), [], 0.0
    for time_s, spots in of.frames():
        if time_s > until_s:
            break
        found += [(time_s, event) for event in events.step(time_s, spots)]
    return found + [(time_s, event) for event in events.finish()]


@cache
def told(seed: int) -> tuple[tuple[float, Event], ...]:
    return tuple(said(film(seed), film(seed).view))


def test_a_shot_is_told_as_it_was() -> None:
    """Strike, touches, pot and rests of a shot are said within two frames, nearly all of them and little else."""
    score = score_events([event for _, event in told(SCATTERED)], film(SCATTERED).true(), fps=60)
    assert score["strike"].f1 == 1.0
    assert score["potted"].f1 == 1.0
    assert score["all"].f1 >= 0.85


def test_events_are_said_in_time() -> None:
    """Nothing is said before it happened by more than the tolerance, nor later than promised."""
    late = [time_s - event.time_s for time_s, event in told(SCATTERED)]
    assert min(late) >= -2 / 60
    assert max(late) <= LATEST_S


def test_things_larger_than_balls_make_no_events() -> None:
    """The same ways, of things as large as cups: they strike nothing and nothing comes to rest."""
    of = film(SCATTERED)
    events, found = Events(of.view), []
    for time_s, spots in of.frames():
        large = [replace(spot, box=Box(0.2, 0.2, 0.4, 0.5)) for spot in spots]
        found += events.step(time_s, large)
    assert found + events.finish() == []


def test_confidence_and_place_are_shares() -> None:
    """Whoever draws an event on the picture finds it there."""
    for _, event in told(SCATTERED):
        assert 0.0 <= event.confidence <= 1.0
        assert all(-0.05 <= value <= 1.05 for value in event.place)


def test_without_a_table_balls_still_touch() -> None:
    """Where no table is seen, strikes, touches of balls and rests are said, and nothing of cushions or pockets."""
    events = [event for _, event in said(film(SCATTERED), None, until_s=1.6)]
    assert {event.kind for event in events} <= {"strike", "ball_ball", "at_rest"}
    true = [event for event in film(SCATTERED).true() if event.time_s < 1.3]
    assert score_events(events, true, fps=60)["strike"].f1 == 1.0
    assert score_events(events, true, fps=60)["ball_ball"].recall >= 0.6


def test_balls_at_rest_say_nothing() -> None:
    """Two seconds of noise on balls that lie still make no event."""
    still = replace(film(SCATTERED))
    events, times = Events(still.view), []
    for time_s, spots in still.frames():
        if time_s >= 0.45:
            break
        times.append(time_s)
        assert events.step(time_s, spots) == []
    assert len(times) > 20
    assert events.finish() == []


def test_time_goes_on() -> None:
    """A frame cannot come before the one before it."""
    events = Events(None)
    spot = Spot("1", None, None, 0.0, True, (72, 128))
    events.step(1.0, [spot])
    with pytest.raises(BadRequest):
        events.step(1.0, [spot])


def test_each_true_event_is_matched_once() -> None:
    """Saying a thing twice is one right and one wrong; objects are told apart, their order is not."""
    true = [Event("ball_ball", 1.0, (0.5, 0.5), ("a", "b"), 1.0)]
    twice = [
        Event("ball_ball", 1.01, (0.5, 0.5), ("b", "a"), 0.9),
        Event("ball_ball", 0.99, (0.5, 0.5), ("a", "b"), 0.9),
    ]
    other = [Event("ball_ball", 1.0, (0.5, 0.5), ("a", "c"), 0.9)]
    late = [Event("ball_ball", 1.1, (0.5, 0.5), ("a", "b"), 0.9)]
    assert score_events(twice, true, fps=60)["ball_ball"].precision == 0.5
    assert score_events(twice, true, fps=60)["all"].recall == 1.0
    assert score_events(other, true, fps=60)["all"].matched == 0
    assert score_events(late, true, fps=60)["all"].matched == 0
    assert score_events(late, true, fps=60, frames=7)["all"].matched == 1
