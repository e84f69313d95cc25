"""Which of the language model's states are pinned, and for which source: empty files beside the states.

`<state>.<source id>.pinned` lies beside the file `<state>`, so whoever makes room there sees it without being told. A
state may be pinned for several sources, which say the same. Does not know what a state is: the model's back end does.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

__all__ = ["Pins"]

_SUFFIX = ".pinned"


class Pins:
    """The marks in a folder of states. Safe from threads and processes: each mark is a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, source_id: str) -> set[str]:
        """The states that are pinned for a source."""
        return {state for state, owner in self._all() if owner == source_id}

    def of_others(self, source_id: str) -> set[str]:
        """The states that are pinned for other sources than this one."""
        return {state for state, owner in self._all() if owner != source_id}

    def bytes_of(self, states: Iterable[str]) -> int:
        """What those take on disk; a state that is not there takes nothing."""
        total = 0
        for state in states:
            with contextlib.suppress(FileNotFoundError):
                total += (self._folder / state).stat().st_size
        return total

    def put(self, source_id: str, states: Iterable[str]) -> None:
        """Pin exactly these for a source, whether they are there already or not.

        Raises:
            OSError: nothing can be written there.
        """
        wanted, there = set(states), self.of(source_id)
        self._folder.mkdir(parents=True, exist_ok=True)
        for state in wanted - there:
            self._mark(state, source_id).touch()
        for state in there - wanted:
            self._mark(state, source_id).unlink(missing_ok=True)

    def delete(self, source_id: str) -> None:
        """Take the source's marks away, and the states that are pinned for no other source."""
        shared = self.of_others(source_id)
        for state in self.of(source_id):
            if state not in shared:
                (self._folder / state).unlink(missing_ok=True)
            self._mark(state, source_id).unlink(missing_ok=True)

    def sweep(self, known: Container[str]) -> None:
        """Delete what is pinned for sources that are not there any more."""
        for source_id in {owner for _, owner in self._all()}:
            if source_id not in known:
                self.delete(source_id)

    def _all(self) -> Iterator[tuple[str, str]]:
        """Every mark's state and source."""
        for path in self._folder.glob(f"*{_SUFFIX}"):
            state, _, source_id = path.name.removesuffix(_SUFFIX).partition(".")
            yield state, source_id

    def _mark(self, state: str, source_id: str) -> Path:
        return self._folder / f"{state}.{source_id}{_SUFFIX}"
