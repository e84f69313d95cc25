"""The committed sample venue keeps what its questions promise."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from docx import Document
from pptx import Presentation
from selectolax.lexbor import LexborHTMLParser

VENUE = Path(__file__).parents[1] / "src/jianwen/bench/venue"
DOCUMENTS = VENUE / "documents"
QUESTIONS: list[dict[str, Any]] = json.loads((VENUE / "questions.json").read_text("utf-8"))["questions"]
ANSWERABLE = [question for question in QUESTIONS if question["kind"] != "unanswerable"]
PICTURES = {".png", ".jpg", ".webp"}
AT_LEAST = {
    "text": 10,
    "table": 8,
    "scan": 1,
    "picture": 1,
    "near_duplicate": 3,
    "follow_up": 2,
    "cross_language": 2,
    "unanswerable": 4,
}


def folded(text: str) -> str:
    letters = unicodedata.normalize("NFKC", text).lower()
    return "".join(letter for letter in letters if not letter.isspace() and letter not in ",，、")


def decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030")


@cache
def text_at(source: str, where: str) -> str:
    """The text at one place of a document; `where` as JSON. Empty for pictures and scanned pages."""
    path, place = DOCUMENTS / source, json.loads(where)
    match path.suffix:
        case ".pdf":
            return str(pypdfium2.PdfDocument(path)[place["page"] - 1].get_textpage().get_text_range())
        case ".pptx":
            slide = list(Presentation(str(path)).slides)[place["page"] - 1]
            notes = slide.notes_slide.notes_text_frame.text if slide.has_notes_slide else ""
            return "\n".join([shape.text_frame.text for shape in slide.shapes if shape.has_text_frame] + [notes])
        case ".xlsx":
            cells = openpyxl.load_workbook(path)[place["sheet"]][place["row"]]
            return " ".join(str(cell.value) for cell in cells)
        case ".csv":
            assert place["sheet"] == path.stem
            return " ".join(list(csv.reader(io.StringIO(decoded(path.read_bytes()))))[place["row"] - 1])
        case ".docx":
            document = Document(str(path))
            cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
            return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
        case ".html":
            return LexborHTMLParser(path.read_bytes()).text(separator="\n")
        case suffix if suffix in PICTURES:
            return ""
        case _:
            return decoded(path.read_bytes())


def test_there_are_documents_in_every_format() -> None:
    """Every format that the product reads has at least one document."""
    suffixes = {path.suffix for path in DOCUMENTS.rglob("*") if path.is_file()}
    assert suffixes >= {".pdf", ".docx", ".xlsx", ".csv", ".pptx", ".html", ".md", ".txt", *PICTURES}


def test_the_set_stays_small() -> None:
    """It ships with the package, so all of it stays under 4 MB."""
    assert sum(path.stat().st_size for path in VENUE.rglob("*") if path.is_file()) < 4_000_000


def test_ids_are_unique() -> None:
    """No two questions share a number or a wording within the same conversation."""
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)
    asked = [(question["question"], json.dumps(question["conversation"])) for question in QUESTIONS]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("kind", AT_LEAST)
def test_every_kind_is_there_in_both_splits(kind: str) -> None:
    """Tuning and testing each see about half of every kind."""
    splits = [question["split"] for question in QUESTIONS if question["kind"] == kind]
    assert len(splits) >= AT_LEAST[kind]
    assert abs(splits.count("tune") - splits.count("test")) <= 1


def test_unanswerable_questions_have_no_gold_and_all_others_have() -> None:
    """Gold answers and gold places come together or not at all."""
    for question in QUESTIONS:
        answerable = question["kind"] != "unanswerable"
        assert (bool(question["answers"]), bool(question["gold"])) == (answerable, answerable), question["id"]


def test_every_gold_quote_stands_at_its_place() -> None:
    """The words of each gold are found at its page or row, save where only a picture holds them."""
    for question in ANSWERABLE:
        for gold in question["gold"]:
            text = text_at(gold["source"], json.dumps(gold["where"]))
            if question["kind"] not in {"scan", "picture"} and text:
                assert folded(gold["text"]) in folded(text), question["id"]


def test_scan_only_answers_are_in_no_text_layer() -> None:
    """A question of kind scan or picture cannot be answered without reading a picture."""
    for question in QUESTIONS:
        if question["kind"] in {"scan", "picture"}:
            assert not any(folded(text_at(g["source"], json.dumps(g["where"]))) for g in question["gold"])


def test_follow_ups_carry_their_earlier_turns() -> None:
    """A follow-up has a conversation; no other kind has."""
    for question in QUESTIONS:
        assert bool(question["conversation"]) == (question["kind"] == "follow_up"), question["id"]
