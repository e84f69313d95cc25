"""One video that a person tracks in: what was said of each object, and a tracker that is brought to any frame.

What was said is the truth; where the tracker stands follows from it. To stand on a frame the tracker begins at the
first prompt, at the nearest snapshot, or where it stands already, and hears every prompt on its way, so that going
back costs the frames in between. One thing at a time: whatever else is asked ends a run. Knows nothing of HTTP.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwen.errors import BadRequest, NotFound, TooManyWaiting
from jianwen.server.tracking_events import Happenings
from jianwen.server.tracking_pictures import Pictures
from jianwen.server.tracking_snapshots import Live, Snapshots
from jianwen.tracking import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwen.server.queue import FairQueue
    from jianwen.server.tracking_reel import Reel
    from jianwen.tracking import Event, Graphs, Prompt, Spotter, Track
    from jianwen.video import Frame

__all__ = ["Behind", "Step", "Tracking"]

MOST_OBJECTS = 32
MOST_PROMPTED = 64  # frames an object
AT_ONCE = 60  # frames that a prompt waits for, at most; over that it is answered from its own frame alone
PATIENCE_S = 30.0  # for the frame, or the prompt, that is in work
_NEVER = threading.Event()


@dataclass(frozen=True, slots=True)
class Behind:
    """A frame on the way to the one that was asked for."""

    frame: int


@dataclass(frozen=True, slots=True)
class Step:
    """One frame of a run."""

    frame: int
    time_s: float
    tracks: tuple[Track, ...]
    events: tuple[Event, ...]


@dataclass(slots=True)
class _Pace:
    """Frames no faster than the video plays."""

    stop: threading.Event
    _last: tuple[float, float] | None = None  # when the last frame went out, and its time in the video

    def keep(self, time_s: float) -> None:
        if self._last is not None:
            went_s, before_s = self._last
            self.stop.wait(max(0.0, went_s + time_s - before_s - time.monotonic()))
        self._last = (time.monotonic(), time_s)


@dataclass(slots=True)
class Tracking:
    """Thread-safe. Closed by its owner, who also deletes the folder."""

    id: str
    name: str
    reel: Reel
    graphs: Graphs
    snapshots: Snapshots
    queue: FairQueue  # those who want the tracker take turns, frame by frame
    spotter: Spotter | None = None  # finds balls, as `Session.open` says
    pictures: Pictures = field(default_factory=Pictures)
    touched_s: float = field(default_factory=time.monotonic)
    is_closed: bool = False
    # By object and frame, the last one counts; those before it were heard as well: a click mends a mask.
    _said: dict[str, dict[int, tuple[Prompt, ...]]] = field(default_factory=dict)
    _live: Live | None = None
    _happenings: Happenings = field(default_factory=Happenings)
    _waiting: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _count_lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def objects(self) -> list[str]:
        return [name for name, prompts in self._said.items() if prompts]

    def touch(self) -> None:
        self.touched_s = time.monotonic()

    def picture(self, frame: int) -> bytes:
        """A frame as JPEG."""
        self._check_frame(frame)
        return self.pictures.get(frame) or self.pictures.put(frame, self.reel.still(frame).picture)

    def say(self, name: str, frame: int, prompt: Prompt) -> Track:
        """What an object is in a frame, in place of what was said of it there before.

        Further clicks beside the earlier ones mend what is seen; anything else begins anew.

        Raises:
            BadRequest: too many objects or prompted frames, or no such frame.
            TooManyWaiting: something else took too long.
        """
        with self._alone():
            self._check_frame(frame)
            self._check_room(name, frame)
            self._check_place(name, frame, prompt)
            earlier = self._said.get(name, {}).get(frame, ())
            if earlier and not _goes_on(earlier[-1], prompt):
                earlier = ()
                self._take_back(name, frame)
            track = self._told(name, frame, prompt)
            self._said.setdefault(name, {})[frame] = (*earlier, prompt)
            self._forget(frame)
        return track

    def unsay(self, name: str, frame: int) -> None:
        """Take back what was said of an object in a frame; the last of it takes the object with it."""
        with self._alone():
            if frame not in self._said.get(name, {}):
                raise NotFound(what="prompt", id=f"{name}/{frame}")
            if len(self._said[name]) == 1:
                self._remove(name)
                return
            self._take_back(name, frame)

    def remove(self, name: str) -> None:
        """Forget an object."""
        with self._alone():
            if name not in self.objects:
                raise NotFound(what="object", id=name)
            self._remove(name)

    def run(self, start: int, stop: threading.Event, *, watched: bool = False) -> Iterator[Behind | Step]:
        """Every frame from `start` on, until the end, until `stop` is set, or until something else is asked.

        Args:
            start: the frame that is given first.
            stop: set when nobody listens any more.
            watched: no faster than the video plays, and with every frame's picture kept for whoever looks.
        """
        with self._alone():
            self._check_frame(start)
            pace = _Pace(stop) if watched else None
            for frame in range(start, self.reel.frames):
                for at in self._reach(frame, stop):
                    if at < frame:
                        yield Behind(at)
                if self._should_end(stop):
                    return
                shown = self.reel.at(frame)
                if shown is None:  # there are fewer than the file says
                    self.reel.frames = frame
                    break
                if pace:
                    self.pictures.put(frame, shown.picture)
                    pace.keep(shown.time_s)
                self.touch()
                yield Step(frame, shown.time_s, self._tracks(frame), self._happenings.take())
            self._happenings.finish()

    def last_events(self) -> tuple[Event, ...]:
        """What turned out to have happened only when the video was over."""
        return self._happenings.take()

    def close(self) -> None:
        """End what runs; nothing can be asked any more. Twice is fine."""
        self.is_closed = True
        with self._count_lock:
            self._waiting += 1
        if self._lock.acquire(timeout=PATIENCE_S):
            self._live = None
            self.reel.close()
            self._lock.release()

    # Where the tracker stands

    def _reach(self, frame: int, stop: threading.Event) -> Iterator[int]:
        """Bring the tracker to a frame, hearing all prompts up to it; yields each frame when it was looked at.

        Does nothing as long as nothing was said.
        """
        first = self._first(frame)
        if first is None:
            return
        self._go_back(frame, first)
        while self._live is None or self._live.at < frame:
            at = first if self._live is None else self._live.at + 1
            shown = self.reel.at(at)
            if shown is None or self._should_end(stop):
                return
            self._look(shown, at, stop)
            yield at

    def _go_back(self, frame: int, first: int) -> None:
        """Choose what the way begins with: where the tracker stands, a snapshot, or nothing."""
        stands = self._live.at if self._live and first <= self._live.at <= frame else -1
        kept = self.snapshots.nearest(frame)
        if kept > stands and kept >= first:
            self._live = self.snapshots.restore(kept, self.graphs, self.spotter)
            self._happenings = Happenings()
        elif stands < 0:
            self._live = None
            self._happenings = Happenings()

    def _look(self, shown: Frame, at: int, stop: threading.Event) -> None:
        with self.queue.join(self.id) as ticket:
            for _ in ticket.waits(stop):
                continue
            self._live = self._live or Live(self._opened(), at)
            session = self._live.session
            session.step(shown.picture)
            for name, prompts in self._said.items():
                for prompt in prompts.get(at, ()):
                    session.prompt(name, prompt)
        self._happenings.see(shown, session.tracks())
        self.snapshots.keep(self._live)

    def _tracks(self, frame: int) -> tuple[Track, ...]:
        """Nothing before the first prompt, where the tracker may stand further on."""
        return self._live.session.tracks() if self._live is not None and self._live.at == frame else ()

    def _told(self, name: str, frame: int, prompt: Prompt) -> Track:
        """The object as the tracker sees it with this prompt."""
        if self._cost(frame) <= AT_ONCE:
            for _ in self._reach(frame, _NEVER):
                continue
        if self._live is not None and self._live.at == frame:
            return self._live.session.prompt(name, prompt)[0]
        shown = self.reel.at(frame)
        if shown is None:
            raise NotFound(what="frame", id=frame)
        if not _names_it(prompt):
            raise _point_first()
        alone = self._opened()
        alone.step(shown.picture)
        track = alone.prompt(name, prompt)[0]
        if self._first(frame) is None:
            self._live, self._happenings = Live(alone, frame), Happenings()
        return track

    def _opened(self) -> Session:
        return Session.open(self.graphs, spotter=self.spotter)

    def _cost(self, frame: int) -> int:
        """How many frames lie between the tracker and this one."""
        first = self._first(frame)
        if first is None:
            return 0
        stands = self._live.at if self._live and self._live.at <= frame else -1
        return frame - max(first, stands, self.snapshots.nearest(frame))

    def _first(self, frame: int) -> int | None:
        """The first prompted frame up to this one."""
        return min((at for prompts in self._said.values() for at in prompts if at <= frame), default=None)

    def _forget(self, frame: int) -> None:
        """What the tracker saw after a frame rests on what was said before."""
        self.snapshots.forget(frame)
        if self._live is not None and self._live.at > frame:
            self._live = None

    def _take_back(self, name: str, frame: int) -> None:
        del self._said[name][frame]
        self._forget(frame - 1)

    def _remove(self, name: str) -> None:
        self.snapshots.forget(min(self._said.pop(name), default=0))
        if self._live is not None and name in self._live.session.objects:
            self._live.session.remove(name)

    # Who is let in

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.touch()
        with self._count_lock:
            self._waiting += 1
        got = self._lock.acquire(timeout=PATIENCE_S)
        with self._count_lock:
            self._waiting -= 1
        if not got:
            raise TooManyWaiting
        try:
            if self.is_closed:
                raise NotFound(what="tracking session", id=self.id)
            yield
        finally:
            self._lock.release()

    def _should_end(self, stop: threading.Event) -> bool:
        return stop.is_set() or self._waiting > 0 or self.is_closed

    def _check_frame(self, frame: int) -> None:
        if not 0 <= frame < self.reel.frames:
            raise NotFound(what="frame", id=frame)

    def _check_place(self, name: str, frame: int, prompt: Prompt) -> None:
        """What is not the object can only be said of one that was seen before."""
        if not _names_it(prompt) and not any(at < frame for at in self._said.get(name, {})):
            raise _point_first()

    def _check_room(self, name: str, frame: int) -> None:
        if name not in self.objects and len(self.objects) >= MOST_OBJECTS:
            raise BadRequest(
                detail=f"At most {MOST_OBJECTS} objects are followed at once. Remove one first.",
                detail_zh=f"最多同时跟踪 {MOST_OBJECTS} 个对象，请先移除一个。",
            )
        prompts = self._said.get(name, {})
        if frame not in prompts and len(prompts) >= MOST_PROMPTED:
            raise BadRequest(
                detail=f"An object is pointed at in at most {MOST_PROMPTED} frames. Remove it and begin anew.",
                detail_zh=f"每个对象最多在 {MOST_PROMPTED} 帧中提示，请移除后重新开始。",
            )


def _goes_on(earlier: Prompt, prompt: Prompt) -> bool:
    """Whether it is the earlier one with further clicks."""
    return prompt.box == earlier.box and prompt.clicks[: len(earlier.clicks)] == earlier.clicks


def _names_it(prompt: Prompt) -> bool:
    return prompt.box is not None or any(click.is_on for click in prompt.clicks)


def _point_first() -> BadRequest:
    return BadRequest(
        detail="Point at the object itself first, or draw a box round it.",
        detail_zh="请先点在对象上，或画一个方框圈住它。",
    )
