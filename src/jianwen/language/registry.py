"""Which back end a name stands for. Each is imported when it is first opened, so that none costs anything unused."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen.errors import ModelUnavailable
from jianwen.language.scripted import Scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jianwen.language.base import LanguageModel
    from jianwen.language.states import States

__all__ = ["BACK_ENDS", "open_language"]


@dataclass(frozen=True, slots=True)
class _Wish:
    """The arguments of `open_language`; see there."""

    name: str
    model_path: Path | None
    context_tokens: int
    threads: int
    url: str
    model: str
    key: str
    offline: bool
    visitors: int
    states: States | None
    drafts: bool


def open_language(
    name: str,
    *,
    model_path: Path | None,
    context_tokens: int,
    threads: int,
    url: str = "",
    model: str = "",
    key: str = "",
    offline: bool = False,
    visitors: int = 4,
    states: States | None = None,
    drafts: bool = True,
) -> LanguageModel:
    """Open the language model `name`.

    Args:
        name: "openai", "scripted", or what the file at `model_path` is called.
        model_path: a GGUF file; needed unless `name` is one of the two.
        context_tokens: the window wanted; a model with a smaller one keeps its own.
        threads: of llama.cpp; 0 means one per core.
        url: of the server, for "openai", such as "http://127.0.0.1:11434/v1".
        model: the model's name there.
        key: sent there as a bearer token.
        offline: ask no host but this one.
        visitors: replies that a model in this process writes at the same time.
        states: where such a model keeps what it has read; None keeps nothing.
        drafts: whether such a model writes quotations several tokens a step.

    Raises:
        ModelUnavailable: it cannot be loaded or reached.
    """
    back_end = BACK_ENDS.get(name, _open_llama)
    return back_end(
        _Wish(name, model_path, context_tokens, threads, url, model, key, offline, visitors, states, drafts)
    )


def _open_llama(wish: _Wish) -> LanguageModel:
    # Read by GNU OpenMP when llama.cpp loads it. Its threads meet some hundred times a token, and by default they spin
    # there for long: alone that gains nothing, but on a busy box they spin away the time of the thread they wait for
    # (two cores at load 8: 1-3 tokens a second by default, 4-17 with a short spin; alone about 40 with either).
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    from jianwen.language.llamacpp import LlamaCpp  # noqa: PLC0415 - loads llama.cpp

    if wish.model_path is None:
        raise ModelUnavailable(
            name=wish.name,
            detail="no model file was given",
            remedy="Run `jianwen models pull` or name a GGUF file.",
            remedy_zh="请运行 `jianwen models pull`，或指定一个 GGUF 文件。",
        )
    return LlamaCpp(
        wish.model_path,
        name=wish.name,
        context_tokens=wish.context_tokens,
        threads=wish.threads,
        visitors=wish.visitors,
        states=wish.states,
        drafts=wish.drafts,
    )


def _open_compatible(wish: _Wish) -> LanguageModel:
    from jianwen.language.compatible import Compatible  # noqa: PLC0415 - loads httpx

    return Compatible(
        wish.url, model=wish.model, key=wish.key, context_tokens=wish.context_tokens, offline=wish.offline
    )


def _open_scripted(wish: _Wish) -> LanguageModel:
    return Scripted(context_tokens=wish.context_tokens)


BACK_ENDS: Mapping[str, Callable[[_Wish], LanguageModel]] = {
    "llama": _open_llama,
    "openai": _open_compatible,
    "scripted": _open_scripted,
}
