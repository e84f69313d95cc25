"""What a person says of an object at a second of a video, and what all of it must be to begin with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen.errors import BadRequest
from jianwen.video.palette import MOST_OBJECTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.tracking import Prompt

__all__ = ["Pointing", "check_pointings", "objects_of"]

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, eq=False)
class Pointing:
    """One click or box on one object, at the frame that is shown at `time_s`."""

    object: str
    time_s: float
    prompt: Prompt


def objects_of(pointings: Sequence[Pointing]) -> tuple[str, ...]:
    """Names in the order in which they were first said: the first has index 1 in masks."""
    return tuple(dict.fromkeys(pointing.object for pointing in pointings))


def check_pointings(pointings: Sequence[Pointing], *, until_s: float | None = None) -> None:
    """What cannot be tracked is said before anything is read.

    Raises:
        BadRequest: none at all, too many objects, an unfit name or second, or an object that is only pointed beside.
    """
    objects = objects_of(pointings)
    if not objects:
        raise BadRequest(
            detail="Point at something: --point X,Y@SECOND or --box X0,Y0,X1,Y1@SECOND.",
            detail_zh="请指出要跟踪的物体：--point X,Y@秒 或 --box X0,Y0,X1,Y1@秒。",
        )
    if len(objects) > MOST_OBJECTS:
        raise BadRequest(
            detail=f"{len(objects)} objects are too many; at most {MOST_OBJECTS} can be tracked at once.",
            detail_zh=f"物体过多（{len(objects)} 个），一次最多跟踪 {MOST_OBJECTS} 个。",
        )
    for pointing in pointings:
        _check_one(pointing, until_s)
    for name in objects:
        _check_beginning(name, [pointing for pointing in pointings if pointing.object == name])


def _check_one(pointing: Pointing, until_s: float | None) -> None:
    name, time_s = pointing.object, pointing.time_s
    if not (name.strip() and name.isprintable() and len(name) <= _LONGEST_NAME):
        raise BadRequest(
            detail=f"An object's name is 1 to {_LONGEST_NAME} printable characters, not {name[:80]!r}.",
            detail_zh=f"物体名称应为 1 至 {_LONGEST_NAME} 个可见字符，而不是 {name[:80]!r}。",
        )
    if not (math.isfinite(time_s) and time_s >= 0):
        raise BadRequest(detail=f"{time_s} is no second of a video.", detail_zh=f"{time_s} 不是视频中的时间。")
    if until_s is not None and time_s > until_s:
        raise BadRequest(
            detail=f"{name} is pointed at in second {time_s:g}, after the end of the tracking at {until_s:g}.",
            detail_zh=f"{name} 的提示在第 {time_s:g} 秒，晚于跟踪结束的 {until_s:g} 秒。",
        )


def _check_beginning(name: str, pointings: Sequence[Pointing]) -> None:
    """An object begins with a box or with a click on it."""
    begin_s = min(pointing.time_s for pointing in pointings)
    prompts = [pointing.prompt for pointing in pointings if pointing.time_s == begin_s]
    if not any(prompt.box or any(click.is_on for click in prompt.clicks) for prompt in prompts):
        raise BadRequest(
            detail=f"Object {name} has only points beside it at second {begin_s:g}. Add a --point on it or a --box.",
            detail_zh=f"物体 {name} 在第 {begin_s:g} 秒只有“不在其上”的点。请补充 --point 或 --box。",
        )
    if sum(prompt.box is not None for prompt in prompts) > 1:
        raise BadRequest(
            detail=f"Object {name} has two boxes at second {begin_s:g}. Give the second one another name.",
            detail_zh=f"物体 {name} 在第 {begin_s:g} 秒有两个方框。请为第二个另取名称。",
        )
