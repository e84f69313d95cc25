"""Counting, in a real browser: dropping pictures, what was seen, doubts, errors, hostile names, keys and a phone."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from counter_file import NEVER_SURE, box_picture, make_counter

from .box import box

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page

    from .box import Box

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=alert(1)>.png"


@pytest.fixture(scope="module")
def counting_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    home = tmp_path_factory.mktemp("counting")
    with box(home, counter_model=str(make_counter(home / "counter.onnx"))) as served:
        yield served


@pytest.fixture(scope="module")
def doubting_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    home = tmp_path_factory.mktemp("doubting")
    with box(home, counter_model=str(make_counter(home / "counter.onnx", bound=NEVER_SURE))) as served:
        yield served


def drop(page: Page, files: dict[str, bytes]) -> None:
    """Drop files on the middle of the page, as a hand would."""
    page.evaluate(
        """(files) => {
            const transfer = new DataTransfer();
            for (const [name, text] of Object.entries(files)) {
                const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
                transfer.items.add(new File([bytes], name));
            }
            for (const type of ["dragenter", "dragover", "drop"]) {
                const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer });
                document.querySelector("main").dispatchEvent(event);
            }
        }""",
        {name: base64.b64encode(content).decode() for name, content in files.items()},
    )


def card(page: Page, name: str) -> Locator:
    return page.locator(".count-card").filter(has=page.get_by_text(name, exact=True))


def test_dropped_pictures_are_counted_and_not_added_to_the_library(counting_desk: Box, visit: Visit) -> None:
    """The empty place says what to do; each picture shows the server's number; no source appears; a name is text."""
    page = visit(counting_desk.url)
    page.get_by_role("link", name="工具").click()
    expect(page.locator(".empty-count")).to_contain_text("先放一张锁球盒的照片")
    expect(page.locator(".count-limit")).to_contain_text("jianwen eval counter --data counts.csv")
    drop(page, {"一号.png": box_picture(1), HOSTILE: box_picture(2)})
    for name, seed in (("一号.png", 1), (HOSTILE, 2)):
        answer = httpx.post(
            f"{counting_desk.url}/api/count", files={"files": ("a.png", box_picture(seed))}, trust_env=False
        )
        number = answer.json()["images"][0]["count"]
        expect(card(page, name).locator(".count-number strong")).to_have_text(str(number))
        expect(card(page, name).locator(".count-confidence")).to_contain_text("%")
    expect(page.locator(".count-summary")).to_have_text("已数 2 张")
    expect(page.locator('img[src="x"]')).to_have_count(0)
    assert counting_desk.get("/api/sources")["total"] == 0


def test_what_was_seen_lies_over_the_picture_and_can_be_switched_off(counting_desk: Box, visit: Visit) -> None:
    """The veil covers the picture to the pixel; its button says whether it is on, and works by keyboard."""
    page = visit(f"{counting_desk.url}/#/tools", locale="en-GB")
    drop(page, {"box.png": box_picture(width=320, height=200)})
    veil, image = page.locator("canvas.count-veil"), page.locator(".count-image")
    expect(veil).to_be_visible()
    over, under = veil.bounding_box(), image.bounding_box()
    assert over
    assert under
    assert over == pytest.approx(under, abs=1)
    button = page.get_by_role("button", name="Show what was seen")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.focus()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(veil).to_be_hidden()


def test_a_doubt_looks_different_and_gives_no_number(doubting_desk: Box, visit: Visit) -> None:
    """“Cannot tell” in the place of the number, the likeliest number as a guess, and how to take a better picture."""
    page = visit(f"{doubting_desk.url}/#/tools", locale="en-GB")
    drop(page, {"dark.png": box_picture()})
    expect(card(page, "dark.png")).to_have_class("count-card count-doubt")
    expect(card(page, "dark.png")).to_contain_text("Cannot tell")
    expect(card(page, "dark.png")).to_contain_text(re.compile(r"Perhaps \d+, but only [\d.]+% sure"))
    expect(card(page, "dark.png").locator(".count-number")).to_have_count(0)
    expect(page.locator(".count-summary")).to_have_text("0 counted · 1 not clear enough")
    page.get_by_role("button", name="切换到中文").click()
    expect(card(page, "dark.png")).to_contain_text("看不清")


def test_bad_pictures_say_what_to_do_and_the_others_are_counted(counting_desk: Box, visit: Visit) -> None:
    """A text is no picture: its card tells so and can be tried again; the picture beside it has its number."""
    page = visit(f"{counting_desk.url}/#/tools")
    drop(page, {"信.png": "一封信".encode(), "空.png": b"", "好.png": box_picture()})
    expect(card(page, "好.png").locator(".count-number")).to_be_visible()
    expect(card(page, "信.png")).to_contain_text("PNG、JPEG 或 WebP")
    expect(card(page, "空.png").locator(".source-error")).not_to_be_empty()
    card(page, "信.png").get_by_role("button", name="重试 信.png").click()
    expect(card(page, "信.png")).to_contain_text("PNG、JPEG 或 WebP")


@pytest.mark.parametrize("body", ["{}", "null", '{"images": []}', "<p>a proxy's page</p>"])
def test_an_answer_that_is_none_is_an_error_and_can_be_tried_again(counting_desk: Box, visit: Visit, body: str) -> None:
    """What lies between page and server may say 200 without a count: the card tells, and does not go on counting."""
    page = visit(f"{counting_desk.url}/#/tools")
    page.route("**/api/count", lambda route: route.fulfill(status=200, body=body))
    drop(page, {"box.png": box_picture()})
    expect(card(page, "box.png").locator(".source-error")).to_contain_text("请确认本机的见闻仍在运行")
    page.unroute("**/api/count")
    card(page, "box.png").get_by_role("button", name="重试 box.png").click()
    expect(card(page, "box.png").locator(".count-number")).to_be_visible()


def test_pictures_stay_while_the_page_is_open_and_go_one_by_one(counting_desk: Box, visit: Visit) -> None:
    """After another place they are still there; one taken away hands the focus to the next, the last to the button."""
    page = visit(f"{counting_desk.url}/#/tools")
    drop(page, {f"{number}.png": box_picture(number) for number in range(3)})
    expect(page.locator(".count-number")).to_have_count(3)
    page.get_by_role("link", name="状态").click()
    page.get_by_role("link", name="工具").click()
    expect(page.locator(".count-number")).to_have_count(3)
    page.get_by_role("button", name="不再显示 0.png").focus()
    for left in (2, 1, 0):
        page.keyboard.press("Enter")
        expect(page.locator(".count-card")).to_have_count(left)
    expect(page.locator(".empty-count")).to_be_visible()
    expect(page.get_by_role("button", name="选择照片")).to_be_focused()
    page.get_by_role("link", name="资料库").click()
    expect(page.locator("h1")).to_have_text("资料库")
    drop(page, {"票价.txt": "成人票60元".encode()})
    expect(page.locator(".source-name")).to_have_text(["票价.txt"])


def test_on_a_phone_nothing_is_cut_off(counting_desk: Box, visit: Visit) -> None:
    """At 390 pixels the cards are as wide as the screen, nothing scrolls sideways, and the rail has all four places."""
    page = visit(f"{counting_desk.url}/#/tools", width=390, height=844, has_touch=True)
    drop(page, {"x" * 80 + ".png": box_picture(width=900, height=300)})
    expect(page.locator(".count-number")).to_be_visible()
    wide = page.evaluate("[document.querySelector('.place').scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1]
    expect(page.locator(".rail-link")).to_have_count(4)
