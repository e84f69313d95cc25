"""The numbers, times and dates that a text states, in a form in which two spellings of one value are equal.

"16:30", "下午4点半" and "4:30 p.m." agree; so do "10月1日", "2026-10-01" and "October 1", "1,200" and "1200.0".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["Stated", "stated", "states"]

_TIME = re.compile(
    r"(?P<before>上午|早上|清晨|凌晨|中午|下午|傍晚|晚上|晚间)?\s*"
    r"(?<![\d.])(?P<hour>[01]?\d|2[0-4])(?:\s*:\s*(?P<minute>[0-5]\d)(?![\d])|\s*[点时](?!间)(?:\s*(?P<cn>[0-5]?\d)\s*分?|(?P<half>半)|整)?)"
    r"\s*(?P<after>[ap]\.?\s?m\b\.?)?"
    r"|(?<![\d.])(?P<bare>1?\d)\s*(?P<bare_after>[ap]\.?\s?m\b\.?)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_MONTHS = ("january", "february", "march", "april", "may", "june",
           "july", "august", "september", "october", "november", "december")  # fmt: skip
_MONTH = re.compile(
    r"\b("
    + "|".join(f"{m[:3]}(?:{m[3:]})?" if len(m) > 3 else m for m in _MONTHS)
    + r")\b\.?(?=\s*\d|\s*(?:the\b|$|[,.;)]))",
    re.IGNORECASE,
)
_CHINESE_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_CHINESE_NUMBER = re.compile(r"[零〇一二两三四五六七八九]?十[一二三四五六七八九]?|[零〇一二两三四五六七八九]+")
_MEASURED = re.compile(
    rf"({_CHINESE_NUMBER.pattern})(?=点|时(?!间)|元|块|分|岁|人|天|日|月|年|小时|折|层|楼|号|米|件|张|个)"
)


@dataclass(frozen=True, slots=True)
class Stated:
    """Values in a text.

    Attributes:
        numbers: plain numbers in their shortest decimal form.
        times: (hour, minute, whether morning or afternoon is certain).
    """

    numbers: frozenset[str]
    times: frozenset[tuple[int, int, bool]]


def stated(text: str) -> Stated:
    """All values that the text states."""
    plain = _MEASURED.sub(lambda m: str(_chinese_value(m[1])), unicodedata.normalize("NFKC", text))
    times: set[tuple[int, int, bool]] = set()

    def take(match: re.Match[str]) -> str:
        times.add(_time(match))
        return " "

    rest = _TIME.sub(take, plain)
    rest = _MONTH.sub(lambda m: f" {_month_number(m[1])} ", rest)
    return Stated(frozenset(_shortest(number) for number in _NUMBER.findall(rest)), frozenset(times))


def states(text: Stated, claim: Stated) -> bool:
    """Whether the text states every value of the claim."""
    return claim.numbers <= (text.numbers | _numbers_of_times(text)) and all(
        any(_same_time(time, other) for other in text.times) for time in claim.times
    )


def missing(texts: Stated, claim: Stated) -> list[str]:
    """The claim's values that are not stated, for people to read."""
    numbers = sorted(claim.numbers - texts.numbers - _numbers_of_times(texts))
    times = (t for t in sorted(claim.times) if not any(_same_time(t, other) for other in texts.times))
    return numbers + [f"{hour}:{minute:02}" for hour, minute, _ in times]


def merged(parts: list[Stated]) -> Stated:
    """What several texts state together."""
    return Stated(
        frozenset().union(*(part.numbers for part in parts)), frozenset().union(*(part.times for part in parts))
    )


def _time(match: re.Match[str]) -> tuple[int, int, bool]:
    hour = int(match["hour"] or match["bare"])
    minute = 30 if match["half"] else int(match["minute"] or match["cn"] or 0)
    mark = (match["after"] or match["bare_after"] or "").lower()
    before = match["before"] or ""
    if (mark.startswith("p") or before in {"下午", "傍晚", "晚上", "晚间"}) and hour < 12:
        return hour + 12, minute, True
    written_in_24_hours = hour > 12 or (match["hour"] or "").startswith("0")
    return hour, minute, bool(mark or before) or written_in_24_hours


def _same_time(one: tuple[int, int, bool], other: tuple[int, int, bool]) -> bool:
    certain = one[2] and other[2]
    same_hour = one[0] == other[0] if certain else one[0] % 12 == other[0] % 12
    return same_hour and one[1] == other[1]


def _numbers_of_times(text: Stated) -> set[str]:
    """A claim may say "4" where the text says "4:00"."""
    return {str(hour) for hour, _, _ in text.times} | {str(minute) for _, minute, _ in text.times}


def _month_number(name: str) -> int:
    return next(i for i, month in enumerate(_MONTHS, 1) if month.startswith(name.lower()[:3]))


def _shortest(number: str) -> str:
    digits = number.replace(",", "")
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    return (whole.lstrip("0") or "0") + ("." + fraction if fraction else "")


def _chinese_value(text: str) -> int:
    if "十" in text:
        tens, _, ones = text.partition("十")
        return _CHINESE_DIGITS.get(tens, 1) * 10 + _CHINESE_DIGITS.get(ones, 0)
    return int("".join(str(_CHINESE_DIGITS[character]) for character in text))
