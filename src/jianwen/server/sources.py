"""`/api/sources`: list, add, try again, remove, restore, and the file itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import anyio
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from jianwen.errors import JianwenError
from jianwen.library import source_row_to_json
from jianwen.server.desk import DeskDep  # noqa: TC001 - FastAPI evaluates annotations
from jianwen.server.multipart import FILES, files_of
from jianwen.server.shapes import SourceShape, SourcesShape, UploadsShape

if TYPE_CHECKING:
    from jianwen.library import Library
    from jianwen.server.desk import Desk
    from jianwen.server.upload import Received

__all__ = ["SourceId", "router"]

router = APIRouter(prefix="/api/sources", tags=["sources"])
SourceId = Annotated[str, Path(max_length=128)]
Short = Annotated[str, Query(max_length=200)]


@router.get("", response_model=SourcesShape)
def list_sources(  # noqa: PLR0917 - FastAPI passes them by name
    desk: DeskDep,
    search: Short = "",
    kind: Short = "",
    state: Short = "",
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> JSONResponse:
    """Sources whose name holds `search`, of a kind and state, newest first."""
    rows, total = desk.assistant.library.sources(search=search, kind=kind, state=state, offset=offset, limit=limit)
    return JSONResponse({"sources": [source_row_to_json(row) for row in rows], "total": total})


@router.post("", response_model=UploadsShape, openapi_extra=FILES)
async def add_sources(request: Request, desk: DeskDep) -> JSONResponse:
    """Add files. Those that cannot be read are listed with the reason; the others are in."""
    return JSONResponse(await anyio.to_thread.run_sync(_take_in, request, desk, limiter=desk.uploading))


def _take_in(request: Request, desk: Desk) -> dict[str, Any]:
    """Receive and queue one file after the other, in a thread."""
    outcome: dict[str, list[dict[str, Any]]] = {"added": [], "unchanged": [], "failed": []}
    for received in files_of(request, desk):
        into, row = _enqueue(received, desk.assistant.library)
        outcome[into].append(row)
    return outcome


def _enqueue(received: Received, library: Library) -> tuple[str, dict[str, Any]]:
    try:
        if received.error is not None:
            raise received.error
        # The name is the origin: a newer file of the same name takes the place of the older one.
        entry = library.enqueue(received.path, name=received.name, origin=f"upload:{received.name}")
        return entry.outcome, source_row_to_json(library.source(entry.source_id))
    except JianwenError as error:
        return "failed", {"name": received.name, "error": error.text("en"), "error_zh": error.text("zh")}


@router.post("/{id}/retry", response_model=SourceShape)
def retry_source(id: SourceId, desk: DeskDep) -> JSONResponse:  # noqa: A002 - the contract's name of it
    """Read a failed source again."""
    desk.assistant.library.retry(id)
    return JSONResponse(source_row_to_json(desk.assistant.library.source(id)))


@router.delete("/{id}", status_code=204, response_class=Response)
def remove_source(id: SourceId, desk: DeskDep) -> Response:  # noqa: A002 - as above
    """Out of every answer at once."""
    desk.assistant.library.remove(id)
    return Response(status_code=204)


@router.post("/{id}/restore", response_model=SourceShape)
def restore_source(id: SourceId, desk: DeskDep) -> JSONResponse:  # noqa: A002 - as above
    """Undo a removal within ten seconds."""
    desk.assistant.library.restore(id)
    return JSONResponse(source_row_to_json(desk.assistant.library.source(id)))


@router.get(
    "/{id}/original",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file, as an attachment."}},
)
def original(id: SourceId, desk: DeskDep) -> FileResponse:  # noqa: A002 - as above
    """The file as it was added."""
    source = desk.assistant.library.source(id).source
    path = desk.assistant.library.original(id)
    return FileResponse(path, media_type=source.media_type, filename=source.name.rsplit("/", 1)[-1])
