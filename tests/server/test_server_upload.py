"""Uploads: streamed, bounded, and never a path from outside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from jianwen.errors import BadRequest, RequestTooLarge, TooLarge
from jianwen.server.names import safe_name
from jianwen.server.shapes import UploadsShape
from jianwen.server.upload import MOST_FILES, receive_files
from server.serving import RULES, live, work_off

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from fastapi.testclient import TestClient

    from jianwen.assistant import Assistant
    from jianwen.server.upload import Received

KIND = "multipart/form-data; boundary=xyz"


def part(filename: str, content: bytes, *, field: str = "files") -> bytes:
    head = f'--xyz\r\nContent-Disposition: form-data; name="{field}"; filename="{filename}"\r\n\r\n'
    return head.encode() + content + b"\r\n"


def received(chunks: Iterable[bytes], folder: Path, *, limit_mb: int = 1) -> list[tuple[Received, bytes]]:
    files = receive_files(chunks, content_type=KIND, folder=folder, limit_mb=limit_mb)
    return [(file, file.path.read_bytes() if file.path.exists() else b"") for file in files]


@pytest.mark.parametrize("size", [1, 2, 7, 64, 100_000])
def test_files_come_through_however_the_body_is_cut(tmp_path: Path, size: int) -> None:
    """Two files arrive byte for byte, whether the body comes in single bytes or in one piece."""
    contents = [b"\r\n--xy not the end\r\n" * 20, b""]
    body = part("a.txt", contents[0]) + part("b.txt", contents[1]) + b"--xyz--\r\n"
    files = received((body[i : i + size] for i in range(0, len(body), size)), tmp_path)
    assert [(file.name, content) for file, content in files] == [("a.txt", contents[0]), ("b.txt", b"")]
    assert list(tmp_path.iterdir()) == []


def test_a_file_over_the_limit_is_dropped_and_the_next_one_still_comes(tmp_path: Path) -> None:
    """Bytes over the limit are never kept, and the file after it is read as if nothing happened."""
    sizes: list[int] = []

    def body() -> Iterator[bytes]:
        yield part("big.txt", b"")[:-2]
        for _ in range(40):
            yield b"x" * 65536
            sizes.append(sum(path.stat().st_size for path in tmp_path.iterdir()))
        yield b"\r\n" + part("small.txt", b"hello") + b"--xyz--\r\n"

    (big, _), (small, content) = received(body(), tmp_path)
    assert isinstance(big.error, TooLarge)
    assert (small.error, content) == (None, b"hello")
    assert max(sizes) <= 1 << 20
    assert sizes[-1] == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"garbage", part("a.txt", b"cut short"), b"--xyz\r\nnocolon\r\n\r\n", b"--xyz\r\n" + b"A" * 70_000],
)
def test_a_broken_body_is_refused_and_leaves_no_file(tmp_path: Path, body: bytes) -> None:
    """Whatever is not multipart or ends early is one clear error."""
    with pytest.raises(BadRequest):
        received([body], tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "multipart/form-data", f"multipart/form-data; boundary={'x' * 999}"]
)
def test_another_content_type_is_refused(tmp_path: Path, kind: str) -> None:
    """Without a usable boundary nothing is read."""
    with pytest.raises(BadRequest):
        list(receive_files([b"x"], content_type=kind, folder=tmp_path, limit_mb=1))


def test_more_files_than_a_request_may_have_are_refused(tmp_path: Path) -> None:
    """The 501st file ends the request; none is left behind."""
    body = part("a.txt", b"x") * (MOST_FILES + 1) + b"--xyz--\r\n"
    with pytest.raises(RequestTooLarge):
        received([body], tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("../../x", "x"),
        ("C:\\x", "x"),
        ("C:\\dir\\价目 表.xlsx", "价目 表.xlsx"),
        ("/etc/passwd", "passwd"),
        ("a\0b.txt", "ab.txt"),
        ("a\nb\r.txt", "ab.txt"),
        ("\u202etxt.exe", "txt.exe"),
        ("..", ""),
        (".", ""),
        ("", ""),
        ("dir/", ""),
        ("   ", ""),
        ("e\u0301.txt", "\u00e9.txt"),
        ("<img onerror=…>.txt", "<img onerror=…>.txt"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_names_are_made_safe(raw: str, name: str) -> None:
    """Only the base name stays, in one normal form, without control characters, not too long."""
    assert safe_name(raw) == name


@pytest.mark.parametrize("name", ["../../evil.txt", "C:\\evil.txt", "/tmp/evil.txt", "..\\..\\evil.txt"])
def test_a_path_in_a_name_leads_nowhere(client: TestClient, assistant: Assistant, name: str) -> None:
    """The file is added under its base name and nothing is written outside the home folder."""
    home = assistant.settings.home
    around = sorted(home.parent.iterdir())
    body = part(name, RULES.encode()) + b"--xyz--\r\n"
    answer = client.post("/api/sources", content=body, headers={"Content-Type": KIND})
    assert [source["name"] for source in answer.json()["added"]] == ["evil.txt"]
    assert sorted(home.parent.iterdir()) == around
    assert list((home / "uploads").iterdir()) == []


def test_a_name_that_is_none_fails_alone(client: TestClient) -> None:
    """A file called `..` is listed as failed; the one beside it is in."""
    body = part("..", b"x") + part("规则.txt", RULES.encode()) + b"--xyz--\r\n"
    outcome = client.post("/api/sources", content=body, headers={"Content-Type": KIND}).json()
    UploadsShape.model_validate(outcome)
    assert len(outcome["failed"]) == 1
    assert [source["name"] for source in outcome["added"]] == ["规则.txt"]


def test_good_and_bad_files_are_told_apart(client: TestClient) -> None:
    """Added, unchanged and failed each list their own, the failed ones with a reason in two languages."""
    files = [
        ("files", ("a.txt", RULES.encode())),
        ("files", ("empty.txt", b"")),
        ("files", ("film.mkv", b"\x1aE\xdf\xa3 not read")),
        ("files", ("again.txt", RULES.encode())),
        ("other", ("ignored.txt", b"not in our field")),
        ("files", ("big.txt", b"x" * (1 << 21))),
    ]
    outcome = client.post("/api/sources", files=files).json()
    UploadsShape.model_validate(outcome)
    assert [source["name"] for source in outcome["added"]] == ["a.txt"]
    assert len(outcome["unchanged"]) == 1
    assert [failed["name"] for failed in outcome["failed"]] == ["empty.txt", "film.mkv", "big.txt"]
    assert all(failed["error"] and failed["error_zh"] for failed in outcome["failed"])


def test_a_request_without_files_is_refused(client: TestClient) -> None:
    """Fields that are no files are not silently taken for success."""
    answer = client.post("/api/sources", files={"other": ("a.txt", b"x")})
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "BadRequest")


def test_a_newer_file_takes_the_place_of_the_older_one(client: TestClient, assistant: Assistant) -> None:
    """Uploading a changed file of the same name leaves one source, so no answer comes from the old one."""
    for text in (RULES, RULES.replace("60", "70")):
        client.post("/api/sources", files={"files": ("规则.txt", text.encode())})
        work_off(assistant)
    listed = client.get("/api/sources").json()
    assert listed["total"] == 1
    assert "70" in client.get(f"/api/sources/{listed['sources'][0]['id']}/original").text


def test_the_limit_holds_without_a_declared_length(assistant: Assistant) -> None:
    """A chunked body has no length to look at: the limit is kept while it streams, and the reason comes back."""

    def endless() -> Iterator[bytes]:
        yield part("big.txt", b"")[:-2]
        for _ in range(48):
            yield b"x" * 65536
        yield b"\r\n--xyz--\r\n"

    with live(assistant) as url:
        answer = httpx.post(f"{url}/api/sources", content=endless(), headers={"Content-Type": KIND}, timeout=20)
    failed = answer.json()["failed"]
    assert [(file["name"], "JIANWEN_UPLOAD_MB" in file["error"]) for file in failed] == [("big.txt", True)]
    assert list((assistant.settings.home / "uploads").iterdir()) == []


def test_an_upload_that_breaks_off_leaves_nothing(assistant: Assistant) -> None:
    """When the client dies in the middle of a file, its bytes are deleted and the server goes on."""

    def dying() -> Iterator[bytes]:
        yield part("half.txt", b"x" * 200_000)
        raise httpx.WriteError(json.dumps("gone"))

    with live(assistant) as url:
        with pytest.raises(httpx.WriteError):
            httpx.post(f"{url}/api/sources", content=dying(), headers={"Content-Type": KIND}, timeout=20)
        assert httpx.get(f"{url}/api/sources").json()["total"] == 0
    assert list((assistant.settings.home / "uploads").iterdir()) == []
