"""A real `jianwen serve` in its own process and home folder, and documents to put into it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import openpyxl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LOST", "RULES_HTML", "Box", "box", "price_table"]

RULES_HTML = """<html lang="zh"><body style="font: 20px 'Noto Sans CJK SC'"><h1>开放时间</h1>
<p>夏令时从4月1日到9月30日，早上8:30开馆，17:30停止入馆。</p>
<p>冬令时从10月1日到次年3月31日，早上9:00开馆，16:30停止入馆，17:00闭馆。</p></body></html>"""

LOST = """# Lost and found

## Lost children

A lost child is taken to the service desk beside the north gate, where the loudspeaker calls the parents.

## Lost umbrellas

Umbrellas are kept for thirty days in the cloakroom.
"""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a server listens."""

    url: str

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        answer = httpx.get(self.url + path, timeout=20, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def add(self, **files: tuple[str, bytes]) -> None:
        """Upload, and wait until every source is read."""
        parts = [("files", file) for file in files.values()]
        httpx.post(f"{self.url}/api/sources", files=parts, timeout=60, trust_env=False).raise_for_status()
        deadline_s = time.monotonic() + 60
        while any(source["state"] in {"queued", "reading"} for source in self.get("/api/sources")["sources"]):
            assert time.monotonic() < deadline_s, "the documents were not read within a minute"
            time.sleep(0.1)


@contextmanager
def box(home: Path, *, port: int = 0, **settings: str) -> Iterator[Box]:
    """Serve until the end of the block. `settings` are `JIANWEN_*` variables in lower case."""
    chosen = {"language": "scripted", "home": str(home), "port": str(port), "offline": "1"} | settings
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JIANWEN_")}
    environment = inherited | {f"JIANWEN_{name.upper()}": value for name, value in chosen.items()}
    with subprocess.Popen(
        [sys.executable, "-m", "jianwen", "serve"], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Box(_address(process))
        finally:
            process.terminate()
            process.wait(15)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    for line in process.stdout:
        for word in line.split():
            if word.startswith("http://"):
                return word.rstrip("/")
    raise AssertionError("the server ended before it was ready")


def price_table() -> bytes:
    """A sheet of forty rows, so that the row that is asked for must be scrolled to."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "票价"
    sheet.append(["项目", "价格（元）", "说明"])
    for number in range(1, 40):
        sheet.append(["脚踏船" if number == 33 else f"手划船{number}号", number * 2, "每小时"])
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()
