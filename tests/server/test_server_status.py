"""The status, the check of this box, and the files of the page."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from jianwen import __version__
from jianwen.server.shapes import SpeedsShape, StatusShape
from jianwen.server.static import FOLDER, MEDIA_TYPES, add_page
from server.serving import QUESTION, SlowAssistant, events_in, live

if TYPE_CHECKING:
    from pathlib import Path


def test_the_status_has_the_shape_of_the_contract(client: TestClient) -> None:
    """Nothing is missing and nothing is added."""
    status = client.get("/api/status").json()
    StatusShape.model_validate(status)
    assert (status["version"], status["sources"]) == (__version__, 0)
    assert status["queue"] == {"running": 0, "waiting": 0}


def test_the_check_measures_and_the_status_remembers(slow: SlowAssistant) -> None:
    """After a check the speeds are numbers, and the status shows the same ones."""
    slow.delay_s = 0.0
    with live(slow) as url, httpx.Client(base_url=url, timeout=60) as client:
        speeds = client.post("/api/status/check").json()
        SpeedsShape.model_validate(speeds)
        assert speeds["search_ms"] > 0
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(client.get, "/api/status").result().json()["queue"]["running"] == 0


def test_the_check_waits_for_the_answer_that_is_being_written(slow: SlowAssistant) -> None:
    """Measuring takes its turn, so that neither spoils the other."""
    with (
        live(slow) as url,
        httpx.Client(base_url=url, timeout=60) as client,
        client.stream("POST", "/api/ask", json={"question": QUESTION}) as answer,
        ThreadPoolExecutor(1) as pool,
    ):
        events = events_in(answer.iter_lines())
        assert next(events)[0] == "conversation"
        check = pool.submit(client.post, "/api/status/check")
        assert [name for name, _ in events][-1] == "answer"
        assert check.result().status_code == 200


def test_the_page_is_served_at_the_root_only(client: TestClient) -> None:
    """`/` is the page, its own name is not, and every file of the page that may be served is."""
    index = client.get("/")
    assert index.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" in index.text
    assert client.get("/index.html").status_code == 404
    assert client.head("/").status_code == 200
    scripts = [path for path in FOLDER.iterdir() if path.suffix in {".js", ".css", ".svg"}]
    assert scripts
    for path in scripts:
        answer = client.get(f"/{path.name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA_TYPES[path.suffix])


@pytest.fixture
def page(tmp_path: Path) -> TestClient:
    """A page in a folder with things that must not be served."""
    folder = tmp_path / "page"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    (tmp_path / "secret.js").write_text("secret")
    for name in ("index.html", "a.js", "sub/b.css", "notes.txt", "app.py", ".hidden.js", ".git/x.js"):
        (folder / name).write_text("content")
    (folder / "link.js").symlink_to(tmp_path / "secret.js")
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    add_page(app, folder=folder)
    return TestClient(app)


@pytest.mark.parametrize("path", ["/", "/a.js", "/sub/b.css"])
def test_files_of_the_page_are_served(page: TestClient, path: str) -> None:
    """Known suffixes, in sub-folders too."""
    assert page.get(path).text == "content"


@pytest.mark.parametrize(
    "path",
    [
        "/notes.txt",
        "/app.py",
        "/.hidden.js",
        "/.git/x.js",
        "/link.js",
        "/../secret.js",
        "/..%2fsecret.js",
        "/sub/../../secret.js",
        "/sub%5c..%5c..%5csecret.js",
        "/a.js/",
        "/a.js%00",
        "/sub",
        "/index.html",
    ],
)
def test_nothing_else_of_the_disk_is_served(page: TestClient, path: str) -> None:
    """Other suffixes, hidden files, links and paths that climb out do not exist."""
    assert page.get(path).status_code == 404
