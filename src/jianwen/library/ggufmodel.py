"""An embedder of your own: any GGUF model, run by llama.cpp.

Pooled as its file says, else by the mean of its tokens.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.errors import EmbedderUnavailable
from jianwen.library.embed import Embedder
from jianwen.library.identity import sampled_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from jianwen.library.embed import FloatArray, Role

__all__ = ["GgufModel"]

MAX_TOKENS = 512  # of a text; what is longer is cut off


class GgufModel(Embedder):
    """Runs the model on the processor, a text at a time.

    Args:
        path: the GGUF file.
        prefixes: what to put before a text of each role.
        threads: processor threads; 0 for one per core.

    Raises:
        EmbedderUnavailable: the file is missing or damaged, or the model gives no vectors.
    """

    def __init__(self, path: Path, *, prefixes: Mapping[Role, str], threads: int = 0) -> None:
        super().__init__()
        self.name = str(path)
        self._prefixes = prefixes
        self._model = _opened(path, threads or os.cpu_count() or 1)
        self._space = f"gguf-{sampled_digest(path, prefixes['passage'])}"
        self.dim = self._embed(["a"], "passage").shape[1]

    @property
    def space(self) -> str:
        return self._space

    def _embed(self, texts: Sequence[str], role: Role) -> FloatArray:
        return np.stack([self._vector(self._prefixes[role] + text) for text in texts])

    def _vector(self, text: str) -> FloatArray:
        try:
            found = self._model.embed(text, truncate=True)
        except Exception as exc:  # llama.cpp's errors share no base class but this
            raise EmbedderUnavailable(name=self.name, detail=str(exc)[:200]) from exc
        rows = np.atleast_2d(np.asarray(found, dtype=np.float32))  # without pooling: one a token
        return np.asarray(rows.mean(axis=0))


def _opened(path: Path, threads: int) -> Any:
    if not path.is_file():
        raise EmbedderUnavailable(name=str(path), detail=f"there is no file {path}")
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as for the language model: threads that wait must not spin long
    from llama_cpp import Llama  # noqa: PLC0415 - loads llama.cpp

    try:
        return Llama(
            str(path),
            embedding=True,
            n_ctx=MAX_TOKENS,
            n_batch=MAX_TOKENS,
            n_ubatch=MAX_TOKENS,
            n_threads=threads,
            n_threads_batch=threads,
            verbose=False,
        )
    except Exception as exc:  # as above
        raise EmbedderUnavailable(name=str(path), detail=str(exc)[:200]) from exc
