"""A question with its right answer and the place where it stands; and the ways in which people write one answer.

An answer is right when every group is matched by one of its alternatives (a substring after `reading.folded`).
Several gold places are alternatives: each of them alone proves the answer. A follow-up carries its earlier turns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from venue.reading import folded, places

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Gold", "Group", "Question", "ask", "clock", "count", "gold", "questions_to_json", "yuan"]

Group = tuple[str, ...]
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Gold:
    """A file and words that stand in it; `where` only when the words stand in several places of the file."""

    source: str
    text: str
    where: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One row of questions.json, before it has a number and a split."""

    kind: str
    question: str
    answers: tuple[Group, ...]
    gold: tuple[Gold, ...]
    conversation: tuple[tuple[str, str], ...] = ()

    @property
    def language(self) -> str:
        return "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in self.question) else "en"


def gold(source: str, text: str, **where: str | int) -> Gold:
    return Gold(source, text, tuple(where.items()))


def ask(
    kind: str, question: str, answers: list[Group], *proofs: Gold, after: tuple[tuple[str, str], ...] = ()
) -> Question:
    """`after` holds the earlier turns as (question, answer)."""
    return Question(kind, question, tuple(answers), proofs, after)


def _chinese(number: int) -> str:
    """0–999 in Chinese words."""
    if number < 10:
        return _DIGITS[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")
    hundreds, rest = divmod(number, 100)
    if not rest:
        return _DIGITS[hundreds] + "百"
    return _DIGITS[hundreds] + "百" + ("零" if rest < 10 else "一" if rest < 20 else "") + _chinese(rest)


def clock(time: str) -> Group:
    """A time such as "16:30" in the ways people write it, in Chinese and English."""
    hour, minute = (int(part) for part in time.split(":"))
    half, small = ("am" if hour < 12 or hour == 24 else "pm"), (hour - 1) % 12 + 1
    parts = {0: ("",), 15: ("15", "一刻", "十五"), 30: ("半", "30", "三十"), 45: ("45", "三刻", "四十五")}.get(
        minute, (f"{minute:02d}", _chinese(minute))
    )
    chinese = [f"{h}{dot}{part}" for h in (hour, small, _chinese(small)) for dot in "点时" for part in parts]
    dotted = f"{half[0]}.m."
    english = [f"{small}:{minute:02d}{half}", f"{small}:{minute:02d}{dotted}", f"{small}.{minute:02d}{half}"]
    if minute == 0:
        english += [f"{small}{half}", f"{small}{dotted}", f"{small}o'clock"]
    night = ["midnight", "午夜", "零点", "0点", "00:00"] if hour == 24 else []
    return (time, f"{hour}:{minute:02d}", *dict.fromkeys(chinese), *english, *night)


def yuan(amount: float) -> Group:
    """An amount of money; a bare number does not count."""
    number = f"{amount:g}" if amount < 100_000 else f"{amount:.0f}"
    words = [f"{number}{unit}" for unit in ("元", "块", " yuan", " RMB", " CNY", "圆")]
    words += [f"{sign}{number}" for sign in ("¥", "RMB", "CNY", "人民币")] + [f"{amount:.2f}"]
    words.append(f"（元）: {number}")  # a table row quoted with its header
    whole = amount == int(amount) and amount < 1000
    return (*words, *((_chinese(int(amount)) + "元", _chinese(int(amount)) + "块") if whole else ()))


def count(number: int, *units: str) -> Group:
    """A whole number with one of its units, in figures or Chinese words."""
    return tuple(f"{form}{unit}" for unit in units for form in (number, *([_chinese(number)] if number < 1000 else ())))


def questions_to_json(questions: list[Question], folder: Path) -> list[dict[str, Any]]:
    """Numbered from q001; every second one of a kind is for tuning. Looks each gold up in the finished files."""
    seen: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for number, question in enumerate(questions, 1):
        seen[question.kind] = seen.get(question.kind, 0) + 1
        proofs = [_located(proof, folder) for proof in question.gold]
        _check_answers(question, folder, proofs)
        rows.append(
            {
                "id": f"q{number:03d}",
                "question": question.question,
                "language": question.language,
                "kind": question.kind,
                "split": "tune" if seen[question.kind] % 2 else "test",
                "conversation": [{"question": asked, "answer": told} for asked, told in question.conversation],
                "answers": [list(group) for group in question.answers],
                "gold": proofs,
            }
        )
    return rows


def _located(proof: Gold, folder: Path) -> dict[str, Any]:
    """The one place where the quote stands.

    Raises:
        ValueError: it stands nowhere, or in several places.
    """
    found = [where for where, text in places(folder, proof.source) if folded(proof.text) in folded(text)]
    if proof.where:
        found = [where for where in found if where.items() >= dict(proof.where).items()]
    if len(found) != 1:
        message = f"{proof.source}: {proof.text!r} stands in {found or 'no place'}"
        raise ValueError(message)
    return {"source": proof.source, "where": found[0], "text": proof.text}


def _check_answers(question: Question, folder: Path, proofs: list[dict[str, Any]]) -> None:
    """Every group has an alternative that can be read at one of the gold places."""
    texts = [text for proof in proofs for where, text in places(folder, proof["source"]) if where == proof["where"]]
    for group in question.answers:
        if not any(_stands_in(alternative, text) for alternative in group for text in texts):
            message = f"{question.question}: none of {group} is at {[proof['where'] for proof in proofs]}"
            raise ValueError(message)


def _stands_in(alternative: str, text: str) -> bool:
    """In a table the unit stands in the header, so there the bare number is enough when it fills a cell."""
    figures = re.search(r"[\d.:]+", alternative)
    bare = figures[0] if figures else ""
    return folded(alternative) in folded(text) or (bool(bare) and bare in re.split(r"[\s|¥]+", text))
