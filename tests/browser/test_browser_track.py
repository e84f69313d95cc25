"""Following in a video, in a real browser: pointing, playing, correcting, keys, errors, a phone, and a closed page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from tracker_file import make_clip, make_tracker

from .box import box
from .test_browser_tools import drop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from .box import Box

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser
FRAMES = 30
HOSTILE = "<img src=x onerror=alert(1)>.mp4"


@pytest.fixture(scope="module")
def tracking_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    home = tmp_path_factory.mktemp("tracking")
    with box(home, tracker_model=str(make_tracker(home / "model"))) as served:
        yield served


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", FRAMES).read_bytes()


def open_videos(served: Box) -> int:
    return int(served.get("/api/tracking")["open"])


def all_closed(page: Page, served: Box) -> None:
    """The server has heard of it, a moment later."""
    for _ in range(100):
        if open_videos(served) == 0:
            return
        page.wait_for_timeout(100)
    raise AssertionError("a video stayed open")


def opened(page: Page, clip: bytes, name: str = "clip.mp4") -> None:
    """Drop a video on the tool and wait until its first frame is shown."""
    expect(page.locator(".track-tool")).to_be_visible()
    drop(page, {name: clip})
    shows(page, 0)


def shows(page: Page, frame: int) -> None:
    expect(page.locator(f'.track-canvas[data-frame="{frame}"]')).to_be_visible()


def point(page: Page, x: float, y: float, **more: object) -> None:
    """Click at a place of the frame, as fractions of it."""
    seen = page.locator(".track-canvas").bounding_box()
    assert seen
    place = {"x": x * seen["width"], "y": y * seen["height"]}
    page.locator(".track-canvas").click(position=place, **more)  # type: ignore[arg-type] # modifiers


def test_a_video_is_followed_and_corrected(tracking_desk: Box, visit: Visit, clip: bytes) -> None:
    """Drop, click, name, box, play to the end, go back, correct, remove; the name of a file is only text."""
    page = visit(f"{tracking_desk.url}/#/tools/track", locale="en-GB")
    expect(page.locator(".track-tool .empty")).to_contain_text("Drop a video here first")
    opened(page, clip, HOSTILE)
    expect(page.locator(".track-file")).to_have_text(HOSTILE)
    expect(page.locator('img[src="x"]')).to_have_count(0)
    point(page, 0.2, 0.5, modifiers=["Shift"])
    expect(page.locator(".toast")).to_contain_text("Click the object itself first")
    point(page, 0.2, 0.5)
    state = page.locator(".track-object .track-state")
    expect(state).to_have_text(re.compile(r"\d+%"))
    page.get_by_label("Name of 1").fill("white <b>")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Another one").click()
    seen = page.locator(".track-canvas").bounding_box()
    assert seen
    page.mouse.move(seen["x"] + 0.4 * seen["width"], seen["y"] + 0.3 * seen["height"])
    page.mouse.down()
    page.mouse.move(seen["x"] + 0.6 * seen["width"], seen["y"] + 0.7 * seen["height"], steps=4)
    page.mouse.up()
    expect(state).to_have_text([re.compile(r"\d+%")] * 2)
    page.get_by_role("button", name="Play and follow").click()
    expect(page.locator(".track-clock")).to_have_text(f"Frame {FRAMES} of {FRAMES} · 0:00.97")
    expect(page.get_by_role("button", name="Play and follow")).to_be_visible()
    shows(page, FRAMES - 1)
    expect(state).to_have_text([re.compile(r"\d+%|found again")] * 2)
    page.get_by_role("slider", name="Place in the video").fill("10")
    shows(page, 10)
    page.get_by_role("button", name="Choose white <b>").click()
    point(page, 0.3, 0.4, modifiers=["Shift"])
    expect(page.get_by_role("button", name="Take back the last point on white <b> in this frame")).to_be_enabled()
    page.get_by_role("button", name="Remove white <b>").click()
    expect(page.locator(".track-object")).to_have_count(1)
    page.get_by_role("button", name="Close the video").click()
    expect(page.locator(".track-tool .empty")).to_be_visible()
    all_closed(page, tracking_desk)


def test_everything_works_by_keyboard(tracking_desk: Box, visit: Visit, clip: bytes) -> None:
    """Steps, points, play and pause, and letting go, without a mouse."""
    page = visit(f"{tracking_desk.url}/#/tools/track", locale="en-GB")
    opened(page, clip)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    shows(page, 11)
    page.keyboard.press("ArrowLeft")
    shows(page, 10)
    page.locator(".track-canvas").focus()
    for key in ("Enter", "ArrowLeft", "Shift+ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".track-state")).to_have_text(re.compile(r"\d+%"))
    page.keyboard.press("Escape")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".track-clock")).not_to_contain_text("Frame 11 ")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play and follow")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Another one")).to_have_attribute("aria-pressed", "true")


def test_a_reader_is_told_what_is_wrong(tracking_desk: Box, visit: Visit, clip: bytes) -> None:
    """No video: why, and another one can be chosen. Closed by the server: it is opened again with what was said."""
    page = visit(f"{tracking_desk.url}/#/tools/track")
    expect(page.locator(".track-tool")).to_be_visible()
    drop(page, {"信.mp4": "一封信".encode()})
    expect(page.locator(".track-tool [role=alert]")).to_contain_text("信.mp4 不是视频")
    opened(page, clip)
    point(page, 0.2, 0.5)
    expect(page.locator(".track-state")).to_have_text(re.compile(r"\d+%"))
    video = page.evaluate("import('/tracking.js').then(({ tracking }) => tracking.video.id)")
    httpx.delete(f"{tracking_desk.url}/api/tracking/{video}", trust_env=False).raise_for_status()
    page.keyboard.press("Space")
    expect(page.locator(".track-tool [role=alert]")).to_contain_text("视频已关闭")
    page.get_by_role("button", name="重新打开").click()
    shows(page, 0)
    expect(page.locator(".track-state")).to_have_text(re.compile(r"\d+%"))


def test_a_box_without_a_tracker_says_what_it_needs(visit: Visit, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Before anything is sent, in the empty place."""
    home = tmp_path_factory.mktemp("nothing")
    with box(home, tracker_model=str(home / "nowhere")) as served:
        page = visit(f"{served.url}/#/tools/track")
        expect(page.locator(".track-note")).to_contain_text("nowhere")


def test_closing_the_page_closes_the_video(tracking_desk: Box, visit: Visit, clip: bytes) -> None:
    """Another place keeps it; a page that is left does not."""
    page = visit(f"{tracking_desk.url}/#/tools/track")
    opened(page, clip)
    page.get_by_role("link", name="状态").click()
    page.get_by_role("link", name="工具").click()
    shows(page, 0)
    page.goto("about:blank")
    all_closed(page, tracking_desk)


def test_on_a_phone_a_finger_points(tracking_desk: Box, visit: Visit, clip: bytes) -> None:
    """At 390 pixels nothing scrolls sideways; a tap points, and the tabs lead from one tool to the other."""
    page = visit(f"{tracking_desk.url}/#/tools", width=390, height=844, has_touch=True)
    page.get_by_role("link", name="跟踪").tap()
    opened(page, clip, "x" * 80 + ".mp4")
    page.locator(".track-canvas").tap(position={"x": 70, "y": 100})
    expect(page.locator(".track-state")).to_have_text(re.compile(r"\d+%"))
    wide = page.evaluate("[document.querySelector('.place').scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1]
    page.get_by_role("link", name="数球").tap()
    expect(page.locator(".empty-count")).to_contain_text("先放一张锁球盒的照片")
