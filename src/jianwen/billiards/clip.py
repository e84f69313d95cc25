"""A shot as a video file, and beside it a JSON file with everything that is known about every frame.

Both are written under other names first and then renamed, the video last: who finds the video finds its labels too, and
a writer that was killed leaves no half file under either name.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from jianwen.billiards.label import Label, from_run_lengths, run_lengths
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from jianwen.billiards.label import Rendered
    from jianwen.billiards.renderer import Renderer
    from jianwen.billiards.shot import Shot

_VERSION = 1
_LONGEST_FRAMES = 100_000


@dataclass(frozen=True, slots=True)
class FrameLabels:
    """What `read_labels` gives for one frame."""

    time_s: float
    labels: tuple[Label, ...]
    owner: NDArray[np.uint8]  # (H, W): 0 = no ball, i + 1 = ball i


def write_clip(
    shot: Shot,
    renderer: Renderer,
    path_mp4: Path,
    *,
    fps: float,
    start_s: float = 0.0,
    end_s: float | None = None,
    crf: int = 20,
) -> None:
    """Renders the shot from `start_s` to `end_s` (None: its end) as H.264; the labels go to the same name with .json.

    Times before 0 and after the shot's end are those of its first and last moment. `crf` is x264's quality, 0 to 51.
    """
    _check(renderer, fps)
    path = Path(path_mp4)
    count = max(1, int(((shot.duration_s if end_s is None else end_s) - start_s) * fps) + 1)
    if count > _LONGEST_FRAMES:
        raise BadRequest(
            detail=f"The clip would have {count} frames, at most {_LONGEST_FRAMES}.",
            detail_zh=f"片段将有 {count} 帧，最多 {_LONGEST_FRAMES} 帧。",
        )
    frames = (renderer.render(shot.at, start_s + k / fps) for k in range(count))
    video, notes = (path.with_name(f".{path.name}.{os.getpid()}.{kind}") for kind in ("mp4", "json"))
    try:
        with notes.open("w", encoding="utf-8") as file:
            _encode(_noted(frames, _about(shot, renderer, fps), file), video, renderer, fps=fps, crf=crf)
        notes.replace(path.with_suffix(".json"))
        video.replace(path)
    finally:
        for left in (video, notes):
            with suppress(FileNotFoundError):
                left.unlink()


def read_labels(path_json: Path) -> tuple[FrameLabels, ...]:
    """The labels that `write_clip` wrote."""
    values = json.loads(Path(path_json).read_text(encoding="utf-8"))
    height, width = int(values["camera"]["height"]), int(values["camera"]["width"])
    return tuple(
        FrameLabels(
            time_s=float(frame["time_s"]),
            labels=tuple(Label.from_json(label) for label in frame["labels"]),
            owner=from_run_lengths(frame["owner"], height, width),
        )
        for frame in values["frames"]
    )


def _check(renderer: Renderer, fps: float) -> None:
    camera = renderer.camera
    if camera.width % 2 or camera.height % 2:
        size = f"{camera.width} x {camera.height}"
        raise BadRequest(
            detail=f"A video's sides must be even numbers of pixels, and {size} are not.",
            detail_zh=f"视频的宽高必须为偶数像素，而 {size} 不是。",
        )
    if not 0 < fps <= 1000:
        raise BadRequest(detail="A video takes 1 to 1000 frames a second.", detail_zh="视频每秒应为 1 到 1000 帧。")


def _noted(frames: Iterator[Rendered], about: dict[str, Any], file: TextIO) -> Iterator[Rendered]:
    """Passes frames on, and writes what is known about them to `file`, as one JSON object when all have come.

    One frame after another: those of ten minutes in HD would take gigabytes.
    """
    file.write(json.dumps(about).removesuffix("}") + ', "frames": [')
    for number, rendered in enumerate(frames):
        file.write(", " * (number > 0) + json.dumps(_known(rendered)))
        yield rendered
    file.write("]}")


def _known(rendered: Rendered) -> dict[str, Any]:
    return {
        "time_s": rendered.time_s,
        "labels": [label.as_json() for label in rendered.labels],
        "owner": run_lengths(rendered.owner),
    }


def _encode(frames: Iterator[Rendered], path: Path, renderer: Renderer, *, fps: float, crf: int) -> None:
    import av  # noqa: PLC0415 - heavy, and only videos need it

    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        stream.width, stream.height = renderer.camera.width, renderer.camera.height
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}  # one thread: the same bytes again
        for rendered in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rendered.frame, format="rgb24")))
        container.mux(stream.encode())


def _about(shot: Shot, renderer: Renderer, fps: float) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "fps": fps,
        "seed": renderer.seed,
        "table": shot.table.name,
        "camera": asdict(renderer.camera),
        "look": asdict(renderer.look),
        "balls": [asdict(ball) for ball in shot.balls],
        "events": [asdict(event) for event in shot.events],
        "owner_is": "run lengths in reading order, [value, pixels]; 0 = no ball, i + 1 = ball i",
    }
