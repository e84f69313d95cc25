"""The JSON shapes of tracking in `docs/http.md`; those of the other routes are in `shapes.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from jianwen.server.shapes import ErrorDetail, Shape

__all__ = [
    "HappenedShape",
    "ObjectShape",
    "Pointed",
    "RunEvents",
    "TrackingRoomShape",
    "VideoShape",
]

# It is also a step of a path.
ObjectName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^/\\\x00-\x1f]+$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Quad = Annotated[list[float], Field(min_length=4, max_length=4)]
Pair = Annotated[list[float], Field(min_length=2, max_length=2)]


class PointShape(BaseModel):
    """A place on the object, or beside it."""

    model_config = ConfigDict(extra="forbid")
    x: Share
    y: Share
    on: bool = True


class Pointed(BaseModel):
    """All that is said of one object in one frame, in place of what was said of it there before."""

    model_config = ConfigDict(extra="forbid")
    object: ObjectName
    frame: int = Field(ge=0, le=10_000_000)
    points: list[PointShape] = Field(default=[], max_length=256)
    box: list[Share] | None = Field(None, min_length=4, max_length=4)


class TrackingRoomShape(Shape):
    """Whether a video can be opened now; `detail` says what is missing."""

    ready: bool
    open: int
    most: int
    detail: str
    detail_zh: str


class VideoShape(Shape):
    id: str
    name: str
    width: int
    height: int
    fps: float
    frames: int
    duration_s: float
    objects: list[str]


class MaskShape(Shape):
    """Runs of cells inside `box`, row by row, the first one off the object."""

    box: Quad
    rows: int
    columns: int
    runs: list[int]


class ObjectShape(Shape):
    name: str
    box: Quad | None
    centre: Pair | None
    confidence: float
    lost: bool
    found_again: bool
    mask: MaskShape | None


class HappenedShape(Shape):
    kind: str
    time_s: float
    place: Pair
    objects: list[str]
    confidence: float


class FrameEvent(Shape):
    frame: int
    time_s: float
    objects: list[ObjectShape]
    events: list[HappenedShape]


class BehindEvent(Shape):
    frame: int


class EndEvent(Shape):
    frame: int
    why: Literal["end", "stopped"]
    events: list[HappenedShape]


class RunEvents(Shape):
    """Server-sent events: each field is an event's name, its value the event's data."""

    behind: BehindEvent | None = None
    frame: FrameEvent | None = None
    end: EndEvent | None = None
    error: ErrorDetail | None = None
