"""Reading while somebody types, in a real browser: one draft a pause, none that says nothing new, and Enter as ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Request

    from .box import Box

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser
WINTER = "冬令时几点停止入馆？"
LONGER_THAN_THE_PAUSE_MS = 1200


def drafts_of(page: Page) -> list[dict[str, Any]]:
    """What the page sends from now on; the list grows."""
    sent: list[dict[str, Any]] = []

    def noted(request: Request) -> None:
        if request.url.endswith("/api/ask/draft"):
            sent.append(request.post_data_json or {})

    page.on("request", noted)
    return sent


def test_typing_sends_one_draft_and_enter_still_asks(desk: Box, visit: Visit) -> None:
    """While the keys go down nothing is sent, after the pause the whole text is, once; then Enter gets the answer."""
    page = visit(desk.url)
    sent = drafts_of(page)
    with page.expect_response("**/api/ask/draft") as answered:
        page.keyboard.type(WINTER, delay=30)
    assert answered.value.status == 202
    page.keyboard.type(" ")
    page.keyboard.press("Backspace")
    page.wait_for_timeout(LONGER_THAN_THE_PAUSE_MS)
    assert sent == [{"question": WINTER, "conversation": None}]
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("16:30")
    page.wait_for_timeout(LONGER_THAN_THE_PAUSE_MS)
    assert len(sent) == 1


def test_short_words_sent_questions_and_unfinished_characters_make_no_draft(desk: Box, visit: Visit) -> None:
    """Fewer than four characters, Enter within the pause, and what an input method is still choosing send nothing."""
    page = visit(desk.url)
    sent = drafts_of(page)
    box = page.get_by_label("你的问题")
    page.keyboard.type("门票？")
    page.wait_for_timeout(LONGER_THAN_THE_PAUSE_MS)
    box.fill(WINTER)
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("16:30")
    box.evaluate(
        """box => {
            box.value = "zhongwen shurufa";
            box.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
        }"""
    )
    page.wait_for_timeout(LONGER_THAN_THE_PAUSE_MS)
    assert sent == []
    talk = page.url.rsplit("/", 1)[1]
    with page.expect_request("**/api/ask/draft"):
        box.evaluate('box => { box.value = "中文输入法"; box.dispatchEvent(new CompositionEvent("compositionend")); }')
    assert sent == [{"question": "中文输入法", "conversation": talk}]


def test_nothing_is_sent_while_an_answer_arrives(slow_desk: Box, visit: Visit) -> None:
    """What is typed meanwhile is told once, when the answer has ended."""
    page = visit(slow_desk.url)
    page.get_by_label("你的问题").fill(WINTER)
    page.keyboard.press("Enter")
    expect(page.locator(".answer-arriving")).to_contain_text("慢慢地说")
    sent = drafts_of(page)
    page.keyboard.type("那么夏令时呢？", delay=20)
    page.wait_for_timeout(LONGER_THAN_THE_PAUSE_MS)
    assert sent == []
    with page.expect_request("**/api/ask/draft"):
        page.keyboard.press("Escape")
    assert [draft["question"] for draft in sent] == ["那么夏令时呢？"]
