"""`/api/tracking`: a video in, objects pointed at in its frames, and where they are in every further frame out.

The routes. What a session knows is in `tracking_session.py`, which sessions there are in `tracking_room.py`.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import anyio
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from jianwen.errors import BadRequest, InternalError, JianwenError, TooManyWaiting
from jianwen.places import Box
from jianwen.server.desk import DeskDep  # noqa: TC001 - FastAPI evaluates annotations
from jianwen.server.events import Bridge, EventStream, error_event, event
from jianwen.server.faults import log_fault
from jianwen.server.multipart import FILES, files_of
from jianwen.server.problems import problem
from jianwen.server.tracking_room import MOST_OPEN
from jianwen.server.tracking_session import Behind
from jianwen.server.tracking_shapes import ObjectShape, Pointed, RunEvents, TrackingRoomShape, VideoShape
from jianwen.server.tracking_told import event_to_json, track_to_json
from jianwen.tracking import Click, Prompt

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from jianwen.server.desk import Desk
    from jianwen.server.tracking_session import Step, Tracking

__all__ = ["router"]

SMALLEST_BOX = 0.001  # of the picture, a side

router = APIRouter(prefix="/api/tracking", tags=["tracking"])
Id = Annotated[str, Path(max_length=64)]
ObjectName = Annotated[str, Path(max_length=64)]
Number = Annotated[int, Path(ge=0, le=10_000_000)]


@router.get("", response_model=TrackingRoomShape)
def tracking_room(desk: DeskDep) -> JSONResponse:
    """Whether a video can be opened, and what is missing."""
    error: JianwenError | None = None
    try:
        desk.assistant.tracker()
    except JianwenError as found:
        error = found
    told = {"en": error.text("en"), "zh": error.text("zh")} if error else {"en": "", "zh": ""}
    facts = {"ready": error is None, "open": len(desk.tracking), "most": MOST_OPEN}
    return JSONResponse(facts | {"detail": told["en"], "detail_zh": told["zh"]})


@router.post("", response_model=VideoShape, openapi_extra=FILES)
async def open_video(request: Request, desk: DeskDep) -> JSONResponse:
    """Open a video, which stays until it is closed, or untouched for ten minutes."""
    try:
        await anyio.to_thread.run_sync(desk.assistant.tracker)
    except JianwenError as error:  # of the box, not of the request
        return problem(error, path=request.url.path, status=503)
    try:
        return JSONResponse(await anyio.to_thread.run_sync(_opened, request, desk, limiter=desk.uploading))
    except TooManyWaiting:
        detail = f"{MOST_OPEN} videos are open already. Close one, or wait until one is left alone for ten minutes."
        detail_zh = f"已打开 {MOST_OPEN} 个视频。请先关闭一个，或等其中一个闲置十分钟后自动关闭。"
        return problem(BadRequest(detail=detail, detail_zh=detail_zh), path=request.url.path, status=429)


@router.get("/{id}", response_model=VideoShape)
def video(id: Id, desk: DeskDep) -> JSONResponse:  # noqa: A002 - the contract's name of it
    """The video, which counts as touched."""
    return JSONResponse(_video(desk.tracking.get(id)))


@router.delete("/{id}", status_code=204, response_class=Response)
def close_video(id: Id, desk: DeskDep) -> Response:  # noqa: A002 - as above
    """Close a video and delete it from the disk."""
    desk.tracking.close(id)
    return Response(status_code=204)


@router.get(
    "/{id}/frames/{n}.jpg",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}, "description": "The picture, at most 1280 pixels a side."}},
)
async def frame_picture(id: Id, n: Number, desk: DeskDep) -> Response:  # noqa: A002 - as above
    """Picture of a frame, counted from 0."""
    tracking = desk.tracking.get(id)
    made = tracking.pictures.get(n)
    if made is None:
        made = await anyio.to_thread.run_sync(tracking.picture, n, limiter=desk.drawing)
    return Response(made, media_type="image/jpeg")


@router.post("/{id}/prompts", response_model=ObjectShape)
def say(id: Id, pointed: Pointed, desk: DeskDep) -> JSONResponse:  # noqa: A002 - as above
    """Say what an object is in a frame, in place of what was said of it there; gives where it is seen."""
    return JSONResponse(track_to_json(desk.tracking.get(id).say(pointed.object, pointed.frame, _prompt(pointed))))


@router.delete("/{id}/objects/{name}", status_code=204, response_class=Response)
def remove_object(id: Id, name: ObjectName, desk: DeskDep) -> Response:  # noqa: A002 - as above
    """Forget an object."""
    desk.tracking.get(id).remove(name)
    return Response(status_code=204)


@router.delete("/{id}/objects/{name}/prompts/{frame}", status_code=204, response_class=Response)
def unsay(id: Id, name: ObjectName, frame: Number, desk: DeskDep) -> Response:  # noqa: A002 - as above
    """Take back what was said of an object in a frame; with the last of it the object goes."""
    desk.tracking.get(id).unsay(name, frame)
    return Response(status_code=204)


@router.get(
    "/{id}/run",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}, "model": RunEvents, "description": "The events."}},
)
async def run(
    request: Request,
    id: Id,  # noqa: A002 - as above
    desk: DeskDep,
    start: Annotated[int, Query(alias="from", ge=0, le=10_000_000)] = 0,
    watched: Annotated[bool, Query()] = False,
) -> Response:
    """Follow all objects from a frame on, until the end or until the connection is closed."""
    tracking = desk.tracking.get(id)
    bridge = Bridge(lambda stop: _events(tracking, start, stop, watched=watched), desk.streams)
    await bridge.first(request.receive)
    return EventStream(bridge)


def _opened(request: Request, desk: Desk) -> dict[str, Any]:
    with desk.tracking.place(), closing(files_of(request, desk)) as files:  # the file is there until they are closed
        received = next(files)
        if received.error is not None:
            raise received.error
        assistant = desk.assistant
        return _video(desk.tracking.open(received.path, received.name, assistant.tracker(), assistant.spotter()))


def _video(tracking: Tracking) -> dict[str, Any]:
    reel = tracking.reel
    return {
        "id": tracking.id,
        "name": tracking.name,
        "width": reel.width,
        "height": reel.height,
        "fps": round(reel.fps, 4),
        "frames": reel.frames,
        "duration_s": round(reel.duration_s, 4),
        "objects": tracking.objects,
    }


def _prompt(pointed: Pointed) -> Prompt:
    clicks = tuple(Click(point.x, point.y, point.on) for point in pointed.points)
    box = None if pointed.box is None else _box(pointed.box)
    return Prompt(clicks=clicks, box=box)


def _box(sides: list[float]) -> Box:
    """In any direction it was drawn."""
    x0, x1 = sorted((sides[0], sides[2]))
    y0, y1 = sorted((sides[1], sides[3]))
    if min(x1 - x0, y1 - y0) < SMALLEST_BOX:
        raise BadRequest(
            detail="The box has no area. Draw it round the object.", detail_zh="方框没有面积，请圈住对象。"
        )
    return Box(x0, y0, x1, y1)


def _events(tracking: Tracking, start: int, stop: threading.Event, *, watched: bool) -> Iterator[bytes]:
    last, is_told = start - 1, False
    try:
        for step in tracking.run(start, stop, watched=watched):
            is_told = True
            if isinstance(step, Behind):
                yield event("behind", {"frame": step.frame})
            else:
                last = step.frame
                yield event("frame", _step(step))
        is_over = last == tracking.reel.frames - 1
        late = [event_to_json(one) for one in tracking.last_events()] if is_over else []
        yield event("end", {"frame": last, "why": "end" if is_over else "stopped", "events": late})
    except Exception as error:
        if not is_told:
            raise  # it can still be a status
        if not isinstance(error, JianwenError):
            log_fault(error, where="tracking")
            error = InternalError()
        yield error_event(error)


def _step(step: Step) -> dict[str, Any]:
    return {
        "frame": step.frame,
        "time_s": round(step.time_s, 4),
        "objects": [track_to_json(track) for track in step.tracks],
        "events": [event_to_json(one) for one in step.events],
    }
