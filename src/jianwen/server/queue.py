"""Who is answered next when several ask at once: turn by turn between clients, not by who asked most.

Knows nothing of questions. Thread-safe.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from jianwen.errors import TooManyWaiting

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FairQueue", "Ticket"]

_LOOK_UP_S = 0.2  # how soon a waiter notices that its client left


class Ticket:
    """A place in the line, then a running one. A context manager: leaving it frees the place."""

    def __init__(self, queue: FairQueue, *, client: str, number: int, round_: int) -> None:
        self.client = client
        self.number = number  # in the order of coming
        self.round = round_  # every client has one ticket a round
        self._queue = queue

    def waits(self, stop: threading.Event) -> Iterator[int]:
        """Block until it is this ticket's turn or `stop` is set; yields how many are first, whenever that changes."""
        shown = None
        while not stop.is_set():
            ahead = self._queue.ahead(self, changed_from=shown)
            if ahead == 0:
                return
            if ahead != shown:
                yield ahead
                shown = ahead

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._queue.leave(self)


class FairQueue:
    """At most `running` at a time and `waiting` in line; clients take turns, first come first served among them."""

    def __init__(self, *, running: int = 1, waiting: int = 64) -> None:
        self._places = running
        self._room = waiting
        self._running: list[Ticket] = []
        self._line: list[Ticket] = []  # in the order in which they will run
        self._joined = 0
        self._round = 0  # of the ticket that started last
        self._changed = threading.Condition()

    def join(self, client: str) -> Ticket:
        """Take a place.

        Raises:
            TooManyWaiting: the line is full.
        """
        with self._changed:
            if len(self._line) >= self._room and len(self._running) >= self._places:
                raise TooManyWaiting
            own = [ticket.round for ticket in (*self._running, *self._line) if ticket.client == client]
            round_ = max(self._round, 1 + max(own, default=-1))
            self._joined += 1
            ticket = Ticket(self, client=client, number=self._joined, round_=round_)
            self._line.append(ticket)
            self._settle()
            return ticket

    def leave(self, ticket: Ticket) -> None:
        """Give a place back, running or not. Leaving twice does nothing."""
        with self._changed:
            if ticket in self._running:
                self._running.remove(ticket)
            elif ticket in self._line:
                self._line.remove(ticket)
                self._move_up(ticket)
            self._settle()

    def ahead(self, ticket: Ticket, *, changed_from: int | None) -> int:
        """How many are first, 0 when it runs. Waits a moment for that to differ from `changed_from`."""
        with self._changed:
            if self._ahead(ticket) == changed_from:
                self._changed.wait(_LOOK_UP_S)
            return self._ahead(ticket)

    def snapshot(self) -> dict[str, int]:
        """As `/api/status` shows it."""
        with self._changed:
            return {"running": len(self._running), "waiting": len(self._line)}

    def _ahead(self, ticket: Ticket) -> int:
        return 0 if ticket in self._running else len(self._running) + self._line.index(ticket)

    def _move_up(self, gone: Ticket) -> None:
        """A client that gives up a round does not lose its later ones."""
        for ticket in self._line:
            if ticket.client == gone.client and ticket.round > gone.round:
                ticket.round -= 1

    def _settle(self) -> None:
        self._line.sort(key=lambda ticket: (ticket.round, ticket.number))
        while self._line and len(self._running) < self._places:
            ticket = self._line.pop(0)
            self._round = ticket.round
            self._running.append(ticket)
        self._changed.notify_all()
