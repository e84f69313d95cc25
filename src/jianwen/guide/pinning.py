"""Has the language model read a source's passages now, and what it then remembers stay for good.

The marks come first and the reading after, so a run that was stopped goes on where it was, and whoever reads a passage
meanwhile keeps it. Does not read beforehand what nobody pinned: `keeper.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen.errors import CannotPin, NotFound
from jianwen.guide.prompt import alone

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from jianwen.language import LanguageModel, Message
    from jianwen.library import Library, SourceRow

__all__ = ["Pinned", "keeps_nothing", "pin"]


@dataclass(frozen=True, slots=True)
class Pinned:
    """What pinning a source came to.

    Attributes:
        passages: of the source.
        done: of them are kept now; fewer than all if it was stopped.
        read: of those were read in this run.
        bytes: on disk.
    """

    passages: int
    done: int
    read: int
    bytes: int


def pin(
    source_id: str,
    library: Library,
    model: LanguageModel,
    *,
    progress: Callable[[int, int], None],
    cancelled: threading.Event,
) -> Pinned:
    """Read all passages of a source that are not kept yet, and pin what is kept of them.

    Args:
        source_id: the full id.
        library: where the source is.
        model: reads.
        progress: is told how many passages are done, and of how many.
        cancelled: once set, it ends between two passages or within one.

    Raises:
        NotFound: there is no such source, or it was removed meanwhile.
        CannotPin: nothing is kept, it is not read yet, or there is no room; then nothing has changed.
    """
    row = library.source(source_id)
    _check_ready(row)
    if not model.states_bytes:
        raise keeps_nothing(row.source.name)
    prompts = [alone(passage, row.source.name) for passage in library.passages_of(source_id)]
    states: dict[str, int] = {}
    for prompt in prompts:
        states |= model.states_of(prompt)
    _check_room(row, states, library, limit_bytes=model.states_bytes)
    before = library.pins.of(source_id)
    try:
        library.pins.put(source_id, states)
        done, read = _read(prompts, model, progress, cancelled)
    except (OSError, _NoRoom) as exc:
        library.pins.put(source_id, before)
        _check_room(row, states, library, limit_bytes=model.states_bytes)  # another program may have pinned meanwhile
        raise _unwritable(row.source.name) from exc
    _check_there(source_id, states, library)
    return Pinned(len(prompts), done, read, library.pins.bytes_of(states))


class _NoRoom(Exception):
    """The model could not keep a passage."""


def _read(
    prompts: Sequence[Sequence[Message]],
    model: LanguageModel,
    progress: Callable[[int, int], None],
    cancelled: threading.Event,
) -> tuple[int, int]:
    """How many passages are kept, and how many of them had to be read."""
    read = 0
    for done, prompt in enumerate(prompts):
        progress(done, len(prompts))
        new = model.remember(prompt, pinned=True, cancelled=cancelled)
        if new is None:
            raise _NoRoom
        if cancelled.is_set():
            return done + new, read + new
        read += new
    progress(len(prompts), len(prompts))
    return len(prompts), read


def _check_ready(row: SourceRow) -> None:
    if row.state == "ready":
        return
    failed = row.state == "failed"
    raise CannotPin(
        name=row.source.name,
        detail="it could not be read" if failed else "it is not in the library yet",
        detail_zh="该资料读取失败" if failed else "该资料尚未入库",
        remedy="See why: `jianwen list`." if failed else "Wait until `jianwen list` says ready.",
        remedy_zh="请用 `jianwen list` 查看原因。" if failed else "请等 `jianwen list` 显示 ready 后再试。",
    )


def _check_room(row: SourceRow, states: Mapping[str, int], library: Library, *, limit_bytes: int) -> None:
    """Whether the source's states fit beside what is pinned for others."""
    others = library.pins.bytes_of(library.pins.of_others(row.source.id) - states.keys())
    needed_bytes = sum(states.values()) + others
    if needed_bytes <= limit_bytes:
        return
    needed, limit = f"{needed_bytes / (1 << 30):.2f} GB", f"{limit_bytes / (1 << 30):.2f} GB"
    raise CannotPin(
        name=row.source.name,
        detail=f"with all that is pinned it takes {needed}, and {limit} may be kept",
        detail_zh=f"连同已固定的共需 {needed}，上限为 {limit}",
        remedy="Raise JIANWEN_STATES_GB, or pin less: `jianwen pin SOURCE --off`.",
        remedy_zh="请调大 JIANWEN_STATES_GB，或用 `jianwen pin 资料 --off` 少固定一些。",
    )


def _check_there(source_id: str, states: Iterable[str], library: Library) -> None:
    """A source that was removed while it was read leaves nothing behind, though its marks may be gone already."""
    try:
        library.source(source_id)
    except NotFound:
        library.pins.put(source_id, states)
        library.pins.delete(source_id)
        raise


def keeps_nothing(name: str) -> CannotPin:
    """Why the source `name` cannot be pinned where the model keeps nothing."""
    return CannotPin(
        name=name,
        detail="the language model keeps nothing of what it reads",
        detail_zh="语言模型不保存读过的内容",
        remedy="Have a model run in this program (JIANWEN_LANGUAGE), and JIANWEN_STATES_GB above 0.",
        remedy_zh="请让模型在本程序中运行（JIANWEN_LANGUAGE），并将 JIANWEN_STATES_GB 设为大于 0。",
    )


def _unwritable(name: str) -> CannotPin:
    return CannotPin(
        name=name,
        detail="what the model remembers of it could not be written",
        detail_zh="模型记住的内容无法写入磁盘",
        remedy="Check that the disk has room and the home folder can be written to, then pin it again.",
        remedy_zh="请确认磁盘有空间、数据文件夹可写，再重新固定。",
    )
