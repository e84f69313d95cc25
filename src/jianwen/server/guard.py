"""Who may ask, decided before anything else is looked at; and the headers that every answer carries.

Without a token only this box is served, by the `Host` header: a site that points its own name at 127.0.0.1 is refused.
With one, a bearer header or the cookie must show it, and a browser that opens the page is asked for it. An address that
shows wrong ones must wait (`attempts.py`), but not those who have the cookie: only tokens can be guessed.
Does not know routes. Pure ASGI, so that streams are not buffered.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse

from jianwen.errors import NoToken, TooManyAttempts, WrongHost, WrongOrigin
from jianwen.server.addresses import host_of, is_loopback
from jianwen.server.attempts import Attempts
from jianwen.server.login import login_page, wants_page
from jianwen.server.problems import problem

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from jianwen.errors import JianwenError

__all__ = ["COOKIE", "CSP", "Guard"]

COOKIE = "jianwen"
COOKIE_AGE_S = 30 * 24 * 3600
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_POLICY = "content-security-policy"
_HEADERS = {
    _POLICY: CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """The outermost layer. An empty `token` means: this box only."""

    def __init__(self, app: ASGIApp, *, token: str, attempts: Attempts | None = None) -> None:
        self._app = app
        self._token = token
        self._attempts = attempts or Attempts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            answer = self._turn_away(scope) or self._log_in(scope) or self._app
            await answer(scope, receive, _dressed(send, path=scope["path"]))
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _turn_away(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        error = self._objection(scope, headers)
        if error is None:
            return None
        wait_s = int(error.fields["wait_s"]) if isinstance(error, TooManyAttempts) else 0
        if isinstance(error, NoToken | TooManyAttempts) and _opens_page(scope) and wants_page(headers):
            answer: Response = login_page(refused="token" in _query(scope), wait=wait_s > 0)
        else:
            answer = problem(error, path=scope["path"])
        if wait_s:
            answer.headers["retry-after"] = str(wait_s)
        return answer

    def _objection(self, scope: Scope, headers: Headers) -> JianwenError | None:
        if not self._token and not is_loopback(host_of(headers.get("host", ""))):
            return WrongHost()
        if scope["method"] not in _HARMLESS and _is_foreign(headers):
            return WrongOrigin()
        if self._token and not self._shows_cookie(headers):
            return self._try_tokens(scope, headers)
        return None

    def _shows_cookie(self, headers: Headers) -> bool:
        cookies = cookie_parser(headers.get("cookie", ""))
        return COOKIE in cookies and _same(_bytes(cookies[COOKIE]), _cookie_for(self._token).encode())

    def _try_tokens(self, scope: Scope, headers: Headers) -> JianwenError | None:
        """Look at the tokens shown, unless too many wrong ones came from there: then not even at the right one."""
        shown = [token for token in (_bearer(headers), _asked_with(scope)) if token]
        if not shown:
            return NoToken()
        address = scope["client"][0] if scope.get("client") else ""
        if wait_s := self._attempts.wait_s(address):
            return TooManyAttempts(wait_s=wait_s)
        if any(_same(token, self._token.encode()) for token in shown):
            return None
        self._attempts.add(address, wrong=len(shown))
        return NoToken()

    def _log_in(self, scope: Scope) -> Response | None:
        """Put the cookie in the place of the token, which then is not in the address bar any more."""
        if not self._token or not _same(_asked_with(scope), self._token.encode()):
            return None
        answer = RedirectResponse("/", status_code=303)
        # Lax, not strict: a link from a chat or a QR code must get past the redirect.
        answer.set_cookie(COOKIE, _cookie_for(self._token), max_age=COOKIE_AGE_S, httponly=True, samesite="lax")
        return answer


def _opens_page(scope: Scope) -> bool:
    return (scope["method"], scope["path"]) == ("GET", "/")


def _bearer(headers: Headers) -> bytes:
    """The token in the header; empty without one."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return _bytes(key.strip()) if scheme.lower() == "bearer" else b""


def _asked_with(scope: Scope) -> bytes:
    """The token in the address of the page, the only one that may have it there; empty without one."""
    return _query(scope).get("token", "").encode() if _opens_page(scope) else b""


def _query(scope: Scope) -> QueryParams:
    return QueryParams(scope.get("query_string", b""))


def _bytes(header: str) -> bytes:
    """What was sent: headers are decoded byte by byte."""
    return header.encode("latin-1", errors="replace")


def _same(shown: bytes, wanted: bytes) -> bool:
    """Compare in a time that tells neither content nor length."""
    return hmac.compare_digest(hashlib.sha256(shown).digest(), hashlib.sha256(wanted).digest())


def _cookie_for(token: str) -> str:
    """What the browser keeps: it proves the token and does not tell it."""
    return hmac.new(token.encode(), b"jianwen cookie", "sha256").hexdigest()


def _is_foreign(headers: Headers) -> bool:
    """Whether a page of another site sent this. Programs send no `Origin`."""
    origin = headers.get("origin")
    if origin is None:
        return False
    scheme, _, site = origin.lower().partition("://")
    return scheme not in {"http", "https"} or site != headers.get("host", "").lower()


def _dressed(send: Send, *, path: str) -> Send:
    """Add the headers that tell browsers what not to do; a page with a policy of its own keeps that."""
    headers = _HEADERS | {"cache-control": "no-store" if path.startswith(("/api/", "/v1/", "/openapi")) else "no-cache"}

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            found = MutableHeaders(scope=message)
            found.update({name: value for name, value in headers.items() if name != _POLICY or name not in found})
        await send(message)

    return dressed
