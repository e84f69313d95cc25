"""What goes wrong, in a real browser: stopping, leaving, waiting, and a server that goes away."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .box import box

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from .box import Box

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser
WINTER = "冬令时几点停止入馆？"


def begin(page: Page, question: str) -> None:
    page.get_by_label("你的问题").fill(question)
    page.keyboard.press("Enter")


def test_escape_stops_an_answer_and_keeps_what_was_written(slow_desk: Box, visit: Visit) -> None:
    """The words so far stay, are marked as stopped, here and at the server, and the box takes the next question."""
    page = visit(slow_desk.url)
    begin(page, WINTER)
    expect(page.locator(".answer-arriving")).to_contain_text("慢慢地说")
    page.keyboard.press("Escape")
    expect(page.locator(".kept")).to_contain_text("已停止")
    expect(page.locator(".answer")).to_contain_text("慢慢地说")
    expect(page.get_by_role("button", name="发送", exact=True)).to_be_visible()
    page.reload()
    expect(page.locator(".kept")).to_contain_text("已停止")
    expect(page.locator(".answer")).to_contain_text("慢慢地说")


def test_a_reload_in_mid_answer_shows_what_was_kept_and_says_so(slow_desk: Box, visit: Visit) -> None:
    """The talk is there again with the part that was written, marked as not whole, and can be asked again."""
    page = visit(slow_desk.url)
    begin(page, WINTER)
    expect(page.locator(".answer-arriving")).to_contain_text("16:30")
    page.get_by_label("你的问题").fill("一个写了一半的")
    page.reload()
    expect(page.locator(".question")).to_have_text(WINTER)
    expect(page.locator(".kept")).to_contain_text("已停止")
    expect(page.locator(".answer")).to_contain_text("慢慢地说")
    expect(page.get_by_label("你的问题")).to_have_value("一个写了一半的")
    expect(page.get_by_role("button", name="再问一次")).to_be_visible()


def test_an_answer_goes_on_while_another_place_is_looked_at(slow_desk: Box, visit: Visit) -> None:
    """Going to the library and back loses no word of an answer that is arriving."""
    page = visit(slow_desk.url)
    begin(page, WINTER)
    expect(page.locator(".answer-arriving")).to_contain_text("慢慢地说")
    page.get_by_role("link", name="资料库").click()
    expect(page.get_by_role("heading", name="资料库", level=1)).to_be_visible()
    page.get_by_role("link", name="问答").click()
    expect(page.locator(".answer-arriving")).to_contain_text("慢慢地说")
    page.get_by_role("button", name="停止", exact=True).click()
    expect(page.locator(".kept")).to_be_visible()


def test_who_waits_is_told_the_place_in_line(slow_desk: Box, visit: Visit) -> None:
    """While another is served, the page says so in words instead of turning a wheel."""
    first, second = visit(slow_desk.url), visit(slow_desk.url)
    begin(first, WINTER)
    expect(first.locator(".answer-arriving")).to_be_visible()
    begin(second, WINTER)
    expect(second.locator(".stage")).to_contain_text("排在第 2 位")
    first.keyboard.press("Escape")
    expect(second.locator(".answer-arriving")).to_be_visible()
    second.keyboard.press("Escape")
    expect(second.locator(".kept")).to_be_visible()


def test_a_lost_connection_is_said_quietly_and_mends_itself(tmp_path: Path, visit: Visit) -> None:
    """The bar comes when the server goes, a question then fails with a remedy, and the bar goes when it is back."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with box(tmp_path, port=port) as served:
        page = visit(served.url)
        expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".link-bar")).to_be_visible()
    begin(page, WINTER)
    expect(page.locator(".kept-failed")).to_contain_text("连不上见闻")
    with box(tmp_path, port=port):
        expect(page.locator(".link-bar")).to_be_hidden()
