"""States on disk: rebuildable, bounded, and never taken for what they are not."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from jianwen.language.states import StateStore

real_utime = os.utime


def store(folder: Path, *, limit_bytes: int = 10_000, identity: str = "model") -> StateStore:
    return StateStore(folder, limit_bytes=limit_bytes, identity=identity)


def test_what_is_kept_comes_back_in_another_program(tmp_path: Path) -> None:
    """A state outlives the store that kept it."""
    states = store(tmp_path / "states")
    key = states.key([1, 2], [3, 4])
    assert states.get(key) is None
    assert states.put(key, b"remembered")
    again = store(tmp_path / "states")
    assert key in again
    assert bytes(again.get(key) or b"") == b"remembered"


def test_a_key_tells_apart_all_that_must_be_equal(tmp_path: Path) -> None:
    """Another model, another text before it, another text, or another cut between them: another key."""
    one, other = store(tmp_path), store(tmp_path, identity="another model")
    keys = [
        one.key([1], [2, 3]),
        other.key([1], [2, 3]),
        one.key([9], [2, 3]),
        one.key([1], [2, 4]),
        one.key([1, 2], [3]),
        one.key([], [1, 2, 3]),
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda content: content[:20],
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: content[:-3] + b"\0" + content[-2:],
        lambda content: b"X" + content[1:],
        lambda content: bytes(len(content)),
    ],
    ids=["empty", "head cut", "cut", "longer", "a byte changed", "another kind", "zeros"],
)
def test_a_damaged_file_is_deleted_and_not_used(tmp_path: Path, damage: object) -> None:
    """Whatever happened to the file, nothing of it is used, and the next one takes its place."""
    states = store(tmp_path)
    key = states.key([], [1])
    states.put(key, b"a state of some bytes")
    path = tmp_path / key
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert states.get(key) is None
    assert not path.exists()
    assert key not in states
    assert states.put(key, b"anew")
    assert bytes(states.get(key) or b"") == b"anew"


def test_a_file_under_another_ones_name_is_not_used(tmp_path: Path) -> None:
    """A whole state that belongs to another text is as bad as a damaged one."""
    states = store(tmp_path)
    one, other = states.key([], [1]), states.key([], [2])
    states.put(one, b"of one")
    (tmp_path / one).rename(tmp_path / other)
    assert states.get(other) is None


def test_the_least_used_go_when_the_folder_is_full(tmp_path: Path) -> None:
    """Together the files stay below the limit; what was used lately stays."""
    states = store(tmp_path, limit_bytes=1000)
    keys = [states.key([], [n]) for n in range(4)]
    for n, key in enumerate(keys[:3]):
        states.put(key, bytes(250))
        os.utime(tmp_path / key, (n, n))
    states = store(tmp_path, limit_bytes=1000)
    states.get(keys[0])
    states.put(keys[3], bytes(250))
    assert [key in states for key in keys] == [True, False, True, True]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == states.used_bytes <= 1000


def test_one_that_is_larger_than_the_limit_is_not_kept(tmp_path: Path) -> None:
    """It does not drive out everything else for nothing."""
    states = store(tmp_path, limit_bytes=1000)
    small, large = states.key([], [1]), states.key([], [2])
    states.put(small, b"small")
    assert not states.put(large, bytes(2000))
    assert small in states


def test_a_full_or_missing_disk_is_no_error(tmp_path: Path) -> None:
    """Where nothing can be written, answers are only slower."""
    (tmp_path / "states").write_text("a file where the folder should be", encoding="utf-8")
    states = store(tmp_path / "states")
    key = states.key([], [1])
    assert not states.put(key, b"state")
    assert states.get(key) is None


def pin(folder: Path, key: str) -> Path:
    """What `library/pins.py` puts beside a state."""
    mark = folder / f"{key}.{'5' * 64}.pinned"
    mark.touch()
    return mark


def test_what_is_pinned_stays_when_the_folder_is_full(tmp_path: Path) -> None:
    """However long it was not used; what was used after it goes, until the mark is taken away."""
    states = store(tmp_path, limit_bytes=1000)
    keys = [states.key([], [n]) for n in range(6)]
    states.put(keys[0], bytes(250))
    mark = pin(tmp_path, keys[0])
    for key in keys[1:4]:
        states.put(key, bytes(250))
    assert [key in states for key in keys[:4]] == [True, False, True, True]
    mark.unlink()
    states.put(keys[4], bytes(250))
    assert keys[0] not in states


def test_a_store_sees_at_once_what_another_one_keeps_and_pins(tmp_path: Path) -> None:
    """Two programs on one folder stay below the limit together, and neither drops what was pinned beside the other."""
    ours, theirs = store(tmp_path, limit_bytes=1000), store(tmp_path, limit_bytes=1000)
    keys = [ours.key([], [n]) for n in range(5)]
    for key in keys[:2]:
        ours.put(key, bytes(250))
        pin(tmp_path, key)
    for key in keys[2:]:
        assert theirs.put(key, bytes(250))
    assert [key in theirs for key in keys] == [True, True, False, False, True]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 1000


def test_what_does_not_fit_beside_the_pinned_is_not_kept_and_drives_nothing_out(tmp_path: Path) -> None:
    """Nothing is dropped for a state that would not fit even then."""
    states = store(tmp_path, limit_bytes=1000)
    pinned, other, large = (states.key([], [n]) for n in range(3))
    states.put(pinned, bytes(500))
    pin(tmp_path, pinned)
    states.put(other, bytes(100))
    assert not states.put(large, bytes(500))
    assert [key in states for key in (pinned, other, large)] == [True, True, False]


def test_a_damaged_pinned_state_is_made_anew_and_is_pinned_then(tmp_path: Path) -> None:
    """The mark outlives the damaged file: what takes its place stays too."""
    states = store(tmp_path, limit_bytes=1000)
    key, *others = (states.key([], [n]) for n in range(5))
    states.put(key, bytes(250))
    pin(tmp_path, key)
    (tmp_path / key).write_bytes(b"damaged")
    assert states.get(key) is None
    assert states.put(key, bytes(250))
    for other in others:
        states.put(other, bytes(250))
    assert states.get(key) is not None


def test_half_written_files_are_swept(tmp_path: Path) -> None:
    """What a killed program left is gone at a later start; what another one writes just now is left alone."""
    old, new = (tmp_path / f"{letter * 64}.123.part" for letter in "ab")
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert store(tmp_path).used_bytes == 0
    assert list(tmp_path.iterdir()) == [new]


def test_a_state_in_steady_use_is_marked_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Used every five minutes, its file's time follows, so that another program knows it is used."""
    states = store(tmp_path)
    key = states.key([], [1])
    states.put(key, b"remembered")
    now_s = time.time()
    for n in range(1, 5):
        monkeypatch.setattr(time, "time", lambda n=n: now_s + 300 * n)
        monkeypatch.setattr(os, "utime", lambda path, n=n: real_utime(path, (now_s + 300 * n,) * 2))
        assert states.get(key) is not None
    assert (tmp_path / key).stat().st_mtime > now_s + 500


def test_files_of_another_user_are_used_and_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be neither marked nor deleted is no error of whoever asks."""

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError

    states = store(tmp_path)
    whole, damaged = states.key([], [1]), states.key([], [2])
    for key in (whole, damaged):
        states.put(key, b"remembered")
        os.utime(tmp_path / key, (0, 0))
    (tmp_path / damaged).write_bytes(b"cut")
    monkeypatch.setattr(os, "utime", forbidden)
    monkeypatch.setattr(Path, "unlink", forbidden)
    assert bytes(states.get(whole) or b"") == b"remembered"
    assert states.get(damaged) is None
    assert not states.put(states.key([], [3]), bytes(9_900))  # for which no room can be made
