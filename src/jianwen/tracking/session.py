"""A tracking session: frames come in one by one, prompts at any time, tracks come out. Memory does not grow.

    session = Session.open(graphs)
    for picture in pictures:            # RGB uint8 (H, W, 3), from a file, a camera, a list
        tracks = session.step(picture)
        if the_user_clicked:
            session.prompt("white", Prompt(clicks=(Click(0.31, 0.62),)))

Holds state and has a network; the mathematics is in `runner.py` and behind `Graphs`. Not for two threads at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

import numpy as np

from jianwen.errors import BadRequest, NotFound
from jianwen.tracking.backdrop import standing
from jianwen.tracking.bank import Bank, Limits
from jianwen.tracking.following import Follower
from jianwen.tracking.imprint import camera_moves
from jianwen.tracking.launches import resting
from jianwen.tracking.looking import Looker
from jianwen.tracking.masklet import Masklet
from jianwen.tracking.policies import RECENT
from jianwen.tracking.runner import Runner
from jianwen.tracking.saving import read_state, write_state
from jianwen.tracking.sights import moved
from jianwen.tracking.staging import pointed_at, shown_on, staged
from jianwen.tracking.state import Seen, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.tracking.bank import Policy
    from jianwen.tracking.graphs import Graphs
    from jianwen.tracking.looking import Look
    from jianwen.tracking.masklet import Drawing
    from jianwen.tracking.prompt import Prompt
    from jianwen.tracking.spots import Spotter
    from jianwen.tracking.stage import Stage
    from jianwen.tracking.track import Track

__all__ = ["Session"]


class Session:
    """Open with `open` or `load`."""

    def __init__(self, graphs: Graphs, state: State, *, spotter: Spotter | None = None) -> None:
        self._graphs = graphs
        self._runner = Runner(graphs)
        self._looker = Looker(graphs)
        self._follower = Follower(self._runner, self._looker, graphs.config.object_share, spotter)
        self._state = state
        self._looks: dict[str, Look] = {}  # of the newest frame by object; older ones are made again when asked for

    @classmethod
    def open(
        cls,
        graphs: Graphs,
        *,
        policy: Policy = RECENT,
        prompted: int = 4,
        reach: int = 0,
        motion: bool = True,
        spotter: Spotter | None = None,
    ) -> Self:
        """A session without frames and objects.

        Args:
            graphs: the network.
            policy: which recent frames are recalled.
            prompted: prompted frames remembered for each object: the first one for good, then first in, first out.
            reach: how many frames before the newest one can still be prompted. Each costs a small picture, or the whole
                of it for a network that looks at regions, and half a megabyte an object at the official size.
            motion: regions go where an object is expected, and lost ones are searched for. Without, a region stays
                where the object was: to measure what motion is worth.
            spotter: finds balls in a frame, whichever they are; asked only where an object is lost, doubtful or beside
                another, by networks that look at regions.
        """
        if prompted < 1 or reach < 0:
            raise BadRequest(
                detail="A session remembers at least one prompted frame, and reaches back 0 frames or more.",
                detail_zh="会话至少保留 1 个提示帧，且可回溯的帧数不能为负。",
            )
        config = graphs.config
        limits = Limits(config.recent_slots, config.pointer_slots, prompted, reach)
        return cls(graphs, State(limits=limits, policy=policy, moves=motion), spotter=spotter)

    @property
    def newest(self) -> int:
        """Index of the newest frame; −1 before the first."""
        return self._state.newest

    @property
    def objects(self) -> tuple[str, ...]:
        return tuple(masklet.name for masklet in self._state.masklets)

    def run(self, pictures: Iterable[NDArray[np.uint8]]) -> Iterator[tuple[Track, ...]]:
        """`step` for each; nothing is read ahead, so that a camera will do."""
        for picture in pictures:
            yield self.step(picture)

    def step(self, picture: NDArray[np.uint8]) -> tuple[Track, ...]:
        """The next frame, RGB (H, W, 3): one track for each object, in the order they were added."""
        _check_picture(picture)
        self._settle()
        seen = Seen(self.newest + 1, self._looker.kept(picture), (len(picture), picture.shape[1]))
        before = self._state.frames[-1] if self._state.frames else None
        self._state = self._state.seeing(seen, before=int(self._looker.in_regions))
        masklets = self._state.masklets
        stands = False
        if before is not None and self._looker.in_regions and self._state.moves:
            stands = not camera_moves(before.picture, seen.picture)
            backdrop = standing(self._state.backdrop, before, masklets) if stands else None
            stage = self._state.stage.after(seen.picture, stands=stands) if self._state.stage else None
            self._state = replace(self._state, backdrop=backdrop, stage=stage)
        found = self._followed(seen, before, masklets, stands=stands, stage=self._state.stage)
        pairs = zip(masklets, found, strict=True)
        self._looks = {masklet.name: look for masklet, (_, look) in pairs if look is not None}
        pairs = zip(masklets, found, strict=True)
        self._state = replace(self._state, masklets=tuple(masklet.drawn(drawing) for masklet, (drawing, _) in pairs))
        return self.tracks()

    def tracks(self) -> tuple[Track, ...]:
        """What is known of the newest frame."""
        drawn = [(masklet, masklet.drawing) for masklet in self._state.masklets]
        return tuple(masklet.track(drawing, self._size(drawing.frame)) for masklet, drawing in drawn if drawing)

    def add(self, prompt: Prompt, *, name: str | None = None, frame: int | None = None) -> tuple[Track, ...]:
        """A new object, named by number unless a name is given. Gives its tracks from that frame on."""
        name = name or next(str(number) for number in range(1, 10**9) if str(number) not in self.objects)
        if name in self.objects:
            raise BadRequest(detail=f"There is an object {name} already.", detail_zh=f"已有名为 {name} 的对象。")
        return self.prompt(name, prompt, frame=frame)

    def prompt(self, name: str, prompt: Prompt, *, frame: int | None = None, follow: bool = True) -> tuple[Track, ...]:
        """Says what an object is in a frame, in place of what was said of it there before.

        Args:
            name: of the object; an unknown one begins to exist.
            prompt: clicks, a box or a mask.
            frame: one in reach; None is the newest.
            follow: carry on from there to the newest frame. Without it call `follow` once all is said.

        Returns:
            The object's tracks of that frame and, when followed, of all after it.
        """
        seen = self._seen(frame)
        masklet = self._find(name) or Masklet(name, Bank(self._state.limits, self._state.policy))
        look = self._follower.place(seen, masklet, prompt) if self._looker.in_regions else self._looker.whole(seen)
        drawing = self._runner.prompted(look, masklet, seen, prompt)
        masklet = masklet.prompted(seen.frame, prompt)
        drawing = self._staged(seen, masklet, prompt, drawing)
        if seen.frame == self.newest:
            masklet = masklet.drawn(drawing)
            self._looks[name] = look
            self._put(masklet)
            return (masklet.track(drawing, seen.size),)
        first = masklet.track(drawing, seen.size)
        kept = replace(drawing, is_tracked=drawing.is_tracked or follow)
        self._put(self._past(masklet, kept, look if look.region == drawing.region else None, seen))
        return (first, *self.follow(name, start=seen.frame + 1)) if follow else (first,)

    def correct(self, name: str, prompt: Prompt, *, frame: int | None = None) -> tuple[Track, ...]:
        """Further clicks on an object, beside those it already has in that frame."""
        masklet = self._find(name)
        if masklet is None:
            raise NotFound(what="object", id=name)
        earlier = masklet.prompt_at(self._seen(frame).frame)
        return self.prompt(name, earlier.joined(prompt) if earlier else prompt, frame=frame)

    def follow(self, name: str, *, start: int) -> tuple[Track, ...]:
        """Tracks one object again from a frame in reach to the newest. Prompted frames stay as they were said."""
        masklet = self._find(name)
        if masklet is None:
            raise NotFound(what="object", id=name)
        tracks: list[Track] = []
        said = masklet.said_at(self.newest)
        if said is not None and start < self.newest:  # a prompt on the newest frame is heard by those before it
            seen = self._seen(None)
            look = self._looker.at(seen, [said.region])[0]
            masklet = masklet.remembering(said, self._runner.memorise([look], [said])[0])
        stage = None
        frames = self._reachable()
        stages = staged(masklet, frames) if self._has_stage else ((seen, None) for seen in frames)
        for seen, stage in stages:
            if seen.frame >= start:
                masklet, track = self._again(masklet, seen, stage)
                tracks.append(track)
        self._put(masklet)
        known = self._state.stage or stage
        if known is not None and any(masklet.prompt_at(seen.frame) for seen in frames):  # what was said last counts
            piece = stage.named(name) if stage is not None else None
            self._state = replace(self._state, stage=known.having(piece) if piece else known.without(name))
        return tuple(tracks)

    def remove(self, name: str) -> None:
        """Forgets an object."""
        if self._find(name) is None:
            raise NotFound(what="object", id=name)
        others = tuple(masklet for masklet in self._state.masklets if masklet.name != name)
        stage = self._state.stage.without(name) if self._state.stage else None
        self._state = replace(self._state, masklets=others, stage=stage)

    def save(self, path: Path) -> None:
        """All that is needed to go on, as numbers and text; never a program."""
        write_state(path, self._state, self._graphs.config)

    @classmethod
    def load(cls, path: Path, graphs: Graphs, *, spotter: Spotter | None = None) -> Self:
        """A session that was saved with the same network; the spotter is not in the file."""
        return cls(graphs, read_state(path, graphs.config), spotter=spotter)

    @property
    def bytes(self) -> int:
        """What all objects keep, without the frames in reach."""
        return sum(masklet.bytes for masklet in self._state.masklets)

    def _staged(self, seen: Seen, masklet: Masklet, prompt: Prompt, drawing: Drawing) -> Drawing:
        """What a person pointed at, as the stage shows it where it is put there; else as the network drew it."""
        if not self._has_stage:
            return drawing
        is_newest = seen.frame == self.newest
        stage = pointed_at(self._state.stage if is_newest else None, seen, masklet, prompt, drawing)
        if is_newest:
            self._state = replace(self._state, stage=stage)
        return shown_on(stage, masklet.name, seen, drawing) or drawing

    def _again(self, masklet: Masklet, seen: Seen, stage: Stage | None) -> tuple[Masklet, Track]:
        """One frame of one object anew, remembered unless it is the newest."""
        drawing = masklet.said_at(seen.frame)
        if drawing is None:
            drawing, look = self._followed(seen, None, [masklet], stage=stage)[0]
            if seen.frame == self.newest:
                masklet = masklet.drawn(drawing)
                if look is not None:
                    self._looks[masklet.name] = look
            else:
                masklet = self._past(masklet, drawing, look, seen)
        else:
            masklet = replace(masklet, bank=masklet.bank.tracked(seen.frame))
        return masklet, masklet.track(drawing, seen.size)

    def _past(self, masklet: Masklet, drawing: Drawing, look: Look | None, seen: Seen) -> Masklet:
        """With a drawing remembered, and the motion up to it."""
        look = look or self._looker.at(seen, [drawing.region])[0]
        masklet = masklet.remembering(drawing, self._runner.memorise([look], [drawing])[0])
        return moved(masklet, drawing, seen) if self._looker.in_regions else masklet

    def _followed(
        self,
        seen: Seen,
        before: Seen | None,
        masklets: Sequence[Masklet],
        *,
        stage: Stage | None,
        stands: bool = False,
    ) -> list[tuple[Drawing, Look | None]]:
        """The drawing of each object in a frame, and the look it was drawn on if there was one."""
        if self._looker.in_regions:
            backdrop = self._state.backdrop if before else None
            moves = self._state.moves
            return self._follower.follow(
                seen, before, masklets, moves=moves, stands=stands, backdrop=backdrop, stage=stage
            )
        look = self._looker.whole(seen)
        drawings = self._runner.track([look] * len(masklets), masklets, seen.frame)
        return [(drawing, look) for drawing in drawings]

    def _settle(self) -> None:
        """Turns the newest frame's masks into memories, all objects in one pass."""
        waiting = [(masklet, masklet.drawing) for masklet in self._state.masklets if masklet.drawing is not None]
        if not waiting:
            return
        seen = self._seen(None)
        passed = [replace(drawing, is_tracked=True) for _, drawing in waiting]
        # Room first: a bank is never larger than it is between two frames.
        masklets = [masklet.pruned(self.newest + 1) for masklet, _ in waiting]
        settled = self._remembered(masklets, passed, seen)
        settled = [masklet.pruned(self.newest + 1) for masklet in settled]
        if self._looker.in_regions:
            settled = [moved(masklet, drawing, seen) for masklet, drawing in zip(settled, passed, strict=True)]
            settled = resting(settled, passed, seen)
        self._put(*settled)

    def _remembered(self, masklets: Sequence[Masklet], drawings: Sequence[Drawing], seen: Seen) -> list[Masklet]:
        """With the newest drawings in their banks; the network is asked only for those that are new."""
        settled = [masklet.held(drawing) for masklet, drawing in zip(masklets, drawings, strict=True)]
        new = [index for index, one in enumerate(settled) if one is None]
        looks = [self._looked(masklets[index].name, drawings[index], seen) for index in new]
        maps = self._runner.memorise(looks, [drawings[index] for index in new])
        for index, map_ in zip(new, maps, strict=True):
            settled[index] = masklets[index].remembering(drawings[index], map_)
        return [one for one in settled if one is not None]

    def _looked(self, name: str, drawing: Drawing, seen: Seen) -> Look:
        """The look that the newest drawing of an object was made on."""
        look = self._looks.get(name)
        if look is None or look.region != drawing.region:
            look = self._looker.at(seen, [drawing.region])[0]
        return look

    def _find(self, name: str) -> Masklet | None:
        return next((masklet for masklet in self._state.masklets if masklet.name == name), None)

    def _put(self, *changed: Masklet) -> None:
        self._state = self._state.with_masklets(changed)

    def _seen(self, frame: int | None) -> Seen:
        wanted = self.newest if frame is None else frame
        found = next((seen for seen in self._reachable() if seen.frame == wanted), None)
        if found is None:
            raise BadRequest(
                detail=f"Frame {wanted} is not in reach: the newest is {self.newest}, and {self._state.limits.reach} "
                "before it are kept. Open the session with a larger reach.",
                detail_zh=f"第 {wanted} 帧已不可用：最新为第 {self.newest} 帧，之前保留 {self._state.limits.reach} 帧。"
                "请用更大的 reach 打开会话。",
            )
        return found

    @property
    def _has_stage(self) -> bool:
        """Networks that look at whole pictures know more than balls."""
        return self._looker.in_regions and self._state.moves

    def _reachable(self) -> list[Seen]:
        reach = self.newest - self._state.limits.reach
        return [seen for seen in self._state.frames if seen.frame >= reach]

    def _size(self, frame: int) -> tuple[int, int]:
        return self._seen(frame).size


def _check_picture(picture: NDArray[np.uint8]) -> None:
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or picture.size == 0:
        raise BadRequest(
            detail="A frame must be an RGB picture of 8 bits, height × width × 3.",
            detail_zh="每一帧必须是 8 位 RGB 画面（高 × 宽 × 3）。",
        )
