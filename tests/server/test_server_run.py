"""Listening and stopping: a process of its own, as people run it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from jianwen.assistant import Assistant
from jianwen.errors import BadSetting, PortTaken, UnsafeBind
from jianwen.server import serve
from jianwen.server.run import listen
from server.serving import QUESTION, SlowAssistant, add_rules, events_in, live

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwen.settings import Settings

TOKEN = "never-in-a-log"
PROGRAM = """
from jianwen.server import serve
from jianwen.settings import Settings
serve(Settings.load(), announce=lambda url: print(url, flush=True))
print("ended well", flush=True)
"""


START_S = 2.0  # for the server to start on a box that does nothing else


@contextmanager
def process(settings: Settings, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`serve` in a process of its own on a free port, and the address that it announces."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = {"JIANWEN_HOME": str(settings.home), "JIANWEN_LANGUAGE": "scripted", "JIANWEN_PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | own | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            assert started.stdout is not None
            url = started.stdout.readline().strip()
            assert url == f"http://127.0.0.1:{port}/"
            yield started, url
        finally:
            started.kill()


def five_seconds(start_s: float) -> float:
    """As long as that is on a box on which a server takes so long to start: others may be at work there."""
    return 5 * max(1, start_s / START_S)


def test_others_are_let_in_only_with_a_token(settings: Settings, tmp_path: Path) -> None:
    """An address that others reach needs a token; nothing is opened before that is checked."""
    settings = replace(settings, home=tmp_path / "new")
    for host in ("0.0.0.0", "::", "192.168.1.4", "venue.local"):
        with pytest.raises(UnsafeBind):
            serve(replace(settings, host=host), announce=pytest.fail)
    assert not settings.home.exists()
    with listen(replace(settings, host="0.0.0.0", port=0, token=TOKEN)) as listener:
        assert listener.getsockname()[0] == "0.0.0.0"


def test_a_taken_port_is_told_before_anything_is_loaded(settings: Settings, tmp_path: Path) -> None:
    """Another program on the port is an error of ours, at once."""
    settings = replace(settings, home=tmp_path / "new")
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = replace(settings, port=other.getsockname()[1])
        with pytest.raises(PortTaken):
            serve(taken, announce=pytest.fail)
    assert not settings.home.exists()


@pytest.mark.parametrize(("host", "port"), [("203.0.113.7", 8700), ("no such name", 8700), ("127.0.0.1", 70_000)])
def test_an_address_this_box_does_not_have_is_a_bad_setting(settings: Settings, host: str, port: int) -> None:
    """Foreign addresses, names that lead nowhere and impossible ports are told as such."""
    with pytest.raises(BadSetting):
        listen(replace(settings, host=host, port=port, token=TOKEN))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_within_five_seconds(settings: Settings, number: signal.Signals) -> None:
    """With pages listening, it closes their streams and goes on to its caller; nothing is printed but the address."""
    begun_s = time.monotonic()
    with process(settings) as (server, url), httpx.Client(base_url=url, timeout=60) as client:
        limit_s = five_seconds(time.monotonic() - begun_s)
        assert client.get("/").status_code == 200
        with client.stream("GET", "/api/events") as answer:
            events = events_in(answer.iter_lines())
            assert next(events)[0] == "status"
            started_s = time.monotonic()
            server.send_signal(number)
            list(events)
        rest, errors = server.communicate(timeout=60)
        assert time.monotonic() - started_s < limit_s
    assert (server.returncode, rest, errors) == (0, "ended well\n", "")


@pytest.mark.slow
def test_a_signal_ends_the_server_well_at_any_moment_of_its_warm_up(settings: Settings) -> None:
    """Whatever native code the warm-up is inside of, the process ends with 0 and without a word."""
    for moment in range(20):
        with process(settings) as (server, _):
            time.sleep(moment * 0.05)
            server.send_signal(signal.SIGTERM)
            rest, errors = server.communicate(timeout=30)
        assert (server.returncode, rest, errors) == (0, "ended well\n", "")


def test_no_log_has_token_or_question(settings: Settings) -> None:
    """Asking, being refused and failing leave neither the token nor the question in any output or log."""
    with Assistant.open(settings) as assistant:
        add_rules(assistant)
    with process(settings, JIANWEN_TOKEN=TOKEN) as (server, url):
        login = httpx.get(url, params={"token": TOKEN})
        assert login.status_code == 303
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        asked = httpx.post(f"{url}api/ask", json={"question": QUESTION}, headers=bearer, timeout=30)
        assert "event: answer" in asked.text
        assert httpx.post(f"{url}api/ask", json={"question": QUESTION}).status_code == 401
        assert httpx.post(f"{url}api/ask", content=QUESTION.encode(), headers=bearer).status_code == 400
        server.send_signal(signal.SIGTERM)
        rest, errors = server.communicate(timeout=60)
    logs = "".join(path.read_text(errors="replace") for path in settings.home.glob("**/*.log"))
    for text in (rest, errors, logs):
        assert TOKEN not in text
        assert QUESTION not in text


def test_an_answer_that_the_end_cuts_short_is_kept(slow: SlowAssistant) -> None:
    """Stopping in the middle ends the stream within five seconds and keeps the words as stopped."""
    slow.delay_s = 0.3
    with (
        ExitStack() as server,
        httpx.Client(base_url=server.enter_context(live(slow)), timeout=20) as client,
        client.stream("POST", "/api/ask", json={"question": QUESTION}) as answer,
    ):
        events = events_in(answer.iter_lines())
        begun = next(events)[1]
        words = next(data["text"] for name, data in events if name == "delta")
        started_s = time.monotonic()
        server.close()
        assert time.monotonic() - started_s < 5
        assert not [data for name, data in events if name == "answer" and data["state"] == "done"]
    reply = slow.library.conversations.get(begun["id"]).messages[-1]
    assert reply.state == "stopped"
    assert reply.text.startswith(words)


def test_an_upload_that_stalls_does_not_hold_up_the_end(settings: Settings) -> None:
    """A client that stops in the middle of a file is cut off; the server ends in time."""
    begun_s = time.monotonic()
    with process(settings) as (server, url):
        limit_s = five_seconds(time.monotonic() - begun_s)
        host, port = url.removeprefix("http://").rstrip("/").split(":")
        with socket.create_connection((host, int(port))) as stalled:
            head = f"POST /api/sources HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999\r\n"
            part = '--xyz\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhalf'
            kind = "Content-Type: multipart/form-data; boundary=xyz\r\n\r\n"
            stalled.sendall((head + kind + part).encode())
            while not list((settings.home / "uploads").glob("*")):
                time.sleep(0.05)
            started_s = time.monotonic()
            server.send_signal(signal.SIGTERM)
            assert "ended well" in server.communicate(timeout=60)[0]
            assert time.monotonic() - started_s < limit_s
    assert not list((settings.home / "uploads").glob("*"))
