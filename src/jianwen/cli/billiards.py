"""`jianwen billiards`: clips of a rendered table with exact labels, to train or to test with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from jianwen.cli.output import console, counted_bar, plain, say

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="A rendered billiards table, with exact labels.")


@app.callback()
def _group() -> None:
    """Keeps `render` a command of its own: a group of one would take its place."""


@app.command()
def render(  # noqa: PLR0917 - typer's options
    out: Annotated[Path, typer.Argument(help="The video; its labels go beside it, with .json.", metavar="OUT.mp4")],
    seconds: Annotated[float, typer.Option(min=0.1, max=600, help="Of video.")] = 6.0,
    fps: Annotated[float, typer.Option(min=1, max=240, help="Frames a second.")] = 30.0,
    width: Annotated[int, typer.Option(min=16, max=4096, help="Of a frame, in pixels; even.")] = 640,
    height: Annotated[int, typer.Option(min=16, max=4096, help="Of a frame, in pixels; even.")] = 360,
    seed: Annotated[int, typer.Option(min=0, help="Draws the shot, the camera and the look.")] = 0,
    preset: Annotated[
        Literal["varied", "clips"], typer.Option(help="As varied as venues are, or as one broadcast of pool.")
    ] = "varied",
    game: Annotated[Literal["eight", "nine", "snooker"], typer.Option(help="Whose balls and table.")] = "eight",
) -> None:
    """Render a break or another shot as a video, with boxes, masks and events of every frame in a JSON file."""
    from jianwen.training import Clip, render_clip  # noqa: PLC0415 - as in `opening.py`

    clip = Clip(seconds, fps, width, height, seed, preset, game)
    with counted_bar(transient=True) as progress:
        task = progress.add_task(say("rendering", "渲染中"), total=clip.frames)
        shot = render_clip(out, clip, progress=lambda done, _: progress.update(task, completed=done))
    labels, frames, events = out.with_suffix(".json").name, clip.frames, len(shot.events)
    told = say(
        f"{out} and {labels}: {frames} frames, {len(shot.balls)} balls, {events} events.",
        f"{out} 和 {labels}：{frames} 帧，{len(shot.balls)} 个球，{events} 个事件。",
    )
    console.print(plain(told), markup=False)
