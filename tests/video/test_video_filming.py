"""Film: what is added is what is shown, and a file has its name only when it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.errors import BadRequest
from jianwen.video import Film, Footage

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

GREY = np.full((48, 64, 3), 90, np.uint8)


def film_all(path: Path, *pictures: NDArray[np.uint8] | None) -> None:
    """A film of these pictures; None is an error on the way."""
    with Film(path, fps=10) as film:
        for number, picture in enumerate(pictures):
            if picture is None:
                raise RuntimeError
            film.add(picture, number / 10)


@pytest.mark.parametrize("shape", [(48, 64), (47, 63), (1, 1), (16, 2)])
def test_a_film_of_any_size_can_be_read_again(tmp_path: Path, shape: tuple[int, int]) -> None:
    """Odd sides gain one pixel, nothing else changes, and frames come at the seconds they were given."""
    with Film(tmp_path / "a.mp4", fps=10) as film:
        for time_s in (0.0, 0.1, 0.35):
            film.add(np.full((*shape, 3), 90, np.uint8), time_s)
    frames = list(Footage.open(tmp_path / "a.mp4").frames())
    assert [round(frame.time_s, 3) for frame in frames] == [0.0, 0.1, 0.35]
    assert all(frame.picture.shape == (shape[0] + shape[0] % 2, shape[1] + shape[1] % 2, 3) for frame in frames)
    assert all(abs(int(frame.picture.mean()) - 90) < 4 for frame in frames)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_times_that_do_not_grow_lose_no_frame(tmp_path: Path) -> None:
    """Some cameras repeat a time stamp; each picture is shown all the same."""
    with Film(tmp_path / "a.mp4", fps=10) as film:
        for time_s in (0.0, 0.1, 0.1, 0.05, 0.2):
            film.add(GREY, time_s)
    assert len(list(Footage.open(tmp_path / "a.mp4").frames())) == 5


def test_a_film_that_is_not_finished_leaves_nothing_and_the_old_one_alone(tmp_path: Path) -> None:
    """An error in the middle: no new file, no part of one, and the earlier file is untouched."""
    (tmp_path / "a.mp4").write_bytes(b"earlier")
    with pytest.raises(RuntimeError):
        film_all(tmp_path / "a.mp4", GREY, None)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.mp4", b"earlier")]


def test_a_film_without_pictures_is_no_file(tmp_path: Path) -> None:
    """Nothing was filmed, so there is nothing to find."""
    with Film(tmp_path / "a.mp4", fps=10):
        pass
    assert not list(tmp_path.iterdir())


def test_pictures_of_two_sizes_are_no_film(tmp_path: Path) -> None:
    """It says so, and leaves no file."""
    with pytest.raises(BadRequest, match="one size"):
        film_all(tmp_path / "a.mp4", GREY, GREY[:-2])
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    """The encoder's own error is told as ours."""
    with pytest.raises(BadRequest, match=r"a\.mp4 cannot be written"):
        film_all(tmp_path / "none" / "a.mp4", GREY)
