"""Events from tracks: potted, ball and ball, ball and cushion, strike, at rest; said as frames come in.

    events = Events(table)                   # a TableView, or None where the camera shows no table
    for index, picture in enumerate(pictures):
        for event in events.step(index / fps, session.step(picture)):
            ...
    rest = events.finish()

An event is said at most `LATEST_S` after it happened: what a way does next shows what has bent it. Without a table
only touches of balls, strikes and rests are said, and lengths count in radii of the ball.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from jianwen.errors import BadRequest
from jianwen.tracking.contacts import Contact, Pushed, explained
from jianwen.tracking.event import Event
from jianwen.tracking.motion import is_ball_sized
from jianwen.tracking.plane import Plane
from jianwen.tracking.pots import potted
from jianwen.tracking.racks import NO_BURST, burst
from jianwen.tracking.rest import Roll, rested, usual
from jianwen.tracking.touches import Node, cushion_contacts, first_touch_s, pair_contact, strike_contact
from jianwen.tracking.trajectories import radius_px
from jianwen.tracking.way import Way

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from jianwen.tracking.tableview import TableView
    from jianwen.tracking.trajectories import Sighting

    Floats = NDArray[np.float64]

__all__ = ["LATEST_S", "Events"]

SETTLE_S = 0.25  # after which a kink stands; seven frames of thirty a second
CHAIN_FRAMES = 1.6  # kinks nearer than this in time may have one cause
LONGEST_CHAIN_S = 0.25
REST_S = 0.3  # that a ball must lie still
REST_WAIT_S = 0.5  # before the end of a roll is read
ROLLS = 25  # that are remembered of a cloth
ROLL_S = 2.5  # of the way before a rest that is looked at
SLIDE_S = 0.3  # after a touch, before a ball rolls
POT_S = 0.4  # that a ball must stay lost
LATEST_S = 1.5
NOISE_RADII = 0.1
RACK_CONFIDENCE = 0.7
LEAST_M_S = 0.04  # a softer touch is not said
LEAST_WAY_RADII = 0.3  # between two rests
AGAIN_FRAMES = 2.0  # the same touch again within this is the same touch
QUIET_S = 0.05
SHOT_S = 0.5  # after a strike no other comes
END_REST_S = 0.1  # that a ball must lie still when no more frames come
FALL_S, FALL_FRAMES = 0.15, 2.5  # a ball lost so soon after a kink, and for so long, was lost by it


class Events:
    """Everything that has been said is final."""

    def __init__(self, table: TableView | None, ball_radius_m: float = 0.028575) -> None:
        self._table = table
        self._radius_m = ball_radius_m
        self._plane = Plane(table, ball_radius_m)
        self._ways: dict[str, Way] = {}
        self._balls: dict[str, bool] = {}  # whether an object was as large as one when it was first seen
        self._waiting: list[tuple[float, Way]] = []  # settled kinks
        self._said: dict[tuple[str, tuple[str, ...]], float] = {}
        self._now_s = -np.inf
        self._gaps_s: list[float] = []
        self._rolls: deque[Roll] = deque(maxlen=ROLLS)
        self._burst = NO_BURST  # the latest

    def step(self, time_s: float, tracks: Iterable[Sighting]) -> list[Event]:
        """The next frame; what became clear by it, by time."""
        if not self._now_s < time_s < np.inf:
            raise BadRequest(
                detail=f"A frame at {time_s} s cannot follow one at {self._now_s} s.",
                detail_zh=f"时间为 {time_s} 秒的帧不能排在 {self._now_s} 秒的帧之后。",
            )
        if self._now_s > -np.inf:
            self._gaps_s = [*self._gaps_s[-30:], time_s - self._now_s]
        self._now_s = time_s
        for track in tracks:
            if not track.is_lost and track.centre is not None and self._balls.setdefault(track.object, _is_ball(track)):
                way = self._ways.setdefault(track.object, Way(track.object))
                point, radius = self._plane.sighted(track)
                way.see(time_s, point, NOISE_RADII * radius)
        return self._told(time_s - SETTLE_S, time_s)

    def finish(self) -> list[Event]:
        """What can be said when no more frames come."""
        return self._told(np.inf, np.inf)

    @property
    def _frame_s(self) -> float:
        return float(np.median(self._gaps_s)) if self._gaps_s else 1 / 30

    def _told(self, settled_s: float, now_s: float) -> list[Event]:
        events = [event for way in self._ways.values() for event in self._pot(way, now_s)]
        for way in self._ways.values():
            for change in way.settle(settled_s):
                if change.is_rest:
                    way.resting_since_s = change.time_s
                else:
                    events += self._rest(way, change.time_s, is_last=True)
                    way.resting_since_s = None
                    self._waiting.append((change.time_s, way))
            events += self._rest(way, now_s, is_last=now_s == np.inf)
        while chain := self._chain(settled_s):
            events += self._touches(chain)
        return sorted(events, key=lambda event: event.time_s)

    def _chain(self, settled_s: float) -> list[tuple[float, Way]]:
        """The oldest kinks that follow close on each other, once no more can follow."""
        self._waiting.sort(key=lambda item: item[0])
        room_s = CHAIN_FRAMES * self._frame_s
        count = 0
        for count, (time_s, _) in enumerate(self._waiting):
            if count and time_s - self._waiting[count - 1][0] > room_s:
                break
        else:
            count = len(self._waiting)
        chain = self._waiting[:count]
        is_open = chain and chain[-1][0] + room_s > settled_s and chain[0][0] + LONGEST_CHAIN_S > settled_s
        if not chain or is_open:
            return []
        self._waiting = self._waiting[count:]
        return chain

    def _touches(self, chain: list[tuple[float, Way]]) -> list[Event]:
        frame_s = self._frame_s
        nodes: list[Node] = []
        for time_s, way in chain:
            bend = way.bend(time_s, frame_s, is_kink=True)
            if bend is not None:
                nodes.append(
                    Node(way.name, bend, way.was_resting(time_s), is_kink=True, is_last=self._is_lost_at(way, time_s))
                )
        nodes = [node for node in nodes if not self._is_of_burst(node)]
        if not nodes:
            return []
        nodes += self._bystanders(nodes)
        is_quiet = self._is_quiet(chain[0][0])
        events = self._racked(nodes, chain[0][0])
        contacts = self._unracked(self._contacts(nodes, is_quiet), nodes)
        changes = np.array([node.bend.change for node in nodes])
        sigmas = np.array([node.bend.sigma_change for node in nodes])
        found = explained(changes, sigmas, contacts, least_m_s=LEAST_M_S)
        strikes = [pushed for pushed in found if pushed.contact.kind == "strike"]
        first = min(strikes, key=lambda pushed: pushed.contact.time_s, default=None)
        kept = [pushed for pushed in found if pushed.contact.kind != "strike" or pushed is first]
        events += [event for pushed in kept if not pushed.contact.is_sure for event in self._event(pushed, nodes)]
        return events + (self._struck(nodes) if is_quiet and first is None else [])

    def _is_lost_at(self, way: Way, time_s: float) -> bool:
        return way.seen_s < min(time_s + FALL_S, self._now_s - FALL_FRAMES * self._frame_s)

    def _racked(self, nodes: list[Node], start_s: float) -> list[Event]:
        """The touches of a hit into balls that lay against each other."""
        if not any(node.is_kink and node.was_resting for node in nodes):
            return []
        seen = [way for way in self._ways.values() if way.seen_s >= start_s - QUIET_S and self._lies_anew(way)]
        places = {way.name: way.lying(start_s) for way in seen}
        lying = {name: place for name, place in places.items() if place is not None}
        found = burst(nodes, lying, radius_m=self._radius_m, frame_s=self._frame_s)
        if found is None:
            return []
        self._burst = found
        return [
            event
            for pair in found.pairs
            for event in self._once(
                Event("ball_ball", found.time_s, self._plane.place(found.middle(pair)), pair, RACK_CONFIDENCE)
            )
        ]

    def _lies_anew(self, way: Way) -> bool:
        """Whether it was not in the latest rack that was hit, or has come to rest since."""
        return way.name not in self._burst.members or any(
            change.is_rest and change.time_s > self._burst.time_s for change in way.changes
        )

    def _is_of_burst(self, node: Node) -> bool:
        """Whether a ball that lay in a rack starts late from the hit that was said already."""
        return node.was_resting and self._burst.moves(node.name, node.bend.time_s, self._frame_s)

    def _unracked(self, contacts: list[Contact], nodes: list[Node]) -> list[Contact]:
        """Touches within a rack are known: those that were are sure, others cannot be so soon."""
        kept: list[Contact] = []
        for contact in contacts:
            names = sorted({nodes[row].name for row in contact.balls})
            is_inner = len(names) == 2 and all(self._burst.moves(name, contact.time_s, self._frame_s) for name in names)
            if not is_inner:
                kept.append(contact)
            elif (names[0], names[1]) in self._burst.pairs:
                kept.append(replace(contact, is_sure=True))
        return kept

    def _struck(self, nodes: list[Node]) -> list[Event]:
        """Where all lay still a cue came first, however little is known of the first moment."""
        for node in sorted(nodes, key=lambda node: node.bend.time_s):
            later = self._ways[node.name].point_at(node.bend.time_s + 2 * self._frame_s)
            has_left = later is not None and float(np.linalg.norm(later - node.bend.place)) > self._radius_m
            if node.is_kink and node.was_resting and has_left:
                place = self._plane.place(node.bend.place)
                return self._once(Event("strike", node.bend.time_s, place, (node.name,), 0.5))
        return []

    def _bystanders(self, nodes: list[Node]) -> list[Node]:
        """Balls that were near a kink and did not visibly bend."""
        found: list[Node] = []
        for node in nodes:
            time_s, frame_s = node.bend.time_s, self._frame_s
            busy = {other.name for other in nodes if abs(other.bend.time_s - time_s) <= CHAIN_FRAMES * frame_s}
            busy |= {other.name for other in found if abs(other.bend.time_s - time_s) <= CHAIN_FRAMES * frame_s}
            for way in self._ways.values():
                point = None if way.name in busy else way.point_at(time_s)
                if point is None:
                    continue
                near = 4 * self._radius_m + way.filter.speed_m_s * frame_s
                if float(np.linalg.norm(point - node.bend.place)) > near:
                    continue
                bend = way.bend(time_s, frame_s, is_kink=False)
                if bend is not None:
                    found.append(Node(way.name, bend, way.was_resting(time_s), is_kink=False))
        return found

    def _contacts(self, nodes: list[Node], is_quiet: bool) -> list[Contact]:
        contacts: list[Contact] = []
        room_s = CHAIN_FRAMES * self._frame_s
        firsts = [self._first_touch_s(node, nodes) for node in nodes]
        for (i, one), (j, other) in combinations(enumerate(nodes), 2):
            is_apart = abs(one.bend.time_s - other.bend.time_s) > room_s
            if one.name == other.name or is_apart or not (one.is_kink or other.is_kink):
                continue
            instants = [time_s for time_s in (firsts[i], firsts[j]) if time_s is not None]
            contact = pair_contact(
                (i, j), one, other,
                radius_m=self._radius_m, frame_s=self._frame_s, first_s=min(instants, default=None),
            )  # fmt: skip
            if contact is not None:
                contacts.append(contact)
        for i, node in enumerate(nodes):
            if not node.is_kink:
                continue
            if self._table is not None:
                contacts += cushion_contacts(i, node, self._table, radius_m=self._radius_m, frame_s=self._frame_s)
            strike = strike_contact(i, node) if is_quiet else None  # nobody plays while balls roll
            if strike is not None:
                contacts.append(strike)
        return contacts

    def _first_touch_s(self, node: Node, nodes: list[Node]) -> float | None:
        if not node.is_kink:
            return None
        room_s = CHAIN_FRAMES * self._frame_s
        others = [
            other for other in nodes
            if other.name != node.name and abs(other.bend.time_s - node.bend.time_s) <= room_s
        ]  # fmt: skip
        return first_touch_s(node, others, radius_m=self._radius_m, frame_s=self._frame_s)

    def _is_quiet(self, time_s: float) -> bool:
        """All balls lay still just before, and no shot has just begun."""
        struck = [said_s for (kind, _), said_s in self._said.items() if kind == "strike"]
        seen = [way for way in self._ways.values() if way.seen_s >= time_s - QUIET_S]
        began = max(struck, default=-np.inf) + SHOT_S > time_s
        return not began and all(way.was_resting(time_s - QUIET_S) for way in seen)

    def _event(self, pushed: Pushed, nodes: list[Node]) -> list[Event]:
        contact = pushed.contact
        names = tuple(nodes[row].name for row in contact.balls)
        confidence = pushed.evidence / (pushed.evidence + 10.0)
        return self._once(Event(contact.kind, contact.time_s, self._plane.place(contact.place), names, confidence))

    def _once(self, event: Event) -> list[Event]:
        key = (event.kind, tuple(sorted(event.objects)))
        again = event.time_s - self._said.get(key, -np.inf) <= AGAIN_FRAMES * self._frame_s
        self._said[key] = event.time_s
        return [] if again else [event]

    def _rest(self, way: Way, now_s: float, *, is_last: bool) -> list[Event]:
        since_s = way.resting_since_s
        if way.rest_place is None and since_s is None and way.filter.is_resting and not way.changes:
            way.rest_place = way.samples.points_m.mean(axis=0)
        if since_s is None or (now_s < since_s + REST_WAIT_S and not is_last):
            return []
        kinks = [time_s for time_s in way.kinks_s() if time_s < since_s]
        start_s = max([since_s - ROLL_S, *(time_s + min(SLIDE_S, (since_s - time_s) / 3) for time_s in kinks)])
        samples = way.samples.between(start_s, now_s)
        alone = rested(samples, since_s, roll=Roll())
        rest = rested(samples, since_s, roll=usual([*self._rolls, alone.roll]))
        if rest.time_s + REST_S > min(now_s, way.seen_s) and not is_last:
            return []
        way.resting_since_s = None
        self._rolls.append(alone.roll)
        before, way.rest_place = way.rest_place, rest.place
        still_s = END_REST_S if now_s == np.inf else REST_S
        if rest.time_s + still_s > min(now_s, way.seen_s):
            return []
        if before is not None and float(np.linalg.norm(before - rest.place)) < LEAST_WAY_RADII * self._radius_m:
            return []
        confidence = 1.0 / (1.0 + (rest.sigma_s / self._frame_s) ** 2)
        return [Event("at_rest", rest.time_s, self._plane.place(rest.place), (way.name,), confidence)]

    def _pot(self, way: Way, now_s: float) -> list[Event]:
        if self._table is None or way.is_potted or now_s < way.seen_s + POT_S or not np.isfinite(way.seen_s):
            return []
        if way.seen_s >= self._now_s:
            return []  # no more frames come, and it is still there
        way.is_potted = True  # or gone otherwise: judged once, until it is seen again
        pot = potted(way, self._table, radius_m=self._radius_m)
        if pot is None:
            return []
        time_s, point, confidence = pot
        x, y = self._plane.place(point)
        if not (0 <= x <= 1 and 0 <= y <= 1):
            return []  # it left the picture
        return [Event("potted", time_s, (x, y), (way.name,), confidence)]


def _is_ball(track: Sighting) -> bool:
    """A cup that is pushed about strikes nothing."""
    height, width = track.picture_size
    return track.box is None or is_ball_sized(2 * radius_px(track.box, height, width), height)
