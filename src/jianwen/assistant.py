"""The composition root: `Settings` in, the rooms wired together out. The only place that picks back ends."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jianwen import __version__, tracking, weights
from jianwen.counting import Counter
from jianwen.errors import JianwenError, ModelFailed, ModelUnavailable, WeightsMissing
from jianwen.guide import MAX_TOKENS, Guide, Keeper, Question, keeps_nothing, pin
from jianwen.language import Message, States, open_language, way_for
from jianwen.library import Library, Supervisor
from jianwen.video import open_spotter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwen.counting import Count
    from jianwen.guide import Event, Pinned, Turn
    from jianwen.language import LanguageModel
    from jianwen.library import Role
    from jianwen.settings import Settings
    from jianwen.tracking import Graphs, Spotter

__all__ = ["Assistant"]

CHECK_TEXT = "博物馆的开放时间、票价、展厅和注意事项，请看门口的告示。" * 12  # about 250 tokens to read
COUNTER_THREADS = 2  # more cores do not help a network this small
TRACKER_THREADS = 2  # as above; the others are left to decoding and drawing
WARM_UP_S = 0.5  # for it to end when all that it may wait for is closed, but for a model that is just being loaded
DISK_LOOK_S = 30.0  # walking thousands of files is not done for every status


class Assistant:
    """One library, one language model, one guide. A context manager; closing twice is fine; safe from threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.library = Library(settings)
        self.guide = Guide(self.library, self.model)
        self._closing = threading.Event()
        self._loader = _ModelLoader(settings, self._closing)
        self._supervisor = Supervisor(self.library)
        self._keeper = Keeper(self.library, self._loader.loaded)
        self._counter: Counter | None = None
        self._counter_lock = threading.Lock()
        self._tracker: Graphs | None = None
        self._spotter: Spotter | None = None
        self._tracker_lock = threading.Lock()
        self._speeds: dict[str, float | None] = {"prefill_tok_s": None, "decode_tok_s": None, "search_ms": None}
        self._disk = (-DISK_LOOK_S, 0)
        self._warm_up: threading.Thread | None = None

    @classmethod
    def open(
        cls, settings: Settings, *, background: bool = False, loaded: Callable[[LanguageModel], None] | None = None
    ) -> Assistant:
        """Open the library. With `background`, also start the worker process and load the model in a thread.

        `loaded` is then called with the model, in that thread, once it can be asked.
        """
        assistant = cls(settings)
        if background:
            assistant.library.conversations.settle()
            assistant.start_worker()
            assistant.start_warm_up(loaded)
            if settings.states_gb:
                assistant.start_keeper()
        return assistant

    def start_worker(self) -> None:
        """Have the queue worked while this object is open."""
        self._supervisor.start()

    def start_keeper(self) -> None:
        """Have the model read passages beforehand while this object is open and nobody asks."""
        self._keeper.start()

    def start_warm_up(self, loaded: Callable[[LanguageModel], None] | None = None) -> None:
        """Warm up in a thread; closing ends it."""
        self._warm_up = threading.Thread(target=self._warm_unless_closed, args=(loaded,), name="warm-up", daemon=True)
        self._warm_up.start()

    def warm(self, loaded: Callable[[LanguageModel], None] | None = None) -> None:
        """Load what the first question would wait for. A model that cannot be loaded shows in `status`."""
        self.library.search("开放时间 opening hours")
        self._loader.try_load()
        model = self._loader.loaded()
        if model and loaded:
            loaded(model)

    def _warm_unless_closed(self, loaded: Callable[[LanguageModel], None] | None) -> None:
        try:
            self.warm(loaded)
        except JianwenError:
            if not self._closing.is_set():
                raise

    def model(self) -> LanguageModel:
        """The language model, loaded on first use.

        Raises:
            WeightsMissing: its file is not on this box.
            ModelUnavailable: it cannot be loaded or reached.
        """
        return self._loader.get()

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        cancelled: threading.Event | None = None,
        max_tokens: int | None = None,
    ) -> Iterator[Event]:
        """The events of one answer: see `Guide.ask`."""
        asked = Question(question, tuple(history), max_tokens or MAX_TOKENS)
        for event in self.guide.ask(asked, cancelled=cancelled):
            yield event
            self._speeds["search_ms"] = round(self.library.finder.last_ms, 2)

    def prepare(self, question: str, *, history: Sequence[Turn] = (), cancelled: threading.Event | None = None) -> int:
        """Get ready for a question that is still being typed: see `Guide.prepare`. Does nothing without a model."""
        if self._loader.has_failed:  # only a real question is worth another attempt
            return 0
        return self.guide.prepare(Question(question, tuple(history)), cancelled=cancelled)

    def pin(self, source_id: str, *, progress: Callable[[int, int], None], cancelled: threading.Event) -> Pinned:
        """Have the model read a source now, and keep for good what it remembers: see `guide.pin`.

        Raises:
            CannotPin, NotFound: as there; or the model cannot be used, as `model`.
        """
        if not self.settings.states_gb:  # said before a model is loaded for nothing
            raise keeps_nothing(self.library.source(source_id).source.name)
        return pin(source_id, self.library, self.model(), progress=progress, cancelled=cancelled)

    def unpin(self, source_id: str) -> int:
        """Let the states of a source go again when room is needed; how many were pinned."""
        pinned = len(self.library.pins.of(source_id))
        self.library.pins.put(source_id, ())
        return pinned

    def embed(self, texts: Sequence[str], role: Role) -> NDArray[np.float32]:
        """Vectors of any texts, (len(texts), dim) float32, rows of length 1."""
        return self.library.embedder.embed(texts, role=role)

    def counter(self) -> Counter:
        """The ball counter, opened on first use.

        Raises:
            BadRequest: its model file is not there, or cannot be used.
        """
        with self._counter_lock:
            if self._counter is None:
                own = self.settings.counter_model
                path = Path(own).expanduser() if own else None
                self._counter = Counter(path, threads=self.settings.threads or COUNTER_THREADS)
            return self._counter

    def count(self, picture: bytes | Path, name: str | None = None) -> Count:
        """The balls in a picture, which is called `name` in errors.

        Raises:
            DocumentError: the picture is empty, damaged, or cannot be opened.
            BadRequest: it is none, or too large or too small; or as `counter`.
        """
        return self.counter().count(picture, name=name)

    def tracker(self, model: Path | None = None) -> Graphs:
        """The tracking network, opened on first use; or that of a model folder, opened for whoever asks.

        Raises:
            JianwenError: its model is not there, or cannot be used.
        """
        threads = self.settings.threads or TRACKER_THREADS
        if model is not None:
            return tracking.open_graphs(model.expanduser(), threads=threads)
        with self._tracker_lock:
            if self._tracker is None:
                own = self.settings.tracker_model
                self._tracker = tracking.open_graphs(Path(own).expanduser() if own else None, threads=threads)
            return self._tracker

    def spotter(self) -> Spotter:
        """Finds balls for tracking sessions; opened on first use, and may be used by several at once.

        Raises:
            BadRequest: the detector's model file is not there, or cannot be used.
        """
        with self._tracker_lock:
            if self._spotter is None:
                self._spotter = open_spotter(threads=self.settings.threads or TRACKER_THREADS)
            return self._spotter

    def status(self) -> dict[str, Any]:
        """What `/api/status` and `jianwen status` show."""
        return {
            "version": __version__,
            **self.library.status(),
            "models": {
                "language": self._loader.status(),
                "embedder": self.library.embedder_status(),
                "ocr": {"name": "pp-ocrv6-small", "state": "ready", "detail": "", "detail_zh": ""},
            },
            "memory_mb": _resident_mb(),
            "disk_mb": self._disk_mb(),
            "disk_free_mb": shutil.disk_usage(self.settings.home).free >> 20,
            "speeds": dict(self._speeds),
        }

    def check(self) -> dict[str, float | None]:
        """Measure search, reading and writing speed on this box, in some seconds.

        Raises:
            LanguageError: there is no model to measure.
        """
        self.library.search("开放时间 opening hours")
        self._speeds["search_ms"] = round(self.library.finder.last_ms, 2)
        # A new first word each time, or the model would find it read already.
        message = Message("user", f"{time.time_ns()} {CHECK_TEXT}")
        with self.model().reply([message], max_tokens=24) as reply:
            for _ in reply:
                continue
        usage = reply.usage
        writing_s = usage.total_s - usage.first_token_s
        self._speeds["prefill_tok_s"] = round(usage.read / max(usage.first_token_s, 1e-6), 1)
        self._speeds["decode_tok_s"] = round((usage.written - 1) / max(writing_s, 1e-6), 1)
        return dict(self._speeds)

    def close(self) -> None:
        self._closing.set()
        self.library.wind_down()
        self._keeper.close()
        self._supervisor.close()
        self._loader.close()
        self.library.close()
        if self._warm_up is not None:
            self._warm_up.join(WARM_UP_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _disk_mb(self) -> int:
        looked_at_s, used_mb = self._disk
        if time.monotonic() - looked_at_s > DISK_LOOK_S:
            database = self.settings.database
            files = [database, *database.parent.glob(database.name + "-*")]
            used_mb = (self.library.files.used_bytes() + sum(f.stat().st_size for f in files if f.exists())) >> 20
            self._disk = (time.monotonic(), used_mb)
        return used_mb


class _ModelLoader:
    """Loads the language model once, unless `closing` is set, and remembers why it could not."""

    def __init__(self, settings: Settings, closing: threading.Event) -> None:
        self._settings = settings
        self._model: LanguageModel | None = None
        self._error: JianwenError | None = None
        self._loading = False
        self._closing = closing
        self._lock = threading.Lock()

    def get(self) -> LanguageModel:
        with self._lock:
            if self._model is None:
                if self._closing.is_set():
                    raise ModelFailed(detail="Jianwen is closing")
                self._loading = True
                try:
                    self._model = self._open()
                    self._error = None
                except JianwenError as error:
                    self._error = error
                    raise
                finally:
                    self._loading = False
            return self._model

    def loaded(self) -> LanguageModel | None:
        """The model, if it is loaded."""
        return self._model

    def try_load(self) -> None:
        try:
            self.get()
        except JianwenError as error:
            self._error = error

    @property
    def has_failed(self) -> bool:
        """Whether the last attempt to load it did."""
        return self._error is not None

    def status(self) -> dict[str, str]:
        error = self._error
        return {
            "name": self._settings.language,
            "state": self._state(),
            "detail": error.text("en") if error else "",
            "detail_zh": error.text("zh") if error else "",
        }

    def _state(self) -> str:
        if self._model:
            return "ready"
        if self._loading:
            return "loading"
        if isinstance(self._error, WeightsMissing) or (self._needs_file() and self._path() is None):
            return "missing"
        return "failed" if self._error else "ready"

    def close(self) -> None:
        # A model that is just being loaded goes with the process: nobody waits a minute for the end.
        if self._lock.acquire(timeout=1):
            try:
                if self._model is not None:
                    self._model.close()
                    self._model = None
            finally:
                self._lock.release()

    def _needs_file(self) -> bool:
        return self._settings.language not in {"openai", "scripted"}

    def _path(self) -> Path | None:
        return weights.locate(self._settings.language, folder=self._settings.weights)

    def _states(self, path: Path) -> States | None:
        settings = self._settings
        if not settings.states_gb:
            return None
        identity = weights.identity(settings.language, path)
        how = way_for(identity, folder=settings.states, wanted=settings.compose)
        return States(settings.states, settings.states_gb << 30, identity, how)

    def _open(self) -> LanguageModel:
        settings = self._settings
        path = self._path() if self._needs_file() else None
        if self._needs_file() and path is None:
            raise WeightsMissing(name=settings.language, detail=f"looked in {settings.weights}")
        try:
            return open_language(
                settings.language,
                model_path=path,
                context_tokens=settings.context_tokens,
                threads=settings.threads,
                url=settings.language_url,
                model=settings.language_model,
                key=settings.language_key,
                offline=settings.offline,
                visitors=settings.visitors,
                states=self._states(path) if path else None,
            )
        except MemoryError as exc:
            raise ModelUnavailable(
                name=settings.language,
                detail="not enough memory",
                remedy="Set JIANWEN_LANGUAGE=qwen2.5-coder-0.5b.",
                remedy_zh="请设置 JIANWEN_LANGUAGE=qwen2.5-coder-0.5b。",
            ) from exc


def _resident_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20
