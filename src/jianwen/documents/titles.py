"""What a document calls itself, from the blocks it opens with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jianwen.documents.prose import heading_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwen.documents.nouns import Block

__all__ = ["opening_title", "with_title"]

_OPENING = 5  # blocks: a cover may show a logo, a date or a slogan above the title
_ENDS = "。；，：;,.:!！?？"


def opening_title(blocks: Sequence[Block]) -> str:
    """The heading that opens a document, unless it is numbered as chapters are; else ""."""
    first = next((block.text for block in blocks[:_OPENING] if block.kind == "heading"), "")
    return "" if heading_level(first) or len(first) > 120 else first


def with_title(blocks: Sequence[Block]) -> list[Block]:
    """For formats that do not mark headings: a short first line that ends like no sentence becomes the title."""
    found = list(blocks)
    if len(found) > 2 and found[0].kind == "paragraph" and _may_be_title(found[0].text):
        found[0] = replace(found[0], kind="heading", level=1)
    return found


def _may_be_title(line: str) -> bool:
    return 2 <= len(line) <= 40 and "\n" not in line and line[-1] not in _ENDS and "：" not in line
