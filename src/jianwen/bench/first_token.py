"""`jianwen bench first-token`: how long a visitor waits for the first word, and what the answers lose by it.

One run, the same questions and passages: by the guide as it answers people, with prompts read in full, with an exact
prefix kept, stitched from kept passages, and by llama.cpp's own server with its best cache flags.
"""

from __future__ import annotations

import random
import re
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from rich.console import Console

from jianwen import weights
from jianwen.bench.dataset import load_data_set
from jianwen.bench.gate import Gate, Quality
from jianwen.bench.llama_server import LlamaServer
from jianwen.bench.prepared import prepared
from jianwen.bench.report import Report
from jianwen.errors import BadRequest, WeightsMissing
from jianwen.guide import Delta, Evidence, Finished, Prompt, wording_of
from jianwen.language import States, Verdict, keep_way, open_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jianwen.assistant import Assistant
    from jianwen.bench.dataset import DataSet, QuestionItem
    from jianwen.language import Compose, LanguageModel, Message
    from jianwen.settings import Settings

__all__ = ["Asked", "Opener", "bench_first_token"]

PASSAGES = 5
PASSAGE_TOKENS = 1300  # all together
SLOW_QUESTIONS = 6  # by the ways that take a quarter of a minute each
STATES_BYTES = 8 << 30
LOSS_POINTS = 2.0
ANSWER_TOKENS = 80  # at most, where answers are compared
GUIDE = "the guide"
SEED = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what the search found for it.

    Attributes:
        question: with its gold answers.
        messages: what the model reads, the best passage last.
        shuffled: the same with the passages in another order.
        search_s: how long the search took, embedding the question included.
    """

    question: QuestionItem
    messages: list[Message]
    shuffled: list[Message]
    search_s: float


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens the settings' model in different ways.

    Attributes:
        settings: name the model.
        folder: for states.
    """

    settings: Settings
    folder: Path

    @property
    def path(self) -> Path:
        path = weights.locate(self.settings.language, folder=self.settings.weights)
        if path is None:
            raise WeightsMissing(name=self.settings.language, detail=f"looked in {self.settings.weights}")
        return path

    @property
    def identity(self) -> str:
        return weights.identity(self.settings.language, self.path)

    def open(self, how: Compose, *, visitors: int = 1, drafts: bool = True) -> LanguageModel:
        states = None if how == "full" else States(self.folder / how, STATES_BYTES, self.identity, how)
        return open_language(
            self.settings.language,
            model_path=self.path,
            context_tokens=self.settings.context_tokens,
            threads=self.settings.threads,
            visitors=visitors,
            states=states,
            drafts=drafts,
        )


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
        gate: compare the answers of all ways on so many questions, and store which way the model is fit for.

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
            _remember(model, asked[:SLOW_QUESTIONS])
            prefix = _timed("rules and first passage kept", model, asked[:SLOW_QUESTIONS])
        with opener.open("stitched") as model:
            per_passage_s = _remember(model, asked)
            stitched = _timed("stitched from kept passages", model, asked)
            again = _timed("… the same passages again", model, asked, repeated=True)
        guided, typed, asked_again = _guided(assistant, asked)
        server = _served(settings, opener, asked[:SLOW_QUESTIONS])
        quality = _judged(settings, opener, assistant, data_set, gate) if gate else {}
    times = [full, prefix, stitched, again, guided, typed, asked_again, *server]
    return _report(settings, tokens, times, per_passage_s, quality)


def ask_all(
    assistant: Assistant, questions: Sequence[QuestionItem], model: LanguageModel, *, limit: int
) -> Iterator[Asked]:
    """Search for questions that have an answer, evenly picked, and compose their prompts."""
    fit = [question for question in questions if question.answerable and not question.history]
    shuffled = random.Random(SEED)  # noqa: S311 - an order, not a secret
    library = assistant.library
    library.search("开放时间 opening hours")
    for question in fit[:: max(1, len(fit) // limit)][:limit]:
        started_s = time.perf_counter()
        hits = library.search(question.text)
        search_s = time.perf_counter() - started_s
        names = library.names(hit.passage.source_id for hit in hits)
        found: list[Evidence] = []
        left = PASSAGE_TOKENS
        for n, hit in enumerate(hits, 1):
            left -= model.count_text(hit.passage.text)
            if len(found) < PASSAGES and left >= 0:
                found.append(Evidence(n, names.get(hit.passage.source_id, ""), hit))
        best_last = tuple(reversed(found))
        other = tuple(shuffled.sample(best_last, len(best_last)))
        template = wording_of(question.text).answer
        yield Asked(
            question,
            Prompt(question.text, best_last).ask(template),
            Prompt("？", other).ask(template),
            search_s,
        )


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


def _judged(settings: Settings, opener: Opener, assistant: Assistant, data: DataSet, count: int) -> dict[str, Quality]:
    """Answers in full, stitched and by the guide; the fastest way of reading that loses at most `LOSS_POINTS` is kept.

    A kept prefix gives what reading in full gives, so it is not judged. Nor are the guide's answers of earlier runs
    used: it changes more often than a model.
    """
    answers = Gate(settings.weights / "eval", identity=opener.identity)
    quality: dict[str, Quality] = {}
    with Console(stderr=True).status("") as status:
        for how in _JUDGED:
            with opener.open(how) as model:
                asked = list(ask_all(assistant, data.questions, model, limit=count))
                for done in answers.answer(how, partial(_written, model), asked):
                    status.update(f"answers {how}: {done} of {len(asked)}")
                quality[how] = answers.quality(how, asked)
        answers.forget(GUIDE)
        for done in answers.answer(GUIDE, partial(_guide_wrote, assistant), asked):
            status.update(f"answers by {GUIDE}: {done} of {len(asked)}")
        quality[GUIDE] = answers.quality(GUIDE, asked)
    loss = _loss_points(quality, "stitched")
    fit: Compose = "stitched" if loss <= LOSS_POINTS else "prefix"
    verdict = Verdict(fit, round(loss, 1), len(asked), f"{datetime.now(tz=UTC):%Y-%m-%d}")
    keep_way(opener.identity, verdict, folder=settings.states)
    return quality


_JUDGED: tuple[Compose, ...] = ("stitched", "full")
_MARK = re.compile(r"\s*\[\d+\]")


def _written(model: LanguageModel, asked: Asked) -> str:
    with model.reply(asked.messages, max_tokens=ANSWER_TOKENS) as reply:
        return "".join(reply)


def _guide_wrote(assistant: Assistant, asked: Asked) -> str:
    """The guide's answer without the marks of its citations; a refusal is one."""
    events = assistant.ask(asked.question.text, max_tokens=ANSWER_TOKENS)
    answer = next(event.answer for event in events if isinstance(event, Finished))
    return _MARK.sub("", answer.text)


def _loss_points(quality: Mapping[str, Quality], way: str) -> float:
    """Against reading in full, by containing the gold wording or by character F1, whichever speaks worse for it."""
    full, other = quality["full"], quality[way]
    return 100 * max(full.contains - other.contains, full.f1 - other.f1)


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
        f"answers, {way}: gold contained {each.contains:.3f}, character F1 {each.f1:.3f}, {each.questions} questions"
        for way, each in quality.items()
    ]
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
            "accuracy_loss_points": round(_loss_points(quality, GUIDE), 1) if quality else None,
            "typed_first_token_p50_s": round(typed.p50, 3),
            "typed_first_token_p95_s": round(typed.p95, 3),
            "repeated_first_token_p50_s": round(repeated.p50, 3),
            "typed_times_faster_than_full": round(full.p50 / typed.p50, 1),
            "typed_times_faster_than_llama_server": round(server[0].p50 / typed.p50, 1) if server else None,
            "stitched_first_token_p50_s": round(stitched.p50, 3),
            "stitched_first_token_p95_s": round(stitched.p95, 3),
            "stitched_accuracy_loss_points": round(_loss_points(quality, "stitched"), 1) if quality else None,
            "quality": {how: asdict(each) for how, each in quality.items()},
            "prompt_tokens": median(tokens),
            "keep_passage_s": round(per_passage_s, 2),
            "p50_s": {each.label: round(each.p50, 3) for each in times},
        },
        notes,
    )
