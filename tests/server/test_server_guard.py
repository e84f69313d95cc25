"""Who may ask, and what every answer forbids."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse

from jianwen.assistant import Assistant
from jianwen.server import attempts as bounds
from jianwen.server import create_app
from jianwen.server.addresses import host_of, is_loopback, url_of
from jianwen.server.attempts import Attempts
from jianwen.server.guard import COOKIE, CSP, Guard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send

    from jianwen.settings import Settings

TOKEN = "correct horse battery staple"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def locked(settings: Settings) -> Iterator[TestClient]:
    """A client of a server with a token, under a name that is not loopback."""
    with (
        Assistant.open(replace(settings, token=TOKEN)) as assistant,
        TestClient(create_app(assistant), base_url="http://venue.local:8700", follow_redirects=False) as opened,
    ):
        yield opened


@pytest.mark.parametrize("host", ["127.0.0.1:8700", "127.8.9.1", "localhost", "localhost:1", "LOCALHOST", "[::1]:8700"])
def test_names_of_this_box_are_served_without_a_token(client: TestClient, host: str) -> None:
    """Every loopback name is good, with and without a port."""
    assert client.get("/api/status", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "192.168.1.4:8700", "a@127.0.0.1", "127.0.0.1/x", "", "[::1", "0x7f.1"],
)
def test_other_hosts_are_refused_without_a_token(client: TestClient, host: str) -> None:
    """A name that another site may point at this box is not served, so DNS rebinding fails."""
    answer = client.get("/api/status", headers={"Host": host})
    assert answer.status_code == 403
    assert answer.json()["error"]["type"] == "WrongHost"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:9999", "file://127.0.0.1:8700", "http://["]
)
def test_changes_from_other_sites_are_refused(client: TestClient, origin: str) -> None:
    """Another site's page cannot delete a conversation, whatever it sends as its origin."""
    answer = client.delete("/api/conversations/x", headers={"Origin": origin})
    assert answer.status_code == 403
    assert answer.json()["error"]["type"] == "WrongOrigin"


def test_changes_from_the_own_page_and_from_programs_are_let_through(client: TestClient) -> None:
    """The page's own origin and a missing one reach the route."""
    for headers in ({"Origin": "http://127.0.0.1:8700"}, {}):
        assert client.delete("/api/conversations/x", headers=headers).status_code == 404


def test_reading_from_another_site_is_served_without_permission_to_read_it(client: TestClient) -> None:
    """There is no CORS: no header lets another site's script see an answer."""
    answer = client.get("/api/status", headers={"Origin": "http://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert client.options("/api/ask", headers={"Origin": "http://evil.example"}).status_code == 405


def test_nothing_is_served_without_the_token(locked: TestClient) -> None:
    """Page, interface, description and unknown paths all want the token, and a wrong one is none."""
    for path in ("/", "/api/status", "/v1/models", "/openapi.json", "/nowhere", "/?token=wrong"):
        assert locked.get(path).status_code == 401
    for header in ("Bearer wrong", f"Basic {TOKEN}", "Bearer", TOKEN, "Bearer \xe9"):
        answer = locked.get("/api/status", headers=[(b"Authorization", header.encode("latin-1"))])
        assert answer.status_code == 401
    assert locked.get("/api/status", headers={"Cookie": f"{COOKIE}=wrong"}).status_code == 401


def test_the_token_opens_as_a_bearer_under_any_host(locked: TestClient) -> None:
    """With a token the host's name does not matter."""
    assert locked.get("/api/status", headers=BEARER).status_code == 200
    assert locked.get("/api/status", headers={**BEARER, "Host": "10.0.0.7"}).status_code == 200


@pytest.mark.parametrize("token", ["见闻的口令", "a b;c=d,e", '"quoted" & 100%'])
def test_a_token_may_be_any_text(settings: Settings, token: str) -> None:
    """Chinese and signs that mean something in headers work as bearer, and in the address as a cookie."""
    with Assistant.open(replace(settings, token=token)) as assistant:
        client = TestClient(create_app(assistant), base_url="http://venue.local")
        bearer = [(b"Authorization", b"Bearer " + token.encode())]
        assert client.get("/api/status", headers=bearer).status_code == 200
        assert client.get("/api/status").status_code == 401
        assert client.get("/", params={"token": token}).status_code == 200
        assert client.get("/api/status").status_code == 200


def test_the_token_in_the_address_becomes_a_cookie(locked: TestClient) -> None:
    """The page's address with the token sets a cookie that scripts cannot read, and leaves no token behind."""
    answer = locked.get("/", params={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert not any(word in cookie for word in TOKEN.split())
    assert locked.get("/api/status").status_code == 200


def test_the_token_in_the_address_opens_nothing_but_the_page(locked: TestClient) -> None:
    """Addresses end up in histories, so elsewhere the token is not read from them."""
    assert locked.get("/api/status", params={"token": TOKEN}).status_code == 401
    assert locked.post("/", params={"token": TOKEN}).status_code == 401


def test_a_browser_without_the_cookie_is_asked_for_the_token(locked: TestClient) -> None:
    """It gets a form without any script, in both languages, which says so when the token was wrong."""
    asked = locked.get("/", headers=BROWSER)
    refused = locked.get("/", params={"token": "wrong"}, headers=BROWSER)
    for answer in (asked, refused):
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "令牌" in answer.text
        assert "Token" in answer.text
        assert "<script" not in answer.text
        assert TOKEN not in answer.text
        assert "set-cookie" not in answer.headers
    assert 'role="alert" hidden>' in asked.text
    assert 'role="alert">' in refused.text


def test_the_page_that_asks_for_the_token_forbids_all_but_its_style_and_form(locked: TestClient) -> None:
    """Its policy allows no script and no other host, its style only by hash; the other headers are as everywhere."""
    headers = locked.get("/", headers=BROWSER).headers
    rules = dict(rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["form-action"] == "'self'"
    assert rules["style-src"].startswith("'sha256-")
    assert set(rules) == {"default-src", "style-src", "img-src", "base-uri", "form-action", "frame-ancestors"}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/", "*/*"),
        ("GET", "/", "application/json"),
        ("GET", "/", "text/htmlx;q=1"),
        ("GET", "/api/status", BROWSER["Accept"]),
        ("GET", "/v1/models", BROWSER["Accept"]),
        ("POST", "/", BROWSER["Accept"]),
    ],
)
def test_programs_get_the_error_as_json(locked: TestClient, method: str, path: str, accept: str) -> None:
    """Only a browser that opens the page is shown a page."""
    answer = locked.request(method, path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json")


def test_a_refusal_under_v1_has_the_shape_of_openai(locked: TestClient) -> None:
    """Clients of OpenAI's protocol read the error they expect."""
    error = locked.get("/v1/models").json()["error"]
    assert (error["type"], error["code"]) == ("authentication_error", "NoToken")


class Door:
    """A guard with a token before a page that says "in", visited from several addresses at a time of our choice."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.guard = Guard(self._page, token=TOKEN, attempts=Attempts(lambda: self.now_s))

    @staticmethod
    async def _page(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("in")(scope, receive, send)

    def visitor(self, address: str) -> TestClient:
        return TestClient(self.guard, "http://venue.local", client=(address, 5000), follow_redirects=False)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_after_ten_wrong_tokens_an_address_must_wait() -> None:
    """Bearer and address bar count together; then not even the right token is looked at until the minute is over."""
    door = Door()
    guesser = door.visitor("10.0.0.7")
    for n in range(5):
        door.now_s += 1
        assert guesser.get("/api/status", headers=bearer(f"wrong {n}")).status_code == 401
        assert guesser.get("/", params={"token": f"wrong {n}"}).status_code == 401
    for request in ({"headers": bearer(TOKEN)}, {"headers": bearer("wrong")}, {"params": {"token": TOKEN}}):
        answer = guesser.get("/", **request)  # type: ignore[arg-type]
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "56")
        assert answer.json()["error"]["type"] == "TooManyAttempts"
        assert "56" in answer.json()["error"]["message"]
        assert "56" in answer.json()["error"]["message_zh"]
        assert "set-cookie" not in answer.headers
    door.now_s += 55.9
    assert guesser.get("/", headers=BEARER).headers["retry-after"] == "1"
    door.now_s += 0.1
    assert guesser.get("/", headers=BEARER).text == "in"
    assert guesser.get("/", headers=bearer("wrong")).status_code == 401


def test_others_are_not_hindered_by_one_that_guesses() -> None:
    """Neither another address nor whoever has the cookie already; who shows nothing is asked as ever."""
    door = Door()
    guesser, visitor = door.visitor("10.0.0.7"), door.visitor("10.0.0.8")
    neighbour = door.visitor("10.0.0.7")
    assert neighbour.get("/", params={"token": TOKEN}).status_code == 303
    for _ in range(12):
        guesser.get("/api/status", headers=bearer("wrong"))
    assert guesser.get("/api/status", headers=BEARER).status_code == 429
    assert visitor.get("/api/status", headers=BEARER).text == "in"
    assert visitor.get("/", params={"token": TOKEN}).status_code == 303
    assert neighbour.get("/api/status").text == "in"
    assert guesser.get("/api/status").status_code == 401


def test_what_is_no_guess_is_not_counted() -> None:
    """Requests without a token, with an empty one or a wrong cookie, and tokens where none is read."""
    door = Door()
    visitor = door.visitor("10.0.0.7")
    for _ in range(12):
        visitor.get("/api/status")
        visitor.get("/api/status", params={"token": "wrong"})
        visitor.get("/", params={"token": ""})
        for headers in ({"Authorization": "Bearer"}, {"Authorization": "Basic x"}, {"Cookie": f"{COOKIE}=wrong"}):
            assert visitor.get("/api/status", headers=headers).status_code == 401
    assert visitor.get("/api/status", headers=BEARER).text == "in"


def test_two_guesses_in_one_request_count_twice() -> None:
    """A header and an address at once are no way round the bound."""
    guesser = Door().visitor("10.0.0.7")
    for _ in range(5):
        guesser.get("/", params={"token": "wrong"}, headers=bearer("wrong"))
    assert guesser.get("/", headers=bearer("wrong")).status_code == 429


def test_a_browser_that_must_wait_is_told_so_on_the_page() -> None:
    """In both languages, on the form it was typed into; a program under /v1 reads OpenAI's shape."""
    guesser = Door().visitor("10.0.0.7")
    for _ in range(10):
        guesser.get("/", params={"token": "wrong"}, headers=BROWSER)
    answer = guesser.get("/", params={"token": "wrong"}, headers=BROWSER)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert 'class="wrong wait" role="alert">' in answer.text
    assert 'class="wrong" role="alert" hidden>' in answer.text
    assert "请一分钟后再试" in answer.text
    error = guesser.get("/v1/models", headers=bearer("wrong")).json()["error"]
    assert (error["type"], error["code"]) == ("rate_limit_error", "TooManyAttempts")


def test_the_memory_for_addresses_is_bounded() -> None:
    """The address whose minute began first is forgotten, and no name takes more than some letters."""
    attempts = Attempts(lambda: 0.0)
    attempts.add("first", wrong=bounds.MOST_WRONG)
    for n in range(bounds.MOST_ADDRESSES - 1):
        attempts.add(f"{n}." + "x" * 500, wrong=bounds.MOST_WRONG)
    assert attempts.wait_s("first") > 0
    attempts.add("one more")
    assert attempts.wait_s("first") == 0
    assert len(attempts._minutes) <= bounds.MOST_ADDRESSES
    assert max(map(len, attempts._minutes)) == bounds.LONGEST_ADDRESS


@pytest.mark.parametrize("path", ["/", "/api/status", "/nowhere", "/v1/models"])
def test_every_answer_carries_the_protecting_headers(client: TestClient, path: str) -> None:
    """Page, interface and errors alike say what a browser must not do."""
    headers = client.get(path).headers
    assert headers["content-security-policy"] == CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == ("no-store" if path.startswith(("/api", "/v1")) else "no-cache")


def test_host_names_are_read_strictly() -> None:
    """Only a bare name or address, with a port or without, is a host."""
    assert [host_of(text) for text in ("a.b:80", "[::1]:80", "A", "a b", "a:b:c", "a:", "user@a")] == [
        "a.b", "::1", "a", "", "", "", "",
    ]  # fmt: skip
    assert not is_loopback("")
    assert not is_loopback("0.0.0.0")


def test_addresses_are_written_as_a_browser_on_this_box_opens_them() -> None:
    """The address that stands for all is shown as this box's own, IPv6 in brackets."""
    assert url_of("127.0.0.1", 1) == "http://127.0.0.1:1/"
    assert url_of("0.0.0.0", 2) == "http://127.0.0.1:2/"
    assert url_of("::", 3) == "http://[::1]:3/"
    assert url_of("venue.local", 4) == "http://venue.local:4/"
