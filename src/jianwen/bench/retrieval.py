"""`jianwen eval retrieval`: how often the passage with the answer is among the first hits."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from jianwen.bench.dataset import load_data_set
from jianwen.bench.prepared import prepared
from jianwen.bench.report import Report
from jianwen.guide import search_text

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.bench.dataset import QuestionItem
    from jianwen.library import Library
    from jianwen.settings import Settings

__all__ = ["eval_retrieval"]

DEPTH = 20


def eval_retrieval(settings: Settings, *, data: Path | None, limit: int = 0, split: str = "") -> Report:
    """Hit rates and mean reciprocal rank over the answerable questions, per kind and together.

    Args:
        settings: the embedder and the folder for weights count; the home does not.
        data: a SQuAD-style file or a venue's questions; None for the sample venue.
        limit: only so many questions; 0 for all.
        split: only this half of the set; "" for both.
    """
    data_set = load_data_set(data, cache=settings.weights / "eval")
    questions = [q for q in data_set.questions if q.answerable and split in ("", q.split)][: limit or None]
    ranks: dict[str, list[int]] = defaultdict(list)
    times_ms: list[float] = []
    with prepared(settings, data_set) as assistant:
        for question in questions:
            started_s = time.perf_counter()
            ranks[question.kind].append(_rank(question, assistant.library))
            times_ms.append((time.perf_counter() - started_s) * 1e3)
    every = [rank for some in ranks.values() for rank in some]
    rows = [[kind, *_figures(some).values()] for kind, some in sorted(ranks.items())]
    figures = _figures(every) | {"query_ms": round(statistics.median(times_ms), 2)}
    return Report(
        f"Retrieval on {data_set.name}",
        ["kind", "questions", "hit@1", "hit@5", "hit@20", "MRR"],
        [*rows, ["all", *_figures(every).values()]],
        figures,
        [f"median {figures['query_ms']} ms a question, its embedding included"],
    )


def _rank(question: QuestionItem, library: Library) -> int:
    """Place of the first hit that holds the answer, from 1; 0 when none of the first 20 does."""
    hits = library.search(search_text(question.text, question.history), limit=DEPTH)
    names = library.names(hit.passage.source_id for hit in hits)
    for rank, hit in enumerate(hits, 1):
        if any(gold.holds(names[hit.passage.source_id], hit.passage) for gold in question.gold):
            return rank
    return 0


def _figures(ranks: list[int]) -> dict[str, float]:
    n = max(len(ranks), 1)
    hits = {f"hit_at_{k}": round(sum(0 < rank <= k for rank in ranks) / n, 4) for k in (1, 5, 20)}
    return {"questions": len(ranks), **hits, "mrr": round(sum(1 / rank for rank in ranks if rank) / n, 4)}
