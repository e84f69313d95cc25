"""The bridge from threads to streams: order, heart-beats, leaving, and stopping all at once."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import ClientDisconnect

from jianwen.errors import NotFound, TooManyWaiting
from jianwen.server import events
from jianwen.server.events import Bridge, EventStream, Streams, data, event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Message

SCOPE = {"type": "http"}


async def staying() -> Message:
    """A client that never leaves."""
    await asyncio.sleep(60)
    return {"type": "http.disconnect"}


async def sent_by(stream: EventStream, receive: Any = staying) -> bytes:
    """The body that a stream sends."""
    body = b""

    async def send(message: Message) -> None:
        nonlocal body
        body += message.get("body", b"")

    await stream(SCOPE, receive, send)
    return body


def test_an_event_is_one_line_of_json_whatever_is_in_it() -> None:
    """Line breaks, Chinese and markup come back unchanged."""
    text = '一\n\r\n<img onerror=…> "\u2028 event: x\ndata: y'
    encoded = event("delta", {"text": text}, id_=7).decode()
    number, name, content, *ends = encoded.split("\n")
    assert (number, name, ends) == ("id: 7", "event: delta", ["", ""])
    assert json.loads(content.removeprefix("data: ")) == {"text": text}


def test_items_come_in_order_and_the_stream_ends() -> None:
    """A thousand items of a thread arrive as they were made."""

    async def run() -> bytes:
        bridge = Bridge(lambda _: (data(n) for n in range(1000)), Streams())
        return await sent_by(EventStream(bridge))

    assert asyncio.run(run()) == b"".join(data(n) for n in range(1000))


def test_what_fails_first_is_raised_where_it_can_become_a_status() -> None:
    """An error before the first item comes out of `first`."""

    def fails(cancelled: threading.Event) -> Iterator[bytes]:
        if not cancelled.is_set():
            raise NotFound(what="conversation", id="x")
        yield b""

    async def run() -> None:
        await Bridge(fails, Streams()).first(staying)

    with pytest.raises(NotFound):
        asyncio.run(run())


def test_an_idle_stream_carries_comments() -> None:
    """While the producer thinks, the client hears that the line is alive."""

    def thinks(_: threading.Event) -> Iterator[bytes]:
        time.sleep(0.3)
        yield data("done")

    async def run() -> bytes:
        return await sent_by(EventStream(Bridge(thinks, Streams()), heartbeat_s=0.1))

    body = asyncio.run(run())
    assert body.count(b": waiting\n\n") >= 2
    assert body.endswith(data("done"))


def test_the_producer_is_told_when_the_client_leaves_and_runs_to_its_end() -> None:
    """Leaving sets the event; the thread then still does its last work."""
    kept = threading.Event()

    def writes(cancelled: threading.Event) -> Iterator[bytes]:
        while not cancelled.wait(0.01):
            yield data("more")
        kept.set()

    async def leaving() -> Message:
        await asyncio.sleep(0.1)
        return {"type": "http.disconnect"}

    async def run() -> bytes:
        return await sent_by(EventStream(Bridge(writes, Streams())), leaving)

    assert asyncio.run(run()).startswith(data("more"))
    assert kept.wait(2)


def test_leaving_before_the_first_item_cancels_too() -> None:
    """A client that gives up in the line does not keep its place."""
    told = threading.Event()

    def waits(cancelled: threading.Event) -> Iterator[bytes]:
        cancelled.wait(5)
        told.set()
        yield b""

    async def leaving() -> Message:
        return {"type": "http.disconnect"}

    async def run() -> None:
        await Bridge(waits, Streams()).last(leaving)

    with pytest.raises(ClientDisconnect):
        asyncio.run(run())
    assert told.wait(2)


def test_a_client_that_reads_nothing_counts_as_gone() -> None:
    """Unread events are bounded: the producer is cancelled, not the memory filled."""

    async def run() -> bool:
        bridge = Bridge(lambda cancelled: iter(lambda: None if cancelled.is_set() else b"x", None), Streams())
        stuck = asyncio.ensure_future(EventStream(bridge)(SCOPE, staying, lambda _: asyncio.sleep(60)))
        gone = await asyncio.to_thread(bridge.cancelled.wait, 20)
        stuck.cancel()
        return gone

    assert asyncio.run(run())


def test_closing_stops_every_stream_and_lets_none_begin() -> None:
    """At shutdown all producers end and keep what they have before `wait` returns."""
    ended: list[int] = []

    def producer(number: int) -> Any:
        def waits(cancelled: threading.Event) -> Iterator[bytes]:
            yield b""
            cancelled.wait(5)
            ended.append(number)

        return waits

    async def run() -> None:
        streams = Streams()
        for number in range(3):
            await Bridge(producer(number), streams).first(staying)
        streams.close()
        assert await asyncio.to_thread(streams.wait, 2)
        with pytest.raises(TooManyWaiting):
            Bridge(producer(9), streams)

    asyncio.run(run())
    assert sorted(ended) == [0, 1, 2]


def test_open_streams_are_bounded() -> None:
    """One more than the limit is refused until another ends."""

    async def run() -> None:
        streams = Streams()
        for _ in range(events.OPEN_STREAMS):
            Bridge(lambda cancelled: iter([bytes(cancelled.wait(5))]), streams)
        with pytest.raises(TooManyWaiting):
            Bridge(lambda _: iter(()), streams)
        streams.close()
        assert await asyncio.to_thread(streams.wait, 5)

    asyncio.run(run())
