"""Pictures of every kind become upright RGB, or are refused in one line."""

from __future__ import annotations

import io
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from jianwen.counting import read_picture
from jianwen.counting.pictures import PAD, fit_picture
from jianwen.errors import BadRequest, DamagedDocument, EmptyDocument, JianwenError, UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path

RED = (220, 30, 40)


def as_bytes(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def red_on_top() -> Image.Image:
    """64 × 48, the upper half red, the lower half black."""
    image = Image.new("RGB", (64, 48))
    image.paste(RED, (0, 0, 64, 24))
    return image


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK", "L", "LA", "1", "I;16", "YCbCr"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    """Bright stays bright and dark stays dark in each way of storing a picture."""
    image = red_on_top()
    if mode == "I;16":
        levels = np.asarray(image.convert("L")).astype(np.uint16) * 257
        data = as_bytes(Image.fromarray(levels))
    else:
        kind = "TIFF" if mode in {"CMYK", "YCbCr"} else "PNG"
        data = as_bytes(image.convert("RGB").convert(mode), kind)
    pixels = read_picture(data)
    assert pixels.shape == (48, 64, 3)
    assert pixels.dtype == np.uint8
    assert pixels[:20].mean() > pixels[28:].mean() + 50


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_a_grey_of_any_depth_is_as_bright_as_it_was_taken(bits: int, kind: str) -> None:
    """Every grey level of a 10- or 12-bit camera comes out in eight bits, though the file has 16 for each."""
    white = 2**bits - 1
    ramp = np.linspace(0, white, 256).round().astype(np.uint16)
    pixels = read_picture(as_bytes(Image.fromarray(np.tile(ramp, (40, 1))), kind))
    assert np.abs(pixels[20, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_a_few_hot_pixels_do_not_darken_a_picture() -> None:
    """One wrong level in a hundred thousand is no bright place: the other pixels keep their brightness."""
    levels = np.full((400, 500), 1000, np.uint16)
    levels[100, 100] = 65535
    assert np.median(read_picture(as_bytes(Image.fromarray(levels)))) == 249


@pytest.mark.parametrize(("white", "mode"), [(1.0, "F"), (255.0, "F"), (4095.0, "F"), (4095, "I"), (65535, "I")])
def test_a_grey_of_numbers_may_have_holes(white: float, mode: str) -> None:
    """Fractions and whole numbers of 32 bits; what is no number is black, and no reason to darken the rest."""
    levels = np.full((400, 500), white, np.float32 if mode == "F" else np.int32)
    levels[0, :2] = (np.nan, np.inf) if mode == "F" else (-5, 2**31 - 1)
    levels[200:] = white / 2
    pixels = read_picture(as_bytes(Image.fromarray(levels), "TIFF"))
    assert pixels[0, :2].max(axis=1).tolist() == [0, 255]
    assert (pixels[1:200] == 255).all()
    assert pixels[200:].mean() == pytest.approx(127.5, abs=0.6)


def test_a_large_grey_is_turned_into_eight_bits_a_strip_at_a_time() -> None:
    """Beside the picture itself no more than two bytes a pixel are held, however it is stored."""
    side = 2048
    for kind in (np.uint16, np.int32, np.float32):
        data = as_bytes(Image.fromarray(np.full((side, side), 4000, kind)), "TIFF")
        tracemalloc.start()
        try:
            pixels = read_picture(data, side_px=64)
            held = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (pixels == 249).all()
        assert held < 2 * side**2


def test_a_cmyk_jpeg_keeps_its_colour() -> None:
    """Red in printing inks is red on the screen."""
    pixels = read_picture(as_bytes(Image.new("RGB", (64, 64), RED).convert("CMYK"), "JPEG", quality=95))
    assert np.abs(pixels.mean(axis=(0, 1)) - RED).max() < 25


def test_the_camera_may_be_held_any_way() -> None:
    """A picture with the EXIF mark "turned by 90°" comes out upright, with its sides changed."""
    image = red_on_top()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it turned clockwise
    pixels = read_picture(as_bytes(image, "JPEG", exif=exif, quality=95))
    assert pixels.shape == (64, 48, 3)
    assert pixels[:, 30:, 0].mean() > 180
    assert pixels[:, :18, 0].mean() < 40


def test_transparent_is_white() -> None:
    """What lies under full transparency does not show."""
    assert read_picture(as_bytes(Image.new("RGBA", (40, 40), (0, 0, 0, 0)))).min() == 255


def test_a_large_picture_is_shrunk_evenly() -> None:
    """The longer side comes to the limit, the other keeps its proportion."""
    assert read_picture(as_bytes(Image.new("RGB", (1000, 400))), side_px=500).shape == (200, 500, 3)


@pytest.mark.parametrize(
    ("data", "error", "word"),
    [
        (b"", EmptyDocument, "empty"),
        (b"GIF but no picture", BadRequest, "not a picture"),
        (b"%PDF-1.7 pages", BadRequest, "not a picture"),
        (as_bytes(Image.new("RGB", (1, 1))), BadRequest, "1 x 1"),
        (as_bytes(Image.new("RGB", (31, 400))), BadRequest, "31 x 400"),
        (as_bytes(Image.effect_noise((200, 200), 90), "JPEG")[:3000], DamagedDocument, "damaged"),
        (as_bytes(Image.effect_noise((200, 200), 90))[:9000], DamagedDocument, "damaged"),
        (as_bytes(Image.new("1", (10_001, 10_000))), BadRequest, "100,010,000"),
        (as_bytes(Image.new("1", (20_000, 20_000))), BadRequest, "400,000,000"),
    ],
    ids=["empty", "words", "pdf", "1x1", "thin", "cut jpeg", "cut png", "over 100 MP", "bomb"],
)
def test_what_is_no_use_is_refused_in_one_line(data: bytes, error: type[JianwenError], word: str) -> None:
    """Each wrong input has its own clear message, in two languages, and names the file."""
    with pytest.raises(error, match=word) as caught:
        read_picture(data, name="box.jpg")
    for language in ("en", "zh"):
        text = caught.value.text(language)
        assert "box.jpg" in text
        assert "\n" not in text


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path to nothing, and a folder, are told by name."""
    with pytest.raises(UnreadableFile, match=r"none\.png"):
        read_picture(tmp_path / "none.png")
    (tmp_path / "here").mkdir()
    with pytest.raises(UnreadableFile, match="here"):
        read_picture(tmp_path / "here")


def test_points_go_onto_the_canvas_and_back() -> None:
    """A letterboxed picture keeps its proportions between grey bars, and its points follow."""
    fitted = fit_picture(np.asarray(red_on_top()), height_px=96, width_px=64, fit="letterbox")
    assert fitted.image.shape == (96, 64, 3)
    assert (fitted.image[:24] == PAD).all()
    assert (fitted.image[25:47] == RED).all()
    points = np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.25]], np.float32)
    assert np.allclose(fitted.onto(points), [[0, 0.25], [1, 0.75], [0.5, 0.375]])
    assert np.allclose(fitted.back(fitted.onto(points)), points, atol=1e-6)


def test_stretching_fills_the_canvas() -> None:
    """The source's way: no bars, proportions lost."""
    fitted = fit_picture(np.asarray(red_on_top()), height_px=96, width_px=32, fit="stretch")
    assert (fitted.image[:46] == RED).all()
    assert (fitted.left, fitted.top, fitted.width, fitted.height) == (0, 0, 1, 1)
