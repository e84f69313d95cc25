"""`/api/status`, the check of this box's speed, and `/api/events`: what changes, as it changes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse

from jianwen.library import source_row_to_json
from jianwen.server.desk import DeskDep  # noqa: TC001 - FastAPI evaluates annotations
from jianwen.server.events import Bridge, EventStream, event
from jianwen.server.shapes import SourceEvents, SpeedsShape, StatusShape

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from jianwen.server.desk import Desk

__all__ = ["router"]

POLL_S = 0.3
STATUS_EVERY_S = 5.0

router = APIRouter(tags=["status"])


@router.get("/api/status", response_model=StatusShape)
def get_status(desk: DeskDep) -> JSONResponse:
    """Models, counts, memory, disk and queue."""
    return JSONResponse(desk.status())


@router.post("/api/status/check", response_model=SpeedsShape)
async def check(request: Request, desk: DeskDep) -> JSONResponse:
    """Measure search, prefill and decode speed, in turn with those who ask."""

    def measure(cancelled: threading.Event) -> Iterator[dict[str, Any]]:
        with desk.queue.join("check") as ticket:
            for _ in ticket.waits(cancelled):
                continue
            yield {} if cancelled.is_set() else desk.assistant.check()

    return JSONResponse(await Bridge(measure, desk.streams).last(request.receive))


@router.get("/api/events", status_code=200, response_model=SourceEvents, response_class=EventStream)
async def events(
    request: Request,
    desk: DeskDep,
    last_event_id: Annotated[str, Header(max_length=18, pattern=r"^\d*$")] = "",
) -> EventStream:
    """Server-sent events: source and removed as they happen, status every few seconds."""
    bridge = Bridge(lambda cancelled: _changes(desk, int(last_event_id or 0), cancelled), desk.streams)
    await bridge.first(request.receive)
    return EventStream(bridge)


def _changes(desk: Desk, after: int, cancelled: threading.Event) -> Iterator[bytes]:
    library = desk.assistant.library
    after = after or library.changes(0)[0]
    status_at_s = -STATUS_EVERY_S
    while not cancelled.is_set():
        after, rows, removed = library.changes(after)
        for row in rows:
            yield event("source", source_row_to_json(row), id_=after)
        for source_id in removed:
            yield event("removed", {"id": source_id}, id_=after)
        if time.monotonic() - status_at_s >= STATUS_EVERY_S:
            status_at_s = time.monotonic()
            yield event("status", desk.status(), id_=after)
        cancelled.wait(POLL_S)
