"""Sources over HTTP: listing, trying again, removing and bringing back, the file itself, and changes as they happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from jianwen.server.shapes import SourceEvents, SourceShape, SourcesShape
from server.serving import QUESTION, RULES, SlowAssistant, add_rules, events_in, live, work_off

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from jianwen.assistant import Assistant

NOWHERE = "0" * 64


def test_sources_are_listed_searched_and_paged(client: TestClient, assistant: Assistant) -> None:
    """Name, kind and state narrow the list; offset and limit page it; the total counts all that match."""
    for number in range(5):
        add_rules(assistant, f"{RULES}\n第{number}版", name=f"规则{number}.txt")
    client.post("/api/sources", files={"files": ("later.txt", b"not read yet")})
    everything = client.get("/api/sources").json()
    SourcesShape.model_validate(everything)
    assert everything["total"] == 6
    assert client.get("/api/sources", params={"search": "规则"}).json()["total"] == 5
    assert client.get("/api/sources", params={"state": "queued"}).json()["sources"][0]["name"] == "later.txt"
    assert client.get("/api/sources", params={"kind": "pdf"}).json() == {"sources": [], "total": 0}
    page = client.get("/api/sources", params={"search": "规则", "offset": 3, "limit": 10}).json()
    assert (len(page["sources"]), page["total"]) == (2, 5)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "offset=-1", "limit=x", "search=" + "x" * 201])
def test_impossible_lists_are_refused(client: TestClient, query: str) -> None:
    """Bounds of the query are told as a bad request in two languages."""
    answer = client.get(f"/api/sources?{query}")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "BadRequest")


@pytest.mark.parametrize("search", ["%", "_", "'; DROP TABLE sources; --", "%00", "%ff", "<img onerror=…>"])
def test_a_search_takes_its_text_literally(client: TestClient, assistant: Assistant, search: str) -> None:
    """Signs that mean something to a database or a page find nothing here."""
    add_rules(assistant)
    assert client.get("/api/sources", params={"search": search}).json()["total"] == 0
    assert client.get("/api/sources").json()["total"] == 1


def test_the_original_comes_back_byte_for_byte_as_an_attachment(client: TestClient, assistant: Assistant) -> None:
    """The file is offered for saving under its own name, Chinese included, and never shown as a page of ours."""
    source_id = add_rules(assistant)
    answer = client.get(f"/api/sources/{source_id}/original")
    assert answer.content == RULES.encode()
    assert answer.headers["content-disposition"].startswith("attachment; filename*=utf-8''%E5%BC%80")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_removed_source_is_gone_at_once_and_can_be_brought_back(client: TestClient, assistant: Assistant) -> None:
    """After removal neither list nor answer has it; restoring within ten seconds brings all of it back."""
    source_id = add_rules(assistant)
    assert client.delete(f"/api/sources/{source_id}").status_code == 204
    assert client.get("/api/sources").json()["total"] == 0
    assert client.get(f"/api/sources/{source_id}/original").status_code == 404
    assert "16:30" not in client.post("/api/ask", json={"question": QUESTION}).text
    restored = client.post(f"/api/sources/{source_id}/restore")
    SourceShape.model_validate(restored.json())
    assert restored.json()["state"] == "ready"
    assert "16:30" in client.post("/api/ask", json={"question": QUESTION}).text


def test_a_failed_source_says_why_and_can_be_tried_again(client: TestClient, assistant: Assistant) -> None:
    """A damaged file fails with a reason in two languages; trying again queues it."""
    client.post("/api/sources", files={"files": ("broken.pdf", b"%PDF-1.7\nnothing else")})
    work_off(assistant)
    failed = client.get("/api/sources").json()["sources"][0]
    SourceShape.model_validate(failed)
    assert failed["state"] == "failed"
    assert failed["error"]
    assert failed["error_zh"]
    assert client.post(f"/api/sources/{failed['id']}/retry").json()["state"] == "queued"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"/api/sources/{NOWHERE}/retry"),
        ("POST", f"/api/sources/{NOWHERE}/restore"),
        ("DELETE", f"/api/sources/{NOWHERE}"),
        ("GET", f"/api/sources/{NOWHERE}/original"),
        ("GET", "/api/sources/..%2f..%2fetc/original"),
        ("GET", f"/api/sources/{NOWHERE}/pages/1.png"),
        ("GET", f"/api/sources/{NOWHERE}/view?passage=x"),
        ("GET", "/api/nowhere"),
    ],
)
def test_what_is_not_there_is_404_in_our_shape(client: TestClient, method: str, path: str) -> None:
    """No source, no page and no route answer alike."""
    answer = client.request(method, path)
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "NotFound"


def test_a_wrong_method_says_so_in_our_shape(client: TestClient) -> None:
    """The status is 405, with the methods that would do."""
    answer = client.put("/api/sources")
    assert (answer.status_code, answer.json()["error"]["type"]) == (405, "BadRequest")
    assert "GET" in answer.headers["allow"]


def test_changes_are_told_as_they_happen(slow: SlowAssistant) -> None:
    """A page that listens hears of an upload, its reading and its removal, and of the status, without asking."""
    with live(slow) as url, httpx.Client(base_url=url, timeout=20) as client:
        with client.stream("GET", "/api/events") as answer:
            events = events_in(answer.iter_lines())
            name, status = next(events)
            assert (name, status["sources"]) == ("status", 1)
            added = client.post("/api/sources", files={"files": ("new.txt", b"A new notice.")}).json()["added"][0]
            seen = next(data for name, data in events if name == "source")
            assert (seen["id"], seen["state"]) == (added["id"], "queued")
            work_off(slow)
            assert next(data for name, data in events if name == "source" and data["state"] == "ready")
            client.delete(f"/api/sources/{added['id']}")
            assert next(data for name, data in events if name == "removed") == {"id": added["id"]}
        for event in (("status", status), ("source", seen)):
            SourceEvents.model_validate(dict([event]))


def test_a_page_that_reconnects_hears_what_it_missed(slow: SlowAssistant) -> None:
    """The number of the last event, sent back by the browser, brings everything since."""
    with live(slow) as url, httpx.Client(base_url=url, timeout=20) as client:
        with client.stream("GET", "/api/events") as answer:
            lines = answer.iter_lines()
            number = next(line for line in lines if line.startswith("id: ")).removeprefix("id: ")
        client.post("/api/sources", files={"files": ("new.txt", b"A new notice.")})
        with client.stream("GET", "/api/events", headers={"Last-Event-ID": number}) as answer:
            missed = events_in(answer.iter_lines())
            assert next(missed)[1]["name"] == "new.txt"
    assert httpx.Headers(answer.headers)["content-type"].startswith("text/event-stream")


def test_a_strange_event_number_is_refused(client: TestClient) -> None:
    """Only digits are a number of ours."""
    assert client.get("/api/events", headers={"Last-Event-ID": "-1; x"}).status_code == 400
