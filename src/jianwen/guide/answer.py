"""What the guide hands out: the checked answer, and the events on the way to it. And their JSON shapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jianwen.places import locator_to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwen.library import Hit
    from jianwen.places import Passage

__all__ = [
    "Answer",
    "Citation",
    "Delta",
    "Event",
    "Evidence",
    "Finished",
    "Found",
    "Reading",
    "Searching",
    "Turn",
    "Unsupported",
    "answer_to_json",
    "hit_to_json",
]

SHOWN_CHARACTERS = 300  # of a hit's text in a list


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question and the answer it got."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage as the model sees it: number `n` in the prompt, from a source people call `source`."""

    n: int
    source: str
    hit: Hit

    @property
    def passage(self) -> Passage:
        return self.hit.passage


@dataclass(frozen=True, slots=True)
class Citation:
    """A sentence of the answer rests on a passage.

    Attributes:
        n: the number in the answer's text, `[n]`.
        source: what people call the source.
        passage: where it stands.
        quote: the part of the passage's text that carries the sentence.
        start: first character of the sentence in the answer.
        end: one past its last character.
    """

    n: int
    source: str
    passage: Passage
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Characters of the answer, from `start` to before `end`, that no passage carries, and why we say so."""

    start: int
    end: int
    why: str
    why_zh: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer.

    Attributes:
        text: with `[n]` behind the sentences.
        citations: all of them to passages that the search found.
        unsupported: what a reader should doubt.
        nearest: with a refusal, the passages that came nearest, with their sources' names.
        refused: the library does not say.
        stopped: cut short by the person.
        timings_s: "search", "first_token", "total", in seconds.
        tokens: "read", "reused", "written".
    """

    text: str
    citations: tuple[Citation, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()
    nearest: tuple[Evidence, ...] = ()
    refused: bool = False
    stopped: bool = False
    timings_s: Mapping[str, float] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Searching:
    """The search begins, over so many passages."""

    passages: int


@dataclass(frozen=True, slots=True)
class Found:
    """What the search found, best first."""

    hits: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The model begins to read so many passages, so many tokens."""

    passages: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Delta:
    """More of the answer, not checked yet."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The checked answer. Always the last event."""

    answer: Answer


Event = Searching | Found | Reading | Delta | Finished


def hit_to_json(evidence: Evidence) -> dict[str, Any]:
    """A found passage as lists show it."""
    passage = evidence.passage
    return {
        "passage_id": passage.id,
        "source": evidence.source,
        "source_id": passage.source_id,
        "where": locator_to_json(passage.locator),
        "text": passage.text[:SHOWN_CHARACTERS],
        "score": round(evidence.hit.score, 3),
    }


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """The shape of `ask --json`, which HTTP shares."""
    return {
        "answer": answer.text,
        "refused": answer.refused,
        "state": "stopped" if answer.stopped else "done",
        "citations": [
            {
                "n": citation.n,
                "source": citation.source,
                "source_id": citation.passage.source_id,
                "passage_id": citation.passage.id,
                "where": locator_to_json(citation.passage.locator),
                "quote": citation.quote,
            }
            for citation in answer.citations
        ],
        "unsupported": [
            {"start": span.start, "end": span.end, "why": span.why, "why_zh": span.why_zh}
            for span in answer.unsupported
        ],
        "nearest": [hit_to_json(evidence) for evidence in answer.nearest],
        "timings_s": {name: round(value, 3) for name, value in answer.timings_s.items()},
        "tokens": dict(answer.tokens),
    }
