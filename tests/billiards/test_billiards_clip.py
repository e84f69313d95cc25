"""Clips on disk: video and labels together, or neither."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from billiards.scenes import BALLS, PLAIN, TABLE
from jianwen.billiards import Renderer, Shot, Strike, overhead, read_labels, run_lengths, simulate, write_clip
from jianwen.billiards.label import from_run_lengths
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jianwen.billiards.label import Rendered
    from jianwen.billiards.shot import BallStates


@pytest.fixture(scope="module")
def shot() -> Shot:
    return simulate(TABLE, BALLS[:3], np.array([(-0.5, 0.0), (0.2, 0.01), (0.6, 0.3)]), Strike(2.0, 0.0), seed=1)


@pytest.fixture
def painter() -> Renderer:
    return Renderer(TABLE, BALLS[:3], overhead(TABLE, 96, 54), replace(PLAIN), 1)


def test_a_clip_and_its_labels_tell_the_same(shot: Shot, painter: Renderer, tmp_path: Path) -> None:
    """As many frames as labels; labels and masks of each are those of the renderer, and the video shows its frames."""
    write_clip(shot, painter, tmp_path / "a.mp4", fps=10, end_s=0.5)
    known = read_labels(tmp_path / "a.json")
    with av.open(str(tmp_path / "a.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == len(known) == 6
    for frame, noted in zip(frames, known, strict=True):
        rendered = painter.render(shot.at, noted.time_s)
        assert noted.labels == rendered.labels
        assert (noted.owner == rendered.owner).all()
        assert np.abs(frame.astype(int) - rendered.frame).mean() < 6
    about = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert about["events"][0]["kind"] == "strike"
    assert about["camera"]["width"] == 96


def test_the_same_shot_gives_the_same_files(shot: Shot, painter: Renderer, tmp_path: Path) -> None:
    """Video and labels written twice are the same bytes."""
    for name in ("a", "b"):
        write_clip(shot, painter, tmp_path / f"{name}.mp4", fps=10, end_s=0.3)
    for kind in ("mp4", "json"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


class _Watching(Renderer):
    """Looks before every frame at how much of the labels lies on the disk."""

    def __init__(self, folder: Path) -> None:
        super().__init__(TABLE, BALLS[:3], overhead(TABLE, 96, 54), PLAIN, 1)
        self.sizes: list[int] = []
        self._folder = folder

    def render(self, states_at: Callable[[float], BallStates], time_s: float) -> Rendered:
        self.sizes.append(sum(path.stat().st_size for path in self._folder.glob(".*.json")))
        return super().render(states_at, time_s)


def test_labels_are_written_as_their_frames_come(shot: Shot, tmp_path: Path) -> None:
    """No clip is too long for the memory: labels lie on the disk before the last frame is rendered, in one JSON."""
    watching = _Watching(tmp_path)
    write_clip(shot, watching, tmp_path / "a.mp4", fps=100, end_s=0.995)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert watching.sizes[50] > 0
    assert watching.sizes[-1] > 0.8 * len(text)
    assert text == json.dumps(json.loads(text))
    assert len(read_labels(tmp_path / "a.json")) == len(watching.sizes) == 100
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "a.json"}


def test_a_renderer_that_fails_leaves_no_file(shot: Shot, tmp_path: Path) -> None:
    """An error in the middle of a clip goes to the caller, and neither the clip nor a half of it stays."""

    class Failing(_Watching):
        def render(self, states_at: Callable[[float], BallStates], time_s: float) -> Rendered:
            if len(self.sizes) == 5:
                raise OSError(28, "No space left on device")
            return super().render(states_at, time_s)

    with pytest.raises(OSError, match="No space"):
        write_clip(shot, Failing(tmp_path), tmp_path / "a.mp4", fps=10)
    assert not list(tmp_path.iterdir())


def test_run_lengths_give_the_owner_map_back() -> None:
    """Masks survive their run lengths, an empty one and one of a single colour too."""
    rng = np.random.default_rng(0)
    for owner in (rng.integers(0, 4, (7, 9)), np.zeros((5, 3)), np.full((2, 2), 16)):
        assert (from_run_lengths(run_lengths(owner.astype(np.uint8)), *owner.shape) == owner).all()


def test_odd_sides_and_senseless_rates_are_refused_before_anything_is_written(shot: Shot, tmp_path: Path) -> None:
    """H.264 wants even sides: an odd one is an error in one line, and no file appears."""
    odd = Renderer(TABLE, BALLS[:3], overhead(TABLE, 97, 54), PLAIN, 1)
    with pytest.raises(BadRequest, match="even"):
        write_clip(shot, odd, tmp_path / "a.mp4", fps=10)
    even = Renderer(TABLE, BALLS[:3], overhead(TABLE, 96, 54), PLAIN, 1)
    with pytest.raises(BadRequest, match="1 to 1000"):
        write_clip(shot, even, tmp_path / "a.mp4", fps=0)
    assert not list(tmp_path.iterdir())


_ENDLESS = """
import sys
from pathlib import Path
import numpy as np
from jianwen.billiards import Look, Renderer, Strike, eight_ball, nine_foot, overhead, simulate, write_clip
table, balls = nine_foot(), eight_ball()[:2]
shot = simulate(table, balls, np.array([(-0.5, 0.0), (0.2, 0.01)]), Strike(2.0, 0.0), seed=1)
painter = Renderer(table, balls, overhead(table, 96, 54), Look(), 1)
print("ready", flush=True)
write_clip(shot, painter, Path(sys.argv[1]), fps=100, end_s=900)
"""


def test_a_killed_writer_leaves_no_half_file(tmp_path: Path) -> None:
    """A process killed in the middle of a clip leaves nothing under the clip's names."""
    path = tmp_path / "a.mp4"
    with subprocess.Popen([sys.executable, "-c", _ENDLESS, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        for _ in range(200):  # until it has begun to write
            if any(tmp_path.iterdir()):
                break
            time.sleep(0.02)
        writer.kill()
    assert not path.exists()
    assert not path.with_suffix(".json").exists()
