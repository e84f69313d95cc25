"""The gate: answers from kept passages beside those of prompts read in full, and the verdict that a model keeps.

Measures no time.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from rich.console import Console

from jianwen.bench.gate import Gate, Quality
from jianwen.bench.prepared import prepared
from jianwen.bench.questions import STATES_GB, ask_all
from jianwen.guide import Finished
from jianwen.language import Verdict, keep_way

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jianwen.assistant import Assistant
    from jianwen.bench.dataset import DataSet
    from jianwen.bench.questions import Asked, Opener
    from jianwen.language import Compose, LanguageModel

__all__ = ["GUIDE", "judge", "loss_points"]

LOSS_POINTS = 2.0
ANSWER_TOKENS = 80  # at most
GUIDE = "the guide"
# A kept prefix gives what reading in full gives, and takes three quarters of the time, so it stands for it here.
FULL: Compose = "prefix"
STITCHED: Compose = "stitched"
_MARK = re.compile(r"\s*\[\d+\]")


def judge(opener: Opener, sets: Sequence[tuple[DataSet, int]]) -> dict[str, Quality]:
    """Answers in full, stitched and by the guide; the fastest way of reading that loses at most `LOSS_POINTS` is kept.

    The guide's answers of earlier runs are not used: it changes more often than a model.

    Args:
        opener: of the model.
        sets: each with how many of its questions are asked.

    Returns:
        By way: `FULL`, `STITCHED`, `GUIDE`.
    """
    settings = opener.settings
    identity = f"{opener.identity} {version('llama-cpp-python')} {version('jianwen')} {ANSWER_TOKENS}"
    answers = Gate(settings.weights / "eval", identity=identity)
    answers.forget(GUIDE)
    asked: list[Asked] = []
    for data, count in sets:
        with prepared(replace(settings, states_gb=STATES_GB), data) as assistant:
            asked += _answered(opener, assistant, data, answers, count)
    quality = {way: answers.quality(way, asked) for way in (STITCHED, FULL, GUIDE)}
    loss = loss_points(quality, STITCHED)
    fit = STITCHED if loss <= LOSS_POINTS else FULL
    verdict = Verdict(fit, round(loss, 1), len(asked), f"{datetime.now(tz=UTC):%Y-%m-%d}")
    keep_way(opener.identity, verdict, folder=settings.states)
    answers.end()
    return quality


def loss_points(quality: Mapping[str, Quality], way: str) -> float:
    """Against reading in full, by containing the gold wording or by character F1, whichever speaks worse for it."""
    full, other = quality[FULL], quality[way]
    return 100 * max(full.contains - other.contains, full.f1 - other.f1)


def _answered(opener: Opener, assistant: Assistant, data: DataSet, answers: Gate, count: int) -> list[Asked]:
    """What is asked of a set, answered in all ways; what the model reads of passages serves all of them."""
    opener = replace(opener, folder=assistant.settings.states)
    asked: list[Asked] = []
    with Console(stderr=True).status("") as status:
        for how in (STITCHED, FULL):
            with opener.open(how) as model:
                asked = asked or list(ask_all(assistant, data.questions, model, limit=count))
                for done in answers.answer(how, partial(_written, model), asked):
                    status.update(f"{data.name}, answers {how}: {done} of {len(asked)}")
        for done in answers.answer(GUIDE, partial(_guide_wrote, assistant), asked):
            status.update(f"{data.name}, answers by {GUIDE}: {done} of {len(asked)}")
    return asked


def _written(model: LanguageModel, asked: Asked) -> str:
    with model.reply(asked.messages, max_tokens=ANSWER_TOKENS) as reply:
        return "".join(reply)


def _guide_wrote(assistant: Assistant, asked: Asked) -> str:
    """The guide's answer without the marks of its citations; a refusal is one."""
    events = assistant.ask(asked.question.text, max_tokens=ANSWER_TOKENS)
    answer = next(event.answer for event in events if isinstance(event, Finished))
    return _MARK.sub("", answer.text)
