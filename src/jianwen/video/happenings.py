"""What finds events among tracks, as this room asks for it, and events as JSON. Finds none itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.tracking import Track

__all__ = ["Happening", "Happenings", "happening_json"]


class Happening(Protocol):
    """Something that happened to tracked objects."""

    @property
    def kind(self) -> str: ...
    @property
    def time_s(self) -> float: ...
    @property
    def place(self) -> tuple[float, float]: ...
    @property
    def objects(self) -> tuple[str, ...]: ...
    @property
    def confidence(self) -> float: ...


class Happenings(Protocol):
    """Hears of frames in turn, and says of each what became clear by it."""

    def step(self, time_s: float, tracks: tuple[Track, ...], /) -> Sequence[Happening]: ...
    def finish(self) -> Sequence[Happening]: ...


def happening_json(happening: Happening) -> dict[str, Any]:
    """Time in seconds since the video's first frame, place as fractions of the picture."""
    return {
        "kind": happening.kind,
        "time_s": round(happening.time_s, 4),
        "place": [round(value, 6) for value in happening.place],
        "objects": list(happening.objects),
        "confidence": round(happening.confidence, 4),
    }
