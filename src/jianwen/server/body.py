"""No request body over 1 MB, declared or streamed. Uploads have limits of their own, in `upload.py`.

The framework's own limit answers in plain text and before the guard, so it is not used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from jianwen.errors import RequestTooLarge
from jianwen.server.problems import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["BodyLimit"]

LIMIT_BYTES = 1_000_000
UNLIMITED = {("POST", "/api/sources"), ("POST", "/api/count"), ("POST", "/api/tracking")}


class BodyLimit:
    """Pure ASGI: counts what `receive` hands on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"], scope["path"]) in UNLIMITED:
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isascii() or not declared.isdigit() or int(declared[:20]) > LIMIT_BYTES:
            error = RequestTooLarge(detail="a JSON body may have 1 MB", detail_zh="JSON 请求体最多 1 MB")
            await problem(error, path=scope["path"])(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LIMIT_BYTES:
                raise HTTPException(413)  # the one kind that the framework lets through while it reads a body
            return message

        await self._app(scope, counted, send)
