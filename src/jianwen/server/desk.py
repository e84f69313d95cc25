"""What all routes share: the assistant, the line of those who wait, the open streams. One `Desk` an app."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from anyio import CapacityLimiter
from fastapi import Depends, Request

from jianwen.server.drafts import Drafts
from jianwen.server.events import Streams
from jianwen.server.queue import FairQueue
from jianwen.server.tracking_room import TrackingRoom

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.assistant import Assistant

__all__ = ["Desk", "DeskDep", "address_of"]

STATUS_AGE_S = 1.0
ABANDONED_S = 3600.0


@dataclass(slots=True)
class Desk:
    """Thread-safe: every part is."""

    assistant: Assistant
    queue: FairQueue = field(init=False)
    drafts: Drafts = field(init=False)
    tracking: TrackingRoom = field(init=False)
    streams: Streams = field(default_factory=Streams)
    # Drawing a page takes a core and memory, so one at a time, without holding the threads of quick requests.
    drawing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    # So does looking at a picture; here those who ask take turns.
    counting: FairQueue = field(default_factory=lambda: FairQueue(running=1))
    uploading: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(8))
    _status: tuple[float, dict[str, Any]] = (-STATUS_AGE_S, {})
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.queue = FairQueue(running=self.assistant.settings.visitors)
        self.drafts = Drafts(lambda: any(self.queue.snapshot().values()))
        self.tracking = TrackingRoom(self.assistant.settings.home / "tracking")

    @property
    def uploads(self) -> Path:
        """Where files lie while they come in."""
        return self.assistant.settings.home / "uploads"

    def status(self) -> dict[str, Any]:
        """As `/api/status`. The costly part is looked up once a second however many ask."""
        with self._lock:
            if time.monotonic() - self._status[0] >= STATUS_AGE_S:
                self._status = (time.monotonic(), self.assistant.status())
            return self._status[1] | {"queue": self.queue.snapshot()}

    def tidy(self) -> None:
        """Delete what an earlier server left of half-received files."""
        self.uploads.mkdir(parents=True, exist_ok=True)
        for path in self.uploads.iterdir():
            if time.time() - path.stat().st_mtime > ABANDONED_S:
                path.unlink(missing_ok=True)
        self.tracking.tidy()


def _desk(request: Request) -> Desk:
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk


def address_of(request: Request) -> str:
    """Who asks, as far as the queue cares."""
    return request.client.host if request.client else ""


DeskDep = Annotated[Desk, Depends(_desk)]
