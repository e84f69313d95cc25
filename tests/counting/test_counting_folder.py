"""A venue's photographs with a CSV of counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from discs import Discs
from PIL import Image

from jianwen.counting import Mixed, Photos, read_counts, read_picture
from jianwen.errors import BadRequest, JianwenError, UnreadableFile, UnsafePath

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        Image.new("RGB", (40, 40), (number * 50, 0, 0)).save(tmp_path / f"{number} 号.png")
    return tmp_path


def table(folder: Path, text: str) -> Path:
    path = folder / "counts.csv"
    path.write_bytes(text.encode())
    return path


def test_rows_become_counted_samples(folder: Path) -> None:
    """Spaces, Chinese names, empty lines and a spreadsheet's byte order mark are fine; the pixels are the file's."""
    photos = read_counts(table(folder, "\ufeffImage, count\r\n0 号.png,3\r\n\r\n2 号.png, 22\r\n"))
    assert [photo.count for photo in photos] == [3, 22]
    sample = photos[1].sample()
    assert sample.count == 22
    assert not sample.is_placed
    assert (sample.image == (100, 0, 0)).all()


def test_a_photograph_is_the_picture_that_is_counted_in_use(folder: Path) -> None:
    """What is learned from and judged has the size that a counter gets from the same file."""
    Image.effect_noise((2400, 300), 90).save(folder / "large.png")
    (photo,) = read_counts(table(folder, "image,count\nlarge.png,3\n"))
    assert np.array_equal(photo.sample().image, read_picture(photo.path))


@pytest.mark.parametrize(
    ("text", "error", "word"),
    [
        ("", BadRequest, "line 1"),
        ("name,n\n", BadRequest, "head line"),
        ("image,count\n", BadRequest, "no row"),
        ("image,count\n0 号.png\n", BadRequest, "line 2: it must have two cells"),
        ("image,count\n0 号.png,3\n1 号.png,-1\n", BadRequest, "line 3: the count"),
        ("image,count\n0 号.png,23\n", BadRequest, "0 to 22"),
        ("image,count\n0 号.png,1.5\n", BadRequest, "whole number"),
        ("image,count\n0 号.png,²\n", BadRequest, "whole number"),
        ("image,count\nnone.png,3\n", BadRequest, r"no file none\.png"),
        (f"image,count\n0 号.png,3\n{'x' * 300}.png,3\n", BadRequest, "line 3: .*too long"),
        ("image,count\n../secret.png,3\n", UnsafePath, "secret"),
        ("image,count\n/etc/passwd,3\n", UnsafePath, "passwd"),
        ("image,count\na\0b,3\n", JianwenError, "."),
    ],
)
def test_a_wrong_row_is_named_in_one_line(folder: Path, text: str, error: type[JianwenError], word: str) -> None:
    """The message says which line, and what is wrong there."""
    with pytest.raises(error, match=word) as caught:
        read_counts(table(folder, text))
    assert "\n" not in caught.value.text("zh")


def test_a_link_that_leads_out_is_refused(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A symbolic link in the folder is judged by where it leads."""
    outside = tmp_path_factory.mktemp("outside") / "x.png"
    Image.new("RGB", (40, 40)).save(outside)
    (folder / "link.png").symlink_to(outside)
    with pytest.raises(UnsafePath):
        read_counts(table(folder, "image,count\nlink.png,1\n"))


def test_other_bytes_are_refused(folder: Path) -> None:
    """A table in another encoding, and one that is not there."""
    (folder / "counts.csv").write_bytes("image,count\n0 号.png,3\n".encode("gb18030"))
    with pytest.raises(BadRequest, match="UTF-8"):
        read_counts(folder / "counts.csv")
    with pytest.raises(UnreadableFile):
        read_counts(folder / "none.csv")


def test_every_photo_comes_once_a_round(folder: Path) -> None:
    """Each round shows all photographs, in an order of its own that never changes."""
    rows = "".join(f"{n} 号.png,{n}\n" for n in range(3))
    photos = Photos(read_counts(table(folder, "image,count\n" + rows)))
    rounds = [[photos(3 * k + n).count for n in range(3)] for k in range(6)]
    assert all(sorted(each) == [0, 1, 2] for each in rounds)
    assert len({tuple(each) for each in rounds}) > 1
    assert [photos(n).count for n in range(3)] == rounds[0]


def test_the_mixture_keeps_its_share(folder: Path) -> None:
    """A quarter of photographs among rendered samples, the same ones each time it is asked."""
    photos = Photos(read_counts(table(folder, "image,count\n1 号.png,7\n")))
    mixed = Mixed(Discs(side_px=32, radius_px=3), photos, share=0.25)
    kinds = np.array([mixed(number).is_placed for number in range(400)])
    assert 0.18 < 1 - kinds.mean() < 0.32
    assert [mixed(number).is_placed for number in range(20)] == kinds[:20].tolist()
