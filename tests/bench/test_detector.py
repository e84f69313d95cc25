"""Annotated frames are read as their README says, and a set without them is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.bench.detector import annotated_boxes, eval_detector
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from pathlib import Path


def test_boxes_become_fractions_and_the_table_is_no_ball(tmp_path: Path) -> None:
    """Corner and size in pixels become two corners; classes 1 to 4 are balls, others are left out."""
    path = tmp_path / "frame_bbox.txt"
    path.write_text("10 20 30 40 1\n50 60 10 10 4\n\n0 0 100 100 5\n", encoding="ascii")
    boxes, kinds = annotated_boxes(path, width=100, height=200)
    assert np.allclose(boxes, [[0.1, 0.1, 0.4, 0.3], [0.5, 0.3, 0.6, 0.35]])
    assert kinds.tolist() == [0, 3]


def test_an_empty_frame_has_no_boxes(tmp_path: Path) -> None:
    """A file without lines is a frame without balls."""
    path = tmp_path / "frame_bbox.txt"
    path.write_text("", encoding="ascii")
    assert annotated_boxes(path, width=10, height=10)[0].shape == (0, 4)


def test_a_folder_without_annotations_says_what_it_wants(tmp_path: Path) -> None:
    """One line, before any model is opened."""
    with pytest.raises(BadRequest, match="bounding_boxes"):
        eval_detector(tmp_path)
