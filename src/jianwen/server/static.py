"""The files of the page: a fixed list made at start, so no path from outside ever reaches the disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

__all__ = ["add_page"]

FOLDER = Path(__file__).parent / "page"
# Only these suffixes are served, so that a stray file in the folder stays inside.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


def add_page(app: FastAPI, *, folder: Path = FOLDER) -> None:
    """Serve `index.html` at `/`, and the other files under their own names. To be called after all other routes."""
    files = _servable(folder)

    async def serve(request: Request) -> FileResponse:
        path = files.get(request.url.path)
        if path is None or not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, media_type=MEDIA_TYPES[path.suffix])

    app.add_route("/{path:path}", serve, methods=["GET"], include_in_schema=False)


def _servable(folder: Path) -> dict[str, Path]:
    """URL path to file."""
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix in MEDIA_TYPES and not path.is_symlink()]
    names = {path: "/" + path.relative_to(folder).as_posix() for path in paths}
    return {"/" if name == "/index.html" else name: path for path, name in names.items() if "/." not in name}
