"""`jianwen eval tracker`: how well objects are followed, on rendered shots that no training has seen and on real clips.

In the same table are our tracker without its parts, and what a venue could do without a network (`blobs.py`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jianwen.bench.blobs import BlobWay
from jianwen.bench.report import Report
from jianwen.bench.shots import SHOTS, UnseenShot
from jianwen.bench.trackerclips import FILM_FPS, Ending, cups_end_well, filmed, pool_clips
from jianwen.bench.trackerevents import Spectator
from jianwen.bench.trackerscore import Tally, judge
from jianwen.bench.trackerways import FORGETFUL, Forgetful, SessionWay, Start
from jianwen.tracking import EventScore, open_graphs
from jianwen.video import Film, Footage, open_spotter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jianwen.bench.shots import KeptShot
    from jianwen.bench.trackerclips import PoolClip
    from jianwen.bench.trackerways import Way
    from jianwen.settings import Settings
    from jianwen.tracking import Graphs, Spotter

__all__ = ["eval_tracker", "open_tracker"]

OURS, BLOBS = "ours", "blobs"
ROWS = {
    OURS: "ours, a box each",
    "click": "ours, a click each",
    "no_memory": "ours without memory",
    "no_motion": "ours without motion",
    "no_spotter": "ours without detector",
    BLOBS: "colour blobs and Kalman",
}
THREADS = 2  # more cores do not help a network this small
COLUMNS = {
    "centre_error_radii": "centre error, radii",
    "recall": "recall",
    "recall_blurred": "recall, blurred",
    "id_switches_per_2000": "switches/2,000",
    "reacquired": "found again",
    "present_when_hidden": "seen though hidden",
}


def open_tracker(settings: Settings, model: Path | None = None) -> Graphs:
    """The network of a model folder, or that of the settings.

    Raises:
        JianwenError: it is not there, or cannot be used.
    """
    own = Path(settings.tracker_model).expanduser() if settings.tracker_model else None
    return open_graphs(model or own, threads=settings.threads or THREADS)


def eval_tracker(
    graphs: Graphs,
    *,
    cache: Path,
    data: Path | None = None,
    cups: Path | None = None,
    shots: int = SHOTS,
    shot: Callable[[int], UnseenShot] = UnseenShot,
    only_ours: bool = False,
    out: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Judge a tracker.

    Args:
        graphs: its network.
        cache: a folder, under which the rendered shots are kept.
        data: a folder of annotated pool clips, to be judged as well.
        cups: the video of the cup trick, likewise.
        shots: how many rendered shots; 0 for none.
        shot: the one of each number.
        only_ours: leave the other rows of the table out.
        out: a folder for videos of the real clips with what was tracked drawn on them.
        progress: called after every shot with those done and all, over all rows.

    Raises:
        JianwenError: `data` holds no clips, or `cups` is no video.
    """
    clips = pool_clips(data) if data else []
    spotter = open_spotter(threads=THREADS)
    ways: dict[str, Way] = {OURS: SessionWay(graphs, spotter=spotter)}
    if not only_ours:
        ways |= _others(graphs, spotter)
    kept = [shot(number).kept(cache / "tracker-shots") for number in range(shots)]
    tallies, events = _tallies(ways, kept, progress)
    rows: list[list[object]] = [_row(name, tally) for name, tally in tallies.items()] if kept else []
    figures: dict[str, object] = dict(tallies[OURS].figures())
    figures["ball_frames"], figures["shots"] = tallies[OURS].ball_frames, len(kept)
    if kept:
        figures["event_f1"] = events["all"].f1
        figures["events"] = {kind: {"f1": one.f1, "true": one.true} for kind, one in events.items()}
    figures["rows"] = {name: tally.figures() for name, tally in tallies.items() if name != OURS}
    notes = [f"events: {_counted(events)}"] if kept else []
    if clips:
        endings = {name: _ending(ways[name], clips, out) for name in ways if name in (OURS, BLOBS)}
        notes += [_told(name, ending) for name, ending in endings.items()]
        figures["real_recall"], figures["real_precision"] = endings[OURS].recall, endings[OURS].precision
        figures["real_same_kind"] = endings[OURS].same_kind / max(1, endings[OURS].matched)
    if cups:
        for name, all_three in (("cups_right", False), ("cups_right_of_three", True)):
            figures[name] = _cups(ways[OURS], cups, out, all_three=all_three)
            notes.append(
                f"{cups.name}, {'all three cups' if all_three else 'one cup'} prompted: {_said(figures[name])}"
            )
    title = f"Tracker on {len(kept)} rendered shots never trained on, {figures['ball_frames']} ball-frames"
    return Report(title, ["way", *COLUMNS.values()], rows, figures, notes)


def _others(graphs: Graphs, spotter: Spotter) -> dict[str, Way]:
    return {
        "click": SessionWay(graphs, prompt="click", spotter=spotter),
        "no_memory": SessionWay(Forgetful(graphs), policy=FORGETFUL, spotter=spotter),
        "no_motion": SessionWay(graphs, motion=False),
        "no_spotter": SessionWay(graphs),
        BLOBS: BlobWay(),
    }


def _tallies(
    ways: Mapping[str, Way], shots: Sequence[KeptShot], progress: Callable[[int, int], None] | None
) -> tuple[dict[str, Tally], dict[str, EventScore]]:
    """Shot by shot, so that a shot's labels are read once; events are those of our whole tracker."""
    tallies = {name: Tally() for name in ways}
    events: dict[str, EventScore] = {}
    for number, shot in enumerate(shots):
        truth, boxes = shot.truth()
        balls = truth.prompted()
        size = shot.shot.width, shot.shot.height
        starts = [Start(box, *truth.places[0, ball] / size) for ball, box in zip(balls, boxes, strict=True)]
        for place, (name, way) in enumerate(ways.items()):
            pictures = (frame.picture for frame in Footage.open(shot.path).frames())
            spectator = Spectator(shot, balls)
            watched = replace(way, watch=spectator) if name == OURS and isinstance(way, SessionWay) else way
            places = np.array(list(watched.follow(pictures, starts)))
            tallies[name].add(judge(truth, balls, places))
            if watched is not way:
                scored = spectator.score()
                events = {kind: events.get(kind, EventScore()) + one for kind, one in scored.items()}
            if progress:
                progress(number * len(ways) + place + 1, len(shots) * len(ways))
    return tallies, events


def _counted(events: Mapping[str, EventScore]) -> str:
    return ", ".join(f"{kind} F1 {one.f1:.3f} of {one.true}" for kind, one in events.items())


def _ending(way: Way, clips: Sequence[PoolClip], out: Path | None) -> Ending:
    total = Ending()
    for clip in clips:
        if out is None or not isinstance(way, SessionWay):
            total.add(clip.ending(way))
            continue
        out.mkdir(parents=True, exist_ok=True)
        with Film(out / f"{clip.name}.mp4", fps=FILM_FPS) as film:
            total.add(clip.ending(filmed(way, film)))
    return total


def _cups(way: Way, video: Path, out: Path | None, *, all_three: bool) -> bool:
    if out is None or not isinstance(way, SessionWay):
        return cups_end_well(video, way, all_three=all_three)
    out.mkdir(parents=True, exist_ok=True)
    with Film(out / f"{video.stem}{'-three' if all_three else ''}.mp4", fps=FILM_FPS) as film:
        return cups_end_well(video, filmed(way, film), all_three=all_three)


def _row(name: str, tally: Tally) -> list[object]:
    figures = tally.figures()
    return [ROWS[name], *("–" if figures[key] is None else figures[key] for key in COLUMNS)]


def _told(name: str, ending: Ending) -> str:
    return (
        f"real clips, {ROWS[name]}: {ending.matched} of {ending.balls} balls at the end have a track within half a "
        f"radius, of the same kind {ending.same_kind}; {ending.tracks} tracks are not lost"
    )


def _said(is_right: object) -> str:
    return "the right one at the end" if is_right else "not the right one at the end"
