"""Parts that the tests of the server share: a small library, a slow model, a live server, a reader of event streams."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jianwen.assistant import Assistant
from jianwen.language import LanguageModel, Scripted
from jianwen.library import Worker
from jianwen.server import create_app
from jianwen.server.addresses import url_of
from jianwen.server.run import Server, listen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RULES = """开放时间

冬令时（10月1日至次年3月31日）：9:00 开馆，16:30 停止入馆，17:00 闭馆。
夏令时（4月1日至9月30日）：8:30 开馆，17:30 停止入馆，18:00 闭馆。

门票

成人票 60 元，学生票 30 元，六周岁以下儿童免费。
"""
QUESTION = "冬天几点停止入馆？"


class SlowAssistant(Assistant):
    """The real assistant with a scripted model that takes its time over every piece."""

    delay_s = 0.1

    def model(self) -> LanguageModel:
        return Scripted(delay_s=self.delay_s)


def add_rules(assistant: Assistant, text: str = RULES, *, name: str = "开放时间.txt") -> str:
    """Put a text into the library and read it at once; returns its id."""
    folder = assistant.settings.home / "incoming-test"
    folder.mkdir(exist_ok=True)
    path = folder / "text.txt"
    path.write_text(text, encoding="utf-8")
    entry = assistant.library.enqueue(path, name=name, origin=f"test:{name}")
    work_off(assistant)
    return entry.source_id


def work_off(assistant: Assistant) -> None:
    """Do what the worker process would do, here and now."""
    worker = Worker(assistant.library)
    while worker.step():
        continue


@contextmanager
def live(assistant: Assistant) -> Iterator[str]:
    """A real server on a free port; yields its address without the last slash."""
    opened = threading.Event()
    with listen(replace(assistant.settings, port=0)) as listener:
        url = url_of("127.0.0.1", listener.getsockname()[1])
        server = Server(create_app(assistant), opened.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert opened.wait(10)
            yield url.rstrip("/")
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


def events_in(lines: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """The (name, data) pairs of an event stream, comments left out."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
