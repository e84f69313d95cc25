"""Questions that no document answers: far from the venue, or near and plausible."""

from __future__ import annotations

from venue.asking import Question, ask

__all__ = ["UNANSWERABLE"]


def _no_answer(question: str) -> Question:
    return ask("unanswerable", question, [])


_FAR = ("法国的首都是哪里？", "帮我写一首关于秋天的诗", "What is the boiling point of mercury?")
_NEAR = ("有没有游泳池？", "馆长的电话号码是多少？", "is there a cinema in the park?")

UNANSWERABLE = [_no_answer(question) for question in (*_FAR, *_NEAR)]
