"""`/api/count`: pictures in, the number of balls in each out. Nothing is kept."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from jianwen.errors import BadRequest, JianwenError
from jianwen.server.desk import DeskDep, address_of
from jianwen.server.multipart import FILES, files_of
from jianwen.server.problems import problem
from jianwen.server.shapes import CountsShape

if TYPE_CHECKING:
    from jianwen.counting import Count
    from jianwen.server.desk import Desk
    from jianwen.server.upload import Received

__all__ = ["router"]

router = APIRouter(tags=["counting"])


@router.post("/api/count", response_model=CountsShape, openapi_extra=FILES)
async def count_pictures(request: Request, desk: DeskDep) -> JSONResponse:
    """Count the balls in pictures of a lock box, one entry each in their order. A bad one does not stop the others."""
    try:
        await anyio.to_thread.run_sync(desk.assistant.counter)
    except BadRequest as error:  # of the box, not of the request
        return problem(error, path=request.url.path, status=503)
    return JSONResponse(await anyio.to_thread.run_sync(_count_all, request, desk, limiter=desk.uploading))


def _count_all(request: Request, desk: Desk) -> dict[str, Any]:
    client = address_of(request)
    return {"images": [_entry(received, desk, client) for received in files_of(request, desk)]}


def _entry(received: Received, desk: Desk, client: str) -> dict[str, Any]:
    try:
        if received.error is not None:
            raise received.error
        count = _in_turn(received, desk, client)
    except JianwenError as error:
        nothing = {"count": None, "confidence": None, "abstained": False, "density": None}
        return {"name": received.name, **nothing, "error": error.text("en"), "error_zh": error.text("zh")}
    return {"name": received.name, **_told(count), "error": None, "error_zh": None}


def _in_turn(received: Received, desk: Desk, client: str) -> Count:
    """One picture at a time on the whole box, and clients take turns picture by picture."""
    with desk.counting.join(client) as ticket:
        for _ in ticket.waits(threading.Event()):
            continue
        return desk.assistant.count(received.path, received.name)


def _told(count: Count) -> dict[str, Any]:
    height, width = count.density.shape
    values = [round(value, 4) for value in count.density.ravel().tolist()]
    return {
        "count": count.number,
        "confidence": round(count.confidence, 4),
        "abstained": count.abstained,
        "density": {"width": width, "height": height, "values": values},
    }
