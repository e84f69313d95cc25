"""Whether answers from kept passages are as good as those of a prompt read in full: the gate of a way of reading.

Every answer is written down as it comes, so a run that is ended goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen.bench.answers import contains_gold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from jianwen.bench.questions import Asked

__all__ = ["Gate", "Quality", "character_f1"]


@dataclass(frozen=True, slots=True)
class Quality:
    """Of one way's answers.

    Attributes:
        questions: how many were answered.
        contains: share of answers with the gold wording in them, 0-1.
        f1: mean character F1 against the best gold wording, 0-1.
    """

    questions: int
    contains: float
    f1: float


class Gate:
    """Answers of one model, by way and question, in a file that lasts until there is a verdict."""

    def __init__(self, folder: Path, *, identity: str) -> None:
        """Read what earlier runs have answered.

        Args:
            folder: for the file.
            identity: of all that answers depend on besides the prompt: the model, and what runs it.
        """
        self._path = folder / f"gate-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.jsonl"
        self._answers: dict[str, str] = dict(_lines(self._path))
        self._is_cut = self._path.exists() and not self._path.read_bytes().endswith(b"\n")

    def answer(self, way: str, answer: Callable[[Asked], str], asked: Sequence[Asked]) -> Iterator[int]:
        """Have answered what is not answered yet; yields how many are done."""
        for n, each in enumerate(asked, 1):
            key = _key(way, each)
            if key not in self._answers:
                self._answers[key] = answer(each)
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("a", encoding="utf-8") as file:
                    if self._is_cut:
                        file.write("\n")
                        self._is_cut = False
                    file.write(json.dumps([key, self._answers[key]], ensure_ascii=False) + "\n")
            yield n

    def end(self) -> None:
        """Delete the file: the next run answers anew."""
        self._path.unlink(missing_ok=True)

    def forget(self, way: str) -> None:
        """Have a way's questions answered anew."""
        self._answers = {key: text for key, text in self._answers.items() if not key.startswith(f"{way} ")}

    def quality(self, way: str, asked: Sequence[Asked]) -> Quality:
        """How good the answers are."""
        pairs = [(each.question, self._answers[_key(way, each)]) for each in asked]
        count = max(len(pairs), 1)
        contains = sum(contains_gold(text, question) for question, text in pairs) / count
        f1 = sum(
            max(character_f1(text, wording) for group in question.answers for wording in group)
            for question, text in pairs
        )
        return Quality(len(pairs), contains, f1 / count)


def character_f1(text: str, gold: str) -> float:
    """Harmonic mean of precision and recall over characters, 0-1, as SQuAD's F1 is over words."""
    ours, theirs = Counter("".join(text.split())), Counter("".join(gold.split()))
    shared = (ours & theirs).total()
    return 2 * shared / (ours.total() + theirs.total()) if shared else 0.0


def _key(way: str, asked: Asked) -> str:
    """Answers to another prompt are other answers."""
    prompt = "\n".join(message.whole for message in asked.messages)
    return f"{way} {asked.question.id} {hashlib.sha256(prompt.encode()).hexdigest()[:16]}"


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """What was written down; a last line that was cut short is left out."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            key, text = json.loads(line)
        except ValueError:
            continue
        yield key, text
