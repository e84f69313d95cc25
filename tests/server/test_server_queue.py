"""Turns are fair, places are freed, and the line has an end."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from jianwen.errors import TooManyWaiting
from jianwen.server.queue import FairQueue, Ticket

NEVER = threading.Event()


def served_order(queue: FairQueue, clients: str) -> str:
    """Join all, one letter a client, then serve them one by one."""
    tickets = [queue.join(client) for client in clients]
    order = ""
    while tickets:
        running = next(ticket for ticket in tickets if ticket in queue._running)
        order += running.client
        tickets.remove(running)
        queue.leave(running)
    return order


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("abc", "abc"),
        ("aaabbbccc", "abcabcabc"),
        ("aaaab", "abaaa"),
        ("aab", "aba"),
        ("abab", "abab"),
        ("aabbbc", "abcabb"),
    ],
)
def test_clients_take_turns(asked: str, served: str) -> None:
    """Whoever asks often waits behind those who ask once."""
    assert served_order(FairQueue(), asked) == served


def test_a_client_that_comes_back_waits_behind_those_of_its_round() -> None:
    """Asking again at once does not overtake anybody who waited, nor fall behind their second questions."""
    queue = FairQueue()
    first, _, _, _ = (queue.join(client) for client in "abcb")
    queue.leave(first)
    queue.join("a")
    assert [ticket.client for ticket in (*queue._running, *queue._line)] == ["b", "c", "a", "b"]


def test_giving_up_a_place_does_not_cost_the_later_ones() -> None:
    """A client that cancels its next question keeps that turn for the one after."""
    queue = FairQueue()
    tickets = [queue.join(client) for client in "aaabb"]
    queue.leave(tickets[1])
    assert [ticket.client for ticket in queue._line] == ["b", "a", "b"]


def test_the_line_has_an_end_and_leaving_makes_room() -> None:
    """The 65th that waits is refused; after one leaves, the next comes in."""
    queue = FairQueue()
    tickets = [queue.join(str(n)) for n in range(65)]
    with pytest.raises(TooManyWaiting):
        queue.join("late")
    queue.leave(tickets[30])
    queue.leave(tickets[30])
    assert queue.snapshot() == {"running": 1, "waiting": 63}
    queue.join("late")


def test_waiting_tells_how_many_are_first_whenever_that_changes() -> None:
    """The third hears 2, then 1, then runs."""
    queue = FairQueue()
    first, second, third = (queue.join(client) for client in "abc")
    heard = third.waits(NEVER)
    assert next(heard) == 2
    queue.leave(first)
    assert next(heard) == 1
    queue.leave(second)
    assert list(heard) == []


def test_a_newcomer_may_come_first_and_that_is_told() -> None:
    """The number can grow: a client asking for the first time goes before another's second question."""
    queue = FairQueue()
    _, second = queue.join("a"), queue.join("a")
    heard = second.waits(NEVER)
    assert next(heard) == 1
    queue.join("b")
    assert next(heard) == 2


def test_waiting_ends_when_the_client_leaves() -> None:
    """A waiter whose client is gone stops within a second, and its place is free."""
    queue, gone = FairQueue(), threading.Event()
    queue.join("a")
    threading.Timer(0.1, gone.set).start()
    started_s = time.monotonic()
    with queue.join("b") as ticket:
        assert list(ticket.waits(gone)) == [1]
    assert time.monotonic() - started_s < 1
    assert queue.snapshot() == {"running": 1, "waiting": 0}


@pytest.mark.parametrize("places", [1, 3])
def test_no_more_run_than_there_are_places(places: int) -> None:
    """Thirty threads of five clients all get their turn, and never more at a time than allowed."""
    queue = FairQueue(running=places)
    at_once: list[int] = []
    served: list[str] = []
    lock = threading.Lock()

    def visit(ticket: Ticket) -> None:
        with ticket:
            assert all(ahead > 0 for ahead in ticket.waits(NEVER))
            with lock:
                served.append(ticket.client)
                at_once.append(queue.snapshot()["running"])
            time.sleep(0.005)

    threads = [threading.Thread(target=visit, args=(queue.join(str(n % 5)),)) for n in range(30)]
    with ExitStack() as ends:
        for thread in threads:
            thread.start()
            ends.callback(thread.join)
    assert sorted(served) == sorted(str(n % 5) for n in range(30))
    assert max(at_once) <= places
    assert queue.snapshot() == {"running": 0, "waiting": 0}
