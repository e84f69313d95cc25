"""`jianwen pin`: a source's passages are read now, and what the model remembers of them stays."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from jianwen.cli.opening import open_assistant
from jianwen.cli.output import console, counted_bar, plain, print_json, say
from jianwen.cli.stopping import stopping

if TYPE_CHECKING:
    from jianwen.assistant import Assistant
    from jianwen.guide import Pinned
    from jianwen.places import Source

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(pin)


def pin(
    source: Annotated[
        str, typer.Argument(help="An id, its first six characters or more, or a name.", metavar="SOURCE")
    ],
    off: Annotated[bool, typer.Option("--off", help="No longer: it may go when room is needed.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Read a source now and keep the model's state after it for good. Stopped, it goes on at the next start."""
    with open_assistant() as assistant:
        found = assistant.library.find(source).source
        if off:
            _report_off(found, assistant.unpin(found.id), json=json)
            return
        pinned = _pin(assistant, found, quiet=json)
    _report(found, pinned, json=json)
    if pinned.done < pinned.passages:
        raise typer.Exit(1)


def _pin(assistant: Assistant, found: Source, *, quiet: bool) -> Pinned:
    """Under a bar, where there is a terminal to show it."""
    is_silent = quiet or not sys.stderr.isatty()  # a log gets errors alone
    with stopping() as stopped, counted_bar(transient=True, quiet=is_silent) as bar:
        task = bar.add_task(say("loading the model", "载入模型"), total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=say("reading passages", "阅读段落"))

        return assistant.pin(found.id, progress=show, cancelled=stopped)


def _report(found: Source, pinned: Pinned, *, json: bool) -> None:
    if json:
        print_json({
            "pinned": found.id, "name": found.name, "passages": pinned.passages, "done": pinned.done,
            "read": pinned.read, "bytes": pinned.bytes,
        })  # fmt: skip
        return
    counts = f"{pinned.done}/{pinned.passages}"
    if pinned.done < pinned.passages:
        text = say(
            f"Stopped: {counts} passages of {found.name} are read. The same command goes on.",
            f"已停止：{found.name} 已读 {counts} 段。再次运行同一命令即可继续。",
        )
    else:
        size = f"{pinned.bytes / (1 << 20):.0f} MB"
        text = say(
            f"Pinned {found.name}: {pinned.passages} passages, {pinned.read} read now, {size}.",
            f"已固定 {found.name}：{pinned.passages} 段，其中刚读 {pinned.read} 段，{size}。",
        )
    console.print(plain(text), markup=False)


def _report_off(found: Source, states: int, *, json: bool) -> None:
    if json:
        print_json({"unpinned": found.id, "name": found.name, "passages": states})
    else:
        text = say(
            f"{found.name} is no longer pinned ({states} passages).", f"已取消固定 {found.name}（{states} 段）。"
        )
        console.print(plain(text), markup=False)
