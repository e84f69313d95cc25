"""A clip of the rendered table: one shot of a game, its camera and look drawn from a seed, as a video with its labels.

Does not simulate and does not render: it puts together what the room of billiards has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import atan2, hypot
from typing import TYPE_CHECKING, Literal

import numpy as np

from jianwen.billiards import (
    Renderer,
    Strike,
    clips_camera,
    eight_ball,
    nine_ball,
    nine_foot,
    racked,
    random_camera,
    random_look,
    random_strike,
    scattered,
    simulate,
    snooker,
    snooker_table,
    write_clip,
)
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.billiards import BallStates, Camera, Game, Look, Rendered, Shot, Table

__all__ = ["Clip", "render_clip"]

BREAKS = 0.5  # share of seeds that are a break; the others are a shot among balls that lie anywhere
POOL_BREAK_M_S = (7.0, 11.0)
SNOOKER_BREAK_M_S = (3.0, 5.0)
CORNER_RED = 15  # of the pack's last row; a snooker break meets it thinly
_RACKS: dict[str, Game] = {"eight": "eight_ball", "nine": "nine_ball", "snooker": "snooker"}


@dataclass(frozen=True, slots=True)
class Clip:
    """What is rendered. The same values give the same bytes.

    Attributes:
        seconds: of the video; a shot that ends sooner shows its last moment on.
        fps: frames a second.
        width: of a frame, pixels; even.
        height: as above.
        seed: draws the shot, the camera and the look.
        preset: how it looks: as varied as venues are, or as one broadcast of pool.
        game: eight-ball, nine-ball or snooker.
    """

    seconds: float = 6.0
    fps: float = 30.0
    width: int = 640
    height: int = 360
    seed: int = 0
    preset: Literal["varied", "clips"] = "varied"
    game: Literal["eight", "nine", "snooker"] = "eight"

    @property
    def frames(self) -> int:
        return max(1, round(self.seconds * self.fps))


def render_clip(path: Path, clip: Clip, *, progress: Callable[[int, int], None] | None = None) -> Shot:
    """Write the video to `path` and its labels beside it, with the suffix .json; both, or neither.

    Args:
        path: ends in .mp4; a file that is there already is replaced.
        clip: what to render.
        progress: called after every frame with the frames that are done and all.

    Raises:
        BadRequest: the path cannot be written to, or the clip cannot be made; nothing is left behind.
    """
    _check(path, clip)
    shot = _shot(clip)
    renderer = _Telling(shot, clip, progress)
    last_s = (clip.frames - 0.5) / clip.fps  # half a frame more, so that rounding does not cost the last one
    try:
        write_clip(shot, renderer, path, fps=clip.fps, end_s=last_s)
    except OSError as exc:
        why = exc.strerror or str(exc)
        raise BadRequest(
            detail=f"{path} cannot be written ({why}). Choose another folder, or make room.",
            detail_zh=f"无法写入 {path}（{why}）。请换一个文件夹，或腾出空间。",
        ) from exc
    return shot


class _Telling(Renderer):
    """Tells how many frames it has rendered."""

    def __init__(self, shot: Shot, clip: Clip, progress: Callable[[int, int], None] | None) -> None:
        camera, look = _view(clip, shot.table)
        super().__init__(shot.table, shot.balls, camera, look, clip.seed)
        self._done, self._frames, self._progress = 0, clip.frames, progress

    def render(self, states_at: Callable[[float], BallStates], time_s: float) -> Rendered:
        rendered = super().render(states_at, time_s)
        self._done += 1
        if self._progress:
            self._progress(self._done, self._frames)
        return rendered


def _check(path: Path, clip: Clip) -> None:
    """What would only be found out after seconds of work."""
    if path.suffix.lower() != ".mp4":
        raise BadRequest(
            detail=f"{path.name} does not end in .mp4. The labels go to the same name with .json.",
            detail_zh=f"{path.name} 应以 .mp4 结尾。标注会写入同名的 .json 文件。",
        )
    if not path.parent.is_dir() or path.is_dir() or path.with_suffix(".json").is_dir():
        raise BadRequest(
            detail=f"{path} cannot be written: there is no folder {path.parent}, or a folder has that name.",
            detail_zh=f"无法写入 {path}：文件夹 {path.parent} 不存在，或已有同名文件夹。",
        )
    if clip.preset == "clips" and clip.game == "snooker":
        raise BadRequest(
            detail="The preset clips shows a broadcast of pool. Take --preset varied for snooker.",
            detail_zh="预设 clips 模仿的是美式台球转播。斯诺克请用 --preset varied。",
        )


def _shot(clip: Clip) -> Shot:
    rng = np.random.default_rng([clip.seed, 51])
    table = snooker_table() if clip.game == "snooker" else nine_foot()
    balls = {"eight": eight_ball, "nine": nine_ball, "snooker": snooker}[clip.game]()
    if rng.random() < BREAKS:
        places = racked(table, balls, _RACKS[clip.game], rng)
        strike = _break(clip, places, rng)
    else:
        places = scattered(table, len(balls), balls[0].radius_m, rng)
        strike = random_strike(places, rng)
    return simulate(table, balls, places, strike, seed=clip.seed)


def _break(clip: Clip, places_m: NDArray[np.float64], rng: np.random.Generator) -> Strike:
    """Pool: hard and full into the rack. Snooker: softly past the corner of the pack."""
    cue, others = places_m[0], places_m[1:]
    snooker_break = clip.game == "snooker"
    target = places_m[CORNER_RED] if snooker_break else others[others[:, 0].argmin()]
    away = target - cue
    off = float(rng.uniform(0.03, 0.045) if snooker_break else rng.normal(0.0, 0.004)) / hypot(*away)
    slow, fast = SNOOKER_BREAK_M_S if snooker_break else POOL_BREAK_M_S
    return Strike(float(rng.uniform(slow, fast)), atan2(away[1], away[0]) + off)


def _view(clip: Clip, table: Table) -> tuple[Camera, Look]:
    rng = np.random.default_rng([clip.seed, 52])
    if clip.preset == "clips":
        view: Literal["overhead", "oblique"] = "overhead" if rng.random() < 0.5 else "oblique"
        return clips_camera(clip.width, clip.height, rng, view=view), random_look(rng, preset="clips", view=view)
    camera = random_camera(table, clip.width, clip.height, rng)
    look = random_look(rng)
    # A look's palette recolours pool balls by their numbers; those of snooker have colours of their own.
    return camera, replace(look, palette=()) if clip.game == "snooker" else look
