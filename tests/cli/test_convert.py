"""`jianwen models convert`: weights become a folder that runs, and what cannot be converted is said in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch", reason="the core install has no torch")
pytest.importorskip("onnx", reason="only trainings export")

from jianwen.tracking import built_in, open_graphs  # noqa: E402 - after the checks
from jianwen.tracking.learning import TrackerNetwork  # noqa: E402

from .conftest import jianwen  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path


def test_weights_become_a_folder_that_opens(tmp_path: Path) -> None:
    """The size is told from the keys; the picture's side is the one asked for."""
    torch.manual_seed(0)
    torch.save({"model": TrackerNetwork(built_in("nano")).state_dict()}, tmp_path / "mine.pt")
    out = tmp_path / "mine"
    result = jianwen(
        tmp_path / "home", "models", "convert", str(tmp_path / "mine.pt"), "--out", str(out), "--size", "64"
    )
    assert result.returncode == 0, result.stderr
    graphs = open_graphs(out, threads=1)
    assert graphs.config == built_in("nano").at(64)
    assert graphs.made_of == "mine.pt, nano 2.1"


def test_8_bits_are_asked_for_and_said(tmp_path: Path) -> None:
    """The folder is smaller, opens like any other, and says what it is."""
    torch.manual_seed(0)
    torch.save({"model": TrackerNetwork(built_in("nano")).state_dict()}, tmp_path / "mine.pt")
    begin = ("models", "convert", str(tmp_path / "mine.pt"), "--size", "64", "--out")
    assert jianwen(tmp_path / "home", *begin, str(tmp_path / "floats")).returncode == 0
    result = jianwen(tmp_path / "home", *begin, str(tmp_path / "int8"), "--int8")
    assert (result.returncode, result.stderr) == (0, "")
    assert "int8" in result.stdout
    assert open_graphs(tmp_path / "int8", threads=1).made_of == "mine.pt, nano 2.1, int8"
    sizes = [(tmp_path / folder / "encode.onnx").stat().st_size for folder in ("int8", "floats")]
    assert sizes[0] < 0.7 * sizes[1]


def test_what_cannot_be_converted_is_said_in_one_line(tmp_path: Path) -> None:
    """A damaged file ends with 1, a side that no network has with 2; no folder is begun."""
    (tmp_path / "bad.pt").write_bytes(b"not weights")
    begin = ("models", "convert", str(tmp_path / "bad.pt"), "--out", str(tmp_path / "out"))
    damaged = jianwen(tmp_path / "home", *begin)
    assert (damaged.returncode, damaged.stderr.strip().count("\n")) == (1, 0)
    assert "bad.pt cannot be used" in damaged.stderr
    assert jianwen(tmp_path / "home", *begin, "--size", "100").returncode == 2
    assert not (tmp_path / "out").exists()
