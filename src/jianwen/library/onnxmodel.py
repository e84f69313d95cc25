"""An embedder of your own: any ONNX text encoder with its `tokenizer.json` beside it, as model hubs offer them.

What the model's other files say is kept to: how to pool (`1_Pooling/config.json`), what to put before a question or
passage (`config_sentence_transformers.json`), how many tokens fit (`sentence_bert_config.json`). Settings win.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.errors import EmbedderUnavailable
from jianwen.library.embed import Embedder
from jianwen.library.identity import sampled_digest
from jianwen.library.onnxsession import open_session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.library.embed import FloatArray, Role

__all__ = ["OnnxModel"]

MAX_TOKENS = 512  # where the model does not say fewer
TOKENS_AT_ONCE = 2048  # of one run, padding included: larger ones are no faster on two cores
_POOLED = ("sentence_embedding", "pooled_output", "embeddings")  # outputs that are one vector a text already
_FILES = ("model.onnx", "onnx/model.onnx")
# What prompts are called in models' files.
_ROLES: Mapping[Role, Sequence[str]] = {"query": ("query",), "passage": ("passage", "document")}


class OnnxModel(Embedder):
    """Runs the model on the processor.

    Args:
        path: the ONNX file, or the folder it is in.
        prefixes: what to put before a text of each role; empty: what the model's files say.
        threads: processor threads; 0 for one per core.

    Raises:
        EmbedderUnavailable: a file is missing or damaged, or the model wants or gives something else.
    """

    def __init__(self, path: Path, *, prefixes: Mapping[Role, str], threads: int = 0) -> None:
        super().__init__()
        self.name = str(path)
        model = _model_file(path)
        notes = _Notes(model.parent)
        self._prefixes = {role: prefixes.get(role) or notes.prefix(role) for role in _ROLES}
        self._pooling = notes.pooling()
        self._tokenizer = _tokenizer(notes.find("tokenizer.json"), most=notes.max_tokens(), name=self.name)
        self._session = open_session(model, name=self.name, threads=threads)
        self._inputs = self._known_inputs()
        self._output = self._chosen_output()
        self._space = self._identity(model)
        self.dim = self._embed(["a"], "passage").shape[1]

    @property
    def space(self) -> str:
        return self._space

    def _embed(self, texts: Sequence[str], role: Role) -> FloatArray:
        encoded = self._tokenizer.encode_batch([self._prefixes[role] + text for text in texts])
        order = sorted(range(len(texts)), key=lambda place: len(encoded[place].ids))
        vectors: dict[int, NDArray[np.float32]] = {}
        for places in _groups(order, [len(one.ids) for one in encoded]):
            vectors |= zip(places, self._run([encoded[place] for place in places]), strict=True)
        return np.stack([vectors[place] for place in range(len(texts))])

    def _run(self, encoded: Sequence[Any]) -> FloatArray:
        """Vectors of texts that are of about the same length."""
        longest = max(len(one.ids) for one in encoded)
        arrays = {name: np.zeros((len(encoded), longest), np.int64) for name in ("ids", "type_ids", "attention_mask")}
        for name, array in arrays.items():
            for row, one in zip(array, encoded, strict=True):
                row[: len(one.ids)] = getattr(one, name)
        try:
            out = self._session.run([self._output], {name: arrays[kind] for name, kind in self._inputs.items()})[0]
        except Exception as exc:  # ONNX Runtime's errors share no base class but this
            raise EmbedderUnavailable(name=self.name, detail=str(exc)[:200]) from exc
        return self._pooled(np.asarray(out, dtype=np.float32), arrays["attention_mask"])

    def _pooled(self, out: FloatArray, mask: NDArray[np.int64]) -> FloatArray:
        """(texts, tokens, dim) to (texts, dim)."""
        if out.ndim == 2:
            return out
        if self._pooling == "first":
            return out[:, 0]
        if self._pooling == "last":
            return np.asarray(out[np.arange(len(out)), mask.sum(axis=1) - 1])
        weights = mask.astype(np.float32)
        return np.asarray(np.einsum("bth,bt->bh", out, weights) / weights.sum(axis=1, keepdims=True), dtype=np.float32)

    def _known_inputs(self) -> dict[str, str]:
        """Which of a tokenizer's results each input of the model takes."""
        known = {"input_ids": "ids", "token_type_ids": "type_ids", "attention_mask": "attention_mask"}
        names = [one.name for one in self._session.get_inputs()]
        if strange := [name for name in names if name not in known]:
            raise EmbedderUnavailable(name=self.name, detail=f"it wants {strange[0]}; text encoders do not")
        return {name: known[name] for name in names}

    def _chosen_output(self) -> str:
        names = [one.name for one in self._session.get_outputs()]
        return next((name for name in _POOLED if name in names), names[0])

    def _identity(self, model: Path) -> str:
        """Changes when the vectors would: with the model, the pooling, or what is put before passages."""
        return f"onnx-{sampled_digest(model, self._pooling, self._prefixes['passage'])}"


class _Notes:
    """What lies beside a model: in its folder, or in the one above, where hubs put it."""

    def __init__(self, folder: Path) -> None:
        self._folders = (folder, folder.parent)

    def find(self, name: str) -> Path | None:
        return next((path for folder in self._folders if (path := folder / name).is_file()), None)

    def pooling(self) -> str:
        """One of "mean", "first" and "last"."""
        notes = self._read("1_Pooling/config.json")
        if notes.get("pooling_mode_cls_token"):
            return "first"
        return "last" if notes.get("pooling_mode_lasttoken") else "mean"

    def prefix(self, role: Role) -> str:
        prompts = self._read("config_sentence_transformers.json").get("prompts")
        prompts = prompts if isinstance(prompts, dict) else {}
        return next((str(prompts[name]) for name in _ROLES[role] if prompts.get(name)), "")

    def max_tokens(self) -> int:
        most = self._read("sentence_bert_config.json").get("max_seq_length")
        return min(most, MAX_TOKENS) if isinstance(most, int) and most > 0 else MAX_TOKENS

    def _read(self, name: str) -> dict[str, Any]:
        path = self.find(name)
        try:
            value = json.loads(path.read_text(encoding="utf-8")) if path else {}
        except (OSError, ValueError) as exc:
            raise EmbedderUnavailable(name=str(path), detail=str(exc)) from exc
        return value if isinstance(value, dict) else {}


def _model_file(path: Path) -> Path:
    candidates = [path / name for name in _FILES] if path.is_dir() else [path]
    found = next((candidate for candidate in candidates if candidate.is_file()), None)
    if found is None:
        raise EmbedderUnavailable(name=str(path), detail=f"there is no file {candidates[0]}")
    return found


def _tokenizer(path: Path | None, *, most: int, name: str) -> Any:
    """A `tokenizers.Tokenizer` that cuts long texts off and does not pad."""
    try:
        from tokenizers import Tokenizer  # noqa: PLC0415 - an extra: only embedders of one's own need it
    except ImportError as exc:
        raise EmbedderUnavailable(name=name, detail="run: pip install tokenizers") from exc
    if path is None:
        raise EmbedderUnavailable(name=name, detail="there is no tokenizer.json beside it")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as exc:  # the library raises nothing more precise
        raise EmbedderUnavailable(name=name, detail=f"tokenizer.json: {exc}") from exc
    tokenizer.no_padding()
    tokenizer.enable_truncation(most)
    return tokenizer


def _groups(order: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Places in ascending order of length, cut so that little is padded and no run is too large."""
    groups: list[list[int]] = []
    for place in order:
        group = groups[-1] if groups else []
        fits = group and lengths[place] * (len(group) + 1) <= TOKENS_AT_ONCE
        if fits and lengths[group[0]] >= 0.8 * lengths[place]:
            group.append(place)
        else:
            groups.append([place])
    return groups
