"""What the viewer shows of a source: the picture of a page, the rows around a row, or the passages around a passage."""

from __future__ import annotations

import struct
import uuid
from typing import TYPE_CHECKING, Annotated, Any

import anyio
from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from jianwen.documents import page_png, table_around
from jianwen.errors import DocumentError, NotFound
from jianwen.library import limits_of, source_row_to_json
from jianwen.places import PageSpan, RowSpan, locator_to_json
from jianwen.server.desk import DeskDep  # noqa: TC001 - FastAPI evaluates annotations
from jianwen.server.shapes import ViewShape
from jianwen.server.sources import SourceId  # noqa: TC001 - FastAPI evaluates annotations

if TYPE_CHECKING:
    from pathlib import Path as FilePath

    from jianwen.library import SourceRow
    from jianwen.places import Passage
    from jianwen.server.desk import Desk

__all__ = ["router"]

NARROWEST, WIDEST, USUAL = 200, 2000, 1000  # pixels
KEPT_PICTURES = 48  # a source
ROWS_AROUND = 12
PASSAGES_AROUND = 20

router = APIRouter(prefix="/api/sources", tags=["sources"])


@router.get(
    "/{id}/pages/{n}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "The picture."}},
)
async def page_picture(
    id: SourceId,  # noqa: A002 - the contract's name of it
    n: Annotated[int, Path(ge=1, le=1_000_000)],
    desk: DeskDep,
    width: Annotated[int, Query(ge=0, le=1_000_000)] = USUAL,
) -> Response:
    """Picture of a PDF page, or the picture itself. Widths are brought into 200–2000 pixels."""
    png = await anyio.to_thread.run_sync(_drawn_by_id, desk, id, n, width, limiter=desk.drawing)
    return Response(png, media_type="image/png")


@router.get("/{id}/view", response_model=ViewShape)
async def view(id: SourceId, passage: Annotated[str, Query(max_length=64)], desk: DeskDep) -> JSONResponse:  # noqa: A002
    """The place of a passage in its source."""
    return JSONResponse(await anyio.to_thread.run_sync(_view, desk, id, passage, limiter=desk.drawing))


def _view(desk: Desk, source_id: str, passage_id: str) -> dict[str, Any]:
    library = desk.assistant.library
    row, passage = library.source(source_id), library.passage(passage_id)
    if passage.source_id != source_id:
        raise NotFound(what="passage", id=passage_id)
    shown: dict[str, Any] = {"page": None, "table": None, "text": None}
    kind, content = _content(desk, row, passage)
    return {
        "source": source_row_to_json(row),
        "passage_id": passage.id,
        "quote": passage.text,
        "where": locator_to_json(passage.locator),
        "kind": kind,
        **shown,
        kind: content,
    }


def _content(desk: Desk, row: SourceRow, passage: Passage) -> tuple[str, Any]:
    """The best way to show a passage. What cannot be drawn any more is shown as text, and `kind` says so."""
    try:
        if isinstance(passage.locator, RowSpan):
            return "table", _table(desk, row, passage.locator)
        if isinstance(passage.locator, PageSpan) and row.kind in {"pdf", "picture"}:
            return "page", _page(desk, row, passage.locator.page)
    except (DocumentError, NotFound):
        return "text", _text(desk, passage)
    return "text", _text(desk, passage)


def _page(desk: Desk, row: SourceRow, number: int) -> dict[str, Any]:
    width, height = _png_size(_drawn(desk, row, number, USUAL))
    image = f"/api/sources/{row.source.id}/pages/{number}.png?width={USUAL}"
    return {"number": number, "of": max(row.pages, number), "image": image, "width": width, "height": height}


def _table(desk: Desk, row: SourceRow, place: RowSpan) -> dict[str, Any]:
    table = table_around(
        desk.assistant.library.original(row.source.id),
        media_type=row.source.media_type,
        sheet=place.sheet,
        row=place.row,
        before=ROWS_AROUND,
        after=ROWS_AROUND,
        limits=limits_of(desk.assistant.settings),
    )
    rows = [{"row": n, "cells": list(cells), "marked": n == place.row} for n, cells in table.rows]
    return {"sheet": table.sheet, "header": list(table.header), "rows": rows}


def _text(desk: Desk, passage: Passage) -> list[dict[str, Any]]:
    passages = desk.assistant.library.passages_of(passage.source_id)
    at = next((i for i, other in enumerate(passages) if other.id == passage.id), 0)
    return [
        {
            "passage_id": other.id,
            "heading_path": list(other.heading_path),
            "text": other.text,
            "marked": other.id == passage.id,
        }
        for other in passages[max(0, at - PASSAGES_AROUND) : at + PASSAGES_AROUND + 1]
    ]


def _drawn_by_id(desk: Desk, source_id: str, number: int, width: int) -> bytes:
    return _drawn(desk, desk.assistant.library.source(source_id), number, width)


def _drawn(desk: Desk, row: SourceRow, number: int, width: int) -> bytes:
    """The PNG of a page, from the disk where it was drawn before."""
    if row.kind not in {"pdf", "picture"}:
        raise NotFound(what="page", id=number)
    width = min(max(width, NARROWEST), WIDEST)
    original = desk.assistant.library.original(row.source.id)
    folder = original.parent / "pages"
    kept = folder / f"{number}-{width}.png"
    if kept.is_file():
        return kept.read_bytes()
    limits = limits_of(desk.assistant.settings)
    png, _, _ = page_png(original, media_type=row.source.media_type, page=number, width_px=width, limits=limits)
    _keep(png, kept)
    return png


def _keep(png: bytes, path: FilePath) -> None:
    """Store a picture and drop the oldest ones. A picture that cannot be stored is drawn again another time."""
    try:
        path.parent.mkdir(exist_ok=True)  # without its parents: a source that was deleted meanwhile stays deleted
        partial = path.with_name(uuid.uuid4().hex)
        partial.write_bytes(png)
        partial.replace(path)
        by_age = sorted(path.parent.iterdir(), key=lambda kept: kept.stat().st_mtime, reverse=True)
        for old in by_age[KEPT_PICTURES:]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _png_size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the header chunk that every PNG begins with."""
    width, height = struct.unpack_from(">II", png, 16)
    return width, height
