"""The folder of model files: what is found there, and what is believed."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from jianwen import weights
from jianwen.errors import UnknownModel, WeightsDamaged
from jianwen.weights import CATALOGUE, Entry, check, installed, locate

if TYPE_CHECKING:
    from pathlib import Path

BYTES = b"GGUF" + bytes(range(256)) * 40
ENTRY = Entry(
    name="tiny",
    file="tiny.gguf",
    size=len(BYTES),
    sha256=hashlib.sha256(BYTES).hexdigest(),
    licence="MIT",
    purpose="language",
)
TINY = {"tiny": ENTRY}


def put(folder: Path, data: bytes = BYTES) -> Path:
    path = folder / ENTRY.sha256 / ENTRY.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_the_door_lists_what_it_offers_sorted() -> None:
    """`__all__` of the room is sorted, and everything in it exists."""
    assert sorted(weights.__all__) == weights.__all__
    assert all(hasattr(weights, name) for name in weights.__all__)


def test_every_entry_can_be_had_from_somewhere_and_verified() -> None:
    """A catalogue entry has a source, and a sha256 unless a package carries it."""
    for name, entry in CATALOGUE.items():
        assert entry.name == name
        assert entry.size > 0
        assert entry.packaged or ((entry.hub or entry.shards) and len(entry.sha256) == 64)
        assert entry.shards is None or ("{n}" in entry.shards.pattern) == (entry.shards.count > 1)
        assert entry.shards is None or (entry.shards.member is not None) == (entry.shards.count == 1)


def test_a_model_that_is_not_here_is_none(tmp_path: Path) -> None:
    """Locating a catalogue model in an empty folder finds nothing and creates nothing."""
    assert locate("tiny", folder=tmp_path, catalogue=TINY) is None
    assert list(tmp_path.iterdir()) == []


def test_a_verified_file_is_not_hashed_again(tmp_path: Path) -> None:
    """`locate` trusts its marker while size and time are unchanged; `check` reads the contents and sees a change."""
    path = put(tmp_path)
    assert locate("tiny", folder=tmp_path, catalogue=TINY) == path
    seen = path.stat()
    path.write_bytes(bytes(len(BYTES)))
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert locate("tiny", folder=tmp_path, catalogue=TINY) == path
    with pytest.raises(WeightsDamaged):
        check("tiny", folder=tmp_path, catalogue=TINY)
    assert not path.exists()


@pytest.mark.parametrize("data", [BYTES[:-1], b"X" + BYTES[1:], b""])
def test_a_damaged_file_is_deleted_and_named(tmp_path: Path, data: bytes) -> None:
    """A file that was cut, changed or emptied is refused, and gone afterwards."""
    path = put(tmp_path, data)
    with pytest.raises(WeightsDamaged, match="tiny"):
        locate("tiny", folder=tmp_path, catalogue=TINY)
    assert not path.exists()
    assert locate("tiny", folder=tmp_path, catalogue=TINY) is None


def test_a_change_after_verification_is_noticed(tmp_path: Path) -> None:
    """A file written anew after it was verified is read through again."""
    path = put(tmp_path)
    assert check("tiny", folder=tmp_path, catalogue=TINY)
    path.write_bytes(BYTES + b"more")
    with pytest.raises(WeightsDamaged):
        locate("tiny", folder=tmp_path, catalogue=TINY)


def test_check_says_when_there_is_nothing_to_check(tmp_path: Path) -> None:
    """Checking a model that is not here is False, not an error."""
    assert not check("tiny", folder=tmp_path, catalogue=TINY)


def test_an_own_gguf_file_is_taken_by_its_path(tmp_path: Path) -> None:
    """Any GGUF file is a model, wherever it lies."""
    own = tmp_path / "我的模型.gguf"
    own.write_bytes(BYTES)
    assert locate(str(own), folder=tmp_path) == own
    assert check(str(own), folder=tmp_path)


@pytest.mark.parametrize("name", ["no-such-model", "notes.txt", ".", "", "/nowhere/model.gguf", "a\0b"])
def test_what_is_neither_model_nor_file_is_unknown(tmp_path: Path, name: str) -> None:
    """A wrong name, another kind of file, a folder, and a path to nothing are all refused by name."""
    (tmp_path / "notes.txt").write_text("not a model", encoding="utf-8")
    wanted = str(tmp_path / name) if name == "notes.txt" else name
    with pytest.raises(UnknownModel):
        locate(wanted, folder=tmp_path)


def test_the_list_tells_ready_missing_and_packaged_apart(tmp_path: Path) -> None:
    """`installed` gives every entry one state, without hashing a byte."""
    put(tmp_path, bytes(len(BYTES)))
    carried = Entry("door", "__init__.py", 1, "", "MIT", "reading", packaged="json")
    absent = Entry("gone", "gone.bin", 1, "", "MIT", "reading", packaged="no_such_package")
    lines = installed(tmp_path, catalogue=TINY | {"door": carried, "gone": absent})
    assert [line.state for line in lines] == ["ready", "packaged", "missing"]
    assert [line.path is not None for line in lines] == [True, True, False]
    assert installed(tmp_path / "elsewhere", catalogue=TINY)[0].state == "missing"


def test_packaged_models_are_where_the_catalogue_says(tmp_path: Path) -> None:
    """The embedder and the reader of pictures lie in their installed packages, in the size that is listed."""
    for name in ("multilingual-e5-small", "pp-ocrv6-small"):
        pytest.importorskip(CATALOGUE[name].packaged or "")
        path = locate(name, folder=tmp_path)
        assert path is not None
        assert path.stat().st_size == CATALOGUE[name].size
