"""One browser and two servers for all tests here: an instant one with documents, and a slow one."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from .box import LOST, RULES_HTML, box, price_table
from .slow import slow_language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from .box import Box

PATIENCE_MS = 30_000  # a busy machine may be slow; a wrong page stays wrong
expect.set_options(timeout=PATIENCE_MS)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A headless Chromium of this box; without one these tests are skipped."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        pytest.skip("no Chromium on the PATH")
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        except Error as error:
            pytest.skip(f"Chromium does not start: {error.message.splitlines()[0]}")
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def rules_pdf(browser: Browser) -> bytes:
    """The opening hours, printed by the browser itself."""
    page = browser.new_page()
    page.set_content(RULES_HTML)
    printed = page.pdf(format="A4")
    page.close()
    return printed


@pytest.fixture(scope="package")
def desk(rules_pdf: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A server that answers at once, with a PDF, a table and a text."""
    with box(tmp_path_factory.mktemp("desk")) as served:
        served.add(
            pdf=("开放时间.pdf", rules_pdf), table=("票价表.xlsx", price_table()), text=("lost.md", LOST.encode())
        )
        yield served


@pytest.fixture(scope="package")
def slow_desk(rules_pdf: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A server whose model needs half a minute for an answer."""
    with (
        slow_language() as url,
        box(
            tmp_path_factory.mktemp("slow"), language="openai", language_url=url, language_model="slow", visitors="1"
        ) as served,
    ):
        served.add(pdf=("开放时间.pdf", rules_pdf))
        yield served


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page as a new visitor. At the end, no script of the page may have failed or been blocked."""
    faults: list[str] = []
    contexts = []

    def opened(url: str, *, locale: str = "zh-CN", width: int = 1280, height: int = 800, **more: Any) -> Page:
        context = browser.new_context(locale=locale, viewport={"width": width, "height": height}, **more)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.extend(text for text in [said.text] if "Content Security" in text))
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
