"""Counting over HTTP: every picture has its own entry, nothing is kept, and a box without a counter says so."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from counter_file import NEVER_SURE, box_picture, make_counter
from jianwen.assistant import Assistant
from jianwen.counting import Counter
from jianwen.server import create_app
from jianwen.server.shapes import CountsShape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from jianwen.settings import Settings


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_counter(tmp_path_factory.mktemp("model") / "counter.onnx")


@pytest.fixture
def counting(settings: Settings, model: Path) -> Iterator[TestClient]:
    """A client of a server that has a counter."""
    with (
        Assistant.open(replace(settings, counter_model=str(model))) as assistant,
        TestClient(create_app(assistant), base_url="http://127.0.0.1:8700") as opened,
    ):
        yield opened


def app_of(client: TestClient) -> FastAPI:
    return client.app  # type: ignore[return-value] # it was made by `create_app`


def test_a_picture_comes_back_with_its_number_and_where_the_balls_are(counting: TestClient, model: Path) -> None:
    """Number and confidence are the counter's own, and the density covers the picture, row by row."""
    picture = box_picture(3)
    said = counting.post("/api/count", files={"files": ("盒子.png", picture)}).json()
    CountsShape.model_validate(said)
    (image,) = said["images"]
    count = Counter(model).count(picture)
    assert (image["name"], image["count"], image["abstained"], image["error"]) == (
        "盒子.png",
        count.number,
        False,
        None,
    )
    assert image["confidence"] == pytest.approx(count.confidence, abs=1e-3)
    density = image["density"]
    assert (density["height"], density["width"]) == count.density.shape
    assert density["values"] == pytest.approx(count.density.ravel().tolist(), abs=1e-3)


def test_good_and_bad_pictures_each_have_their_entry_and_nothing_is_kept(counting: TestClient) -> None:
    """In the order in which they came; errors in both languages; no source, no file is left."""
    files = [
        ("files", ("a.png", box_picture())),
        ("files", ("letter.png", b"no picture")),
        ("files", ("empty.jpg", b"")),
        ("files", ("../../<img onerror=…>.jpg", box_picture(kind="JPEG"))),
        ("files", ("big.png", b"x" * (1 << 21))),
        ("other", ("ignored.png", box_picture())),
        ("files", ("last.png", box_picture(1))),
    ]
    said = counting.post("/api/count", files=files).json()
    CountsShape.model_validate(said)
    told = {image["name"]: image for image in said["images"]}
    assert list(told) == ["a.png", "letter.png", "empty.jpg", "<img onerror=…>.jpg", "big.png", "last.png"]
    bad = {name for name, image in told.items() if image["error"]}
    assert bad == {"letter.png", "empty.jpg", "big.png"}
    assert all(told[name]["error_zh"] and told[name]["count"] is None for name in bad)
    assert "JIANWEN_UPLOAD_MB" in told["big.png"]["error"]
    assert all(isinstance(told[name]["count"], int) for name in told.keys() - bad)
    assert counting.get("/api/sources").json()["total"] == 0
    assert list(app_of(counting).state.desk.uploads.iterdir()) == []


def test_a_body_of_several_megabytes_is_taken(counting: TestClient) -> None:
    """The limit on JSON bodies is not that of pictures: three files of 0.9 MB come through."""
    noise = box_picture(width=640, height=470)
    assert 800_000 < len(noise) < 1_000_000
    said = counting.post("/api/count", files=[("files", (f"{n}.png", noise)) for n in range(3)])
    assert [image["error"] for image in said.json()["images"]] == [None] * 3


def test_a_doubt_is_told_as_one(settings: Settings, tmp_path: Path) -> None:
    """A counter that is never sure abstains, and its likeliest number is marked as a guess."""
    model = make_counter(tmp_path / "doubt.onnx", bound=NEVER_SURE)
    with (
        Assistant.open(replace(settings, counter_model=str(model))) as assistant,
        TestClient(create_app(assistant), base_url="http://127.0.0.1:8700") as client,
    ):
        (image,) = client.post("/api/count", files={"files": ("a.png", box_picture())}).json()["images"]
    assert image["abstained"] is True
    assert image["error"] is None


@pytest.mark.parametrize("contents", [None, b"no network"])
def test_a_box_without_a_counter_says_so(settings: Settings, tmp_path: Path, contents: bytes | None) -> None:
    """A missing or damaged model file is no fault of the request: 503 with what to do, in both languages."""
    path = tmp_path / "counter.onnx"
    if contents is not None:
        path.write_bytes(contents)
    with (
        Assistant.open(replace(settings, counter_model=str(path))) as assistant,
        TestClient(create_app(assistant), base_url="http://127.0.0.1:8700") as client,
    ):
        answer = client.post("/api/count", files={"files": ("a.png", box_picture())})
    assert answer.status_code == 503
    error = answer.json()["error"]
    assert "train" in error["message"]
    assert "训练" in error["message_zh"]


@pytest.mark.parametrize("sent", [{"files": {"other": ("a.png", b"x")}}, {"content": b"x"}, {"json": {}}])
def test_a_request_without_pictures_is_refused(counting: TestClient, sent: dict[str, object]) -> None:
    """No file in the field, or no multipart at all, is an error and not an empty success."""
    answer = counting.post("/api/count", **sent)  # type: ignore[arg-type] # whatever a client may send
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "BadRequest")


def test_one_picture_is_looked_at_at_a_time(counting: TestClient) -> None:
    """While another client's picture is counted, this one's waits for its turn, and then comes through."""
    answers: list[int] = []

    def ask() -> None:
        answers.append(counting.post("/api/count", files={"files": ("a.png", box_picture())}).status_code)

    queue = app_of(counting).state.desk.counting
    with queue.join("another"):
        asker = threading.Thread(target=ask)
        asker.start()
        for _ in range(100):
            if queue.snapshot()["waiting"]:
                break
            threading.Event().wait(0.05)
        assert (queue.snapshot()["waiting"], answers) == (1, [])
    asker.join(20)
    assert answers == [200]
