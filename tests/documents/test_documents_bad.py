"""Bad files: one clear error each, and within bounds."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from bad_files import make_bad_files
from jianwen.documents import SUFFIXES, Limits, media_type_of, read
from jianwen.errors import DocumentError, TooLarge, UnreadableFile


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, type[DocumentError]]]:
    folder = tmp_path_factory.mktemp("bad")
    return folder, make_bad_files(folder)


def test_every_bad_file_gives_its_own_error(bad: tuple[Path, dict[str, type[DocumentError]]]) -> None:
    """Each of the bad files raises exactly the expected class, and none takes longer than ten seconds."""
    folder, expected = bad
    wrong = []
    for name, error in expected.items():
        start = time.process_time()
        try:
            found: object = read(folder / name, name=name)
        except Exception as exc:  # noqa: BLE001 - whatever comes is compared below
            found = type(exc)
        if found is not error or time.process_time() - start > 10:
            wrong.append((name, error.__name__, found, time.process_time() - start))
    assert len(expected) >= 40
    assert wrong == []


def test_errors_name_the_file_in_both_languages(bad: tuple[Path, dict[str, type[DocumentError]]]) -> None:
    """The one line that a person sees names the file, in English and in Chinese, with no field left unfilled."""
    folder, expected = bad
    for name in ("nothing.pdf", "pdf.docx", "cut.png", "many_rows.csv", "many_pixels.png", "old.doc", "folder.pdf"):
        with pytest.raises(expected[name]) as caught:
            read(folder / name, name=f"folder/{name}")
        for language in ("en", "zh"):
            line = caught.value.text(language)
            assert f"folder/{name}" in line
            assert "{" not in line
            assert "\n" not in line


def test_the_media_type_of_a_bad_file_is_told_or_refused(bad: tuple[Path, dict[str, type[DocumentError]]]) -> None:
    """Asking for the media type alone never raises anything but a `DocumentError`."""
    folder, expected = bad
    for name in expected:
        try:
            found = media_type_of(folder / name, name=name)
        except DocumentError as error:
            found = str(error)
        assert found


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    """A path with nothing there, and one that no system can open, are both unreadable."""
    for path in (tmp_path / "gone.pdf", tmp_path / "a\0b.pdf"):
        with pytest.raises(UnreadableFile):
            read(path, name="gone.pdf")


def test_random_bytes_under_every_suffix_give_document_errors(tmp_path: Path) -> None:
    """Noise behind the right first bytes never gets past the error tree."""
    noise = bytes(i * 7919 % 251 for i in range(4_000))
    for suffix in sorted(SUFFIXES - {".txt", ".md", ".markdown", ".csv", ".tsv", ".html", ".htm"}):
        for start in (
            b"",
            b"%PDF-1.4\n",
            b"PK\x03\x04",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff\xe0",
            b"RIFF\0\0\0\0WEBP",
        ):
            path = tmp_path / f"noise{suffix}"
            path.write_bytes(start + noise)
            with pytest.raises(DocumentError):
                read(path, name=path.name)


def test_the_limits_are_those_that_are_given(tmp_path: Path) -> None:
    """A lower limit refuses what the usual one reads, and the error says which setting to raise."""
    path = tmp_path / "three.csv"
    path.write_text("name,price\na,1\nb,2\nc,3\n")
    assert read(path, name=path.name).pages == 3
    with pytest.raises(TooLarge, match="max_rows"):
        read(path, name=path.name, limits=Limits(max_rows=2))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_large_sheet_stays_below_a_gigabyte(tmp_path: Path) -> None:
    """8,000 rows of 10 cells take a fraction of the allowed memory."""
    import openpyxl  # noqa: PLC0415 - only here

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("rows")
    sheet.append([f"column {i}" for i in range(10)])
    for i in range(8_000):
        sheet.append([f"cell {i} {j}" if j % 2 else i + j / 10 for j in range(10)])
    book.save(tmp_path / "large.xlsx")
    code = (
        "import sys; from pathlib import Path; from jianwen.documents import read;"
        "pages = read(Path(sys.argv[1]), name='large.xlsx').pages;"
        "most = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'));"
        "print(pages, most.split()[1])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "large.xlsx")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    pages, kilobytes = map(int, done.stdout.split())
    assert pages == 8_000
    assert kilobytes < 250_000
