"""The arguments of `--point`, `--box` and `--not`: text → what is said of an object at a second."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.video import Footage, Pointing

__all__ = ["pointings"]

Kind = Literal["point", "not", "box"]
_FORMS = {"point": "X,Y@SECOND[:OBJECT]", "not": "X,Y@SECOND:OBJECT", "box": "X0,Y0,X1,Y1@SECOND[:OBJECT]"}


@dataclass(frozen=True, slots=True)
class _Argument:
    """One argument, taken apart."""

    kind: Kind
    text: str
    numbers: tuple[float, ...]
    time_s: float
    object: str | None


def pointings(
    points: Sequence[str], boxes: Sequence[str], others: Sequence[str], footage: Footage
) -> tuple[Pointing, ...]:
    """All arguments as pointings, boxes first. Whatever has no name is an object of its own, named by number.

    Raises:
        BadRequest: one has not the form that it should, or is outside of the picture.
    """
    arguments = [_argument("box", text) for text in boxes]
    arguments += [_argument("point", text) for text in points]
    arguments += [_argument("not", text) for text in others]
    named = {argument.object for argument in arguments}
    fresh = (str(number) for number in range(1, 10**6) if str(number) not in named)
    return tuple(_pointing(argument, argument.object or next(fresh), footage) for argument in arguments)


def _argument(kind: Kind, text: str) -> _Argument:
    place, _, when = text.partition("@")
    second, colon, name = when.partition(":")
    try:
        numbers, time_s = tuple(float(number) for number in place.split(",")), float(second)
    except ValueError as exc:
        raise _malformed(kind, text) from exc
    is_finite = all(math.isfinite(number) for number in (*numbers, time_s))
    if len(numbers) != (4 if kind == "box" else 2) or not is_finite or (colon and not name.strip()):
        raise _malformed(kind, text)
    if kind == "not" and not name:
        raise BadRequest(
            detail=f"--not {text} must name the object that is not there: {text}:OBJECT.",
            detail_zh=f"--not {text} 必须写明是哪个物体不在该处：{text}:物体名。",
        )
    return _Argument(kind, text, numbers, time_s, name.strip() or None)


def _pointing(argument: _Argument, name: str, footage: Footage) -> Pointing:
    from jianwen.places import Box  # noqa: PLC0415 - as in `opening.py`
    from jianwen.tracking import Click, Prompt  # noqa: PLC0415 - as above
    from jianwen.video import Pointing  # noqa: PLC0415 - as above

    shares = _shares(argument, footage)
    if argument.kind == "box":
        x0, y0, x1, y1 = shares
        prompt = Prompt(box=Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))  # from any corner to any other
    else:
        x, y = shares
        prompt = Prompt(clicks=(Click(x, y, is_on=argument.kind == "point"),))
    return Pointing(name, argument.time_s, prompt)


def _shares(argument: _Argument, footage: Footage) -> list[float]:
    """Fractions of the picture, from fractions or pixels."""
    are_pixels = any(number > 1 for number in argument.numbers)
    sides = (footage.width, footage.height) if are_pixels else (1, 1)
    shares = [number / sides[index % 2] for index, number in enumerate(argument.numbers)]
    if not all(0 <= share <= 1 for share in shares):
        size = f"{footage.width} x {footage.height}"
        raise BadRequest(
            detail=f"{argument.text} is outside of the picture, which has {size} pixels.",
            detail_zh=f"{argument.text} 超出了画面（{size} 像素）。",
        )
    if argument.kind == "box" and (shares[0] == shares[2] or shares[1] == shares[3]):
        raise BadRequest(
            detail=f"The box {argument.text} has no area. Give two opposite corners.",
            detail_zh=f"方框 {argument.text} 没有面积。请给出两个对角。",
        )
    return shares


def _malformed(kind: Kind, text: str) -> BadRequest:
    return BadRequest(
        detail=f"--{kind} {text} should be {_FORMS[kind]}, such as "
        + ("0.2,0.3,0.25,0.4@1.5:white." if kind == "box" else "0.31,0.62@1.5:white."),
        detail_zh=f"--{kind} {text} 的格式应为 {_FORMS[kind]}，例如 "
        + ("0.2,0.3,0.25,0.4@1.5:白球。" if kind == "box" else "0.31,0.62@1.5:白球。"),
    )
