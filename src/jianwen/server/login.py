"""The page that asks a browser for the token. Its form leads to `/?token=…`, where the guard puts a cookie instead.

Without a script. Does not look at the token: the guard does.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from starlette.datastructures import Headers

__all__ = ["login_page", "wants_page"]

_PAGE = (Path(__file__).parent / "login.html").read_text(encoding="utf-8")
_ALERT, _WAIT = '<p class="wrong" role="alert"', '<p class="wrong wait" role="alert"'
_REFUSED_PAGE = _PAGE.replace(f"{_ALERT} hidden>", f"{_ALERT}>")
_WAIT_PAGE = _PAGE.replace(f"{_WAIT} hidden>", f"{_WAIT}>")


def _policy() -> str:
    """Nothing but the page's own style, known by its hash: style.css lies behind the token. And its form."""
    styles = re.findall(r"<style>(.*?)</style>", _PAGE, re.DOTALL)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in styles)
    return (
        f"default-src 'none'; style-src {hashes}; img-src data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


_HEADERS = {"content-security-policy": _policy()}


def wants_page(headers: Headers) -> bool:
    """Whether a person's browser asks: programs do not accept HTML by that name."""
    return "text/html" in {part.split(";")[0].strip().lower() for part in headers.get("accept", "").split(",")}


def login_page(*, refused: bool, wait: bool = False) -> HTMLResponse:
    """The form; with `refused`, it says that the token was wrong, with `wait`, that too many were."""
    if wait:
        return HTMLResponse(_WAIT_PAGE, 429, headers=_HEADERS)
    return HTMLResponse(_REFUSED_PAGE if refused else _PAGE, 401, headers=_HEADERS)
