"""The assistant, loaded only by the commands that need it: `--version` and `--help` answer at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwen.settings import Settings

if TYPE_CHECKING:
    from jianwen.assistant import Assistant

__all__ = ["open_assistant"]


def open_assistant(settings: Settings | None = None) -> Assistant:
    """The library and its models as the settings say; see `Assistant.open`."""
    from jianwen.assistant import Assistant  # noqa: PLC0415 - loads every room, half a second

    return Assistant.open(settings or Settings.load())
