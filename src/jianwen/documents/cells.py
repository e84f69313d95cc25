"""One cell of a workbook as a person sees it: no float noise, ISO dates, percent and currency kept.

Knows the number formats of Excel as far as words need them; colours, widths and thousands separators are dropped.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

__all__ = ["shown"]

_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_CURRENCY = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_IGNORED = re.compile(r"\[[^\]]*\]|_.|\*.")  # colours and conditions; a blank as wide as a character; a filler
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_DIGITS = re.compile(r"[#0?][#0?,.\s]*(?:[Ee][+-]0+)?%?")


def shown(value: Any, number_format: str = "General") -> str:
    """The value as text; "" for a blank cell or an error value."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return _number(value, number_format or "General")
        case datetime() | date() | time() | timedelta():
            return _moment(value)
        case _:
            text = str(value).strip()
            return "" if text in _ERRORS else text


def _number(value: float, number_format: str) -> str:
    prefix, pattern, suffix = _affixes(number_format)
    if pattern.endswith("%"):
        return _plain(value * 100) + "%"
    if re.fullmatch(r"0{2,}", pattern) and value >= 0 and value == int(value):
        return prefix + str(int(value)).zfill(len(pattern)) + suffix  # a code such as 0042
    return f"-{prefix}{_plain(-value)}{suffix}" if value < 0 else f"{prefix}{_plain(value)}{suffix}"


def _plain(value: float) -> str:
    """15 digits are what the file format holds; the rest is noise of binary fractions."""
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e15 if abs(value) != float("inf") else False):
        return str(int(value))
    return format(value, ".15g")


@lru_cache(maxsize=1024)
def _affixes(number_format: str) -> tuple[str, str, str]:
    """What stands before and after the digits, and the pattern of the digits: ``¥``, ``#,##0.00``, ``/人``."""
    positive = number_format.split(";", maxsplit=1)[0]
    section = _IGNORED.sub("", _CURRENCY.sub(lambda match: f'"{match.group(1)}"', positive))
    literals: list[str] = []

    def remember(match: re.Match[str]) -> str:
        literals.append(match.group(1) or match.group(2) or "")
        return chr(0xE000 + len(literals) - 1)  # a place holder that no format contains

    marked = _LITERAL.sub(remember, section)
    digits = _DIGITS.search(marked)
    if digits is None:
        return "", "", ""

    def restored(text: str) -> str:
        return "".join(literals[ord(c) - 0xE000] if 0 <= ord(c) - 0xE000 < len(literals) else c for c in text).strip()

    before, after = restored(marked[: digits.start()]), restored(marked[digits.end() :])
    pattern = digits.group().strip()
    if after.startswith("%"):
        return before, pattern + "%", after[1:]
    return before.strip("()-+ "), pattern, after.strip("()-+ ")


def _moment(value: datetime | date | time | timedelta) -> str:
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")
    if isinstance(value, time):
        return _clock(value)
    if isinstance(value, datetime):
        rounded = (value + timedelta(microseconds=500_000)).replace(microsecond=0)  # times are fractions of a day
        day, clock = rounded.date().isoformat(), rounded.time()
        return day if clock == time() else f"{day} {_clock(clock)}"
    return value.isoformat()


def _clock(value: time) -> str:
    whole = datetime.combine(date(2000, 1, 1), value) + timedelta(microseconds=500_000)
    return whole.strftime("%H:%M:%S" if whole.second else "%H:%M")
