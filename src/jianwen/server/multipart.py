"""The files of a request: its body as the event loop receives it, cut into files in a thread.

Bounded and deleted by `upload.py`. Does not know what the files are for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from starlette.requests import ClientDisconnect

from jianwen.errors import BadRequest
from jianwen.server.upload import FIELD, receive_files

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from fastapi import Request
    from starlette.types import Message

    from jianwen.server.desk import Desk
    from jianwen.server.upload import Received

__all__ = ["FILES", "files_of"]

_BODY = {
    "type": "object",
    "properties": {FIELD: {"type": "array", "items": {"type": "string", "format": "binary"}}},
    "required": [FIELD],
}
# What OpenAPI cannot find out by itself of a route that reads its body as a stream.
FILES = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _BODY}}}}


def files_of(request: Request, desk: Desk) -> Generator[Received]:
    """Each file once it is complete; it is deleted when the next one is asked for. Called in a thread of AnyIO.

    Raises:
        BadRequest: no file came, or the body is broken.
        RequestTooLarge: as `receive_files`.
    """
    desk.uploads.mkdir(parents=True, exist_ok=True)
    kind, limit_mb = request.headers.get("content-type", ""), desk.assistant.settings.upload_mb
    came = False
    for received in receive_files(_chunks(request), content_type=kind, folder=desk.uploads, limit_mb=limit_mb):
        came = True
        yield received
    if not came:
        raise BadRequest(detail=f"No file came in the field {FIELD!r}.", detail_zh=f"字段 {FIELD!r} 中没有文件。")


def _chunks(request: Request) -> Iterator[bytes]:
    """The body as it comes; the event loop does the receiving."""

    async def receive() -> Message:
        return await request.receive()

    while True:
        message = anyio.from_thread.run(receive)
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return
