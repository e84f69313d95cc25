"""A question to hits: exact vector search and BM25 in both languages, joined by weighted scores.

Scores are joined, not ranks: equal-weight rank fusion lowers the top results when the dense leg is strong
(measured on CMRC 2018: hit@1 0.973 by ranks, 0.981 by scores).

The library is one, its languages are two. Vectors lie nearer to those of their own language whatever they say, so the
dense scores are standardised within each language; and a question's words are looked up in the glossary, so that the
keyword leg reaches the other language too.
"""

from __future__ import annotations

import re
import time
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from jianwen.library.glossary import foreign_words
from jianwen.library.rows import Hit
from jianwen.library.typical import typical_means
from jianwen.library.words import language_of, telling_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.library.database import Database
    from jianwen.library.embed import Embedder
    from jianwen.library.passages import Passages
    from jianwen.library.vectors import VectorIndex, Vectors

__all__ = ["DENSE_WEIGHT", "Search"]

DENSE_WEIGHT = 0.8  # of the sum of standardised scores; the rest is BM25
TYPICAL_SHARE = 0.9  # of the typical question that is taken off a question's vector
GLOSSARY_WEIGHT = 0.6  # every synonym counts, so a looked-up word scores more often than a person's own
IDENTIFIER_WEIGHT = 2.0  # more for an inventory or phone number: whoever writes one means exactly that
KEYWORD_POOL = 400  # passages that the keyword leg scores
FEW = 3  # passages of a language count as many as all others do for their standard
SCORED = 5000  # passages that hold one of the words; with more, the commonest words are left out
MAX_WORDS = 64  # of a question; more say nothing new and cost time
COMMON = 0.2  # a word in more than this share of the passages finds nothing

_IDENTIFIER = re.compile(r"(?=.*\d)(?!(?:19|20)\d\d$)[\w.:'’-]{4,}")  # a year is none


class Search:
    """Finds passages of one library with one embedder.

    Args:
        database: the library's.
        passages: its table of texts.
        index: its vectors.
        embedder: the one that made them.
        cache: a folder for what can be computed again.
    """

    def __init__(
        self, database: Database, passages: Passages, index: VectorIndex, embedder: Embedder, *, cache: Path
    ) -> None:
        self._database = database
        self._passages = passages
        self._index = index
        self._embedder = embedder
        self._cache = cache
        self.last_ms = 0.0  # of the last search, without embedding the question

    def search(self, question: str, *, limit: int = 20) -> list[Hit]:
        """The best passages first, at most `limit`; none when the library is empty."""
        return self.search_vector(self._embedder.embed([question], role="query")[0], question, limit=limit)

    def search_vector(self, vector: NDArray[np.float32], question: str, *, limit: int = 20) -> list[Hit]:
        """As `search`, for a question embedded already: (dim,) float32. All of it sees one moment of the library."""
        # Outside of the snapshot, and in an empty library too: once a home it takes a second, which a warm-up spends.
        typical = self._typical[language_of(question)]
        started_s = time.perf_counter()
        with self._database.snapshot():
            hits = self._hits(vector, typical, question, limit=limit)
        self.last_ms = (time.perf_counter() - started_s) * 1e3
        return hits

    @cached_property
    def _typical(self) -> Mapping[str, NDArray[np.float32]]:
        return typical_means(self._embedder, cache=self._cache)

    def _hits(
        self, vector: NDArray[np.float32], typical: NDArray[np.float32], question: str, *, limit: int
    ) -> list[Hit]:
        vectors = self._index.current()
        if not len(vectors.numbers):
            return []
        # einsum, not `@`: as fast on one core, and no BLAS threads that spin beside the language model's.
        likeness = np.einsum("ij,j->i", vectors.matrix, vector - TYPICAL_SHARE * typical)
        dense = _standardised_by_language(likeness, vectors.chinese)
        keyword = self._keyword(question, vectors)
        score = DENSE_WEIGHT * dense + (1 - DENSE_WEIGHT) * _standardised(keyword)
        best = _highest(score, limit)
        cosine = vectors.matrix[best] @ vector
        passages = self._passages.by_number([int(vectors.numbers[i]) for i in best])
        return [
            Hit(passages[int(vectors.numbers[i])], float(score[i]), float(cosine[place]), float(keyword[i]))
            for place, i in enumerate(best)
        ]

    def _keyword(self, question: str, vectors: Vectors) -> NDArray[np.float32]:
        """BM25 by the question's own words; in passages of the other language by the glossary's, if that is more."""
        words = telling_words(question)
        scores = self._bm25(words, vectors.numbers)
        scores += IDENTIFIER_WEIGHT * self._bm25(
            [word for word in words if _IDENTIFIER.fullmatch(word)], vectors.numbers
        )
        other = ~vectors.chinese if language_of(question) == "zh" else vectors.chinese
        if other.any():
            foreign = telling_words(" ".join(foreign_words(question)))
            by_glossary = GLOSSARY_WEIGHT * self._bm25(foreign, vectors.numbers)
            scores[other] = np.maximum(scores, by_glossary)[other]
        return scores

    def _bm25(self, words: Sequence[str], numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """BM25 of every passage, (len(numbers),) float32; 0 where no word is shared."""
        scores = np.zeros(len(numbers), np.float32)
        quoted = self._telling(words, len(numbers))
        if not quoted:
            return scores
        rows = self._database.rows(
            "SELECT rowid, -rank AS score FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?",
            (" OR ".join(quoted), KEYWORD_POOL),
        )
        found = np.fromiter((row["rowid"] for row in rows), np.int64, len(rows))
        places = np.searchsorted(numbers, found)
        present = (places < len(numbers)) & (numbers[np.minimum(places, len(numbers) - 1)] == found)
        values = np.fromiter((row["score"] for row in rows), np.float32, len(rows))
        scores[places[present]] = values[present]
        return scores

    def _telling(self, words: Sequence[str], passages: int) -> list[str]:
        """The words as FTS5 strings; of a large library's the rarest, without those that stand in too many passages."""
        quoted = ['"' + word.replace('"', '""') + '"' for word in dict.fromkeys(words)][:MAX_WORDS]
        if passages < 1000:
            return quoted
        counted = sorted((self._document_frequency(word), word) for word in quoted)
        scored = accumulate(frequency for frequency, _ in counted)
        return [
            word
            for (frequency, word), total in zip(counted, scored, strict=True)
            if word == counted[0][1] or (frequency <= COMMON * passages and total <= SCORED)
        ]

    def _document_frequency(self, word: str) -> int:
        return int(self._database.rows("SELECT COUNT(*) FROM words WHERE words MATCH ?", (word,))[0][0])


def _highest(scores: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
    """Places of the highest scores, the highest first."""
    if limit < len(scores):
        some = np.argpartition(-scores, limit)[:limit]
        return some[np.argsort(-scores[some], kind="stable")]
    return np.argsort(-scores, kind="stable")


def _standardised(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean 0 and standard deviation 1, or all 0 when every score is the same."""
    spread = float(scores.std())
    return (scores - scores.mean()) / spread if spread > 1e-9 else np.zeros_like(scores)


def _standardised_by_language(scores: NDArray[np.float32], chinese: NDArray[np.bool_]) -> NDArray[np.float32]:
    """As `_standardised`, within each language.

    The best of many standard normal scores is expected at √(2 ln n); taking that off lets the best of fifty English
    passages stand beside the best of a thousand Chinese ones. A handful of passages has no spread to speak of, so the
    fewer there are, the more they are measured by all: a single English page is not the answer to every question.
    """
    by_all = _standardised(scores) - np.sqrt(2 * np.log(len(scores)))
    standardised = np.zeros_like(scores)
    for members in (chinese, ~chinese):
        n = int(members.sum())
        if n:
            by_own = _standardised(scores[members]) - np.sqrt(2 * np.log(n))
            standardised[members] = (n * by_own + FEW * by_all[members]) / (n + FEW)
    return standardised
