"""Rendered samples: a number always gives the same one, sets share none, and what is kept may be lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen import billiards
from jianwen.billiards import box_sample
from jianwen.counting import Sample
from jianwen.counting.sample import DOUBTFUL, SEEN_SHARE
from jianwen.training import Boxes, CloseUps, Scenes, kept_samples
from jianwen.training.closeups import LOOKS, SIDE_PX
from jianwen.training.frames import MOMENTS

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Squares:
    """Two grey pictures a group, with one ball each; says in a file when it was asked."""

    log: Path

    def __call__(self, number: int) -> list[Sample]:
        with self.log.open("a", encoding="ascii") as file:
            file.write(f"{number} ")
        return [self._one(number * 2), self._one(number * 2 + 1)]

    def _one(self, shade: int) -> Sample:
        return Sample(
            np.full((32, 32, 3), shade * 10, np.uint8),
            np.array([[0.5, 0.5]], np.float32),
            np.array([shade % 2 == 0], np.float32),
            np.array([1]),
            np.array([[0.4, 0.4, 0.6, 0.6]], np.float32),
        )


def test_a_sample_is_made_once_and_read_afterwards(tmp_path: Path) -> None:
    """A group is made when one of it is first asked for; numbers beyond the set begin anew."""
    kept = kept_samples(Squares(tmp_path / "log"), tmp_path / "kept", count=4, group=2)
    shades = [round(float(kept(number).image.mean()) / 10) for number in (3, 2, 0, 7, 1)]
    assert shades == [3, 2, 0, 3, 1]
    assert (tmp_path / "log").read_text(encoding="ascii").split() == ["1", "0"]
    assert [bool(kept(number).visible[0]) for number in range(4)] == [True, False, True, False]


def test_what_is_lost_is_made_again(tmp_path: Path) -> None:
    """Deleting a file, or all of them, costs time and nothing else."""
    kept = kept_samples(Squares(tmp_path / "log"), tmp_path / "kept", count=4, group=2)
    before = kept(1).image
    for path in (tmp_path / "kept").iterdir():
        path.unlink()
    assert np.array_equal(kept(1).image, before)


@pytest.mark.parametrize("spoil", ["empty", "cut", "zeros", "words", "other"])
def test_what_a_power_cut_broke_is_made_again(tmp_path: Path, spoil: str) -> None:
    """A file that is empty, cut short, full of zeros or of something else is as good as none."""
    kept = kept_samples(Squares(tmp_path / "log"), tmp_path / "kept", count=4, group=2)
    before, path = kept(1).image, tmp_path / "kept" / "000001.npz"
    whole = path.read_bytes()
    spoilt = {"empty": b"", "cut": whole[:-100], "zeros": bytes(len(whole)), "words": b"no sample"}
    if spoil in spoilt:
        path.write_bytes(spoilt[spoil])
    else:
        np.savez(path, other=np.zeros(3))
    assert np.array_equal(kept(1).image, before)
    assert (tmp_path / "log").read_text(encoding="ascii").split() == ["0", "0"]


def test_frames_are_labelled_where_their_balls_are() -> None:
    """Each scene gives its moments; boxes lie in the picture around their centres, and sets do not meet."""
    samples = Scenes(width=320, height=192)(0)
    assert len(samples) == MOMENTS
    boxes = np.concatenate([sample.boxes for sample in samples])
    centres = np.concatenate([sample.centres for sample in samples])
    assert len(boxes)
    assert ((boxes >= 0) & (boxes <= 1)).all()
    assert ((centres > boxes[:, :2]) & (centres < boxes[:, 2:])).all()
    other = Scenes(first_seed=1_000_000, width=320, height=192)(0)
    assert not np.array_equal(samples[0].image, other[0].image)


def test_scenes_have_racks_and_balls_that_are_alike() -> None:
    """Of a dozen scenes some are racks, whose balls touch, and some have balls of no kind that pool has."""
    samples = [Scenes(width=320, height=192)(number)[1] for number in range(24)]
    assert any((sample.classes == -1).sum() > 3 for sample in samples)
    gaps = []
    for sample in samples:
        centres, wide = sample.centres * (320, 192), (sample.boxes[:, 2] - sample.boxes[:, 0]) * 320
        near = np.linalg.norm(centres[:, None] - centres[None], axis=2) + 1e6 * np.eye(len(centres))
        gaps.append(float(np.median(near.min(axis=1) / wide)))
    assert min(gaps) < 1.1
    assert max(gaps) > 1.5


def test_boxes_count_what_can_be_seen() -> None:
    """A box sample's count is the number of its visible balls, and the sets have boxes of their own."""
    train, test, shifted = (Boxes(of, 96)(5)[0] for of in ("train", "test", "shifted"))
    assert train.count == int(train.visible.sum()) == box_sample(5, size=96).count_visible
    assert (SEEN_SHARE, DOUBTFUL) == (billiards.SEEN_SHARE, billiards.DOUBTFUL)
    assert not np.array_equal(train.image, test.image)
    assert not np.array_equal(test.image, shifted.image)
    assert np.array_equal(Boxes("train", 96)(5)[0].image, train.image)


def test_close_looks_show_balls_at_one_scale() -> None:
    """However large a ball is in its frame, it is about a twelfth of a close look's side; some of them touch."""
    looks = [sample for number in range(4) for sample in CloseUps()(number)]
    assert len(looks) == 4 * LOOKS
    assert {sample.image.shape for sample in looks} == {(SIDE_PX, SIDE_PX, 3)}
    sides = np.concatenate([sample.boxes[:, 2:] - sample.boxes[:, :2] for sample in looks])
    assert 0.06 < float(np.median(sides)) < 0.11
    assert max(len(sample.boxes) for sample in looks) >= 10
    assert {sample.beside.shape for sample in looks} == {(2, SIDE_PX, SIDE_PX, 3)}
    again = CloseUps()(3)
    assert all(np.array_equal(one.image, other.image) for one, other in zip(again, looks[-LOOKS:], strict=True))


def test_close_looks_say_where_balls_came_from() -> None:
    """Where a ball has moved by more than its width, the frame before differs from the empty place where it was."""
    seen, elsewhere = [], []
    for sample in (sample for number in range(3) for sample in CloseUps()(number)):
        before, empty = sample.beside.astype(np.int16)
        changed = np.abs(before - empty).sum(axis=2)
        far = np.hypot(*(sample.moves[:, 0] - sample.centres).T) > 1 / 12
        for x, y in sample.moves[far, 0]:
            if 0 <= x < 1 and 0 <= y < 1:
                seen.append(changed[int(y * SIDE_PX), int(x * SIDE_PX)])
        elsewhere.append(np.median(changed))
    assert len(seen) >= 5
    assert np.median(seen) > 3 * np.median(elsewhere)
