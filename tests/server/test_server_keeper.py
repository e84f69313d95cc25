"""Passages are read beforehand in the background: once each, until there is no room, while nothing else runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jianwen.guide import Keeper, Prompt
from jianwen.language import Scripted
from server.serving import add_rules

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from jianwen.assistant import Assistant
    from jianwen.language import Message


class Remembering(Scripted):
    """Keeps what it is given to remember, up to a number of passages."""

    def __init__(self, room: int = 1000) -> None:
        super().__init__()
        self.places = room
        self.kept: list[str] = []

    def remember(
        self, messages: Sequence[Message], *, pinned: bool = False, cancelled: threading.Event | None = None
    ) -> int | None:
        del pinned, cancelled
        if len(self.kept) >= self.places:
            return None
        self.kept += messages[-1].passages
        return 1


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


def test_every_passage_is_read_once(assistant: Assistant) -> None:
    """What is there and what comes later, each with its heading, and nothing twice."""
    add_rules(assistant, "第一条规则。", name="一.txt")
    model = Remembering()
    with Keeper(assistant.library, lambda: model):
        assert within(10, lambda: len(model.kept) == 1)
        add_rules(assistant, "第二条规则。", name="二.txt")
        assert within(10, lambda: len(model.kept) == 2)
    assert ["第一条规则" in model.kept[0], "第二条规则" in model.kept[1]] == [True, True]
    assert model.kept[0].startswith("资料：")


def test_what_is_read_beforehand_is_what_an_answer_reads(assistant: Assistant) -> None:
    """The same text, to the letter: else nothing kept would ever be found again."""
    add_rules(assistant)
    model = Remembering()
    with Keeper(assistant.library, lambda: model):
        assert within(10, lambda: bool(model.kept))
    evidence = assistant.guide._as_evidence(assistant.library.search("几点闭馆"))
    assert Prompt("几点闭馆？", evidence).ask("{question}")[-1].passages[0] in model.kept


def test_it_waits_for_the_model_and_for_the_worker(assistant: Assistant) -> None:
    """Without a model, or while a file is being read, nothing happens."""
    add_rules(assistant)
    assistant.library.jobs.recover()
    model = Remembering()
    loaded: list[Remembering] = []
    with Keeper(assistant.library, lambda: loaded[0] if loaded else None):
        assert not within(3, lambda: bool(model.kept))
        loaded.append(model)
        assert within(10, lambda: bool(model.kept))


def test_it_ends_when_there_is_no_room(assistant: Assistant) -> None:
    """A full folder is not filled over and over, and closing does not hang."""
    for n in range(4):
        add_rules(assistant, f"第{n}条规则。", name=f"{n}.txt")
    model = Remembering(room=2)
    keeper = Keeper(assistant.library, lambda: model).start()
    assert within(10, lambda: len(model.kept) == 2)
    assert not within(3, lambda: len(model.kept) > 2)
    keeper.close()
    keeper.close()
