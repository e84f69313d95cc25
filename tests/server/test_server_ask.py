"""Asking: the events in order, what is kept, leaving, and many at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from jianwen.server.shapes import AskEvents, ConversationShape, ConversationsShape
from server.serving import QUESTION, SlowAssistant, add_rules, events_in, live

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from jianwen.assistant import Assistant
    from jianwen.settings import Settings


SECRET = "cooked up: what a person typed"


class BrokenAssistant(SlowAssistant):
    """Its model trips over something nobody expected."""

    def model(self) -> Any:
        raise RuntimeError(SECRET)


def asked(
    client: TestClient | httpx.Client, question: str, conversation_id: str | None = None
) -> list[tuple[str, Any]]:
    body = {"question": question, "conversation_id": conversation_id}
    with client.stream("POST", "/api/ask", json=body) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        return list(events_in(answer.iter_lines()))


def kept(client: TestClient | httpx.Client, conversation_id: str) -> list[dict[str, Any]]:
    found = client.get(f"/api/conversations/{conversation_id}").json()
    ConversationShape.model_validate(found)
    messages: list[dict[str, Any]] = found["messages"]
    return messages


def until(condition: Any, timeout_s: float = 5.0) -> bool:
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_the_events_come_in_the_order_of_the_contract(client: TestClient, assistant: Assistant) -> None:
    """Conversation first, then searching, hits and reading, the words, and the checked answer last."""
    add_rules(assistant)
    events = asked(client, QUESTION)
    names = [name for name, _ in events]
    assert names[0] == "conversation"
    assert [name for name in names if name not in {"hits", "delta"}] == ["conversation", "stage", "stage", "answer"]
    assert [data["stage"] for name, data in events if name == "stage"] == ["searching", "reading"]
    assert names.index("delta") > names.index("hits") > names.index("stage")
    for name, data in events:
        AskEvents.model_validate({"conversation": events[0][1], name: data})


def test_the_checked_answer_is_streamed_cited_and_kept(client: TestClient, assistant: Assistant) -> None:
    """The words of the deltas begin the answer, it cites the document, and the conversation has it as done."""
    source_id = add_rules(assistant)
    events = asked(client, QUESTION)
    begun, answer = events[0][1], events[-1][1]
    assert "16:30" in answer["answer"]
    written = "".join(data["text"] for name, data in events if name == "delta")
    assert written[:30] == answer["answer"][:30]  # checking may move a citation's number
    assert {citation["source_id"] for citation in answer["citations"]} == {source_id}
    assert (answer["state"], answer["refused"], answer["message_id"]) == ("done", False, begun["message_id"])
    user, reply = kept(client, begun["id"])
    assert (user["role"], user["text"], user["state"]) == ("user", QUESTION, "done")
    assert (reply["id"], reply["state"], reply["text"]) == (begun["message_id"], "done", answer["answer"])
    assert reply["answer"] == answer


def test_what_was_found_is_there_again_when_the_talk_is_opened(client: TestClient, assistant: Assistant) -> None:
    """The hits of an opened talk are those of the stream; of a removed source there are none, until it is restored."""
    rules = add_rules(assistant)
    other = add_rules(assistant, "冬天的雪景\n\n冬天停止入馆之后，广场的雪景仍可观看。", name="雪景.txt")
    events = asked(client, QUESTION)
    begun = events[0][1]
    hits = next(data["hits"] for name, data in events if name == "hits")
    assert {hit["source_id"] for hit in hits} == {rules, other}
    user, reply = kept(client, begun["id"])
    assert (user["hits"], reply["hits"]) == (None, hits)
    client.delete(f"/api/sources/{other}")
    assert kept(client, begun["id"])[1]["hits"] == [hit for hit in hits if hit["source_id"] == rules]
    client.post(f"/api/sources/{other}/restore")
    assert kept(client, begun["id"])[1]["hits"] == hits


def test_a_refusal_comes_as_an_answer_with_the_nearest_passages(client: TestClient, assistant: Assistant) -> None:
    """What the library does not say is refused, with at most three passages that come near."""
    add_rules(assistant)
    answer = asked(client, "Who wrote the opera Carmen?")[-1][1]
    assert answer["refused"]
    assert len(answer["nearest"]) <= 3


def test_a_conversation_goes_on_and_can_be_forgotten(client: TestClient, assistant: Assistant) -> None:
    """A second question joins the first one's conversation; deleting it leaves nothing."""
    add_rules(assistant)
    first = asked(client, QUESTION)[0][1]
    second = asked(client, "那夏天呢？", first["id"])[0][1]
    assert second["id"] == first["id"]
    assert [message["role"] for message in kept(client, first["id"])] == ["user", "assistant"] * 2
    listed = client.get("/api/conversations").json()
    ConversationsShape.model_validate(listed)
    assert [(row["id"], row["messages"]) for row in listed["conversations"]] == [(first["id"], 4)]
    assert client.delete(f"/api/conversations/{first['id']}").status_code == 204
    assert client.get(f"/api/conversations/{first['id']}").status_code == 404
    assert client.delete(f"/api/conversations/{first['id']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"question": ""}, 400),
        ({"question": " \n\0 "}, 400),
        ({"question": "x" * 4001}, 400),
        ({"question": 7}, 400),
        ({}, 400),
        ({"question": "hello", "conversation_id": "nowhere"}, 404),
        ({"question": "hello", "conversation_id": "x" * 65}, 400),
        ({"question": "x" * 1_000_001}, 413),
    ],
)
def test_a_question_that_cannot_be_asked_has_a_status(client: TestClient, body: dict[str, Any], status: int) -> None:
    """Empty, too long, of the wrong type or of no conversation: refused before a stream begins, in our shape."""
    answer = client.post("/api/ask", json=body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert set(error) == {"type", "message", "message_zh"}
    assert len(answer.text) < 1000
    assert client.get("/api/conversations").json() == {"conversations": []}


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'{"question": "\\ud800"}', b"\xff", b"question=x"])
def test_a_body_that_is_no_json_is_refused(client: TestClient, body: bytes) -> None:
    """Broken, endlessly nested or unprintable JSON is a bad request, not a crash."""
    answer = client.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "BadRequest")


def test_a_streamed_body_is_bounded_without_a_declared_length(assistant: Assistant) -> None:
    """A chunked JSON body over 1 MB is cut off with 413."""
    with live(assistant) as url:
        answer = httpx.post(
            f"{url}/api/ask", content=(b"x" * 65536 for _ in range(17)), headers={"Content-Type": "application/json"}
        )
    assert (answer.status_code, answer.json()["error"]["type"]) == (413, "RequestTooLarge")


def test_a_client_that_leaves_stops_the_model_and_keeps_the_words(slow: SlowAssistant) -> None:
    """Closing the connection in mid-answer frees the place at once; what was written is kept as stopped."""
    with live(slow) as url, httpx.Client(base_url=url) as client:
        with client.stream("POST", "/api/ask", json={"question": QUESTION}) as answer:
            events = events_in(answer.iter_lines())
            begun = next(events)[1]
            words = next(data["text"] for name, data in events if name == "delta")
        assert until(lambda: client.get("/api/status").json()["queue"] == {"running": 0, "waiting": 0})
        assert until(lambda: kept(client, begun["id"])[1]["state"] == "stopped")
        reply = kept(client, begun["id"])[1]
        assert reply["hits"]
        assert reply["text"].startswith(words)
        assert "闭馆" not in reply["text"]


def test_the_words_so_far_are_kept_while_they_are_written(slow: SlowAssistant) -> None:
    """A reload in mid-answer finds the message as writing, with what there is."""
    slow.delay_s = 0.4
    with (
        live(slow) as url,
        httpx.Client(base_url=url) as client,
        client.stream("POST", "/api/ask", json={"question": QUESTION}) as answer,
    ):
        events = events_in(answer.iter_lines())
        begun = next(events)[1]
        assert kept(client, begun["id"])[1]["state"] == "writing"
        assert until(lambda: kept(client, begun["id"])[1]["text"])
        assert kept(client, begun["id"])[1]["state"] == "writing"


def test_an_unexpected_fault_is_told_and_logged_without_the_question(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """The stream ends with an error in two languages, the message is failed, and the log quotes no text."""
    with BrokenAssistant(settings) as assistant:
        add_rules(assistant)
        with live(assistant) as url, httpx.Client(base_url=url) as client:
            events = asked(client, QUESTION)
            assert events[-1][0] == "error"
            assert events[-1][1]["type"] == "InternalError"
            assert kept(client, events[0][1]["id"])[1]["state"] == "failed"
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text
    assert QUESTION not in caplog.text


def test_several_asking_at_once_are_all_answered_in_turn(slow: SlowAssistant) -> None:
    """Six clients at once: each gets the whole answer, those who wait hear how many are first, counting down."""
    slow.delay_s = 0.01
    with live(slow) as url, ThreadPoolExecutor(6) as pool:

        def visit(_: int) -> list[tuple[str, Any]]:
            with httpx.Client(base_url=url, timeout=60) as client:
                return asked(client, QUESTION)

        visits = list(pool.map(visit, range(6)))
    for events in visits:
        assert events[-1][0] == "answer"
        assert "16:30" in events[-1][1]["answer"]
        ahead = [data["ahead"] for name, data in events if name == "queue"]
        assert ahead == sorted(ahead, reverse=True)
    assert sum(any(name == "queue" for name, _ in events) for events in visits) >= 4


def test_a_client_in_the_line_that_leaves_frees_its_place(slow: SlowAssistant) -> None:
    """Giving up while waiting keeps the question as stopped and does not hold up the line."""
    with (
        live(slow) as url,
        httpx.Client(base_url=url, timeout=30) as client,
        client.stream("POST", "/api/ask", json={"question": QUESTION}) as first,
    ):
        running = events_in(first.iter_lines())
        assert next(running)[0] == "conversation"
        with client.stream("POST", "/api/ask", json={"question": QUESTION}) as second:
            waiting = events_in(second.iter_lines())
            begun = next(waiting)[1]
            assert next(waiting) == ("queue", {"ahead": 1})
        assert until(lambda: client.get("/api/status").json()["queue"] == {"running": 1, "waiting": 0})
        assert until(lambda: kept(client, begun["id"])[1]["state"] == "stopped")
        assert next(running)[0] == "stage"  # still there


def test_too_many_in_the_line_are_refused_with_429(slow: SlowAssistant) -> None:
    """When 64 wait, the next one is told to come back, by a status and not by a stream."""
    slow.delay_s = 1.0
    limits = httpx.Limits(max_connections=100)
    with live(slow) as url, httpx.Client(base_url=url, timeout=30) as client:
        with ExitStack() as visitors, httpx.Client(base_url=url, timeout=30, limits=limits) as crowd:
            for _ in range(65):
                answer = visitors.enter_context(crowd.stream("POST", "/api/ask", json={"question": QUESTION}))
                assert answer.status_code == 200
            assert client.get("/api/status").json()["queue"] == {"running": 1, "waiting": 64}
            refused = client.post("/api/ask", json={"question": QUESTION})
        assert (refused.status_code, refused.json()["error"]["type"]) == (429, "TooManyWaiting")
        assert until(lambda: client.get("/api/status").json()["queue"] == {"running": 0, "waiting": 0})
