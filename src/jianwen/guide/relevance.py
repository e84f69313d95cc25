"""Whether the best hits have anything to do with the question, before the model is asked at all.

e5's cosines lie close together (0.75–0.92), so one threshold on them is blunt; together with how much of the
question's own vocabulary the hits have, it separates well. The weights were fitted on the tuning half of the
sample venue's questions: see `dev/log.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen.guide.grounding import content_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.library import Hit

__all__ = ["Relevance", "judge"]

LOOKED_AT = 5  # hits
MIN_DENSE = 0.80


@dataclass(frozen=True, slots=True)
class Relevance:
    """What speaks for the hits.

    Attributes:
        dense: best cosine.
        coverage: share of the question's content words that some hit has.
        relevant: worth asking the model.
    """

    dense: float
    coverage: float
    relevant: bool


def judge(question: str, hits: Sequence[Hit]) -> Relevance:
    """Judge the best hits, best first; none at all is never relevant."""
    if not hits:
        return Relevance(0.0, 0.0, relevant=False)
    best = hits[:LOOKED_AT]
    dense = max(hit.dense for hit in best)
    words = content_words(question)
    known = set().union(*(content_words(hit.passage.indexed_text) for hit in best))
    coverage = len(words & known) / len(words) if words else 0.0
    return Relevance(dense, coverage, relevant=dense >= MIN_DENSE)
