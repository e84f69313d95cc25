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
    "text": 50,
    "table": 25,
    "scan": 4,
    "picture": 4,
    "near_duplicate": 12,
    "follow_up": 12,
    "cross_language": 14,
    "unanswerable": 30,
    "injection": 4,
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


def test_there_are_enough_documents() -> None:
    """At least thirty-four documents, and no question asks about one that is missing."""
    names = {path.relative_to(DOCUMENTS).as_posix() for path in DOCUMENTS.rglob("*") if path.is_file()}
    assert len(names) >= 34
    assert {gold["source"] for question in ANSWERABLE for gold in question["gold"]} <= names


def test_the_inventory_has_a_thousand_rows() -> None:
    """Below its title line and header stand a thousand pieces with a thousand different codes."""
    page = openpyxl.load_workbook(DOCUMENTS / "museum/inventory.xlsx").worksheets[0]
    codes = [row[0] for row in page.iter_rows(min_row=3, values_only=True)]
    assert (len(codes), len(set(codes))) == (1000, 1000)


def test_texts_come_in_several_encodings() -> None:
    """UTF-8, GB18030 and UTF-16 each occur among the plain texts and comma-separated files."""

    def encoding(data: bytes) -> str:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return "gb18030"
        return "utf-8"

    plain = [path for path in DOCUMENTS.rglob("*") if path.suffix in {".txt", ".csv"}]
    assert {encoding(path.read_bytes()) for path in plain} == {"utf-8", "utf-16", "gb18030"}


def test_both_languages_are_asked() -> None:
    """About a third of the questions are English, and the language is told by the question's own letters."""
    for question in QUESTIONS:
        chinese = any("\u4e00" <= letter <= "\u9fff" for letter in question["question"])
        assert question["language"] == ("zh" if chinese else "en"), question["id"]
    english = sum(question["language"] == "en" for question in QUESTIONS)
    assert 0.3 <= english / len(QUESTIONS) <= 0.4


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
            if question["kind"] not in {"scan", "picture"}:
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
