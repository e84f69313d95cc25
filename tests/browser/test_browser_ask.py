"""Asking, in a real browser: answers, citations, the viewer, refusals, languages, keys and a phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from .box import Box

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser
WINTER = "冬令时几点停止入馆？"
PEDAL_BOAT = "脚踏船的价格是多少？"
LOST_CHILD = "Where is a lost child taken?"


def ask(page: Page, question: str) -> None:
    page.get_by_role("textbox", name=re.compile("你的问题|Your question")).fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".exchange").last).to_have_attribute("aria-busy", "false")


def test_an_answer_cites_a_page_and_the_page_opens_beside_it_with_the_passage_marked(desk: Box, visit: Visit) -> None:
    """Pressing a citation shows the picture of the page, and the marked box lies within it."""
    page = visit(desk.url)
    ask(page, WINTER)
    expect(page.locator(".answer")).to_contain_text("16:30")
    pill = page.locator("button.pill").first
    pill.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("开放时间.pdf")
    pill.click()
    viewer = page.locator("aside.viewer")
    expect(viewer.get_by_role("heading", name="开放时间.pdf")).to_be_visible()
    expect(page.get_by_role("tooltip")).to_have_count(0)
    picture, box = viewer.locator("img").bounding_box(), viewer.locator(".picture-box").first.bounding_box()
    assert picture
    assert box
    assert picture["x"] <= box["x"]
    assert box["x"] + box["width"] <= picture["x"] + picture["width"] + 1
    assert viewer.locator("img").evaluate("img => img.complete && img.naturalWidth > 200")


def test_a_cited_table_row_is_marked_and_in_sight(desk: Box, visit: Visit) -> None:
    """Of a long sheet the viewer shows the very row that was cited."""
    page = visit(desk.url)
    ask(page, PEDAL_BOAT)
    page.locator("button.pill").first.click()
    row = page.locator("tr.marked")
    expect(row).to_contain_text("脚踏船")
    expect(row).to_be_in_viewport()


def test_a_cited_text_is_shown_among_its_neighbours_in_english(desk: Box, visit: Visit) -> None:
    """A passage of a text is marked in place, and an English visitor reads English words around it."""
    page = visit(desk.url, locale="en-GB")
    ask(page, LOST_CHILD)
    page.get_by_role("button", name=re.compile("^Citation 1: lost.md")).first.click()
    expect(page.locator("aside.viewer mark")).to_contain_text("service desk beside the north gate")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator("aside.viewer")).to_be_hidden()


def test_a_refusal_looks_different_and_offers_the_nearest_passages(desk: Box, visit: Visit) -> None:
    """What the documents do not say is marked as such, and a nearest passage opens the viewer."""
    page = visit(desk.url, locale="en-GB")
    ask(page, "Which zebra painted the moon?")
    expect(page.locator(".answer-refused")).to_contain_text("Not found in the documents")
    page.locator(".nearest .passage").first.click()
    expect(page.locator("aside.viewer")).to_be_visible()


def test_why_opens_the_times_the_tokens_and_the_passages_found(desk: Box, visit: Visit) -> None:
    """The line under an answer opens its details."""
    page = visit(desk.url, locale="en-GB")
    ask(page, LOST_CHILD)
    page.get_by_text("why?").click()
    expect(page.locator(".why-figures")).to_contain_text("First word")
    expect(page.locator(".why .passage").first).to_be_visible()


def test_the_passages_found_are_there_again_after_a_reload(desk: Box, visit: Visit) -> None:
    """Opening a talk again shows, under “why?”, the same passages with the same scores."""
    page = visit(desk.url, locale="en-GB")
    ask(page, LOST_CHILD)
    summary, found = page.locator(".why summary"), page.locator(".why .passage-list")
    shown = (summary.inner_text(), found.text_content())
    assert "passages" in shown[0]
    page.reload()
    expect(summary).to_be_visible()
    assert (summary.inner_text(), found.text_content()) == shown


def test_an_answer_is_copied_with_its_sources(desk: Box, visit: Visit) -> None:
    """The clipboard gets the words, then every citation with its place and quote."""
    page = visit(desk.url, permissions=["clipboard-read", "clipboard-write"])
    ask(page, WINTER)
    page.get_by_role("button", name="复制回答和出处").click()
    expect(page.get_by_text("已复制")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "16:30" in copied
    assert "[1] 开放时间.pdf, 第 1 页: “" in copied


def test_everything_goes_without_a_mouse(desk: Box, visit: Visit) -> None:
    """Ask, walk the citations, open and leave the viewer, come back to the box, edit the last question."""
    page = visit(desk.url)
    page.keyboard.type(f"{WINTER}第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    expect(page.get_by_label("你的问题")).to_have_value(f"{WINTER}第一行\n第二行")
    page.get_by_label("你的问题").fill("")
    for question in (WINTER, PEDAL_BOAT):
        page.keyboard.type(question)
        page.keyboard.press("Enter")
        expect(page.locator(".exchange").last).to_have_attribute("aria-busy", "false")
        expect(page.locator(".exchange").last.locator("button.pill").first).to_be_visible()
    pills = page.locator("button.pill")
    pills.first.focus()
    page.keyboard.press("ArrowRight")
    expect(pills.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("aside.viewer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("aside.viewer")).to_be_hidden()
    expect(pills.nth(1)).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("你的问题")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("你的问题")).to_have_value(PEDAL_BOAT)


def test_the_skip_link_leads_past_the_rail(desk: Box, visit: Visit) -> None:
    """The first tab stop of a page is the way to its content."""
    page = visit(f"{desk.url}/#/library")
    page.keyboard.press("Tab")
    expect(page.get_by_text("跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_language_follows_the_browser_then_the_switch_and_is_kept(desk: Box, visit: Visit) -> None:
    """Words and `<html lang>` change together, and a reload keeps the choice."""
    page = visit(desk.url)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    ask(page, WINTER)
    page.get_by_role("button", name="Switch to English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("link", name="Library")).to_be_visible()
    expect(page.locator(".answer")).to_contain_text("16:30")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_phone_gets_a_bar_below_and_a_sheet_for_the_source(desk: Box, visit: Visit) -> None:
    """At 390 pixels nothing is wider than the screen, and the viewer comes from below."""
    page = visit(desk.url, width=390, height=844, has_touch=True)
    ask(page, WINTER)
    page.locator("button.pill").first.tap()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_be_visible()
    expect(sheet.locator(".picture-box").first).to_be_visible()
    area = sheet.bounding_box()
    assert area
    assert (area["x"], area["width"]) == (0, 390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    sheet.get_by_role("button", name="关闭").tap()
    expect(sheet).to_be_hidden()
    rail = page.get_by_role("navigation", name="位置").bounding_box()
    assert rail
    assert rail["y"] > 700


def test_a_link_to_an_answer_leads_to_it(desk: Box, visit: Visit) -> None:
    """`#/ask/talk/message` shows that talk with that answer marked, for whoever opens it."""
    page = visit(desk.url)
    ask(page, WINTER)
    ask(page, PEDAL_BOAT)
    talk = page.evaluate("location.hash")
    message = page.locator(".exchange").first.get_attribute("id")
    assert message
    other = visit(f"{desk.url}/{talk}/{message.removeprefix('m-')}")
    expect(other.locator(".exchange.linked .question")).to_have_text(WINTER)
    expect(other.locator(".exchange.linked")).to_be_in_viewport()


def test_a_talk_is_deleted_after_one_question_in_its_place(desk: Box, visit: Visit) -> None:
    """Deleting asks once; keeping it keeps it, deleting leads to a new talk."""
    page = visit(desk.url)
    ask(page, WINTER)
    here = page.locator(".talk-row.here")
    here.hover()
    here.get_by_role("button", name=re.compile("^删除对话")).click()
    here.get_by_role("button", name="保留").click()
    expect(page.locator(".answer")).to_be_visible()
    here.get_by_role("button", name=re.compile("^删除对话")).click()
    here.get_by_role("button", name="删除", exact=True).click()
    expect(page.locator(".talk-row.here")).to_have_count(0)
    expect(page.locator(".exchange")).to_have_count(0)
