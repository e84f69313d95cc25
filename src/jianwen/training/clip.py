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
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.billiards import Ball, BallStates, Camera, Game, Look, Rendered, Shot, Table

    _Start = tuple[NDArray[np.float64], Strike]

__all__ = ["Clip", "break_strike", "render_clip"]

BREAKS = 0.5  # share of seeds that are a break; the others are a shot among balls that lie anywhere
POOL_BREAK_M_S = (7.0, 11.0)
SNOOKER_BREAK_M_S = (3.0, 5.0)
CORNER_REDS = ((11, -1.0), (15, 1.0))  # the ends of the pack's last row, and on which side a break meets them thinly
DRAWS = 100  # of the cue ball's place, until it sees such a red
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
        if clip.game == "snooker":
            places, strike = _snooker_break(table, balls, places, rng)
        else:
            strike = break_strike(places, rng)
    else:
        places = scattered(table, len(balls), balls[0].radius_m, rng)
        strike = random_strike(places, rng)
    return simulate(table, balls, places, strike, seed=clip.seed)


def break_strike(places_m: NDArray[np.float64], rng: np.random.Generator) -> Strike:
    """Hard and full into a rack of pool; places (n, 2) in metres, the cue ball's first."""
    foremost = places_m[1:][places_m[1:, 0].argmin()]
    return _strike(places_m[0], foremost, float(rng.normal(0.0, 0.004)), POOL_BREAK_M_S, rng)


def _snooker_break(
    table: Table, balls: Sequence[Ball], places: NDArray[np.float64], rng: np.random.Generator
) -> _Start:
    """Softly past a corner of the pack that the cue ball sees, where it sees one; it is placed anew until it does."""
    reach_m = 2 * balls[0].radius_m
    for _ in range(DRAWS):
        seen = [(red, side) for red, side in CORNER_REDS if _way_is_free(places, red, reach_m)]
        if seen:
            break
        places = racked(table, balls, "snooker", rng)
    red, side = (seen or list(CORNER_REDS))[0]
    return places, _strike(places[0], places[red], side * float(rng.uniform(0.03, 0.045)), SNOOKER_BREAK_M_S, rng)


def _strike(
    cue_m: NDArray[np.float64],
    target_m: NDArray[np.float64],
    beside_m: float,
    speeds_m_s: tuple[float, float],
    rng: np.random.Generator,
) -> Strike:
    """At a ball, past its middle by `beside_m` to the left."""
    away = target_m - cue_m
    return Strike(float(rng.uniform(*speeds_m_s)), atan2(away[1], away[0]) + beside_m / hypot(*away))


def _way_is_free(places_m: NDArray[np.float64], target: int, reach_m: float) -> bool:
    """Whether the cue ball rolls to a ball without touching another."""
    others = np.delete(places_m, [0, target], axis=0) - places_m[0]
    way = places_m[target] - places_m[0]
    length = hypot(*way)
    along, aside = others @ way / length, np.abs(others[:, 0] * way[1] - others[:, 1] * way[0]) / length
    return not bool(((along > 0) & (along < length) & (aside < reach_m)).any())


def _view(clip: Clip, table: Table) -> tuple[Camera, Look]:
    rng = np.random.default_rng([clip.seed, 52])
    if clip.preset == "clips":
        view: Literal["overhead", "oblique"] = "overhead" if rng.random() < 0.5 else "oblique"
        return clips_camera(clip.width, clip.height, rng, view=view), random_look(rng, preset="clips", view=view)
    camera = random_camera(table, clip.width, clip.height, rng)
    look = random_look(rng)
    # A look's palette recolours pool balls by their numbers; those of snooker have colours of their own.
    return camera, replace(look, palette=()) if clip.game == "snooker" else look
