"""Finding files, telling their kind, pictures, and pictures of pages."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from documents.making import draw_pages, drawn_words, read_here, texts
from jianwen.documents import SUFFIXES, Limits, find_files, kind_of, media_type_of, page_png, read
from jianwen.documents.sniff import PDF
from jianwen.errors import EmptyDocument, NotFound, TooLarge, UnreadableFile, UnsafePath, UnsupportedFormat
from jianwen.places import PageSpan

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_is_walked_in_order_and_its_odd_files_are_told(tmp_path: Path) -> None:
    """Readable files with their path inside the folder; hidden and system files silently left out."""
    root = tmp_path / "venue"
    for name in (
        "b/2.txt",
        "b/1.md",
        "a.pdf",
        "x.pdf/inside.txt",
        ".git/config.txt",
        ".DS_Store",
        "~$a.docx",
        "Thumbs.db",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("text")
    (root / "data.json").write_text("{}")
    found, errors = find_files([root])
    assert [one.name for one in found] == ["a.pdf", "b/1.md", "b/2.txt", "x.pdf/inside.txt"]
    assert [one.path for one in found] == [root / one.name for one in found]
    assert [(type(error), error.fields["name"]) for error in errors] == [(UnsupportedFormat, "data.json")]


def test_links_out_of_the_folder_are_refused_and_links_inside_are_harmless(tmp_path: Path) -> None:
    """A file link and a folder link that lead out are unsafe; a circle inside does not go round."""
    root, outside = tmp_path / "in", tmp_path / "out"
    for folder in (root, outside):
        folder.mkdir()
        (folder / "file.txt").write_text("text")
    (root / "leak.txt").symlink_to(outside / "file.txt")
    (root / "leaks").symlink_to(outside)
    (root / "circle").symlink_to(root)
    (root / "same.txt").symlink_to(root / "file.txt")
    (root / "broken.txt").symlink_to(root / "gone.txt")
    (root / "round.txt").symlink_to(root / "round.txt")
    found, errors = find_files([root])
    assert [one.name for one in found] == ["file.txt", "same.txt"]
    assert {error.fields["name"]: type(error) for error in errors} == {
        "leak.txt": UnsafePath,
        "leaks": UnsafePath,
        "broken.txt": UnreadableFile,
        "round.txt": UnreadableFile,
    }


def test_pipes_are_never_opened_and_missing_paths_are_told(tmp_path: Path) -> None:
    """A pipe would block for ever; it is named as unreadable, as is a path with nothing there."""
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "a.txt").write_text("text")
    found, errors = find_files([tmp_path / "a.txt", tmp_path / "gone.txt", tmp_path / "pipe.txt", tmp_path])
    assert [one.name for one in found] == ["a.txt", "a.txt"]
    assert [type(error) for error in errors] == [UnreadableFile] * 3
    with pytest.raises(UnreadableFile):
        media_type_of(tmp_path / "pipe.txt", name="pipe.txt")


def test_names_that_are_no_utf8_become_printable(tmp_path: Path) -> None:
    """A file name in an old encoding is shown with a replacement character, and still opened by its bytes."""
    path = os.fsencode(tmp_path) + b"/\xc7\xe0.txt"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - a path of bytes
        file.write("text")
    found, errors = find_files([tmp_path])
    assert errors == []
    assert found[0].name.encode() == "\ufffd\ufffd.txt".encode()
    assert found[0].path.read_text() == "text"


def test_every_suffix_has_a_kind(tmp_path: Path) -> None:
    """Each suffix that is offered has a media type of one of the seven kinds; capital letters do not matter."""
    kinds = {"pdf", "word", "sheet", "slides", "web", "text", "picture"}
    (tmp_path / "a").write_text("text")
    assert media_type_of(tmp_path / "a", name="A.TXT") == "text/plain"
    assert kind_of("text/csv") == "sheet"
    assert kind_of("image/webp") == "picture"
    assert kind_of(PDF) == "pdf"
    assert {".pdf", ".docx", ".xlsx", ".csv", ".tsv", ".pptx", ".html", ".md", ".txt", ".jpg", ".webp"} <= SUFFIXES
    assert {kind_of(media_type_of(tmp_path / "a", name=f"a{suffix}")) for suffix in (".md", ".csv", ".html")} <= kinds


def test_a_picture_is_read_upright_with_boxes(tmp_path: Path) -> None:
    """A photograph lying on its side by its EXIF mark reads as the upright one, under another picture's suffix too."""
    upright = drawn_words(["Adult ticket 60 yuan", "Closed on Mondays"])
    mark = Image.Exif()
    mark[0x0112] = 6
    upright.rotate(90, expand=True).save(tmp_path / "side.jpg", exif=mark, quality=95)
    upright.save(tmp_path / "really_png.jpg", "PNG")
    for name, media_type in (("side.jpg", "image/jpeg"), ("really_png.jpg", "image/png")):
        document = read_here(tmp_path / name)
        assert (document.media_type, document.pages, document.ocr_pages) == (media_type, 1, (1,))
        assert "Adult ticket 60 yuan" in " ".join(texts(document.blocks))
        span = document.blocks[0].locator
        assert isinstance(span, PageSpan)
        assert span.boxes[0].x0 < 0.1
        assert span.boxes[0].y1 < 0.5


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_pictures_of_every_mode_are_read(tmp_path: Path, mode: str) -> None:
    """Grey, palette, transparent, print and 16-bit pictures show the same words."""
    image = drawn_words(["Closed on Mondays"], size=(700, 140))
    if mode == "I;16":
        image = image.convert("I").point(lambda value: value * 257).convert("I;16")
    else:
        image = image.convert(mode)
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    image.save(path)
    words = " ".join(texts(read_here(path).blocks))
    assert {"Closed", "on", "Mondays"} <= set(words.split())  # dots of one bit add a stray letter or two


def test_the_first_frame_of_a_moving_picture_counts(tmp_path: Path) -> None:
    """An animated WebP and an animated PNG are read as their first picture."""
    frames = [drawn_words([words], size=(700, 140)) for words in ("First frame", "Second frame")]
    for name in ("a.webp", "a.png"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], duration=100)
        assert texts(read_here(tmp_path / name).blocks) == ["First frame"]


def test_a_long_screenshot_is_read_in_slices(tmp_path: Path) -> None:
    """A picture ten times as high as wide keeps its size, and no line is read twice or lost."""
    lines = [f"Line number {i}" for i in range(1, 67)]
    drawn_words(lines, size=(600, 6000)).save(tmp_path / "long.png")
    words = " ".join(texts(read_here(tmp_path / "long.png").blocks))
    assert [words.count(f"number {i} ") + words.endswith(f"number {i}") for i in range(1, 67)] == [1] * 66


def test_a_page_is_shown_at_the_width_that_is_asked_for(tmp_path: Path) -> None:
    """PNG bytes of the right size for a PDF page and a picture; pages that are not there are not found."""
    path = draw_pages(tmp_path / "a.pdf", [lambda canvas: canvas.rect(0, 0, 300, 842, fill=1, stroke=0)])
    contents, width, height = page_png(path, media_type=PDF, page=1, width_px=500, limits=Limits())
    shown = Image.open(io.BytesIO(contents))
    assert shown.format == "PNG"
    assert shown.size == (width, height) == (500, 708)
    assert shown.getpixel((100, 300)) == (0, 0, 0)
    assert shown.getpixel((400, 300)) == (255, 255, 255)
    mark = Image.Exif()
    mark[0x0112] = 6
    Image.new("RGB", (80, 60)).save(tmp_path / "p.jpg", exif=mark)
    assert page_png(tmp_path / "p.jpg", media_type="image/jpeg", page=1, width_px=500, limits=Limits())[1:] == (60, 80)
    for other, media_type, page in ((path, PDF, 2), (path, PDF, 0), (tmp_path / "p.jpg", "image/jpeg", 2)):
        with pytest.raises(NotFound):
            page_png(other, media_type=media_type, page=page, width_px=100, limits=Limits())
    with pytest.raises(NotFound):
        page_png(path, media_type="text/plain", page=1, width_px=100, limits=Limits())


def test_a_vast_page_is_shown_small(tmp_path: Path) -> None:
    """A page of kilometres and a strip of one point give pictures within bounds."""
    for size in ((10_000_000, 10_000_000), (14_000, 1), (1, 14_000)):
        path = draw_pages(tmp_path / "v.pdf", [lambda canvas: canvas.rect(0, 0, 9, 9)], size=size)
        contents, width, height = page_png(path, media_type=PDF, page=1, width_px=100_000, limits=Limits())
        assert width * height <= 16_100_000
        assert max(width, height) <= 12_001
        assert len(contents) < 2_000_000


def test_pixels_are_counted_before_they_are_decoded(tmp_path: Path) -> None:
    """A limit of a thousand pixels refuses a picture of ten thousand, for reading and for showing."""
    Image.new("L", (100, 100)).save(tmp_path / "a.png")
    with pytest.raises(TooLarge, match="max_pixels"):
        page_png(tmp_path / "a.png", media_type="image/png", page=1, width_px=50, limits=Limits(max_pixels=1_000))
    with pytest.raises(EmptyDocument):
        read_here(tmp_path / "a.png")


def test_the_path_may_have_any_name(tmp_path: Path) -> None:
    """Files that are kept under an id without a suffix are read by the name they came with."""
    import docx  # noqa: PLC0415 - these three only here
    import openpyxl  # noqa: PLC0415 - as above
    import pptx  # noqa: PLC0415 - as above

    draw_pages(tmp_path / "a.pdf", [lambda canvas: canvas.drawString(60, 700, "Words of the file.")])
    document = docx.Document()
    document.add_paragraph("Words of the file.")
    document.save(str(tmp_path / "a.docx"))
    book = openpyxl.Workbook()
    book.active.append(["Words of the file."])
    book.save(tmp_path / "a.xlsx")
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Words of the file."
    deck.save(str(tmp_path / "a.pptx"))
    for name in ("a.csv", "a.txt", "a.md", "a.html"):
        (tmp_path / name).write_text("Words of the file.\n")
    for path in sorted(tmp_path.iterdir()):
        kept = path.rename(tmp_path / "0a1b2c")
        assert texts(read(kept, name=path.name).blocks)[-1] == "Words of the file."
