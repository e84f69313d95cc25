"""Drafts of questions: the passages are got ready, others are not held up, and nothing is kept or told."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from jianwen.assistant import Assistant
from jianwen.errors import ModelUnavailable
from jianwen.language import LanguageModel, Scripted
from jianwen.server import create_app
from jianwen.server.drafts import MOST, PAUSE_S, Drafts
from server.serving import QUESTION, add_rules, events_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jianwen.language import Message
    from jianwen.settings import Settings

WAIT_S = 10.0


class Ready(Scripted):
    """The scripted model, which writes down what it was to get ready for."""

    def __init__(self) -> None:
        super().__init__()
        self.prompts: list[str] = []
        self.heard = threading.Event()

    def _odds(self, messages: Sequence[Message], yes: Sequence[str], no: Sequence[str]) -> float:
        del yes, no
        self.prompts.append("\n".join(str(message) for message in messages))
        self.heard.set()
        return 10.0


class ReadyAssistant(Assistant):
    """The real assistant with that model."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.ready = Ready()

    def model(self) -> LanguageModel:
        return self.ready


class TrippingAssistant(Assistant):
    """Its model cannot be had, in the way that it is told to."""

    error: Exception = ModelUnavailable(name="x", detail="gone", remedy="", remedy_zh="")

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.tried = threading.Event()

    def model(self) -> LanguageModel:
        self.tried.set()
        raise self.error


class Long:
    """A piece of client "a" that has begun, and runs until it may go or is told to end."""

    def __init__(self, drafts: Drafts) -> None:
        self.go = threading.Event()
        self.was_told_to_end = False
        self._begun = threading.Event()
        drafts.offer("a", self._work)
        assert self._begun.wait(WAIT_S)

    def _work(self, closing: threading.Event) -> None:
        self._begun.set()
        while not (self.go.is_set() or closing.is_set()):
            time.sleep(0.005)
        self.was_told_to_end = closing.is_set()


@pytest.fixture
def ready(settings: Settings) -> Iterator[ReadyAssistant]:
    with ReadyAssistant(settings) as opened:
        add_rules(opened)
        yield opened


@pytest.fixture
def drafts() -> Iterator[Drafts]:
    """With nobody in the line."""
    opened = Drafts(lambda: False)
    yield opened
    opened.close()


def client_of(assistant: Assistant) -> TestClient:
    return TestClient(create_app(assistant), base_url="http://127.0.0.1:8700")


def noted(into: list[str], name: str) -> Callable[[threading.Event], object]:
    return lambda _: into.append(name)


def until(condition: Callable[[], bool]) -> bool:
    end_s = time.monotonic() + WAIT_S
    while not condition() and time.monotonic() < end_s:
        time.sleep(0.01)
    return condition()


def test_the_model_gets_ready_for_a_draft_with_the_passages_of_its_answer(ready: ReadyAssistant) -> None:
    """A draft is taken at once; the model is then shown the passages and the words, and nothing is kept."""
    with client_of(ready) as client:
        answer = client.post("/api/ask/draft", json={"question": QUESTION, "conversation": None})
        assert (answer.status_code, answer.json()) == (202, {})
        assert ready.ready.heard.wait(WAIT_S)
        assert client.get("/api/conversations").json() == {"conversations": []}
    [prompt] = ready.ready.prompts
    assert "16:30 停止入馆" in prompt
    assert QUESTION in prompt


def test_a_draft_goes_on_from_its_conversation(ready: ReadyAssistant) -> None:
    """What was asked before belongs to the prompt, as it will when the question is sent."""
    with client_of(ready) as client:
        begun = next(events_in(client.post("/api/ask", json={"question": QUESTION}).iter_lines()))[1]
        assert until(lambda: client.get("/api/status").json()["queue"]["running"] == 0)
        client.post("/api/ask/draft", json={"question": "那夏天几点停止入馆呢？", "conversation": begun["id"]})
        assert ready.ready.heard.wait(WAIT_S)
    assert QUESTION in ready.ready.prompts[-1]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"question": QUESTION, "conversation": "nowhere"}, 202),
        ({"question": QUESTION, "conversation": "x" * 65}, 400),
        ({"question": " \n"}, 400),
        ({"question": "x" * 4001}, 400),
        ({}, 400),
    ],
)
def test_a_draft_that_leads_nowhere_is_dropped_or_refused(
    ready: ReadyAssistant, body: dict[str, str], status: int
) -> None:
    """A talk that is gone is no error for who types; what could never be a question is."""
    with client_of(ready) as client:
        assert client.post("/api/ask/draft", json=body).status_code == status


@pytest.mark.parametrize("error", [TrippingAssistant.error, RuntimeError(QUESTION)])
def test_a_missing_or_broken_model_is_no_error_for_who_types(
    settings: Settings, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """Draft after draft is taken, the server lives on, and no word of them is logged."""
    with TrippingAssistant(settings) as assistant:
        assistant.error = error
        add_rules(assistant)
        with client_of(assistant) as client:
            for _ in range(2):
                assistant.tried.clear()
                assert client.post("/api/ask/draft", json={"question": QUESTION}).status_code == 202
                assert assistant.tried.wait(WAIT_S)
    assert QUESTION not in caplog.text


def test_a_model_that_could_not_be_loaded_is_not_tried_for_drafts(settings: Settings) -> None:
    """Loading a gigabyte in vain at every pause would slow the box down: only questions try again."""
    with Assistant(replace(settings, language="qwen2.5-coder-1.5b")) as opened:
        add_rules(opened)
        opened.warm()
        assert opened.status()["models"]["language"]["state"] in {"missing", "failed"}
        assert opened.prepare(QUESTION) == 0


def test_a_newer_draft_replaces_an_older_one_that_has_not_begun(drafts: Drafts) -> None:
    """Of what a client typed meanwhile only the last counts, and another client's draft is not touched by that."""
    done: list[str] = []
    long = Long(drafts)
    for name in ("a1", "a2", "b1", "a3"):
        drafts.offer(name[0], noted(done, name))
    long.go.set()
    assert until(lambda: len(done) == 2)
    assert sorted(done) == ["a3", "b1"]


def test_one_client_is_served_only_every_now_and_then(drafts: Drafts) -> None:
    """However fast somebody sends drafts, they begin no closer together than the pause."""
    begun_s: list[float] = []
    end_s = time.monotonic() + 3.5 * PAUSE_S
    while time.monotonic() < end_s:
        drafts.offer("a", lambda _: begun_s.append(time.monotonic()))
        time.sleep(0.005)
    assert 2 <= len(begun_s) <= 4
    assert all(later - sooner > 0.9 * PAUSE_S for sooner, later in itertools.pairwise(begun_s))


def test_drafts_are_dropped_while_somebody_is_answered() -> None:
    """Neither an offer nor a waiting draft begins while the line is not empty, and none is made up for later."""
    done: list[str] = []
    busy = threading.Event()
    drafts = Drafts(busy.is_set)
    long = Long(drafts)
    drafts.offer("b", noted(done, "waiting"))
    busy.set()
    drafts.offer("c", noted(done, "offered"))
    long.go.set()
    time.sleep(2 * PAUSE_S)
    busy.clear()
    drafts.offer("d", noted(done, "later"))
    assert until(lambda: bool(done))
    drafts.close()
    assert done == ["later"]


def test_a_question_that_was_sent_needs_no_draft(drafts: Drafts) -> None:
    """Once the client asks, its waiting draft is forgotten; forgetting what is not there does nothing."""
    done: list[str] = []
    long = Long(drafts)
    drafts.offer("b", noted(done, "b"))
    drafts.offer("c", noted(done, "c"))
    drafts.forget("b")
    drafts.forget("nobody")
    long.go.set()
    assert until(lambda: bool(done))
    assert done == ["c"]


def test_a_crowd_of_drafts_is_bounded(drafts: Drafts) -> None:
    """Beyond so many waiting clients an offer is dropped."""
    done: list[str] = []
    long = Long(drafts)
    for number in range(2 * MOST):
        drafts.offer(f"client {number}", noted(done, str(number)))
    long.go.set()
    assert until(lambda: len(done) == MOST)
    assert done == [str(number) for number in range(MOST)]


def test_closing_ends_what_runs_and_takes_nothing_more() -> None:
    """The running work is told to end, what waits is dropped, and closing twice is fine."""
    done: list[str] = []
    drafts = Drafts(lambda: False)
    long = Long(drafts)
    drafts.offer("b", noted(done, "b"))
    drafts.close()
    assert long.was_told_to_end
    drafts.offer("c", noted(done, "c"))
    drafts.close()
    assert done == []


def test_what_is_typed_further_or_asked_ends_what_runs() -> None:
    """Work on another topic of the same client is told to end; on the same one it goes on, for Enter to take over."""
    begun: list[threading.Event] = []
    drafts = Drafts(lambda: False)

    def work(end: threading.Event) -> None:
        begun.append(end)
        end.wait(5)

    def running(count: int) -> threading.Event:
        limit_s = time.monotonic() + 5
        while len(begun) < count:
            assert time.monotonic() < limit_s
            time.sleep(0.01)
        return begun[-1]

    drafts.offer("a", work, "几点")
    first = running(1)
    drafts.offer("a", work, "几点关门")
    assert first.is_set()
    second = running(2)
    drafts.forget("a", "几点关门")
    drafts.forget("b", "别的")
    assert not second.is_set()
    drafts.forget("a", "几点开门")
    assert second.is_set()
    drafts.close()
