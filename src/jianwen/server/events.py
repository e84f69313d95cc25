"""Server-sent events, and the bridge that brings what a thread produces into the event loop.

The producer is an ordinary generator in a thread of its own. It is told by a `threading.Event` when nobody listens
any more, and then runs on to its end, so that it can keep what it has. Does not know what is in the events.
"""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from jianwen.errors import TooManyWaiting
from jianwen.server.problems import error_to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import Receive, Scope, Send

    from jianwen.errors import JianwenError

__all__ = ["Bridge", "EventStream", "Streams", "data", "error_event", "event"]

HEARTBEAT_S = 10.0
BACKLOG = 5_000  # events that a client may leave unread before it counts as gone
OPEN_STREAMS = 256
_COMMENT = b": waiting\n\n"

T = TypeVar("T")


def event(name: str, content: Any, *, id_: int | None = None) -> bytes:
    """One event. The number, if any, comes back as `Last-Event-ID` when the browser reconnects."""
    number = f"id: {id_}\n" if id_ is not None else ""
    return f"{number}event: {name}\n".encode() + data(content)


def data(content: Any) -> bytes:
    """An event without a name. JSON has no line breaks of its own, so one `data` line is enough."""
    return f"data: {json.dumps(content, ensure_ascii=False, allow_nan=False)}\n\n".encode()


def error_event(error: JianwenError) -> bytes:
    return event("error", error_to_json(error))


class Streams:
    """The bridges that are open: closed together when the server stops. Thread-safe."""

    def __init__(self) -> None:
        self._open: set[Bridge[Any]] = set()
        self._closing = False
        self._changed = threading.Condition()

    def add(self, bridge: Bridge[Any]) -> None:
        """Count a bridge in.

        Raises:
            TooManyWaiting: as many are open as the server will carry.
        """
        with self._changed:
            if self._closing or len(self._open) >= OPEN_STREAMS:
                raise TooManyWaiting
            self._open.add(bridge)

    def remove(self, bridge: Bridge[Any]) -> None:
        with self._changed:
            self._open.discard(bridge)
            self._changed.notify_all()

    def close(self) -> None:
        """Tell every producer to stop, and let no new one start."""
        with self._changed:
            self._closing = True
            for bridge in self._open:
                bridge.cancelled.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the producers to keep what they have. Returns whether all of them are done."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._open, timeout_s)


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class Bridge(Generic[T]):
    """A generator in its own thread; its items come out of `next` in the event loop that made the bridge.

    Items are not held back when nobody takes them: a slow client must not keep the model from the next one.
    """

    def __init__(self, produce: Callable[[threading.Event], Iterator[T]], streams: Streams) -> None:
        self.cancelled = threading.Event()
        self._produce = produce
        self._streams = streams
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[T | _End] = asyncio.Queue()
        self._peeked: list[T | _End] = []
        streams.add(self)
        threading.Thread(target=self._work, name="jianwen-stream", daemon=True).start()

    async def first(self, receive: Receive) -> None:
        """Wait for the first item, so that what fails before it has a status of its own.

        Raises:
            ClientDisconnect: the client left meanwhile.
        """
        item = await self._unless_gone(receive)
        if isinstance(item, _End) and item.error is not None:
            raise item.error
        self._peeked.append(item)

    async def last(self, receive: Receive) -> T:
        """Wait for the end and return the last item, of at least one. Raises as `first` does."""
        found: list[T] = []
        while not isinstance(item := await self._unless_gone(receive), _End):
            found = [item]
        if item.error is not None:
            raise item.error
        return found[0]

    async def next(self) -> T | None:
        """The next item, None after the last. Raises what the producer raised."""
        item = self._peeked.pop() if self._peeked else await self._items.get()
        if not isinstance(item, _End):
            return item
        if item.error is not None:
            raise item.error
        return None

    async def _unless_gone(self, receive: Receive) -> T | _End:
        item, gone = asyncio.ensure_future(self._items.get()), asyncio.ensure_future(until_gone(receive))
        try:
            await asyncio.wait((item, gone), return_when=asyncio.FIRST_COMPLETED)
            if item.done():
                return item.result()
            self.cancelled.set()
            raise ClientDisconnect
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        finally:
            item.cancel()
            gone.cancel()

    def _work(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._produce(self.cancelled):
                self._hand_over(item)
        except BaseException as exc:  # noqa: BLE001 - it is raised again where the items are taken
            error = exc
        finally:
            self._hand_over(_End(error))
            self._streams.remove(self)

    def _hand_over(self, item: T | _End) -> None:
        if self._items.qsize() > BACKLOG:
            self.cancelled.set()
        try:
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)
        except RuntimeError:  # the loop is closed: the server has stopped, and nobody listens
            self.cancelled.set()


async def until_gone(receive: Receive) -> None:
    """Return when the client has closed the connection. The request's body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        continue


class EventStream(Response):
    """Sends what a bridge brings, a comment when it is idle, and cancels the producer when the client leaves."""

    media_type = "text/event-stream"

    def __init__(self, bridge: Bridge[bytes], *, heartbeat_s: float = HEARTBEAT_S) -> None:
        super().__init__(headers={"x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._bridge = bridge
        self._heartbeat_s = heartbeat_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        pump, gone = asyncio.ensure_future(self._pump(send)), asyncio.ensure_future(until_gone(receive))
        try:
            await asyncio.wait((pump, gone), return_when=asyncio.FIRST_COMPLETED)
            if pump.done():
                pump.result()
        finally:
            self._bridge.cancelled.set()
            pump.cancel()
            gone.cancel()
            await asyncio.gather(pump, gone, return_exceptions=True)

    async def _pump(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        while (chunk := await self._chunk()) is not None:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _chunk(self) -> bytes | None:
        try:
            return await asyncio.wait_for(self._bridge.next(), self._heartbeat_s)
        except TimeoutError:
            return _COMMENT
