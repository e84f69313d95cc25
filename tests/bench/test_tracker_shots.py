"""Rendered test shots: the same ones again, look-alikes in sight, and a whole report from the smallest of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.bench import bench_tracker, eval_tracker
from jianwen.bench.shots import UnseenShot
from jianwen.bench.trackerclips import pool_clips
from jianwen.errors import BadRequest
from jianwen.tracking import built_in
from tracking.worlds import Stub

if TYPE_CHECKING:
    from pathlib import Path


def small(number: int) -> UnseenShot:
    return UnseenShot(number, width=320, height=180, frames_most=6)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the rendered shot is kept between the tests."""
    return tmp_path_factory.mktemp("cache")


def test_a_shot_is_rendered_once_and_its_truth_fits_its_video(cache: Path) -> None:
    """Six look-alikes can be prompted, each by a box round the middle of what is seen; the file is not made twice."""
    kept = small(2).kept(cache / "tracker-shots")
    made_ns = kept.path.stat().st_mtime_ns
    truth, boxes = kept.truth()
    balls = truth.prompted()
    assert truth.places.shape == (6, 22, 2)
    assert len(boxes) == len(balls)
    assert sum(1 <= ball <= 15 for ball in balls) >= 6
    for ball, box in zip(balls, boxes, strict=True):
        x, y = truth.places[0, ball] / (320, 180)
        assert box.x0 <= x <= box.x1
        assert box.y0 <= y <= box.y1
    assert small(2).kept(cache / "tracker-shots").path.stat().st_mtime_ns == made_ns


def test_a_number_gives_the_same_shot_and_another_number_another() -> None:
    """Every ball lies where it did; sets alternate between snooker and eight-ball of two colours."""
    one, again, other = (small(number).play().at(0.3).position_m for number in (3, 3, 7))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert [len(small(number).play().balls) for number in (2, 3)] == [22, 16]


def test_the_whole_table_is_told(cache: Path) -> None:
    """All ways side by side, under the names that scripts rely on, with progress to the end."""
    told: list[tuple[int, int]] = []
    report = eval_tracker(
        Stub(built_in("tiny").at(64)),
        cache=cache,
        shots=1,
        shot=lambda number: small(number + 2),
        progress=lambda done, total: told.append((done, total)),
    )
    assert set(report.figures) >= {"centre_error_radii", "recall", "recall_blurred", "id_switches_per_2000"}
    assert set(report.figures["rows"]) == {"click", "no_memory", "no_motion", "no_spotter", "blobs"}  # type: ignore[call-overload]
    assert report.rows[0][0] == "ours, a box each"
    assert told[-1] == (6, 6)


def test_a_folder_without_clips_says_what_it_wants(tmp_path: Path) -> None:
    """One line, before any tracking."""
    with pytest.raises(BadRequest, match="frame_last_bbox"):
        pool_clips(tmp_path)


def test_speeds_are_told_for_one_and_for_sixteen_objects(cache: Path) -> None:
    """Frames a second under their names; without the official code nothing is said of it."""
    report = bench_tracker(Stub(built_in("tiny").at(64)), cache=cache, frames=2, official_frames=0, shot=small(2))
    assert [row[1] for row in report.rows] == [1, 16]
    assert report.figures["times_faster_1"] is None
    for name in ("nano_fps_1", "nano_fps_16"):
        speed = report.figures[name]
        assert isinstance(speed, float)
        assert speed > 0
