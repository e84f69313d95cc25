"""The ImageNet weights that every network here begins with. Does not fetch them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwen import weights
from jianwen.errors import WeightsMissing

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.settings import Settings

__all__ = ["imagenet_trunk"]

NAME = "efficientnet-lite0"


def imagenet_trunk(settings: Settings) -> Path:
    """The file of EfficientNet-Lite0's weights.

    Raises:
        WeightsMissing: it is not on this box.
    """
    path = weights.locate(NAME, folder=settings.weights)
    if path is None:
        raise WeightsMissing(name=NAME, detail=f"looked in {settings.weights}")
    return path
