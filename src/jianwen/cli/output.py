"""What the commands print: one JSON object, a table, or an error in one line."""

from __future__ import annotations

import json
import locale
import os
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jianwen.places import PageSpan, RowSpan, TimeSpan

if TYPE_CHECKING:
    from jianwen.errors import JianwenError
    from jianwen.guide import Answer
    from jianwen.places import Locator

__all__ = ["complain", "console", "counted_bar", "language", "plain", "print_answer", "print_json", "say", "where"]

console = Console(highlight=False, soft_wrap=True)


def counted_bar(*, transient: bool, quiet: bool = False) -> Progress:
    """A bar on stderr for work whose steps are counted: what it is, how far, how long still; none if `quiet`."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=transient, disable=quiet)


def language() -> str:
    """Say "zh" on a Chinese terminal, else "en"."""
    chosen = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh" if chosen.lower().startswith("zh") else "en"


def say(en: str, zh: str) -> str:
    """The text in the terminal's language."""
    return zh if language() == "zh" else en


def plain(text: str) -> str:
    """One line without control characters: names of files are data, never commands to the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def complain(error: JianwenError) -> None:
    print("jianwen: " + plain(error.text(language())), file=sys.stderr)


def print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False))


def where(locator: Locator) -> str:
    """A locator for people: "page 3", "sheet 票价, row 7"."""
    match locator:
        case PageSpan(page=page):
            return say(f"page {page}", f"第 {page} 页")
        case RowSpan(sheet=sheet, row=row):
            return say(f"sheet {sheet}, row {row}", f"表“{sheet}”第 {row} 行")
        case TimeSpan(start_s=start_s, end_s=end_s):
            return f"{start_s:.1f}–{end_s:.1f} s"


def print_answer(answer: Answer) -> None:
    """A checked answer with its sources, its doubts, or the nearest passages of a refusal."""
    console.print(answer.text, markup=False, style="yellow" if answer.refused else "")
    seen: set[int] = set()
    for citation in answer.citations:
        if citation.n not in seen:
            seen.add(citation.n)
            place = where(citation.passage.locator)
            console.print(
                f"  [{citation.n}] {citation.source} · {place} · “{citation.quote}”", markup=False, style="dim"
            )
    for span in answer.unsupported:
        console.print(f"  ! {say(span.why, span.why_zh)}", markup=False, style="yellow")
    for evidence in answer.nearest:
        text = " ".join(evidence.passage.text.split())[:80]
        console.print(f"  · {evidence.source} · {where(evidence.passage.locator)} · {text}", markup=False, style="dim")
