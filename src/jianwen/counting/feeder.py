"""Batches in order, made in place or ahead of time by other processes; both ways give the same ones.

Does not make them: a function of the step's number does, which must be one that can be sent to a process.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import sys
import threading
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TYPE_CHECKING, Self

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    import numpy as np

    from jianwen.counting.batches import Batch

__all__ = ["Feeder", "keep_freed_memory"]

# M_MMAP_MAX, M_TRIM_THRESHOLD and M_TOP_PAD of glibc's malloc.h
_MALLOC = {-4: 0, -1: 2**31 - 1, -2: 2**28}
_AHEAD = 3  # batches a worker has ready or in hand

_make: Callable[[int], Batch]  # of a worker process, set once when it starts


class Feeder:
    """Iterate over the batches of steps `first` … `steps` - 1. A context manager: it ends its processes."""

    def __init__(self, batch: Callable[[int], Batch], *, first: int, steps: int, workers: int) -> None:
        self._batch = batch
        self._numbers = range(first, steps)
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self._workers and self._numbers:
            self._pool = ProcessPoolExecutor(
                self._workers,
                mp_context=multiprocessing.get_context("spawn"),  # a fork would copy torch's threads half
                initializer=_begin,
                initargs=(self._batch,),
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def __iter__(self) -> Iterator[Batch]:
        if self._pool is None:
            yield from map(self._batch, self._numbers)
            return
        waiting: deque[Future[dict[str, np.ndarray]]] = deque()
        for number in self._numbers:
            waiting.append(self._pool.submit(_work, number))
            if len(waiting) >= self._workers * _AHEAD:
                yield _tensors(waiting.popleft())
        while waiting:
            yield _tensors(waiting.popleft())


def keep_freed_memory() -> None:
    """Have glibc reuse large blocks instead of giving them back: the kernel's fresh pages cost a third of a step."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for option, value in _MALLOC.items():
            mallopt(option, value)


def _begin(batch: Callable[[int], Batch]) -> None:
    global _make  # noqa: PLW0603 - a process has no other place to keep it between calls
    keep_freed_memory()
    torch.set_num_threads(1)  # the other cores are busy training
    # A pool's workers wait for work for ever when their training is killed.
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    _make = batch


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _work(step: int) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in _make(step).items()}


def _tensors(made: Future[dict[str, np.ndarray]]) -> Batch:
    return {name: torch.from_numpy(value) for name, value in made.result().items()}
