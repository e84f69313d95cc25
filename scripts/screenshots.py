"""Takes the pictures of the README with a real browser in front of a real server.

    python scripts/screenshots.py                                starts `jianwen serve` with the settings of this shell
    python scripts/screenshots.py --home FOLDER                  the same with another home folder
    python scripts/screenshots.py --url http://127.0.0.1:8700    uses a server that runs already

The library must hold documents already (`jianwen add PATH…`); `--add PATH…` puts some in first. Writes
docs/pictures/{ask,ask-phone,ask-dark,library,status,count,track}.png. Needs Chromium on the PATH. Leaves its talks.
The lock boxes and the video that the tools are shown with are rendered for it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from PIL import Image
from playwright.sync_api import sync_playwright

from jianwen.billiards import box_sample, read_labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).parents[1] / "docs/pictures"
LARGEST_BYTES = 250_000
ANSWER_MS = 180_000
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
BOXES = (30_000_013, 30_000_011, 30_000_016)  # that the counter never learned from
SHOT = "7"
FOLLOWED = 3
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> None:
    """Start or find a server, then take one picture after the other."""
    options = parsed()
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        sys.exit("There is no Chromium on the PATH.")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with server(options) as url, sync_playwright() as playwright:
        wait_until_read(url)
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        take_all(browser, url, options)
        browser.close()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Takes the pictures of the README.")
    parser.add_argument("--url", help="a server that runs already")
    parser.add_argument("--home", type=Path, help="home folder for a server of our own")
    parser.add_argument("--add", type=Path, nargs="*", default=[], help="files or folders to add first")
    parser.add_argument("--zh", default="冬天几点停止入馆？", help="the Chinese question")
    parser.add_argument("--en", default="When is the last entry in winter?", help="the English question")
    return parser.parse_args()


def take_all(browser: Browser, url: str, options: argparse.Namespace) -> None:
    page = visit(browser, url, locale="zh-CN", viewport=DESK)
    ask(page, options.zh, open_source=True)
    keep(page, "ask")
    page = visit(browser, url, locale="en-GB", viewport=DESK, color_scheme="dark")
    ask(page, options.en, open_source=True)
    keep(page, "ask-dark")
    page = visit(browser, url, locale="zh-CN", viewport=PHONE, has_touch=True, device_scale_factor=2)
    ask(page, options.zh, open_source=False)
    keep(page, "ask-phone")
    page = visit(browser, f"{url}/#/library", locale="zh-CN", viewport=DESK)
    page.locator(".source").first.wait_for()
    keep(page, "library")
    page = visit(browser, f"{url}/#/status", locale="zh-CN", viewport=DESK)
    page.locator(".main-button").click()
    page.locator(".main-button:not(:disabled)").wait_for(timeout=ANSWER_MS)
    keep(page, "status")
    with tempfile.TemporaryDirectory() as folder:
        count(visit(browser, f"{url}/#/tools/count", locale="zh-CN", viewport=DESK), Path(folder))
        track(visit(browser, f"{url}/#/tools/track", locale="zh-CN", viewport=DESK), Path(folder))


def count(page: Page, folder: Path) -> None:
    """Rendered lock boxes and what was counted in them."""
    for n, seed in enumerate(BOXES, 1):
        Image.fromarray(box_sample(seed, size=640).image).save(folder / f"锁球盒-{n}.png")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="选择照片").first.click()
    chooser.value.set_files(sorted(folder.glob("*.png")))
    page.locator(".count-card .count-said").nth(len(BOXES) - 1).wait_for()
    keep(page, "count")


def track(page: Page, folder: Path) -> None:
    """A rendered shot, three balls of which are followed to its end."""
    clip = folder / "开球.mp4"
    render = ["billiards", "render", str(clip), "--seconds", "2", "--seed", SHOT, "--width", "960", "--height", "540"]
    subprocess.run([sys.executable, "-m", "jianwen", *render], check=True)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="选择视频").first.click()
    chooser.value.set_files(clip)
    canvas = page.locator('.track-canvas[data-frame="0"]')
    canvas.wait_for()
    first = read_labels(clip.with_suffix(".json"))[0]
    seen = canvas.bounding_box()
    assert seen
    shown = [ball for ball in first.labels if ball.visible > 0.9]
    for n, ball in enumerate(shown[:FOLLOWED]):
        if n:
            page.get_by_role("button", name="再加一个").click()
        x, y = (at / size for at, size in zip(ball.centre, (960, 540), strict=True))
        page.locator(".track-canvas").click(position={"x": x * seen["width"], "y": y * seen["height"]})
        page.locator(".track-object").nth(n).wait_for()
    page.get_by_role("button", name="播放并跟踪").click()
    page.locator('.track-canvas[data-frame="59"]').wait_for(timeout=ANSWER_MS)
    keep(page, "track")


def visit(browser: Browser, url: str, **look: Any) -> Page:
    page = browser.new_context(reduced_motion="reduce", **look).new_page()
    page.goto(url)
    return page


def ask(page: Page, question: str, *, open_source: bool) -> None:
    """Ask, wait for the checked answer, and show the first source beside it."""
    page.locator("textarea").fill(question)
    page.keyboard.press("Enter")
    page.locator(".foot").wait_for(timeout=ANSWER_MS)
    page.locator(".model-note").wait_for(state="hidden", timeout=ANSWER_MS)
    pill = page.locator("button.pill").first
    if open_source and pill.count():
        pill.click()
        page.locator(".viewer-body :is(.picture, .text-view, .table-view)").first.wait_for()
        page.wait_for_function("[...document.images].every((image) => image.complete)")


def keep(page: Page, name: str) -> None:
    """Save a picture; one that is too large is brought down to 256 colours, which flat screens do not show."""
    path = PICTURES / f"{name}.png"
    page.wait_for_timeout(500)  # for fonts and the last frame
    page.screenshot(path=path)
    if path.stat().st_size > LARGEST_BYTES:
        with Image.open(path) as picture:
            picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        sys.exit(f"{path} has {size} bytes; at most {LARGEST_BYTES} are wanted.")
    print(f"{path}  {size // 1000} kB")
    page.context.close()


@contextmanager
def server(options: argparse.Namespace) -> Iterator[str]:
    """The address of the page."""
    if options.url:
        yield options.url.rstrip("/")
        return
    environment = (
        dict(os.environ) | {"JIANWEN_PORT": "0"} | ({"JIANWEN_HOME": str(options.home)} if options.home else {})
    )
    if options.add:
        subprocess.run([sys.executable, "-m", "jianwen", "add", *options.add], env=environment, check=False)
    command = [sys.executable, "-m", "jianwen", "serve"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield address(process)
        finally:
            process.terminate()


def address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        for word in line.split():
            if word.startswith("http://"):
                return word.rstrip("/")
    sys.exit("The server ended before it was ready.")


def wait_until_read(url: str) -> None:
    """Until no source is being read and the language model is loaded or known to be missing."""
    while True:
        status = httpx.get(f"{url}/api/status", timeout=30, trust_env=False).json()
        busy = status["jobs"]["queued"] + status["jobs"]["running"]
        if not busy and status["models"]["language"]["state"] != "loading":
            break
        time.sleep(1)
    if not status["sources"]:
        sys.exit("The library is empty. Add documents first, or use --add.")


if __name__ == "__main__":
    main()
