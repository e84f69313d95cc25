"""Questions with gold answers, and the documents they are asked of: our venue's set, or any SQuAD-style file."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jianwen.errors import BadRequest
from jianwen.guide import Turn
from jianwen.places import Locator, PageSpan, RowSpan, locator_from_json

if TYPE_CHECKING:
    from jianwen.places import Passage

__all__ = ["DataSet", "Gold", "QuestionItem", "load_data_set", "venue_documents", "venue_questions"]


@dataclass(frozen=True, slots=True)
class Gold:
    """Where an answer stands: a source's name, and the place in it (None: anywhere in it)."""

    source: str
    where: Locator | None

    def holds(self, source_name: str, passage: Passage) -> bool:
        """Whether this passage is the place."""
        if source_name != self.source:
            return False
        place = passage.locator
        match self.where:
            case PageSpan(page=page):
                return isinstance(place, PageSpan) and place.page == page
            case RowSpan():
                return place == self.where
            case _:
                return True


@dataclass(frozen=True, slots=True)
class QuestionItem:
    """One question. `answers`: every group must be matched by one of its wordings; empty when there is no answer."""

    id: str
    text: str
    kind: str
    split: str
    history: tuple[Turn, ...]
    answers: tuple[tuple[str, ...], ...]
    gold: tuple[Gold, ...]

    @property
    def answerable(self) -> bool:
        return bool(self.gold)


@dataclass(frozen=True, slots=True)
class DataSet:
    """Questions over a folder of documents.

    Attributes:
        name: for tables.
        key: a library of the documents is kept under it between runs, and brought up to date by the next.
        questions: in file order.
        documents: the folder.
    """

    name: str
    key: str
    questions: tuple[QuestionItem, ...]
    documents: Path


def venue_documents() -> Path:
    """The sample venue's documents, which ship with the package."""
    return Path(str(resources.files("jianwen.bench") / "venue" / "documents"))


def venue_questions() -> Path:
    """The sample venue's questions, which ship with the package."""
    return venue_documents().parent / "questions.json"


def load_data_set(path: Path | None, *, cache: Path) -> DataSet:
    """The venue's set (None, or a file in its layout, beside a folder `documents`), or a SQuAD-style file.

    Args:
        path: the questions.
        cache: where a SQuAD file's paragraphs are laid out as documents.

    Raises:
        BadRequest: not a file in one of these layouts.
    """
    path = path or venue_questions()
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
        if "questions" in content:
            return _venue(path, content)
        return _squad(path, content, folder=cache / _digest(text) / "documents")
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise BadRequest(
            detail=f"{path} is not a question set ({exc!r}): give a SQuAD-style JSON file or a venue's questions.json.",
            detail_zh=f"{path} 不是问题集（{exc!r}）：请给 SQuAD 格式的 JSON 或场馆的 questions.json。",
        ) from exc


def _venue(path: Path, content: dict[str, Any]) -> DataSet:
    questions = tuple(
        QuestionItem(
            id=item["id"],
            text=item["question"],
            kind=item["kind"],
            split=item["split"],
            history=tuple(Turn(turn["question"], turn["answer"]) for turn in item.get("conversation", ())),
            answers=tuple(tuple(group) for group in item["answers"]),
            gold=tuple(Gold(gold["source"], locator_from_json(gold["where"])) for gold in item["gold"]),
        )
        for item in content["questions"]
    )
    return DataSet(
        str(content.get("venue", path.stem)), _digest(str(path.resolve())), questions, path.parent / "documents"
    )


def _squad(path: Path, content: dict[str, Any], *, folder: Path) -> DataSet:
    """Every paragraph becomes a text file named after its title, so that the whole product is measured."""
    folder.mkdir(parents=True, exist_ok=True)
    questions: list[QuestionItem] = []
    files: dict[str, Path] = {}  # some sets give a paragraph twice, and the library keeps equal files once
    for number, (title, paragraph) in enumerate(_paragraphs(content)):
        new = folder / ((re.sub(r"[^\w]+", "_", title)[:60] or "untitled") + f".{number}.txt")
        file = files.setdefault(paragraph["context"], new)
        if not file.exists():
            file.write_text(paragraph["context"], encoding="utf-8")
        for qa in paragraph["qas"]:
            answers = tuple(dict.fromkeys(answer["text"] for answer in qa.get("answers", ())))
            gold = (Gold(file.name, None),) if answers else ()
            questions.append(
                QuestionItem(str(qa["id"]), qa["question"], "text", "test", (), (answers,) if answers else (), gold)
            )
    return DataSet(path.stem, folder.parent.name, tuple(questions), folder)


def _paragraphs(content: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(article.get("title", ""), paragraph) for article in content["data"] for paragraph in article["paragraphs"]]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
