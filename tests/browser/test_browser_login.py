"""The token, in a real browser: asked for, refused, taken, and then not asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .box import box

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser
TOKEN = "开门 & a+b"


def test_a_browser_is_let_in_by_the_token_and_led_to_the_place_it_wanted(tmp_path: Path, visit: Visit) -> None:
    """A wrong token is said to be wrong; the right one opens the place of the address, and a reload asks no more."""
    with box(tmp_path, token=TOKEN) as served:
        page = visit(f"{served.url}/#/status")
        field = page.get_by_label("令牌")
        expect(field).to_be_focused()
        expect(page.get_by_role("button")).to_have_css("border-radius", "10px")  # its style is let through
        expect(page.get_by_role("alert")).to_be_hidden()
        page.keyboard.type("falsch")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("令牌不对")
        field.fill(TOKEN)
        page.get_by_role("button").click()
        expect(page.locator(".card-models")).to_be_visible()
        assert page.url == f"{served.url}/#/status"
        page.reload()
        expect(page.locator(".card-models")).to_be_visible()
