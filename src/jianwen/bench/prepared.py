"""A library filled with a data set's documents, kept between runs: embedding is slow, and its result the same."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console

from jianwen.assistant import Assistant
from jianwen.documents import find_files
from jianwen.library import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwen.bench.dataset import DataSet
    from jianwen.settings import Settings

__all__ = ["prepared"]


@contextmanager
def prepared(settings: Settings, data: DataSet) -> Iterator[Assistant]:
    """An assistant over exactly these documents, in a home of its own under the weights folder."""
    home = settings.weights / "eval" / data.key
    with Assistant.open(replace(settings, home=home)) as assistant:
        library = assistant.library
        found, errors = find_files([data.documents])
        for error in errors:
            raise error
        wanted = {library.enqueue(file.path, name=file.name, origin=file.name).source_id for file in found}
        for row in library.sources(limit=1_000_000)[0]:
            if row.source.id not in wanted:
                library.delete(row.source.id)
        library.jobs.recover()
        worker = Worker(library)
        with Console(stderr=True).status("") as status:
            while worker.step():
                status.update(f"reading {data.name}: {library.jobs.count()['queued']} to go")
        yield assistant
