"""From a layout and a strike to a shot, from event to event and never by small steps.

Between events every ball follows a closed form, so the next event of all is the earliest root of a few polynomials.
A heap holds what each ball and each pair would do next; an event makes new only what its one or two balls do.
Events at one instant happen one after another in the order of the balls; a hit into balls that touch is one event.

Does not know games: who may shoot and what counts is nobody's business here.
"""

from __future__ import annotations

import heapq
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from jianwen.billiards.checks import check_balls, check_strike, checked_positions
from jianwen.billiards.cluster import LEAST_HIT_M_S, burst, contacts_around, reach_of
from jianwen.billiards.impacts import collided, rebounded, struck
from jianwen.billiards.motion import Body, Leg, falling_leg, gone_leg, leg_from
from jianwen.billiards.path import Path
from jianwen.billiards.physics import Physics
from jianwen.billiards.shot import Event, EventKind, Shot, Strike
from jianwen.billiards.touch import Touch, Walls, pair_touch
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.billiards.balls import Ball
    from jianwen.billiards.table import Table

__all__ = ["simulate"]

USABLE = 0.5  # of the radius: farther out a chalked tip slips off
MOST_EVENTS = 20_000  # a hard break has under a thousand
NOBODY = -1
RESTING = {"still", "spinning"}
OFF = {"falling", "gone"}


def simulate(
    table: Table,
    balls: Sequence[Ball],
    positions_m: NDArray[np.float64],  # (n, 2)
    strike: Strike,
    *,
    cue: int = 0,
    physics: Physics | None = None,
    seed: int = 0,
) -> Shot:
    """Play one shot to its end. The seed draws how the balls are turned at the start; nothing else is random."""
    check_balls(table, balls)
    check_strike(strike, cue, len(balls))
    places = checked_positions(table, balls, positions_m)
    world = _World(table, balls, places, physics or Physics())
    if strike.speed_m_s > 0:
        world.strike(cue, strike)
        world.run()
    first = np.random.default_rng(seed).normal(size=(len(balls), 4))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    paths = tuple(Path(legs, (w, x, y, z)) for legs, (w, x, y, z) in zip(world.legs, first.tolist(), strict=True))
    duration = max(legs[-1].start_s for legs in world.legs)
    return Shot(table, tuple(balls), tuple(world.events), duration, paths)


class _World:
    """The balls at the time of the last event, and the heap of what may come."""

    def __init__(self, table: Table, balls: Sequence[Ball], places: NDArray[np.float64], physics: Physics) -> None:
        self.balls, self.physics = balls, physics
        self.radius_m = balls[0].radius_m
        self.walls = Walls(table, self.radius_m)
        self.now_s = 0.0
        self.legs = [[leg_from(Body(x, y), 0.0, self.radius_m, physics)] for x, y in places.tolist()]
        self.versions = [0] * len(balls)  # of each ball's leg: what was foreseen for an older one is void
        self.ends_s = [inf] * len(balls)  # when a ball's leg ends, if no other ball comes
        self.heap: list[tuple[float, int, int, int, int, Touch | None]] = []
        self.events: list[Event] = []

    def strike(self, cue: int, strike: Strike) -> None:
        body = self.legs[cue].pop().body
        usable = USABLE * self.radius_m
        moving = struck(
            body,
            speed_m_s=strike.speed_m_s,
            direction_rad=strike.direction_rad,
            offset_m=(strike.side * usable, strike.top * usable),
            elevation_rad=strike.elevation_rad,
            radius_m=self.radius_m,
        )
        self.log("strike", (cue,), (body.x, body.y))
        self.send({cue: leg_from(moving, 0.0, self.radius_m, self.physics)})

    def run(self) -> None:
        """Until nothing is to come."""
        for _ in range(MOST_EVENTS):
            if not self.step():
                return
        raise BadRequest(
            detail=f"The shot has more than {MOST_EVENTS} events. Place the balls a little farther apart.",
            detail_zh=f"这一杆的事件超过 {MOST_EVENTS} 个。请把球摆得稍微分开一些。",
        )

    def step(self) -> bool:
        """The next event that is not void; False when there is none."""
        while self.heap:
            time, one, other, version, other_version, touch = heapq.heappop(self.heap)
            if self.versions[one] != version or (other != NOBODY and self.versions[other] != other_version):
                continue
            self.now_s = max(self.now_s, time)
            if other != NOBODY:
                self.collide(one, other)
            elif touch is None:
                self.end(one)
            elif touch.kind == "pot":
                self.pot(one, touch)
            else:
                self.rebound(one, touch)
            return True
        return False

    def collide(self, one: int, other: int) -> None:
        a, b = self.body(one), self.body(other)
        if self.burst(one, other, _approach(a, b)):
            return
        masses = self.balls[one].mass_kg, self.balls[other].mass_kg
        after = collided(a, b, radius_m=self.radius_m, masses_kg=masses, physics=self.physics)
        self.log("collision", (one, other), ((a.x + b.x) / 2, (a.y + b.y) / 2))
        part = _apart(*after, 2 * self.radius_m)
        self.send({one: self.onward(part[0]), other: self.onward(part[1])})

    def burst(self, one: int, other: int, speed_m_s: float) -> bool:
        """The collision as a hit into a cluster, if others touch the two."""
        if speed_m_s < LEAST_HIT_M_S:
            return False
        apart = 2 * self.radius_m
        reach = reach_of(speed_m_s, self.radius_m, self.balls[one].mass_kg)
        places = {index: self.body(index) for index, legs in enumerate(self.legs) if legs[-1].phase not in OFF}
        contacts = contacts_around((one, other), places, apart, reach)
        if len(contacts) < 2:
            return False
        masses = {index: self.balls[index].mass_kg for index in places}
        after, pressed = burst(
            places, contacts, masses, radius_m=self.radius_m, speed_m_s=speed_m_s, physics=self.physics
        )
        for contact in pressed:
            a, b = places[contact.one], places[contact.other]
            self.log("collision", contact[:2], ((a.x + b.x) / 2, (a.y + b.y) / 2))
        moved = sorted({index for contact in pressed for index in contact[:2]})
        self.send({index: self.onward(after[index]) for index in moved})
        return True

    def rebound(self, one: int, touch: Touch) -> None:
        body = self.body(one)
        ex, ey = touch.toward
        reach = self.walls.reach_m
        self.log("cushion", (one,), (body.x + ex * reach, body.y + ey * reach))
        after = rebounded(body, radius_m=self.radius_m, toward=touch.toward, rise=self.walls.rise, physics=self.physics)
        depth = max(0.0, touch.depth_m)
        self.send({one: self.onward(after._replace(x=after.x - ex * depth, y=after.y - ey * depth))})

    def pot(self, one: int, touch: Touch) -> None:
        body = self.body(one)
        self.log("pot", (one,), (body.x, body.y))
        self.send({one: falling_leg(body, self.now_s, self.radius_m, touch.centre_m, self.physics)})

    def end(self, one: int) -> None:
        leg = self.legs[one][-1]
        self.send({one: gone_leg(leg) if leg.phase == "falling" else self.onward(leg.after(leg.length_s))})

    def body(self, one: int) -> Body:
        leg = self.legs[one][-1]
        return leg.after(self.now_s - leg.start_s)

    def onward(self, body: Body) -> Leg:
        return leg_from(body, self.now_s, self.radius_m, self.physics)

    def send(self, legs: dict[int, Leg]) -> None:
        """Balls start on new legs: foresee what these touch, and void what was foreseen for the old ones."""
        for one, leg in legs.items():
            self.legs[one].append(leg)
            self.versions[one] += 1
            if leg.phase == "still":
                self.log("stop", (one,), (leg.body.x, leg.body.y))
            touch = self.walls.first_touch(leg) if leg.phase in {"sliding", "rolling"} else None
            self.ends_s[one] = leg.end_s if touch is None else leg.start_s + touch.after_s
            if self.ends_s[one] < inf:
                heapq.heappush(self.heap, (self.ends_s[one], one, NOBODY, self.versions[one], 0, touch))
        done: set[int] = set()
        for one, leg in legs.items():
            done.add(one)
            if leg.phase not in OFF:
                self.foresee(one, leg, [other for other in range(len(self.balls)) if other not in done])

    def foresee(self, one: int, leg: Leg, others: list[int]) -> None:
        """When a ball that starts on a leg now touches each of the others, before either does something else."""
        for other in others:
            yours = self.legs[other][-1]
            if yours.phase in OFF or (leg.phase in RESTING and yours.phase in RESTING):
                continue
            until = min(self.ends_s[one], self.ends_s[other]) - self.now_s
            if until <= 0.0:
                continue  # what comes first now makes both new
            there = yours.body if yours.phase in RESTING else yours.after(self.now_s - yours.start_s)
            bend = (yours.ax - leg.ax, yours.ay - leg.ay)
            after = pair_touch(leg.body, there, bend, 2 * self.radius_m, until)
            if after is not None:
                first, last = min(one, other), max(one, other)
                entry = (self.now_s + after, first, last, self.versions[first], self.versions[last], None)
                heapq.heappush(self.heap, entry)

    def log(self, kind: EventKind, balls: tuple[int, ...], place_m: tuple[float, float]) -> None:
        self.events.append(Event(kind, self.now_s, balls, place_m))


def _approach(one: Body, other: Body) -> float:
    """How fast two balls come nearer."""
    dx, dy = other.x - one.x, other.y - one.y
    return float(((one.vx - other.vx) * dx + (one.vy - other.vy) * dy) / (dx * dx + dy * dy) ** 0.5)


def _apart(one: Body, other: Body, apart_m: float) -> tuple[Body, Body]:
    """Two balls that sank into each other a little, set apart again; see `touch.py` for the rule."""
    dx, dy = other.x - one.x, other.y - one.y
    distance = (dx * dx + dy * dy) ** 0.5
    share = 0.5 * max(0.0, apart_m / distance - 1.0)
    mx, my = share * dx, share * dy
    return one._replace(x=one.x - mx, y=one.y - my), other._replace(x=other.x + mx, y=other.y + my)
