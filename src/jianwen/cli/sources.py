"""`jianwen add`, `list`, `remove`, `status`: what is in the library."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from jianwen.cli.opening import open_assistant
from jianwen.cli.output import console, language, plain, print_json, say
from jianwen.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwen.documents import Found
    from jianwen.library import Library, SourceRow

__all__ = ["register"]

LOOK_S = 0.2
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(add)
    app.command("list")(list_sources)
    app.command()(remove)
    app.command()(status)


def add(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", metavar="PATH…")],
    json: JsonOption = False,
) -> None:
    """Add documents and wait until they can be asked about. Stopped half-way, it goes on at the next start."""
    from jianwen.documents import find_files  # noqa: PLC0415 - as in `opening.py`

    found, errors = find_files(paths)
    failed = [{"path": str(error.fields.get("name", "")), "error": error.text(language())} for error in errors]
    unread: list[dict[str, str]] = []
    with open_assistant() as assistant:
        waiting, unchanged, refused = _enqueue(assistant.library, found)
        if waiting:
            assistant.start_worker()
            unread = _wait(assistant.library, waiting, quiet=json)
    added = len(waiting) - len({failure["path"] for failure in unread} & {names[0] for names in waiting.values()})
    unchanged += sum(len(names) for names in waiting.values()) - added - len(unread)
    failed += refused + unread
    if json:
        print_json({"added": added, "unchanged": unchanged, "failed": failed})
    else:
        _report(added, unchanged, failed)
    if failed:
        raise typer.Exit(1)


def _enqueue(library: Library, found: Sequence[Found]) -> tuple[dict[str, list[str]], int, list[dict[str, str]]]:
    """Queue the files: ids to wait for with all their names, how many were there already, which were refused."""
    waiting: dict[str, list[str]] = {}
    unchanged = 0
    failed = []
    for file in found:
        try:
            enqueued = library.enqueue(file.path, name=file.name, origin=str(file.path.resolve()))
        except DocumentError as error:
            failed.append({"path": file.name, "error": error.text(language())})
            continue
        if enqueued.outcome == "unchanged" and library.source(enqueued.source_id).state == "ready":
            unchanged += 1
        else:
            waiting.setdefault(enqueued.source_id, []).append(file.name)
    return waiting, unchanged, failed


def _wait(library: Library, waiting: dict[str, list[str]], *, quiet: bool) -> list[dict[str, str]]:
    """Follow the queue until these sources are read; the failures."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        task = progress.add_task(say("adding", "添加中"), total=len(waiting))
        while True:
            rows = [row for row in _all_rows(library) if row.source.id in waiting]
            open_rows = [row for row in rows if row.state in {"queued", "reading"}]
            progress.update(task, completed=len(waiting) - len(open_rows), description=_doing(open_rows))
            if not open_rows:
                return [
                    {"path": name, "error": (row.error_zh if language() == "zh" else row.error) or ""}
                    for row in rows
                    if row.state == "failed"
                    for name in waiting[row.source.id]
                ]
            time.sleep(LOOK_S)


def _all_rows(library: Library) -> Iterable[SourceRow]:
    return library.sources(limit=1_000_000)[0]


def _doing(rows: Sequence[SourceRow]) -> str:
    for row in rows:
        if row.stage:
            stage = row.stage
            names = {"reading": "阅读", "ocr": "识别文字", "embedding": "建立索引"}
            what = say(stage.name, names.get(stage.name, stage.name))
            return f"{plain(row.source.name[-40:])} · {what} {stage.done}/{stage.total}"
    return say("waiting for the reader", "等待读取")


def _report(added: int, unchanged: int, failed: Sequence[dict[str, str]]) -> None:
    for failure in failed:
        console.print("  ✗ " + plain(failure["error"]), markup=False, style="red")
    console.print(
        say(
            f"{added} added, {unchanged} unchanged, {len(failed)} failed.",
            f"新增 {added}，未变 {unchanged}，失败 {len(failed)}。",
        )
    )


def list_sources(json: JsonOption = False) -> None:
    """List the sources and their states."""
    from jianwen.library import source_row_to_json  # noqa: PLC0415 - as in `opening.py`

    with open_assistant() as assistant:
        rows = list(_all_rows(assistant.library))
    if json:
        print_json({"sources": [source_row_to_json(row) for row in rows]})
        return
    table = Table(box=None, header_style="bold")
    for heading in ("id", say("name", "名称"), say("kind", "类型"), say("passages", "段落"), say("state", "状态")):
        table.add_column(heading)
    for row in rows:
        error = (row.error_zh if language() == "zh" else row.error) or ""
        cells = (row.source.id[:12], row.source.name, row.kind, str(row.passages), f"{row.state} {error}".strip())
        table.add_row(*(Text(plain(cell)) for cell in cells))  # as text: "[/]" in a name is no markup
    console.print(
        table
        if rows
        else say("Nothing yet. Add a folder: jianwen add FOLDER", "还没有资料，请先添加：jianwen add 文件夹")
    )


def remove(
    source: Annotated[str, typer.Argument(help="An id, its first six characters or more, or a name.", metavar="ID")],
    json: JsonOption = False,
) -> None:
    """Remove a source with all its passages and files."""
    with open_assistant() as assistant:
        found = assistant.library.find(source).source
        assistant.library.delete(found.id)
    if json:
        print_json({"removed": found.id, "name": found.name})
    else:
        console.print(plain(say(f"Removed {found.name}.", f"已删除 {found.name}。")), markup=False)


def status(json: JsonOption = False) -> None:
    """Show what is in the library, what is at work, and whether the models are here."""
    with open_assistant() as assistant:
        found = assistant.status()
    if json:
        print_json(found)
        return
    for name, value in _flat(found):
        console.print(f"{name:>28}  {value}", markup=False)


def _flat(value: dict[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{prefix}{name}.")
        elif inner not in ("", None):
            yield prefix + name, inner
