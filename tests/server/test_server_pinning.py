"""A source's passages are read now and stay: resumable, refused where they do not fit, gone with the source."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from jianwen.errors import CannotPin, NotFound
from jianwen.guide import Pinned, pin
from jianwen.language import Scripted
from jianwen.language.states import StateStore
from server.serving import add_rules, work_off

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fastapi.testclient import TestClient

    from jianwen.assistant import Assistant
    from jianwen.language import Message

STATE = bytes(1000)


class Keeping(Scripted):
    """Keeps a thousand bytes of each passage, in a real store."""

    def __init__(self, folder: Path, *, limit_bytes: int = 1_000_000) -> None:
        super().__init__()
        self.states_bytes = limit_bytes
        self.read: list[str] = []
        self.store = StateStore(folder, limit_bytes=limit_bytes, identity="keeping")
        self.stop_after = 1000

    def remember(
        self, messages: Sequence[Message], *, pinned: bool = False, cancelled: threading.Event | None = None
    ) -> int | None:
        (text,) = messages[-1].passages
        if self.store.get(self._key(text)) is not None:
            return 0
        self.read.append(text)
        if cancelled and len(self.read) >= self.stop_after:
            cancelled.set()
        return 1 if self.store.put(self._key(text), STATE, evict=pinned) else None

    def states_of(self, messages: Sequence[Message]) -> dict[str, int]:
        return {self._key(text): len(STATE) + 100 for text in messages[-1].passages}

    def _key(self, text: str) -> str:
        return self.store.key([], [ord(letter) for letter in text])


@pytest.fixture
def exhibits(assistant: Assistant) -> str:
    """A table of five rows, each a passage."""
    rows = "".join(f"展品{row},第{row}展厅\n" for row in range(5))
    path = assistant.settings.home / "exhibits.csv"
    path.write_text("名称,地点\n" + rows, encoding="utf-8")
    entry = assistant.library.enqueue(path, name="展品.csv", origin="test:exhibits")
    work_off(assistant)
    return entry.source_id


def pinned(assistant: Assistant, source_id: str, model: Keeping, told: list[tuple[int, int]] | None = None) -> Pinned:
    def progress(done: int, total: int) -> None:
        if told is not None:
            told.append((done, total))

    return pin(source_id, assistant.library, model, progress=progress, cancelled=threading.Event())


def files(assistant: Assistant) -> list[str]:
    """States and marks."""
    return sorted(path.name for path in assistant.settings.states.iterdir() if len(path.name) >= 64)


def test_every_passage_is_read_and_none_goes_when_room_is_needed(assistant: Assistant, exhibits: str) -> None:
    """Progress counts up to the end; a server with a store of its own, opened before, keeps them all."""
    model = Keeping(assistant.settings.states, limit_bytes=8_000)
    server = Keeping(assistant.settings.states, limit_bytes=8_000)
    told: list[tuple[int, int]] = []
    result = pinned(assistant, exhibits, model, told)
    assert (result.passages, result.done, result.read) == (5, 5, 5)
    assert result.bytes > 5 * len(STATE)
    assert told == [(n, 5) for n in range(6)]
    for n in range(20):
        assert server.store.put(server._key(f"其他{n}"), STATE)
    assert pinned(assistant, exhibits, model).read == 0


def test_a_run_that_was_stopped_goes_on(assistant: Assistant, exhibits: str) -> None:
    """What is kept is not read again, and is pinned meanwhile."""
    model = Keeping(assistant.settings.states)
    model.stop_after = 2
    stopped = pinned(assistant, exhibits, model)
    assert (stopped.done, stopped.passages) == (2, 5)
    assert len(assistant.library.pins.of(exhibits)) == 5
    model.stop_after = 1000
    assert pinned(assistant, exhibits, model).read == 3
    assert len(set(model.read)) == len(model.read) == 5


def test_a_damaged_state_is_read_again(assistant: Assistant, exhibits: str) -> None:
    """Pinning once more mends what was spoilt on the disk."""
    model = Keeping(assistant.settings.states)
    pinned(assistant, exhibits, model)
    name = min(assistant.library.pins.of(exhibits))
    (assistant.settings.states / name).write_bytes(b"damaged")
    assert pinned(assistant, exhibits, model).read == 1


def test_what_does_not_fit_is_refused_and_changes_nothing(assistant: Assistant, exhibits: str) -> None:
    """Alone or with what is pinned already: one line that says what to do, no passage read, no mark left."""
    rules = add_rules(assistant)
    small = Keeping(assistant.settings.states, limit_bytes=3_000)
    with pytest.raises(CannotPin, match="JIANWEN_STATES_GB"):
        pinned(assistant, exhibits, small)
    assert (small.read, files(assistant)) == ([], [])
    beside = Keeping(assistant.settings.states, limit_bytes=6_000)
    pinned(assistant, rules, beside)
    before = files(assistant)
    with pytest.raises(CannotPin, match="--off"):
        pinned(assistant, exhibits, beside)
    assert files(assistant) == before
    assistant.unpin(rules)
    assert pinned(assistant, exhibits, beside).done == 5


def test_a_disk_that_takes_nothing_is_told_apart_and_leaves_no_mark(assistant: Assistant, exhibits: str) -> None:
    """When a state cannot be written though there is room for it, the earlier marks are back."""
    model = Keeping(assistant.settings.states)
    model.store = StateStore(assistant.settings.database, limit_bytes=1_000_000, identity="keeping")
    with pytest.raises(CannotPin, match="could not be written"):
        pinned(assistant, exhibits, model)
    assert files(assistant) == []


def test_pinning_for_another_model_lets_go_of_the_states_of_the_one_before(assistant: Assistant, exhibits: str) -> None:
    """The marks of a source are those of its passages as they are read now."""
    assistant.library.pins.put(exhibits, ["a" * 64])
    pinned(assistant, exhibits, Keeping(assistant.settings.states))
    assert "a" * 64 not in assistant.library.pins.of(exhibits)


def test_a_source_removed_while_it_is_read_leaves_nothing_pinned(assistant: Assistant, exhibits: str) -> None:
    """Marks and states that came after the removal are deleted."""

    class Removing(Keeping):
        def remember(
            self, messages: Sequence[Message], *, pinned: bool = False, cancelled: threading.Event | None = None
        ) -> int | None:
            if len(self.read) == 3:
                assistant.library.delete(exhibits)
            return super().remember(messages, pinned=pinned, cancelled=cancelled)

    with pytest.raises(NotFound):
        pinned(assistant, exhibits, Removing(assistant.settings.states))
    assert files(assistant) == []


def test_what_is_removed_over_http_leaves_nothing_pinned(
    assistant: Assistant, client: TestClient, exhibits: str
) -> None:
    """Once the moment for undoing it is over, the worker deletes marks and states."""
    pinned(assistant, exhibits, Keeping(assistant.settings.states))
    assert client.delete(f"/api/sources/{exhibits}").status_code == 204
    with assistant.library.database.transaction() as connection:
        connection.execute("UPDATE sources SET removed_at = ? WHERE id = ?", (time.time() - 60, exhibits))
    work_off(assistant)
    assert files(assistant) == []


def test_a_model_that_keeps_nothing_pins_nothing(assistant: Assistant, exhibits: str) -> None:
    """The scripted model, as any that runs elsewhere, is one clear line."""
    with pytest.raises(CannotPin, match="keeps nothing") as caught:
        assistant.pin(exhibits, progress=lambda _, __: None, cancelled=threading.Event())
    assert "固定" in caught.value.text("zh")
    assert files(assistant) == []
