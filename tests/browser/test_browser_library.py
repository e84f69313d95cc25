"""The library, in a real browser: empty, adding good and bad files, hostile names, filters, removing and undoing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .box import box

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page

    from .box import Box

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=alert(1)>.txt"
READ_MS = 90_000


@pytest.fixture(scope="module")
def empty_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with box(tmp_path_factory.mktemp("empty")) as served:
        yield served


def drop(page: Page, files: dict[str, str]) -> None:
    """Drop files on the middle of the page, as a hand would."""
    page.evaluate(
        """(files) => {
            const transfer = new DataTransfer();
            for (const [name, text] of Object.entries(files)) transfer.items.add(new File([text], name));
            for (const type of ["dragenter", "dragover", "drop"]) {
                const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer });
                document.querySelector("main").dispatchEvent(event);
            }
        }""",
        files,
    )


def row(page: Page, name: str) -> Locator:
    return page.locator(".source").filter(has=page.get_by_text(name, exact=True))


def test_files_dropped_into_an_empty_library_are_read_or_say_why_not(empty_desk: Box, visit: Visit) -> None:
    """Empty places say what to do first; good files become ready, bad ones tell the reason; a name is only text."""
    page = visit(empty_desk.url)
    expect(page.locator(".welcome")).to_contain_text("先把资料放进来")
    page.get_by_role("link", name="资料库").click()
    expect(page.locator(".empty-library")).to_contain_text("资料库还是空的")
    good = {f"展品{number}.txt": f"第{number}号展品是一只青铜鼎。" for number in range(8)}
    drop(page, good | {HOSTILE: "雨伞放在入口的架子上。", "空.txt": "", "坏.pdf": "这不是 PDF"})
    for name in (*good, HOSTILE):
        expect(row(page, name)).to_have_class("source ready", timeout=READ_MS)
    for name in ("空.txt", "坏.pdf"):
        expect(row(page, name).locator(".source-error").first).not_to_be_empty(timeout=READ_MS)
        expect(row(page, name).get_by_role("button", name=f"重试 {name}")).to_be_visible()
    page.get_by_role("link", name="问答").click()
    expect(page.get_by_text("可以这样问")).to_be_visible()
    page.get_by_label("你的问题").fill("雨伞放在哪里？")
    page.keyboard.press("Enter")
    page.locator("button.pill").first.click()
    expect(page.locator(".viewer-title")).to_have_text(HOSTILE)
    expect(page.locator(f'img[src="x"], [aria-label={json.dumps(HOSTILE)}] img')).to_have_count(0)


def test_the_list_is_searched_and_filtered(desk: Box, visit: Visit) -> None:
    """Name, kind and state narrow the list, and what matches nothing can be cleared."""
    page = visit(f"{desk.url}/#/library")
    expect(page.locator(".source")).to_have_count(3)
    page.get_by_label("类型").select_option("sheet")
    expect(page.locator(".source-name")).to_have_text(["票价表.xlsx"])
    page.get_by_label("按名称查找").fill("没有这个")
    page.get_by_role("button", name="清除条件").click()
    expect(page.locator(".source")).to_have_count(3)
    page.get_by_label("状态").select_option("failed")
    expect(page.get_by_text("没有符合条件的资料")).to_be_visible()


def test_a_removal_asks_once_and_can_be_undone(desk: Box, visit: Visit) -> None:
    """The source goes after one question in its row, and comes back with Undo, here and for every other visitor."""
    page, other = visit(f"{desk.url}/#/library"), visit(f"{desk.url}/#/library")
    expect(row(other, "lost.md")).to_be_visible()
    row(page, "lost.md").get_by_role("button", name="移除 lost.md").click()
    row(page, "lost.md").get_by_role("button", name="移除", exact=True).click()
    expect(row(page, "lost.md")).to_have_count(0)
    expect(row(other, "lost.md")).to_have_count(0)
    page.get_by_role("button", name="撤销").click()
    expect(row(page, "lost.md")).to_be_visible()
    expect(row(other, "lost.md")).to_be_visible()
    assert {source["name"] for source in desk.get("/api/sources")["sources"]} >= {"lost.md"}


def test_three_hundred_files_at_once_stay_fluent(empty_desk: Box, visit: Visit) -> None:
    """While hundreds of files go up, the page shows only some of them, three on their way, and still takes clicks."""
    page = visit(f"{empty_desk.url}/#/library")
    drop(page, {f"票根{number:03}.bin": "\x00\x01" for number in range(300)})
    expect(page.locator(".adding-more")).to_be_visible()
    rows, sending = page.evaluate(
        "[document.querySelectorAll('.adding .source').length, document.querySelectorAll('.adding progress').length]"
    )
    assert rows <= 120
    assert 1 <= sending <= 3
    page.get_by_role("link", name="状态").click()
    expect(page.locator(".card-models")).to_be_visible()
    expect(page.locator(".badge")).to_be_visible()


def test_status_tells_the_models_and_measures_this_box(desk: Box, visit: Visit) -> None:
    """The button measures, and its figures stay on the page."""
    page = visit(f"{desk.url}/#/status", locale="en-GB")
    expect(page.locator(".card-models")).to_contain_text("Ready")
    page.get_by_role("button", name="Check this box").click()
    expect(page.locator(".check-outcome")).to_have_text("Measured.", timeout=60_000)
    expect(page.locator(".card-speeds")).to_contain_text("search, ms")
