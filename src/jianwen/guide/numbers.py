"""The numbers, times and dates that a text states, in a form in which two spellings of one value are equal.

"16:30", "下午4点半" and "4:30 p.m." agree; so do "10月1日", "2026-10-01" and "October 1", "1,200" and "1200.0",
"十四個人" and "fourteen people", "第二届" and "the second", "周四" and "Thursday".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from jianwen.library import fold

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
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_UNITS = "点|时(?!间)|元|块|分|岁|天|日|月|年|小时|折|层|楼|号|米|倍|成"
_CLASSIFIERS = (
    "人|个|件|张|次|回|位|名|只|条|种|场|局|枚|颗|把|辆|艘|座|间|周|步|套|幅|页|排|台|杆|句|本|份|杯|袋|盏|棵|道"
)
_CHINESE_NUMBER = "[零〇一二两三四五六七八九十百千万]+"
_MEASURED = re.compile(
    rf"({_CHINESE_NUMBER})(?=[多几余]?(?:{_UNITS}))|(?!一(?!十|百|千|万))({_CHINESE_NUMBER})(?=[多几余]?(?:{_CLASSIFIERS}))"
)
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
          "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORD = re.compile(
    rf"\b(?:({'|'.join(_TENS)})(?:[ -]({'|'.join(_WORDS[1:10])}))?|({'|'.join(_WORDS[2:])}))\b"
)  # "one" is no number
_ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
             "twelfth")  # fmt: skip
_ORDINAL = re.compile(rf"\b({'|'.join(_ORDINALS)})\b")  # "first" is no number, as "one" is none
_CHINESE_ORDINAL = re.compile(rf"第(?!一(?!十|百|千|万))({_CHINESE_NUMBER})")
_WEEKDAY = re.compile(
    r"(?:周|星期|礼拜)([一二三四五六日天])|\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b",
)
_WEEKDAYS = {name: i % 7 for i, name in enumerate("一二三四五六日")} | {"天": 6} | {
    name: i for i, name in enumerate(("mon", "tues", "wednes", "thurs", "fri", "satur", "sun"))
}  # fmt: skip
_PART_OF_WEEK = re.compile(r"(周末|\bweekends?\b)|平日|\bweekdays?\b")
_SPAN = re.compile(r"\s*(?:至|到|~|-|–|—|to|through)\s*")


@dataclass(frozen=True, slots=True)
class Stated:
    """Values in a text.

    Attributes:
        numbers: plain numbers in their shortest decimal form.
        times: (hour, minute, whether morning or afternoon is certain).
        weekdays: 0 is Monday; those between the two ends of "周二至周日" too.
    """

    numbers: frozenset[str]
    times: frozenset[tuple[int, int, bool]]
    weekdays: frozenset[int] = field(default=frozenset())


def stated(text: str) -> Stated:
    """All values that the text states."""
    plain = fold(text)
    weekdays = _weekdays(plain)
    plain = _WEEKDAY.sub(" ", plain)
    plain = _MEASURED.sub(lambda m: f" {_chinese_value(m[1] or m[2])}", plain)
    plain = _CHINESE_ORDINAL.sub(lambda m: f" {_chinese_value(m[1])}", plain)
    plain = _WORD.sub(lambda m: str(_word_value(m)), plain)
    plain = _ORDINAL.sub(lambda m: str(_ORDINALS.index(m[1]) + 2), plain)
    times: set[tuple[int, int, bool]] = set()

    def take(match: re.Match[str]) -> str:
        times.add(_time(match))
        return " "

    rest = _TIME.sub(take, plain)
    rest = _MONTH.sub(lambda m: f" {_month_number(m[1])} ", rest)
    return Stated(frozenset(_shortest(number) for number in _NUMBER.findall(rest)), frozenset(times), weekdays)


def states(text: Stated, claim: Stated) -> bool:
    """Whether the text states every value of the claim. A weekday may follow from a text that names none ("每天")."""
    return (
        claim.numbers <= (text.numbers | _numbers_of_times(text))
        and all(any(_same_time(time, other) for other in text.times) for time in claim.times)
        and (not text.weekdays or claim.weekdays <= text.weekdays)
    )


def missing(texts: Stated, claim: Stated) -> list[str]:
    """The claim's values that are not stated, for people to read."""
    numbers = sorted(claim.numbers - texts.numbers - _numbers_of_times(texts))
    times = (t for t in sorted(claim.times) if not any(_same_time(t, other) for other in texts.times))
    return numbers + [f"{hour}:{minute:02}" for hour, minute, _ in times]


def merged(parts: list[Stated]) -> Stated:
    """What several texts state together."""
    return Stated(
        frozenset().union(*(part.numbers for part in parts)),
        frozenset().union(*(part.times for part in parts)),
        frozenset().union(*(part.weekdays for part in parts)),
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
    """Of "十四", "三百二十", "一万两千" and, digit by digit, "二〇二六"."""
    if not any(unit in text for unit in _CHINESE_UNITS):
        return int("".join(str(_CHINESE_DIGITS[character]) for character in text))
    total = section = digit = 0
    for character in text:
        unit = _CHINESE_UNITS.get(character)
        if unit is None:
            digit = _CHINESE_DIGITS[character]
        elif unit == 10_000:
            total, section, digit = (total + section + digit or 1) * unit, 0, 0
        else:
            section, digit = section + (digit or 1) * unit, 0
    return total + section + digit


def _word_value(match: re.Match[str]) -> int:
    tens, ones, word = match.groups()
    if word:
        return _WORDS.index(word)
    return 20 + 10 * _TENS.index(tens) + (_WORDS.index(ones) if ones else 0)


def _weekdays(text: str) -> frozenset[int]:
    found = {day for match in _PART_OF_WEEK.finditer(text) for day in ((5, 6) if match[1] else range(5))}
    previous: re.Match[str] | None = None
    for match in _WEEKDAY.finditer(text):
        day = _WEEKDAYS[match[1] or match[2]]
        found.add(day)
        if previous and _SPAN.fullmatch(text, previous.end(), match.start()):
            first = _WEEKDAYS[previous[1] or previous[2]]
            found.update((first + i) % 7 for i in range((day - first) % 7))
        previous = match
    return frozenset(found)
