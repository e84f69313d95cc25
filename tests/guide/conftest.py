"""Small passages as the guide sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwen.guide import Evidence
from jianwen.library import Hit
from jianwen.places import PageSpan, Passage

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def evidence() -> Callable[..., list[Evidence]]:
    """Passages numbered from 1, each given as its text."""

    def make(*texts: str, score: float = 1.0) -> list[Evidence]:
        return [
            Evidence(
                n, f"{n}.txt", Hit(Passage(f"p{n}", f"s{n}", text, (), PageSpan(1), language(text)), score, 0.9, 1.0)
            )
            for n, text in enumerate(texts, 1)
        ]

    def language(text: str) -> str:
        return "en" if text.isascii() else "zh"

    return make
