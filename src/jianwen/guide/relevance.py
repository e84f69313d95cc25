"""Whether the best hits have anything to do with the question, before the model is asked at all.

A hit stands out from the library, or it shares words with the question; when neither is so, nothing relevant is there.
The bounds are loose, since a wrong refusal here is final while the model and the check of its answer can still refuse:
fitted on the tuning half of the sample venue's questions, see `dev/log.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen.library import search_words, telling_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.library import Hit

__all__ = ["Relevance", "judge"]

LOOKED_AT = 5  # hits
MIN_SCORE = 0.5  # of the best hit: standard deviations by which it stands out
MIN_COVERAGE = 0.16  # share of the question's telling words that the best hits have


@dataclass(frozen=True, slots=True)
class Relevance:
    """What speaks for the hits.

    Attributes:
        score: of the best hit.
        coverage: share of the question's telling words that some hit has, 0–1.
        relevant: worth asking the model.
    """

    score: float
    coverage: float
    relevant: bool


def judge(question: str, hits: Sequence[Hit]) -> Relevance:
    """Judge the best hits, best first; none at all is never relevant."""
    if not hits:
        return Relevance(0.0, 0.0, relevant=False)
    words = set(telling_words(question))
    known = set().union(*(search_words(hit.passage.indexed_text) for hit in hits[:LOOKED_AT]))
    coverage = len(words & known) / max(len(words), 1)
    score = hits[0].score
    return Relevance(score, coverage, relevant=score >= MIN_SCORE or coverage >= MIN_COVERAGE)
