"""`jianwen bench language`: reading and writing speed, what look-up drafts and several visitors together gain."""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from jianwen.bench.dataset import load_data_set
from jianwen.bench.llama_server import LlamaServer
from jianwen.bench.prepared import prepared
from jianwen.bench.questions import Opener, ask_all
from jianwen.bench.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.language import LanguageModel, Message, Usage
    from jianwen.settings import Settings

__all__ = ["bench_language"]

VISITORS = 4
WRITTEN = 64  # tokens an answer
QUOTE = "\n请把最后一条资料原样抄写一遍。"


def bench_language(settings: Settings, *, data: Path | None, questions: int) -> Report:
    """Measure the settings' model.

    Args:
        settings: the model and the folder for weights count; the home does not.
        data: a SQuAD-style file or a venue's questions; None for the sample venue.
        questions: how many answers are written each way.

    Raises:
        BadRequest, WeightsMissing: as `bench_first_token`.
    """
    data_set = load_data_set(data, cache=settings.weights / "eval")
    with prepared(replace(settings, states_gb=0), data_set) as assistant, tempfile.TemporaryDirectory() as folder:
        opener = Opener(settings, Path(folder))
        with opener.open("stitched", drafts=False) as model:
            prompts = [
                _quoting(each.messages) for each in ask_all(assistant, data_set.questions, model, limit=questions)
            ]
            for prompt in prompts:
                model.remember(prompt)
            plain = [_written(model, prompt) for prompt in prompts]
        with opener.open("stitched") as model:
            looked_up = [_written(model, prompt) for prompt in prompts]
        with opener.open("stitched", visitors=VISITORS, drafts=False) as model:
            together = _together(model, prompts)
        with opener.open("full", drafts=False) as model:
            prefill_tok_s = _prefill(model, prompts)
            tokens = [model.tokens(prompt) for prompt in prompts[:2]]
        server = _served_tok_s(settings, opener, tokens)
    decode, fast = _decode_tok_s(plain), _decode_tok_s(looked_up)
    rows: list[list[object]] = [
        ["reading", prefill_tok_s],
        ["writing, token by token", decode],
        ["writing, llama.cpp's server", server or "pip install 'jianwen[bench]'"],
        ["writing quotations with look-up", fast],
        [f"{VISITORS} visitors together", together],
    ]
    return Report(
        f"Tokens a second of {settings.language}",
        ["what", "tokens/s"],
        rows,
        {
            "prefill_tok_s": round(prefill_tok_s, 1),
            "decode_tok_s": round(decode, 1),
            "llama_server_decode_tok_s": round(server, 1) if server else None,
            "speculation_speedup": round(fast / decode, 2),
            "four_visitors_speedup": round(together / decode, 2),
        },
    )


def _quoting(messages: Sequence[Message]) -> list[Message]:
    """The same passages, to be quoted."""
    last = messages[-1]
    return [*messages[:-1], replace(last, text=QUOTE)]


def _written(model: LanguageModel, prompt: Sequence[Message]) -> Usage:
    with model.reply(prompt, max_tokens=WRITTEN) as reply:
        for _ in reply:
            continue
    return reply.usage


def _decode_tok_s(usages: Sequence[Usage]) -> float:
    written = sum(usage.written - 1 for usage in usages if usage.written)
    return written / sum(usage.total_s - usage.first_token_s for usage in usages)


def _together(model: LanguageModel, prompts: Sequence[Sequence[Message]]) -> float:
    """Tokens a second of all visitors together, from the moment at which all have their first."""
    marks: list[float] = []
    started = threading.Barrier(min(VISITORS, len(prompts)))

    def visit(prompt: Sequence[Message]) -> None:
        with model.reply(prompt, max_tokens=WRITTEN) as reply:
            next(reply)
            started.wait(timeout=120)
            marks.extend(time.perf_counter() for _ in reply)

    visitors = [threading.Thread(target=visit, args=(prompt,)) for prompt in prompts[:VISITORS]]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    return (len(marks) - 1) / (max(marks) - min(marks))


def _served_tok_s(settings: Settings, opener: Opener, prompts: Sequence[Sequence[int]]) -> float | None:
    """How fast llama.cpp's own server writes behind the same prompts; None without it."""
    if not LlamaServer.is_installed():
        return None
    with LlamaServer(opener.path, context_tokens=settings.context_tokens, threads=settings.threads or 2) as server:
        return mean(server.ask(prompt, max_tokens=WRITTEN).decode_tok_s for prompt in prompts)


def _prefill(model: LanguageModel, prompts: Sequence[Sequence[Message]]) -> float:
    """Over prompts that share nothing but the rules."""
    usages = []
    for prompt in prompts[:3]:
        with model.reply(prompt, max_tokens=1) as reply:
            for _ in reply:
                continue
        usages.append(reply.usage)
    return sum(usage.read for usage in usages) / sum(usage.first_token_s for usage in usages)
