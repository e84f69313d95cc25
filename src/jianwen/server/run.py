"""Listens, serves, and stops within five seconds of a signal. Logs no access, no token and no question."""

from __future__ import annotations

import errno
import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from jianwen.assistant import Assistant
from jianwen.errors import BadSetting, PortTaken, UnsafeBind
from jianwen.server.addresses import is_loopback, url_of
from jianwen.server.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from fastapi import FastAPI

    from jianwen.language import LanguageModel
    from jianwen.settings import Settings

__all__ = ["Server", "listen", "serve"]

CONNECTIONS_S = 2  # for open connections to end by themselves
SAVING_S = 1.5  # for answers that were cut short to be kept


def serve(
    settings: Settings, *, announce: Callable[[str], None], loaded: Callable[[LanguageModel], None] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        settings: where to listen, and everything else.
        announce: called with the address of the page once it can be opened.
        loaded: called with the language model once it can be asked.

    Raises:
        UnsafeBind: others could reach it, and no token is set.
        PortTaken: another program listens there.
        BadSetting: this box has no such address.
    """
    with listen(settings) as listener, Assistant.open(settings, background=True, loaded=loaded) as assistant:
        url = url_of(settings.host, listener.getsockname()[1])
        Server(create_app(assistant), lambda: announce(url)).run(sockets=[listener])


def listen(settings: Settings) -> socket.socket:
    """Bind before anything heavy is loaded, so that a wrong address is told at once."""
    host, port = settings.host, settings.port
    if not settings.token and not is_loopback(host):
        raise UnsafeBind(host=host)
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=256)
    except (OSError, OverflowError) as exc:
        if isinstance(exc, OSError) and exc.errno == errno.EADDRINUSE:
            raise PortTaken(port=port) from exc
        raise BadSetting(name="host or port", value=f"{host}:{port}", wanted="an address this box may use") from exc


class Server(uvicorn.Server):
    """uvicorn, which tells when it is open and ends the streams when it closes."""

    def __init__(self, app: FastAPI, opened: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,
                log_config=None,
                log_level="error",
                server_header=False,
                ws="none",
                timeout_graceful_shutdown=CONNECTIONS_S,
            )
        )
        self._streams = app.state.desk.streams
        self._opened = opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._opened()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._streams.close()
        await super().shutdown(sockets)
        self._streams.wait(SAVING_S)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """End on a signal, and let the caller go on afterwards: uvicorn's own would raise the signal again."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        handled = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in handled}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
