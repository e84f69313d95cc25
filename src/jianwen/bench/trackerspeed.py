"""`jianwen bench tracker`: frames a second of a session, and times faster than the official code where that is."""

from __future__ import annotations

import time
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING

from jianwen.bench.report import Report
from jianwen.bench.shots import UnseenShot
from jianwen.bench.trackerofficial import official_is_installed, side_by_side
from jianwen.bench.trackerways import SessionWay, Start
from jianwen.video import Footage, open_spotter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jianwen.bench.trackerways import Picture
    from jianwen.tracking import Graphs

__all__ = ["bench_tracker"]

SIZES = ((1280, 720), (640, 360))  # of the video; figures without a size are of the first
OBJECTS = (1, 16)
OFFICIAL_PX = (1024, 512)  # likewise
OFFICIAL_OBJECTS = (1, 8)
SHOT = 2  # snooker, all 22 balls in sight
WARM_FRAMES = 8  # until a bank is full
THREADS = 2
LEAST_IOU = 0.99


def bench_tracker(
    graphs: Graphs | None,
    *,
    cache: Path,
    frames: int = 40,
    official_frames: int = 12,
    shot: UnseenShot | None = None,
) -> Report:
    """Measure a network, and the official size beside the official code.

    Args:
        graphs: of `ball-nano` or any other; None to leave this part out.
        cache: a folder, under which the rendered shots are kept.
        frames: timed for each line, after the first eight.
        official_frames: shown to both at the official size; more than eight; 0 to leave this part out.
        shot: what is shown instead of a shot of `SIZES`.
    """
    rows: list[list[object]] = []
    figures: dict[str, object] = {"nano_fps_1": None, "nano_fps_16": None, "times_faster_1": None}
    figures["times_faster_8"] = None
    shots = [shot] if shot else [UnseenShot(SHOT, width=width, height=height) for width, height in SIZES]
    for index, one in enumerate(shots if graphs else ()):
        assert graphs is not None
        for objects in OBJECTS:
            fps = _fps(graphs, *_shown(one, cache, frames + WARM_FRAMES, objects))
            figures[f"nano_fps_{objects}" + (f"_{one.height}p" if index else "")] = round(fps, 1)
            rows.append([f"{graphs.config.name}, {one.width} x {one.height}", objects, fps, "", ""])
    notes = []
    if official_frames and official_is_installed():
        _beside_official(shots[0], cache, official_frames, rows, figures)
    elif official_frames:
        notes.append("The official code is not installed here (pip install sam2), so nothing is compared with it.")
    title = f"Tracker, {THREADS} threads, frames as they come from memory"
    return Report(title, ["network and pictures", "objects", "frames/s", "times official", "IoU"], rows, figures, notes)


def _beside_official(
    shot: UnseenShot, cache: Path, frames: int, rows: list[list[object]], figures: dict[str, object]
) -> None:
    for index, picture_px in enumerate(OFFICIAL_PX):
        for objects in OFFICIAL_OBJECTS:
            pictures, starts = _shown(shot, cache, frames, objects)
            for found in side_by_side(pictures, starts, picture_px=picture_px, threads=THREADS):
                kind = ("_int8" if found.is_int8 else "") + (f"_{picture_px}" if index else "")
                # Faster at something else is not faster
                is_equal = found.iou >= LEAST_IOU
                figures[f"times_faster_{objects}{kind}"] = round(found.times_faster, 2) if is_equal else None
                figures[f"official_iou_{objects}{kind}"] = round(found.iou, 4)
                name = f"Hiera-T at {picture_px} px" + (", 8 bits" if found.is_int8 else "")
                rows.append([name, objects, 1 / found.ours_s, round(found.times_faster, 2), found.iou])


def _shown(shot: UnseenShot, cache: Path, frames: int, objects: int) -> tuple[list[Picture], list[Start]]:
    """The first pictures, and the objects that can be prompted; a short shot is shown again."""
    kept = shot.kept(cache / "tracker-shots")
    pictures = [frame.picture for frame in islice(Footage.open(kept.path).frames(), frames)]
    pictures += [pictures[number % len(pictures)] for number in range(frames - len(pictures))]
    return pictures, [Start.of_box(box) for box in kept.truth()[1][:objects]]


def _fps(graphs: Graphs, pictures: Sequence[Picture], starts: Sequence[Start]) -> float:
    """By the median time of a frame, once the bank is full."""
    seconds: list[float] = []
    way = SessionWay(graphs, spotter=open_spotter(threads=THREADS))
    began_s = time.perf_counter()
    for _ in way.follow(pictures, starts):
        seconds.append(time.perf_counter() - began_s)
        began_s = time.perf_counter()
    return 1 / median(seconds[WARM_FRAMES:])
