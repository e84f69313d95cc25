"""A question to hits: exact vector search and BM25, joined by weighted scores.

Scores are joined, not ranks: equal-weight rank fusion lowers the top results when the dense leg is strong
(measured on CMRC 2018: hit@1 0.973 by ranks, 0.981 by scores).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from jianwen.library.rows import Hit
from jianwen.library.words import search_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwen.library.database import Database
    from jianwen.library.embed import Embedder
    from jianwen.library.passages import Passages
    from jianwen.library.vectors import VectorIndex

__all__ = ["DENSE_WEIGHT", "Search"]

DENSE_WEIGHT = 0.7  # of the sum of standardised scores; the rest is BM25
KEYWORD_POOL = 400  # passages that the keyword leg scores
MAX_WORDS = 64  # of a question; more say nothing new and cost time
COMMON = 0.2  # a word in more than this share of the passages finds nothing


class Search:
    """Finds passages of one library with one embedder."""

    def __init__(self, database: Database, passages: Passages, index: VectorIndex, embedder: Embedder) -> None:
        self._database = database
        self._passages = passages
        self._index = index
        self._embedder = embedder
        self.last_ms = 0.0  # of the last search, without embedding the question

    def search(self, question: str, *, limit: int = 20) -> list[Hit]:
        """The best passages first, at most `limit`; none when the library is empty."""
        return self.search_vector(self._embedder.embed([question], role="query")[0], question, limit=limit)

    def search_vector(self, vector: NDArray[np.float32], question: str, *, limit: int = 20) -> list[Hit]:
        """As `search`, for a question embedded already: (dim,) float32. All of it sees one moment of the library."""
        started_s = time.perf_counter()
        with self._database.snapshot():
            hits = self._hits(vector, question, limit=limit)
        self.last_ms = (time.perf_counter() - started_s) * 1e3
        return hits

    def _hits(self, vector: NDArray[np.float32], question: str, *, limit: int) -> list[Hit]:
        vectors = self._index.current()
        if not len(vectors.numbers):
            return []
        dense = vectors.matrix @ vector
        keyword = self._keyword_scores(question, vectors.numbers)
        score = DENSE_WEIGHT * _standardised(dense) + (1 - DENSE_WEIGHT) * _standardised(keyword)
        best = np.argsort(-score, kind="stable")[:limit]
        passages = self._passages.by_number([int(vectors.numbers[i]) for i in best])
        return [
            Hit(passages[number], float(score[i]), float(dense[i]), float(keyword[i]))
            for i in best
            if (number := int(vectors.numbers[i])) in passages
        ]

    def _keyword_scores(self, question: str, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """BM25 of every passage, (len(numbers),) float32; 0 where no word is shared."""
        scores = np.zeros(len(numbers), np.float32)
        words = self._telling(search_words(question), len(numbers))
        if not words:
            return scores
        rows = self._database.rows(
            "SELECT rowid, -rank AS score FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?",
            (" OR ".join(words), KEYWORD_POOL),
        )
        found = np.fromiter((row["rowid"] for row in rows), np.int64, len(rows))
        places = np.searchsorted(numbers, found)
        present = (places < len(numbers)) & (numbers[np.minimum(places, len(numbers) - 1)] == found)
        values = np.fromiter((row["score"] for row in rows), np.float32, len(rows))
        scores[places[present]] = values[present]
        return scores

    def _telling(self, words: list[str], passages: int) -> list[str]:
        """The question's words as FTS5 strings, without those that stand in too many passages."""
        quoted = ['"' + word.replace('"', '""') + '"' for word in dict.fromkeys(words)][:MAX_WORDS]
        if passages < 1000:
            return quoted
        rare = [word for word in quoted if self._document_frequency(word) <= COMMON * passages]
        return rare or quoted

    def _document_frequency(self, word: str) -> int:
        return int(self._database.rows("SELECT COUNT(*) FROM words WHERE words MATCH ?", (word,))[0][0])


def _standardised(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean 0 and standard deviation 1, or all 0 when every score is the same."""
    spread = float(scores.std())
    return (scores - scores.mean()) / spread if spread > 1e-9 else np.zeros_like(scores)
