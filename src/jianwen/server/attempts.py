"""How often each address has shown a wrong token lately, and how long it must wait before it may show another.

A minute begins with the first wrong one. Does not look at tokens: the guard does, in the event loop's thread alone.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Attempts"]

MOST_WRONG = 10  # in a minute: who types gets along with it, who guesses does not
MINUTE_S = 60.0
MOST_ADDRESSES = 1000  # the one whose minute began first is forgotten for a further one
LONGEST_ADDRESS = 64  # a proxy may send any text as one


@dataclass(slots=True)
class _Minute:
    began_s: float
    wrong: int = 0


class Attempts:
    """Wrong tokens by address."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._minutes: dict[str, _Minute] = {}  # in the order in which they began

    def wait_s(self, address: str) -> int:
        """Whole seconds until this address may show a token again; 0 when it may now."""
        minute = self._current(address)
        if minute is None or minute.wrong < MOST_WRONG:
            return 0
        return max(1, math.ceil(minute.began_s + MINUTE_S - self._clock_s()))

    def add(self, address: str, *, wrong: int = 1) -> None:
        """So many more wrong ones came from there."""
        minute = self._current(address)
        if minute is None:
            if len(self._minutes) >= MOST_ADDRESSES:
                del self._minutes[next(iter(self._minutes))]
            minute = self._minutes[address[:LONGEST_ADDRESS]] = _Minute(self._clock_s())
        minute.wrong += wrong

    def _current(self, address: str) -> _Minute | None:
        """This address's minute; one that is over is forgotten."""
        key = address[:LONGEST_ADDRESS]
        minute = self._minutes.get(key)
        if minute is not None and self._clock_s() - minute.began_s >= MINUTE_S:
            del self._minutes[key]
            return None
        return minute
