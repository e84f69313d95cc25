"""`jianwen ask`: a question to a checked answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live
from rich.text import Text

from jianwen.cli.opening import open_assistant
from jianwen.cli.output import console, print_answer, print_json, say

if TYPE_CHECKING:
    from jianwen.assistant import Assistant
    from jianwen.guide import Answer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(ask)


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know, in Chinese or English.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Answer a question from the library, with citations."""
    from jianwen.guide import answer_to_json  # noqa: PLC0415 - as in `opening.py`

    with open_assistant() as assistant:
        if json:
            print_json(answer_to_json(_answer(assistant, question, live=None)))
            return
        with Live(console=console, transient=True, refresh_per_second=10) as live:
            answer = _answer(assistant, question, live=live)
        print_answer(answer)


def _answer(assistant: Assistant, question: str, *, live: Live | None) -> Answer:
    """Follow the events of one answer, shown as they come where there is a terminal."""
    from jianwen.guide import Delta, Finished, Reading, Searching  # noqa: PLC0415 - as in `opening.py`

    text = ""
    for event in assistant.ask(question):
        match event:
            case Finished(answer):
                return answer
            case Searching(passages):
                shown = say(f"searching {passages} passages…", f"正在检索 {passages} 段资料…")
            case Reading(passages, tokens):
                shown = say(
                    f"reading {passages} passages ({tokens} tokens)…", f"正在阅读 {passages} 段资料（{tokens} 词元）…"
                )
            case Delta(more):
                text += more
                shown = text
            case _:
                continue
        if live:
            live.update(Text(shown))
    raise AssertionError  # the guide always finishes with an answer or an error
