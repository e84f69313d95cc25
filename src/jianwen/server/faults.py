"""The last net: an exception that nobody expected becomes a 500, and a log entry without what a person typed.

An exception's own text may quote a question or a token, so only its class and the lines of code are logged.
"""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from jianwen.errors import InternalError
from jianwen.server.problems import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Faults", "log_fault"]

_log = logging.getLogger(__name__)


def log_fault(error: BaseException, *, where: str) -> None:
    """Log class and code lines of an exception and of what caused it."""
    lines: list[str] = []
    link: BaseException | None = error
    while link is not None and len(lines) < 200:
        lines += [f"{type(link).__module__}.{type(link).__name__}\n", *traceback.format_tb(link.__traceback__)]
        link = link.__cause__ or link.__context__
    _log.error("Unexpected error in %s\n%s", where, "".join(lines))


class Faults:
    """Pure ASGI, so that streams are not buffered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            return  # nobody is there to answer
        except Exception as error:  # noqa: BLE001 - this is the place where the unexpected ends
            log_fault(error, where=scope["path"])
            if not started:
                await problem(InternalError(), path=scope["path"])(scope, receive, send)
