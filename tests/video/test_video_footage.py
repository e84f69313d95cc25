"""Footage: every frame in its order, exact jumps, upright pictures; and what is no video said in one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.errors import (
    BadRequest,
    DamagedDocument,
    EmptyDocument,
    EncryptedDocument,
    JianwenError,
    UnreadableFile,
)
from jianwen.video import LARGEST_SIDE_PX, Footage

from .clips import HEIGHT, WIDTH, encode, even_times, number_on, numbered, uneven_times, write_numbered, write_sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNT = 80


def pictures(count: int = COUNT) -> list[NDArray[np.uint8]]:
    return [numbered(number) for number in range(count)]


def test_every_frame_comes_once_with_its_time_and_index(tmp_path: Path) -> None:
    """Frames at uneven times come in order, each at the second at which it was filmed."""
    times_s = uneven_times(COUNT)
    footage = Footage.open(write_numbered(tmp_path / "a.mp4", times_s))
    frames = list(footage.frames())
    assert [number_on(frame.picture) for frame in frames] == [frame.index for frame in frames] == list(range(COUNT))
    assert np.abs(np.array([frame.time_s for frame in frames]) - times_s).max() < 1e-4
    assert (footage.width, footage.height) == (WIDTH, HEIGHT)
    assert footage.fps == pytest.approx((COUNT - 1) / times_s[-1], rel=0.05)
    assert footage.duration_s == pytest.approx(times_s[-1], abs=0.1)


@pytest.mark.parametrize("kind", ["even", "uneven"])
def test_a_second_is_found_exactly(tmp_path: Path, kind: str) -> None:
    """A jump gives the frame that is on the screen then: also just before the next, and when rounded to the ms."""
    times_s = even_times(COUNT) if kind == "even" else uneven_times(COUNT)
    footage = Footage.open(write_numbered(tmp_path / "a.mp4", times_s))
    for number in range(0, COUNT, 7):
        for time_s in (times_s[number], round(times_s[number], 3), times_s[number] + 0.008):
            frame = next(footage.frames(time_s))
            assert number_on(frame.picture) == frame.index == number
    rest = [frame.index for frame in footage.frames(times_s[70])]
    assert rest == list(range(70, COUNT))


@pytest.mark.parametrize(
    ("name", "codec", "layout"),
    [
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.mkv", "libx264", "yuv420p"),
        ("a.webm", "libvpx-vp9", "yuv420p"),
        ("a.ts", "mpeg4", "yuv420p"),
        ("a.mpg", "mpeg2video", "yuv420p"),
        ("a.gif", "gif", "rgb8"),
        ("a.h264", "libx264", "yuv420p"),
        ("a.mov", "mjpeg", "yuvj420p"),
    ],
)
def test_all_common_containers_are_read_and_sought(tmp_path: Path, name: str, codec: str, layout: str) -> None:
    """Each gives every frame, and from a second on the same ones as from the start; a raw stream has only its order."""
    footage = Footage.open(encode(tmp_path / name, pictures(), codec, layout))
    frames = [(frame.index, number_on(frame.picture)) for frame in footage.frames()]
    assert frames == [(number, number) for number in range(COUNT)]
    if name != "a.h264":
        for number in (1, 29, 61):
            frame = next(footage.frames(number / 20))
            assert (frame.index, number_on(frame.picture)) == (number, number)


@pytest.mark.parametrize("rotation", [90, -90, 180])
def test_a_phone_that_was_held_upright_gives_upright_pictures(tmp_path: Path, rotation: int) -> None:
    """The rotation that the file notes is done, the sides with it: −90 turns the picture to the right."""
    lying = np.zeros((48, 64, 3), np.uint8)
    lying[:24, :32] = (255, 0, 0)  # top left
    footage = Footage.open(encode(tmp_path / "a.mp4", [lying] * 3, "libx264", "yuv420p", rotation))
    frame = next(footage.frames())
    upright = np.rot90(lying, rotation // 90)
    assert frame.picture.shape == upright.shape == (footage.height, footage.width, 3)
    assert np.abs(frame.picture.astype(int) - upright).mean() < 8
    if rotation == -90:
        assert tkhd_turn((tmp_path / "a.mp4").read_bytes()) == (0, 1, -1, 0)  # x goes down, y goes left
        assert frame.picture[8, 40, 0] > 200  # now top right


def tkhd_turn(data: bytes) -> tuple[int, ...]:
    """The four numbers a, b, c, d of a track's matrix in an MP4 file."""
    start = data.index(b"tkhd") + 4 + 40
    cells = [int.from_bytes(data[start + 4 * cell : start + 4 * cell + 4], "big", signed=True) for cell in range(9)]
    return tuple(cells[cell] >> 16 for cell in (0, 1, 3, 4))


@pytest.mark.parametrize("name", ["a.gif", "a.mp4"])
def test_a_single_frame_is_a_video_too(tmp_path: Path, name: str) -> None:
    """One frame at second 0, and an end right after it."""
    codec, layout = ("gif", "rgb8") if name == "a.gif" else ("libx264", "yuv420p")
    footage = Footage.open(encode(tmp_path / name, pictures(1), codec, layout))
    assert [(frame.index, frame.time_s) for frame in footage.frames()] == [(0, 0.0)]
    with pytest.raises(BadRequest, match="past the end"):
        next(footage.frames(5.0))


@pytest.mark.parametrize("name", ["a.mp4", "a.mpg"])
def test_a_second_past_the_end_is_said(tmp_path: Path, name: str) -> None:
    """With an index or without, nobody gets the last frame for a second that is not there."""
    codec = "libx264" if name == "a.mp4" else "mpeg2video"
    footage = Footage.open(encode(tmp_path / name, pictures(20), codec, "yuv420p"))
    with pytest.raises(BadRequest, match="past the end"):
        list(footage.frames(30.0))


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
def test_a_video_that_was_cut_short_gives_what_is_left_and_then_says_so(tmp_path: Path, name: str) -> None:
    """All frames before the cut come, in order, and the error after the last one."""
    codec = "mpeg4" if name == "a.avi" else "libx264"
    whole = encode(tmp_path / name, pictures(), codec, "yuv420p", movflags="faststart").read_bytes()
    cut = tmp_path / f"cut{name}"
    cut.write_bytes(whole[: len(whole) * 7 // 8])
    seen: list[int] = []
    with pytest.raises(DamagedDocument, match="cut short"):
        seen.extend(number_on(frame.picture) for frame in Footage.open(cut).frames())
    assert 20 <= len(seen) < COUNT
    assert seen[:20] == list(range(20))
    with pytest.raises(JianwenError):
        next(Footage.open(cut).frames((COUNT - 1) / 20))  # not the last good frame under a false second


def test_an_mp4_without_its_index_is_damaged(tmp_path: Path) -> None:
    """A camera that lost power wrote no index: nothing can be read, and that is said at once."""
    whole = write_numbered(tmp_path / "a.mp4", even_times(20)).read_bytes()
    for length in (60, len(whole) // 3):
        (tmp_path / "b.mp4").write_bytes(whole[:length])
        with pytest.raises(DamagedDocument):
            Footage.open(tmp_path / "b.mp4")


def test_an_encrypted_video_is_called_so(tmp_path: Path) -> None:
    """Its frames would be noise or errors; neither is shown."""
    key = "00112233445566778899aabbccddeeff"
    options = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": key, "encryption_kid": key}
    encode(tmp_path / "a.mp4", pictures(5), "libx264", "yuv420p", 0, **options)
    with pytest.raises(EncryptedDocument):
        Footage.open(tmp_path / "a.mp4")


def test_a_side_has_a_bound(tmp_path: Path) -> None:
    """A frame of any size would be memory of any size."""
    wide = np.zeros((16, LARGEST_SIDE_PX + 2, 3), np.uint8)
    encode(tmp_path / "a.mp4", [wide], "libx264", "yuv420p")
    with pytest.raises(BadRequest, match=str(LARGEST_SIDE_PX)):
        Footage.open(tmp_path / "a.mp4")


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\na.mp4\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile a.mp4\n"


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("empty.mp4", b"", EmptyDocument),
        ("letter.mp4", b"Dear Sir or Madam,\n" * 40, BadRequest),
        ("letter.txt", b"Dear Sir or Madam,\n" * 40, BadRequest),
        ("noise.mp4", np.random.default_rng(0).bytes(4000), BadRequest),
        ("list.m3u8", PLAYLIST, BadRequest),
        ("list.mp4", PLAYLIST, BadRequest),
        ("list.ffconcat", CONCAT, BadRequest),
        ("head.mp4", b"\x00\x00\x00\x20ftypisom", DamagedDocument),
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, name: str, data: bytes, error: type[JianwenError]) -> None:
    """Texts, noise and nothing; and lists of other files, which are never followed."""
    write_numbered(tmp_path / "a.mp4", even_times(3))
    (tmp_path / name).write_bytes(data)
    with pytest.raises(error) as caught:
        Footage.open(tmp_path / name)
    assert name in caught.value.text("en")
    assert name in caught.value.text("zh")


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    """It says what is missing."""
    with pytest.raises(BadRequest, match="no pictures"):
        Footage.open(write_sound(tmp_path / "a.m4a"))


@pytest.mark.parametrize("name", ["missing.mp4", ".", "http://127.0.0.1:9/a.mp4", "a\0b"])
def test_a_file_that_cannot_be_opened_is_called_so(tmp_path: Path, name: str) -> None:
    """A missing file, a folder, an address: a name is only ever a file's."""
    with pytest.raises(UnreadableFile):
        Footage.open(tmp_path / name if name != "http://127.0.0.1:9/a.mp4" else Path(name))
