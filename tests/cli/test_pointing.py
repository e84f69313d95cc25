"""The arguments of --point, --box and --not: places in pixels or fractions, seconds, names."""

from __future__ import annotations

from pathlib import Path

import pytest

from jianwen.cli.pointing import pointings
from jianwen.errors import BadRequest
from jianwen.places import Box
from jianwen.video import Footage, check_pointings

FOOTAGE = Footage(
    path=Path("/a.mp4"), name="a.mp4", width=160, height=96, fps=30, duration_s=2, quarter_turns=0, origin=0
)


def test_pixels_and_fractions_name_the_same_place() -> None:
    """A number above 1 makes all of its argument pixels."""
    for text in ("32,48@0.5:a", "0.2,0.5@0.5:a"):
        (said,) = pointings([text], [], [], FOOTAGE)
        assert (said.object, said.time_s) == ("a", 0.5)
        assert [(click.x, click.y, click.is_on) for click in said.prompt.clicks] == [(0.2, 0.5, True)]
    for text in ("0,24,16,48@1", "0,0.25,0.1,0.5@1", "16,48,0,24@1"):
        (said,) = pointings([], [text], [], FOOTAGE)
        assert said.prompt.box == Box(0, 0.25, 0.1, 0.5)


def test_what_has_no_name_is_an_object_of_its_own() -> None:
    """Numbers are given in turn, and none that a person uses as a name."""
    said = pointings(["0,0@0", "1,1@0:1", "0,1@0:white"], ["0,0,1,1@0"], ["1,0@0:white"], FOOTAGE)
    assert [one.object for one in said] == ["2", "3", "1", "white", "white"]
    assert [click.is_on for click in said[-1].prompt.clicks] == [False]


def test_a_name_may_hold_a_colon_and_chinese() -> None:
    """Only the first colon divides."""
    (said,) = pointings(["0.1,0.1@1.5:球台 3:白球"], [], [], FOOTAGE)
    assert said.object == "球台 3:白球"


@pytest.mark.parametrize(
    ("kind", "text", "word"),
    [
        ("point", "", "X,Y@SECOND"),
        ("point", "0.2", "X,Y@SECOND"),
        ("point", "0.2,0.5", "X,Y@SECOND"),
        ("point", "0.2,0.5,0.6@0", "X,Y@SECOND"),
        ("point", "nan,0.5@0", "X,Y@SECOND"),
        ("point", "0.2,0.5@inf", "X,Y@SECOND"),
        ("point", "0.2,0.5@0:", "X,Y@SECOND"),
        ("point", "161,20@0", "outside"),
        ("point", "-0.1,0.2@0", "outside"),
        ("point", "0.2,0.5@-1", "no second"),
        ("point", "0.2,0.5@0:\x1b[31m", "printable"),
        ("box", "0.2,0.5@0", "X0,Y0,X1,Y1@SECOND"),
        ("box", "0.2,0.5,0.2,0.7@0", "no area"),
        ("box", "0,0,10,97@0", "outside"),
        ("not", "0.2,0.5@0", ":OBJECT"),
        ("not", "0.2,0.5@0:a", "beside"),
    ],
)
def test_what_is_no_argument_is_told_with_its_form(kind: str, text: str, word: str) -> None:
    """One line in two languages that says what is wrong."""
    given = {name: [text] if name == kind else [] for name in ("point", "box", "not")}
    with pytest.raises(BadRequest, match=word) as caught:
        check_pointings(pointings(given["point"], given["box"], given["not"], FOOTAGE))
    assert caught.value.text("zh") != caught.value.text("en")
