"""The application: routes, layers around them, and its OpenAPI description."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from jianwen import __version__
from jianwen.server import ask, conversations, counting, openai, problems, sources, status, tracking, views
from jianwen.server.body import BodyLimit
from jianwen.server.desk import Desk
from jianwen.server.faults import Faults
from jianwen.server.guard import COOKIE, Guard
from jianwen.server.shapes import ErrorShape
from jianwen.server.static import add_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jianwen.assistant import Assistant

__all__ = ["create_app"]

_ROUTERS = (
    ask.router,
    conversations.router,
    sources.router,
    views.router,
    counting.router,
    tracking.router,
    status.router,
    openai.router,
)
_DESCRIPTION = "Asks, sources and status of one library, counts of balls, and tracks in videos. See docs/http.md."
_ERROR = {"model": ErrorShape, "description": "What is wrong and what to do. Under /v1 in OpenAI's shape."}
_ERROR_CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorShape"}}}


def create_app(assistant: Assistant) -> FastAPI:
    """The whole server around one assistant, which the caller opens and closes."""
    desk = Desk(assistant)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        desk.tidy()
        yield
        desk.drafts.close()
        desk.streams.close()
        desk.tracking.close_all()

    app = FastAPI(
        title="Jianwen",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,  # they load scripts from other hosts
        redoc_url=None,
        lifespan=lifespan,
        responses={"default": _ERROR},
    )
    app.state.desk = desk
    for router in _ROUTERS:
        app.include_router(router)
    problems.install(app)
    # The last one added is the outermost.
    app.add_middleware(Faults)
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, token=assistant.settings.token)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign] # the documented way to extend it
    add_page(app)
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """What the framework finds out by itself, and that a token may be asked for."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schema.setdefault("components", {})["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        }
        schema["security"] = [{}, {"bearer": []}, {"cookie": []}]
        for operation in (operation for path in schema["paths"].values() for operation in path.values()):
            # Errors are JSON also where a success is a stream or a picture.
            operation["responses"]["default"]["content"] = _ERROR_CONTENT
        app.openapi_schema = schema
    return app.openapi_schema
