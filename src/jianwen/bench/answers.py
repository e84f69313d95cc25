"""`jianwen eval answers`: whether answers are right, whether citations are, whether it refuses when it should."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from jianwen.bench.dataset import load_data_set
from jianwen.bench.prepared import prepared
from jianwen.bench.report import Report
from jianwen.guide import Finished

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jianwen.assistant import Assistant
    from jianwen.bench.dataset import QuestionItem
    from jianwen.settings import Settings

__all__ = ["contains_gold", "eval_answers"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one question went."""

    id: str
    kind: str
    question: str
    answer: str
    answerable: bool
    refused: bool
    contains_gold: bool
    citations: int
    right_citations: int
    outside_citations: int  # to passages that the search did not find: must never happen
    first_token_s: float


def eval_answers(
    settings: Settings, *, data: Path | None, kind: str = "", split: str = "", limit: int = 0, log: Path | None = None
) -> Report:
    """Ask every question and judge the checked answers.

    Args:
        settings: the model and the folder for weights count; the home does not.
        data: a venue's questions; None for the sample venue.
        kind: only this kind of question; "" for all.
        split: only this half of the set; "" for both.
        limit: only so many questions, evenly picked; 0 for all.
        log: a file that gets one JSON line a question as it is judged.
    """
    data_set = load_data_set(data, cache=settings.weights / "eval")
    questions = [q for q in data_set.questions if kind in ("", q.kind) and split in ("", q.split)]
    if limit:
        questions = questions[:: max(1, len(questions) // limit)][:limit]
    outcomes = []
    with prepared(settings, data_set) as assistant:
        for question in questions:
            outcomes.append(_judge(question, assistant))
            if log:
                with log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(outcomes[-1]), ensure_ascii=False) + "\n")
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_kind[outcome.kind].append(outcome)
    rows = [[name, len(some), *_figures(some).values()] for name, some in sorted(by_kind.items())]
    figures = _figures(outcomes)
    return Report(
        f"Answers on {data_set.name} by {settings.language}",
        ["kind", "questions", *figures],
        [*rows, ["all", len(outcomes), *figures.values()]],
        {"questions": len(outcomes), **figures},
    )


def _judge(question: QuestionItem, assistant: Assistant) -> Outcome:
    answer = next(e.answer for e in assistant.ask(question.text, history=question.history) if isinstance(e, Finished))
    right = [c for c in answer.citations if any(gold.holds(c.source, c.passage) for gold in question.gold)]
    found = {passage.id for c in answer.citations for passage in assistant.library.passages_of(c.passage.source_id)}
    return Outcome(
        id=question.id,
        kind=question.kind,
        question=question.text,
        answer=answer.text,
        answerable=question.answerable,
        refused=answer.refused,
        contains_gold=contains_gold(answer.text, question),
        citations=len(answer.citations),
        right_citations=len(right),
        outside_citations=sum(c.passage.id not in found for c in answer.citations),
        first_token_s=round(answer.timings_s.get("first_token", 0.0), 3),
    )


def contains_gold(answer: str, question: QuestionItem) -> bool:
    """Every group of gold wordings has one in the answer, compared without case, width, blanks and commas."""
    text = _plain(answer)
    return question.answerable and all(any(_plain(w) in text for w in group) for group in question.answers)


def _plain(text: str) -> str:
    kept = unicodedata.normalize("NFKC", text).lower()
    return "".join(character for character in kept if not character.isspace() and character != ",")


def _figures(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Rates under their stable names; None where there is nothing to judge."""
    answerable = [o for o in outcomes if o.answerable]
    unanswerable = [o for o in outcomes if not o.answerable]
    answered = [o for o in answerable if not o.refused]
    return {
        "contains_gold": _rate(sum(o.contains_gold for o in answerable), len(answerable)),
        "citation_precision": _rate(sum(o.right_citations for o in answered), sum(o.citations for o in answered)),
        "citation_recall": _rate(sum(o.right_citations > 0 for o in answered), len(answered)),
        "refusal_on_unanswerable": _rate(sum(o.refused for o in unanswerable), len(unanswerable)),
        "refusal_on_answerable": _rate(sum(o.refused for o in answerable), len(answerable)),
    }


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
