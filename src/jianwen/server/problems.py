"""Errors on their way out: which status each class has, and the JSON that tells of it.

Two shapes: ours, and OpenAI's under `/v1/`. Unexpected exceptions become 500 in `faults.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from jianwen.errors import (
    BadRequest,
    DocumentError,
    InternalError,
    JianwenError,
    LibraryError,
    ModelUnavailable,
    NotFound,
    NoToken,
    PromptTooLong,
    RequestTooLarge,
    TooLarge,
    TooManyAttempts,
    TooManyWaiting,
    WeightsError,
    WrongHost,
    WrongOrigin,
)

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

__all__ = ["STATUS", "error_to_json", "install", "openai_error", "problem", "status_of"]

# The nearest class in an error's line of descent counts.
STATUS: dict[type[JianwenError], int] = {
    BadRequest: 400,
    DocumentError: 400,
    PromptTooLong: 400,
    NoToken: 401,
    WrongHost: 403,
    WrongOrigin: 403,
    NotFound: 404,
    RequestTooLarge: 413,
    TooLarge: 413,
    TooManyAttempts: 429,
    TooManyWaiting: 429,
    LibraryError: 503,
    ModelUnavailable: 503,
    WeightsError: 503,
    InternalError: 500,
    JianwenError: 500,
}
_OPENAI_TYPES = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error"}
_OPENAI_TYPES |= {404: "not_found_error", 413: "invalid_request_error", 429: "rate_limit_error"}


def status_of(error: JianwenError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def error_to_json(error: JianwenError) -> dict[str, Any]:
    """What stands under `error` in our shape, and in the stream's event `error`."""
    return {"type": type(error).__name__, "message": error.text("en"), "message_zh": error.text("zh")}


def openai_error(error: JianwenError) -> dict[str, Any]:
    """The same in OpenAI's shape."""
    kind = _OPENAI_TYPES.get(status_of(error), "server_error")
    texts = {"message": error.text("en"), "message_zh": error.text("zh")}
    return {"error": texts | {"type": kind, "param": None, "code": type(error).__name__}}


def problem(error: JianwenError, *, path: str, status: int | None = None) -> JSONResponse:
    """The answer to a request at `path` that failed with `error`."""
    content = openai_error(error) if path.startswith("/v1/") else {"error": error_to_json(error)}
    return JSONResponse(content, status or status_of(error))


def install(app: FastAPI) -> None:
    """Let every error that a route raises leave in one of the two shapes."""
    app.add_exception_handler(JianwenError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, JianwenError)
    return problem(error, path=request.url.path)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    """Say which field is wrong and why; never what it held."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"])
    detail, detail_zh = f"{where}: {first['msg']}.", f"请求中的 {where} 不正确：{first['msg']}。"
    return problem(BadRequest(detail=detail, detail_zh=detail_zh), path=request.url.path)


def _http(request: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses: no such route, wrong method, a body over the limit."""
    assert isinstance(error, HTTPException)
    path = request.url.path
    if error.status_code == 404:
        return problem(NotFound(what="page", id=path[:200]), path=path)
    if error.status_code == 413:
        return problem(RequestTooLarge(detail="a JSON body may have 1 MB", detail_zh="JSON 请求体最多 1 MB"), path=path)
    detail_zh = f"请求无法处理（{error.detail}）。"
    response = problem(BadRequest(detail=f"{error.detail}.", detail_zh=detail_zh), path=path, status=error.status_code)
    response.headers.update(error.headers or {})
    return response
