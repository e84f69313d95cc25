"""What the library hands out: a source with its state, a stage of work, a hit. And their JSON shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from jianwen.places import Passage, Source

__all__ = ["Enqueued", "Hit", "SourceRow", "Stage", "State", "source_row_to_json"]

State = Literal["queued", "reading", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Stage:
    """How far the worker is with one source. `name` is "reading", "ocr" or "embedding"."""

    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as a list shows it."""

    source: Source
    kind: str  # pdf, word, sheet, slides, web, text or picture
    state: State
    error: str | None
    error_zh: str | None
    passages: int
    pages: int  # pages, slides or rows
    ocr_pages: tuple[int, ...]  # pages whose text was recognised, not read
    bytes: int
    stage: Stage | None


@dataclass(frozen=True, slots=True)
class Enqueued:
    """What adding a file came to."""

    source_id: str
    outcome: Literal["added", "unchanged"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, and what each leg of the search said of it.

    Attributes:
        score: the weighted sum that hits are sorted by; standard deviations above the library's mean.
        dense: cosine of passage and question, -1 to 1.
        keyword: BM25, 0 and up; 0 when no word is shared.
        rerank: a cross-encoder's score, where one is installed.
    """

    passage: Passage
    score: float
    dense: float
    keyword: float
    rerank: float | None = None


def source_row_to_json(row: SourceRow) -> dict[str, Any]:
    """The shape of `list --json` and of `/api/sources`."""
    stage = row.stage
    return {
        "id": row.source.id,
        "name": row.source.name,
        "kind": row.kind,
        "state": row.state,
        "error": row.error,
        "error_zh": row.error_zh,
        "passages": row.passages,
        "pages": row.pages,
        "ocr_pages": list(row.ocr_pages),
        "bytes": row.bytes,
        "added_at": row.source.added_at.isoformat(),
        "stage": {"name": stage.name, "done": stage.done, "total": stage.total} if stage else None,
    }
