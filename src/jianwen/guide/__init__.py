"""A question in, a checked answer out: search, judge, choose, compose, read, check.

Run: ``for event in Guide(library, lambda: model).ask(Question("几点关门？")): …``
"""

from jianwen.guide.answer import (
    Answer,
    Citation,
    Delta,
    Event,
    Evidence,
    Finished,
    Found,
    Reading,
    Searching,
    Turn,
    Unsupported,
    answer_to_json,
    hit_to_json,
)
from jianwen.guide.followup import search_text
from jianwen.guide.grounding import check_citations, is_refusal
from jianwen.guide.guide import MAX_TOKENS, Guide, Question
from jianwen.guide.keeper import Keeper
from jianwen.guide.pinning import Pinned, keeps_nothing, pin
from jianwen.guide.prompt import RULES, Prompt, wording_of

__all__ = [
    "MAX_TOKENS",
    "RULES",
    "Answer",
    "Citation",
    "Delta",
    "Event",
    "Evidence",
    "Finished",
    "Found",
    "Guide",
    "Keeper",
    "Pinned",
    "Prompt",
    "Question",
    "Reading",
    "Searching",
    "Turn",
    "Unsupported",
    "answer_to_json",
    "check_citations",
    "hit_to_json",
    "is_refusal",
    "keeps_nothing",
    "pin",
    "search_text",
    "wording_of",
]
