"""`jianwen bench first-token`: how long a visitor waits for the first word, and what the answers lose by it.

One run, the same questions and passages: by the guide as it answers people, with prompts read in full, with an exact
prefix kept, stitched from kept passages, and by llama.cpp's own server with its best cache flags.
"""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from jianwen.bench.dataset import load_data_set
from jianwen.bench.judging import FULL, GUIDE, judge, loss_points
from jianwen.bench.llama_server import LlamaServer
from jianwen.bench.prepared import prepared
from jianwen.bench.questions import PASSAGES, Opener, ask_all
from jianwen.bench.report import Report
from jianwen.errors import BadRequest
from jianwen.guide import Delta, Finished

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jianwen.assistant import Assistant
    from jianwen.bench.dataset import DataSet
    from jianwen.bench.gate import Quality
    from jianwen.bench.questions import Asked
    from jianwen.language import LanguageModel, Message
    from jianwen.settings import Settings

__all__ = ["bench_first_token"]

_READ_AS: dict[str, str] = {FULL: "read in full"}
SLOW_QUESTIONS = 6  # by the ways that take a quarter of a minute each


@dataclass(slots=True)
class _Times:
    """Seconds to the first token, one a question."""

    label: str
    seconds: list[float] = field(default_factory=list)

    def row(self) -> list[object]:
        return [self.label, len(self.seconds), self.p50, self.p95]

    @property
    def p50(self) -> float:
        return median(self.seconds)

    @property
    def p95(self) -> float:
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(0.95 * len(self.seconds)))]


def bench_first_token(settings: Settings, *, data: Path | None, questions: int, gate: int = 0) -> Report:
    """Measure all ways.

    Args:
        settings: the model and the folder for weights count; the home does not.
        data: a SQuAD-style file or a venue's questions; None for the sample venue.
        questions: how many are asked by the fast ways; the slow ones are asked fewer.
        gate: compare the answers of all ways on so many questions, two thirds of them the sample venue's where `data`
            is another set, and store which way the model is fit for.

    Raises:
        BadRequest: the model is not one that runs in this process.
        WeightsMissing: it is not on this box.
    """
    if settings.language in {"openai", "scripted"}:
        raise BadRequest(
            detail=f"{settings.language} does not read in this process: choose a GGUF model.",
            detail_zh=f"{settings.language} 不在本机进程内读取：请选择 GGUF 模型。",
        )
    data_set = load_data_set(data, cache=settings.weights / "eval")
    with prepared(settings, data_set) as assistant, tempfile.TemporaryDirectory() as folder:
        opener = Opener(settings, Path(folder))
        with opener.open("full") as model:
            asked = list(ask_all(assistant, data_set.questions, model, limit=questions))
            tokens = [model.count(each.messages) for each in asked]
            full = _timed("read in full", model, asked[:SLOW_QUESTIONS])
        with opener.open("prefix") as model:
            per_passage_s = _remember(model, asked)
            prefix = _timed("rules and first passage kept", model, asked[:SLOW_QUESTIONS])
        with opener.open("stitched") as model:
            stitched = _timed("stitched from kept passages", model, asked)
            again = _timed("… the same passages again", model, asked, repeated=True)
        guided, typed, asked_again = _guided(assistant, asked)
        server = _served(settings, opener, asked[:SLOW_QUESTIONS])
        quality = judge(opener, _judged_on(settings, data_set, gate)) if gate else {}
    times = [full, prefix, stitched, again, guided, typed, asked_again, *server]
    return _report(settings, tokens, times, per_passage_s, quality)


def _judged_on(settings: Settings, data: DataSet, count: int) -> list[tuple[DataSet, int]]:
    """The sample venue's questions and, as passages differ, half as many of another set where one is given."""
    venue = load_data_set(None, cache=settings.weights / "eval")
    return [(venue, count)] if data.key == venue.key else [(venue, count - count // 3), (data, count // 3)]


def _remember(model: LanguageModel, asked: Sequence[Asked]) -> float:
    """Keep all passages beforehand; seconds a passage."""
    started_s = time.perf_counter()
    count = sum(model.remember(each.messages) or 0 for each in asked)
    return (time.perf_counter() - started_s) / max(count, 1)


def _timed(label: str, model: LanguageModel, asked: Sequence[Asked], *, repeated: bool = False) -> _Times:
    """Seconds to the first token, each prompt on a memory that has just held something else, the search included."""
    times = _Times(label)
    for n, each in enumerate(asked):
        other = _with_question(each, asked[n - 1]) if repeated else asked[n - 1].messages
        _first_token_s(model, other)
        times.seconds.append(each.search_s + _first_token_s(model, each.messages))
    return times


def _with_question(asked: Asked, other: Asked) -> list[Message]:
    """The same passages in the same order, with what another one asks."""
    return [*asked.messages[:-1], replace(asked.messages[-1], text=other.messages[-1].text)]


def _first_token_s(model: LanguageModel, messages: list[Message]) -> float:
    with model.reply(messages, max_tokens=1) as reply:
        for _ in reply:
            continue
    return reply.usage.first_token_s


def _guided(assistant: Assistant, asked: Sequence[Asked]) -> tuple[_Times, _Times, _Times]:
    """As the product answers: search, passages looked at one by one, all checks that come before the first word.

    Every passage has been read once before; a question that is refused counts until the refusal.

    Returns:
        Of questions that come as a whole, of those that the page's box had for a moment before Enter, as it sends
        them whenever somebody stops typing, and of the first ones asked again at once.
    """
    whole, typed = _Times("the guide, checks and all"), _Times("… typed in the page, after Enter")
    repeated = _Times("… the same question again")
    for each in asked:
        _first_word_s(assistant, _marked(each, 1))
    for each in asked:
        whole.seconds.append(_first_word_s(assistant, _marked(each, 2)))
        repeated.seconds.append(_first_word_s(assistant, _marked(each, 2)))
    for n, each in enumerate(asked):
        _first_word_s(assistant, _marked(asked[n - 1], 1))
        assistant.prepare(_marked(each, 3))
        typed.seconds.append(_first_word_s(assistant, _marked(each, 3)))
    return whole, typed, repeated


def _marked(asked: Asked, marks: int) -> str:
    """The question with so many question marks: nothing of it was remembered of other rounds."""
    return asked.question.text.rstrip("?？") + "？" * marks


def _first_word_s(assistant: Assistant, question: str) -> float:
    """Seconds until the first word is shown; the rest of the answer is not waited for."""
    cancelled = threading.Event()
    started_s = time.perf_counter()
    events = assistant.ask(question, cancelled=cancelled)
    waited_s = next(time.perf_counter() - started_s for event in events if isinstance(event, (Delta, Finished)))
    cancelled.set()
    for _ in events:
        continue
    return waited_s


def _served(settings: Settings, opener: Opener, asked: Sequence[Asked]) -> list[_Times]:
    """llama.cpp's server: passages seen before in another order, and an exact repeat but for the question."""
    if not LlamaServer.is_installed():
        return []
    other, repeat = _Times("llama.cpp's server, other order"), _Times("llama.cpp's server, same order")
    with (
        opener.open("full") as model,
        LlamaServer(opener.path, context_tokens=settings.context_tokens, threads=settings.threads or 2) as server,
    ):
        for n, each in enumerate(asked):
            server.ask(model.tokens(each.shuffled))
            other.seconds.append(each.search_s + server.ask(model.tokens(each.messages)).first_token_s)
            again = _with_question(each, asked[n - 1])
            repeat.seconds.append(each.search_s + server.ask(model.tokens(again)).first_token_s)
    return [other, repeat]


def _report(
    settings: Settings,
    tokens: Sequence[int],
    times: Sequence[_Times],
    per_passage_s: float,
    quality: Mapping[str, Quality],
) -> Report:
    full, _, stitched, _, guided, typed, repeated, *server = times
    notes = [f"prompts of {min(tokens)} to {max(tokens)} tokens; keeping a passage took {per_passage_s:.1f} s, once"]
    notes += [
        f"answers, {_READ_AS.get(way, way)}: gold contained {each.contains:.3f}, character F1 {each.f1:.3f}, "
        f"{each.questions} questions"
        for way, each in quality.items()
    ]
    notes.append("typed in the page: its draft was worked off before Enter")
    if not server:
        notes.append("llama.cpp's server was left out: pip install 'jianwen[bench]'")
    return Report(
        f"First token with {settings.language}, {PASSAGES} passages, {median(tokens):.0f} tokens, the search included",
        ["way", "questions", "p50 s", "p95 s"],
        [each.row() for each in times],
        {
            "first_token_p50_s": round(guided.p50, 3),
            "first_token_p95_s": round(guided.p95, 3),
            "times_faster_than_full": round(full.p50 / guided.p50, 1),
            "times_faster_than_llama_server": round(server[0].p50 / guided.p50, 1) if server else None,
            "accuracy_loss_points": round(loss_points(quality, GUIDE), 1) if quality else None,
            "typed_first_token_p50_s": round(typed.p50, 3),
            "typed_first_token_p95_s": round(typed.p95, 3),
            "repeated_first_token_p50_s": round(repeated.p50, 3),
            "typed_times_faster_than_full": round(full.p50 / typed.p50, 1),
            "typed_times_faster_than_llama_server": round(server[0].p50 / typed.p50, 1) if server else None,
            "stitched_first_token_p50_s": round(stitched.p50, 3),
            "stitched_first_token_p95_s": round(stitched.p95, 3),
            "stitched_accuracy_loss_points": round(loss_points(quality, "stitched"), 1) if quality else None,
            "quality": {how: asdict(each) for how, each in quality.items()},
            "prompt_tokens": median(tokens),
            "keep_passage_s": round(per_passage_s, 2),
            "p50_s": {each.label: round(each.p50, 3) for each in times},
        },
        notes,
    )
