"""What the viewer shows: pages as pictures, rows in their table, passages in their text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook
from PIL import Image

from jianwen.bench import venue_documents
from jianwen.server.shapes import ViewShape
from jianwen.server.views import KEPT_PICTURES
from server.serving import RULES, add_rules, work_off

if TYPE_CHECKING:
    from typing import Any

    from fastapi.testclient import TestClient

    from jianwen.assistant import Assistant


def added(client: TestClient, assistant: Assistant, name: str, content: bytes) -> str:
    """Upload a file and read it."""
    outcome = client.post("/api/sources", files={"files": (name, content)}).json()
    work_off(assistant)
    source_id: str = outcome["added"][0]["id"]
    assert assistant.library.source(source_id).state == "ready"
    return source_id


def viewed(client: TestClient, source_id: str, passage_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/sources/{source_id}/view", params={"passage": passage_id}).json()
    ViewShape.model_validate(found)
    assert (found["source"]["id"], found["passage_id"]) == (source_id, passage_id)
    return found


@pytest.fixture
def menu(client: TestClient, assistant: Assistant) -> str:
    """A PDF of the sample venue, not read yet: its pages can be seen at once."""
    content = (venue_documents() / "cafe" / "菜单.pdf").read_bytes()
    source_id: str = client.post("/api/sources", files={"files": ("菜单.pdf", content)}).json()["added"][0]["id"]
    return source_id


def test_a_passage_of_a_pdf_is_shown_on_its_page(client: TestClient, assistant: Assistant, menu: str) -> None:
    """The view names the page, its picture has the size that was said, and the boxes lie on it; else it is text."""
    work_off(assistant)
    passage = assistant.library.passages_of(menu)[-1]
    view = viewed(client, menu, passage.id)
    assert (view["kind"], view["quote"], view["table"], view["text"]) == ("page", passage.text, None, None)
    page = view["page"]
    assert 1 <= page["number"] <= page["of"]
    assert view["where"]["page"] == page["number"]
    picture = client.get(page["image"])
    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size == (page["width"], page["height"])
    assert all(0 <= side <= 1 for box in view["where"]["boxes"] for side in box)
    # When the file on the disk is damaged, the passage is still shown, as text.
    (assistant.library.original(menu).parent / "pages" / f"{page['number']}-1000.png").unlink()
    assistant.library.original(menu).write_bytes(b"%PDF-1.7\nlost")
    assert viewed(client, menu, passage.id)["kind"] == "text"


@pytest.mark.parametrize(("asked", "drawn"), [(640, 640), (1, 200), (999_999, 2000)])
def test_pictures_have_the_width_that_was_asked_within_bounds(
    client: TestClient, menu: str, asked: int, drawn: int
) -> None:
    """Widths outside 200–2000 pixels are brought inside."""
    answer = client.get(f"/api/sources/{menu}/pages/1.png", params={"width": asked})
    assert Image.open(io.BytesIO(answer.content)).width == drawn


@pytest.mark.parametrize(("page", "status"), [("999", 404), ("0", 400), ("x", 400), ("-1", 400), ("9999999", 400)])
def test_a_page_that_is_not_there_is_refused(client: TestClient, menu: str, page: str, status: int) -> None:
    """Beyond the last page is 404; what is no page number is a bad request."""
    assert client.get(f"/api/sources/{menu}/pages/{page}.png").status_code == status


def test_drawn_pages_are_kept_and_bounded(client: TestClient, assistant: Assistant, menu: str) -> None:
    """A picture is drawn once, then read from the disk; the oldest ones go when there are too many."""
    folder = assistant.library.original(menu).parent / "pages"
    first = client.get(f"/api/sources/{menu}/pages/1.png?width=300").content
    kept = folder / "1-300.png"
    assert kept.read_bytes() == first
    stamp = kept.stat().st_mtime_ns
    assert client.get(f"/api/sources/{menu}/pages/1.png?width=300").content == first
    assert kept.stat().st_mtime_ns == stamp
    for width in range(200, 202 + KEPT_PICTURES):
        (folder / f"9-{width}.png").write_bytes(b"old")
    client.get(f"/api/sources/{menu}/pages/1.png?width=301")
    assert len(list(folder.iterdir())) == KEPT_PICTURES
    assert (folder / "1-301.png").exists()


def test_a_picture_is_its_own_page(client: TestClient) -> None:
    """A photograph is shown as page 1, before it is even read."""
    with io.BytesIO() as file:
        Image.new("RGB", (400, 300), "teal").save(file, "PNG")
        outcome = client.post("/api/sources", files={"files": ("wall.png", file.getvalue())}).json()
    path = f"/api/sources/{outcome['added'][0]['id']}/pages"
    assert Image.open(io.BytesIO(client.get(f"{path}/1.png?width=200").content)).size == (200, 150)
    assert client.get(f"{path}/2.png").status_code == 404


def test_a_row_is_shown_marked_among_its_neighbours(client: TestClient, assistant: Assistant) -> None:
    """The view has the header, the rows around, and the one that was cited marked; row numbers are the sheet's."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "价目"
    sheet.append(["项目", "价格"])
    for number in range(1, 35):
        sheet.append([f"项目{number}", number * 10])
    with io.BytesIO() as file:
        book.save(file)
        source_id = added(client, assistant, "价目.xlsx", file.getvalue())
    passage = next(one for one in assistant.library.passages_of(source_id) if "项目20" in one.text)
    view = viewed(client, source_id, passage.id)
    assert (view["kind"], view["table"]["sheet"], view["table"]["header"]) == ("table", "价目", ["项目", "价格"])
    marked = [row for row in view["table"]["rows"] if row["marked"]]
    assert [(row["row"], row["cells"]) for row in marked] == [(21, ["项目20", "200"])]
    assert len(view["table"]["rows"]) == 25


def test_a_text_is_shown_around_the_passage(client: TestClient, assistant: Assistant) -> None:
    """Other kinds show passages in their order, with the cited one marked."""
    text = "\n\n".join(f"# 第{n}条\n\n内容{n}。" for n in range(45))
    source_id = add_rules(assistant, text, name="规定.md")
    passages = assistant.library.passages_of(source_id)
    assert len(passages) == 45
    view = viewed(client, source_id, passages[22].id)
    assert (view["kind"], view["page"], view["table"]) == ("text", None, None)
    assert [text["passage_id"] for text in view["text"]] == [passage.id for passage in passages[2:43]]
    assert [text["passage_id"] for text in view["text"] if text["marked"]] == [passages[22].id]


def test_a_passage_of_another_source_is_not_shown(client: TestClient, assistant: Assistant) -> None:
    """The passage must belong to the source in the address."""
    one, other = add_rules(assistant), add_rules(assistant, RULES + "另一份", name="other.txt")
    passage = assistant.library.passages_of(other)[0]
    assert client.get(f"/api/sources/{one}/view", params={"passage": passage.id}).status_code == 404
    assert client.get(f"/api/sources/{one}/view").status_code == 400
