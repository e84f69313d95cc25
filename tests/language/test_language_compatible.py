"""A language model behind HTTP, against a server on loopback that answers as told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from jianwen.errors import JianwenError, ModelFailed, ModelUnavailable
from jianwen.language import LanguageModel, Message, open_language

if TYPE_CHECKING:
    from collections.abc import Iterator

ASK = [Message("system", "Be short."), Message("user", "几点开门？")]
KEY = "sk-very-secret-0123456789"
DONE = b"data: [DONE]\n\n"


def event(text: str | None = None, **more: Any) -> bytes:
    """One event of the stream."""
    choice = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": None}
    end = more.pop("finish_reason", None)
    data = {"choices": [choice | {"finish_reason": end}]} | more
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


@dataclass
class Server:
    """What it answers, and what it was asked."""

    url: str
    status: int = 200
    chunks: list[bytes] = field(default_factory=list)
    pause_s: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    sent_headers: list[dict[str, str]] = field(default_factory=list)


def listen(server: Server, port: int = 0) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.asked.append(json.loads(body) | {"path": self.path})
            server.sent_headers.append(dict(self.headers))
            self.send_response(server.status)
            for name, value in server.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for chunk in server.chunks:
                time.sleep(server.pause_s)
                try:
                    self.wfile.write(chunk)
                except OSError:  # the client hung up
                    return

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    listener = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True).start()
    server.url = f"http://127.0.0.1:{listener.server_address[1]}/v1"
    return listener


@pytest.fixture
def server() -> Iterator[Server]:
    """A running server."""
    state = Server("")
    listener = listen(state)
    yield state
    listener.shutdown()
    listener.server_close()


def connect(url: str, *, offline: bool = False, key: str = KEY) -> LanguageModel:
    return open_language(
        "openai", model_path=None, context_tokens=2048, threads=0, url=url, model="qwen", key=key, offline=offline
    )


def everything_about(error: BaseException) -> str:
    """The error's text, its fields, and those of what caused it."""
    cause = error.__cause__
    fields = str(error.fields) if isinstance(error, JianwenError) else ""
    return f"{error!r} {error} {fields} " + (everything_about(cause) if cause else "")


def test_it_streams_an_answer(server: Server) -> None:
    """Pieces come as the server sends them, with its own counts, from a greedy request."""
    usage = {"prompt_tokens": 30, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 20}}
    server.chunks = [event(""), event("九点"), event("开门。"), event(finish_reason="stop"), event(usage=usage), DONE]
    with connect(server.url) as model:
        reply = model.reply(ASK, max_tokens=64, stop=["\n"])
        assert list(reply) == ["九点", "开门。"]
    assert reply.finish == "stop"
    assert (reply.usage.read, reply.usage.reused, reply.usage.written) == (10, 20, 5)
    (asked,) = server.asked
    assert asked["path"] == "/v1/chat/completions"
    assert asked["messages"] == [{"role": m.role, "content": m.text} for m in ASK]
    assert (asked["model"], asked["temperature"], asked["max_tokens"], asked["stop"]) == ("qwen", 0, 64, ["\n"])
    assert server.sent_headers[0]["Authorization"] == f"Bearer {KEY}"


def test_characters_cut_by_the_network_arrive_whole(server: Server) -> None:
    """An event that arrives byte by byte gives the same text."""
    stream = event("开放时间") + b": a comment\n\n" + event("：九点", finish_reason="stop") + DONE
    server.chunks = [stream[at : at + 1] for at in range(len(stream))]
    with connect(server.url) as model:
        assert "".join(model.reply(ASK)) == "开放时间：九点"


def test_a_server_that_counts_nothing_is_estimated(server: Server) -> None:
    """Without the server's usage, read is our estimate and written the pieces."""
    server.chunks = [event("a"), event("b", finish_reason="length"), DONE]
    with connect(server.url) as model:
        reply = model.reply(ASK)
        list(reply)
        assert (reply.usage.read, reply.usage.written, reply.finish) == (model.count(ASK), 2, "length")


def test_a_stop_string_holds_even_if_the_server_ignores_it(server: Server) -> None:
    """Text after a stop string is never shown."""
    server.chunks = [event("yes."), event("\nQues"), event("tion: more"), event(finish_reason="stop"), DONE]
    with connect(server.url) as model:
        assert "".join(model.reply(ASK, stop=["\nQuestion:"])) == "yes."


def test_a_refusal_is_told_in_the_servers_words_without_the_key(server: Server) -> None:
    """A status other than 200 makes the model unavailable, for the server's reason, and the key is nowhere in it."""
    server.status = 401
    server.chunks = [json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}."}}).encode()]
    with connect(server.url) as model, pytest.raises(ModelUnavailable, match="HTTP 401: Incorrect API key") as caught:
        list(model.reply(ASK))
    assert KEY not in everything_about(caught.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [b"<html>" + b"x" * 100_000, b"", b'["x"]', b'{"error": "model not found"}', b"\xff"])
def test_a_failure_of_any_shape_stays_one_short_line(server: Server, body: bytes) -> None:
    """Whatever a failing server sends, the error is a short single line with the status."""
    server.status = 500
    server.chunks = [body]
    with connect(server.url) as model, pytest.raises(ModelUnavailable, match="HTTP 500") as caught:
        list(model.reply(ASK))
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


def test_a_redirect_is_not_followed(server: Server) -> None:
    """The key is never carried to another place."""
    server.status = 302
    server.headers = {"Location": f"{server.url}/elsewhere"}
    with connect(server.url) as model, pytest.raises(ModelUnavailable, match="HTTP 302"):
        list(model.reply(ASK))
    assert len(server.asked) == 1


def test_a_broken_stream_fails_and_is_not_asked_again(server: Server) -> None:
    """A stream that ends before its end keeps the text so far and fails, without a second request."""
    server.chunks = [event("九点")]
    with connect(server.url) as model:
        reply = model.reply(ASK)
        assert next(reply) == "九点"
        with pytest.raises(ModelFailed, match="before its end"):
            next(reply)
    assert reply.text == "九点"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "bad",
    [
        b"data: {broken\n\n",
        b'data: {"error": {"message": "out of memory"}}\n\n',
        b'data: {"choices": [7]}\n\n',
        b'data: {"choices": [{"delta": {"content": 7}}]}\n\n',
        b'data: {"choices": [], "usage": {"prompt_tokens": null}}\n\n',
        b'data: {"choices": {"a": 1}}\n\n',
    ],
)
def test_nonsense_in_the_stream_is_a_failed_answer(server: Server, bad: bytes) -> None:
    """Events of a wrong shape are one clear error, never a foreign one."""
    server.chunks = [bad, DONE]
    with connect(server.url) as model, pytest.raises(ModelFailed):
        list(model.reply(ASK))


def test_a_server_that_starts_late_is_waited_for() -> None:
    """A refused connection is tried again, so a server that comes up within a second is reached."""
    state = Server("")
    listener = listen(state)
    port = listener.server_address[1]
    listener.shutdown()
    listener.server_close()
    state.chunks = [event("up", finish_reason="stop"), DONE]
    with connect(f"http://127.0.0.1:{port}/v1") as model:
        timer = threading.Timer(0.5, lambda: late.append(listen(state, port)))
        late: list[ThreadingHTTPServer] = []
        timer.start()
        assert "".join(model.reply(ASK)) == "up"
    timer.join()
    late[0].shutdown()
    late[0].server_close()


def test_no_server_is_unavailable() -> None:
    """When nothing listens, the error says so after the last attempt."""
    with connect("http://127.0.0.1:9/v1") as model, pytest.raises(ModelUnavailable, match="no connection") as caught:
        list(model.reply(ASK))
    assert KEY not in everything_about(caught.value)


def test_cancelling_hangs_up(server: Server) -> None:
    """Once cancelled, the answer ends at the next event and the rest is not waited for."""
    server.chunks = [event("x")] * 200
    server.pause_s = 0.02
    cancelled = threading.Event()
    with connect(server.url) as model:
        reply = model.reply(ASK, cancelled=cancelled)
        next(reply)
        cancelled.set()
        assert list(reply) == []
    assert reply.finish == "cancelled"
    assert reply.usage.total_s < 2


def test_offline_only_this_machine_is_asked(server: Server) -> None:
    """Offline, another machine is refused at once, and a server on loopback still answers."""
    for url in ("https://api.example.com/v1", "http://192.168.1.20:8000/v1", "http://localhost.example.com/v1"):
        with pytest.raises(ModelUnavailable, match="offline"):
            connect(url, offline=True)
    server.chunks = [event("ok", finish_reason="stop"), DONE]
    with connect(server.url, offline=True) as model:
        assert "".join(model.reply(ASK)) == "ok"


@pytest.mark.parametrize("url", ["", "no-scheme/v1", "ftp://host/v1", "http://", "http://[bad/v1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """A wrong address is one clear error when the model is opened."""
    with pytest.raises(ModelUnavailable, match="address"):
        connect(url)


@pytest.mark.parametrize("key", ["sk-绝密", "sk-one\nX-Header: two"])
def test_a_key_that_cannot_be_one_is_refused_unquoted(key: str) -> None:
    """A key that would break the request is refused when the model is opened, and not shown."""
    with pytest.raises(ModelUnavailable, match="key holds") as caught:
        connect("http://127.0.0.1:9/v1", key=key)
    assert "sk-" not in everything_about(caught.value)


PROXIED = """
import sys
from jianwen.language import Message, open_language
with open_language("openai", model_path=None, context_tokens=2048, threads=0, url=sys.argv[1], model="m") as model:
    print("".join(model.reply([Message("user", "x")])))
"""


def test_a_proxy_of_the_environment_is_not_used_for_loopback(server: Server) -> None:
    """With an unreachable proxy set, a server on this machine still answers."""
    server.chunks = [event("direct", finish_reason="stop"), DONE]
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    environment = {k: v for k, v in os.environ.items() if k.lower() != "no_proxy"} | proxies
    done = subprocess.run(
        [sys.executable, "-c", PROXIED, server.url], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "direct"
