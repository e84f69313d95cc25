"""File names from outside, made safe to show and to keep. They never become paths: files get names of our own."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

__all__ = ["safe_name"]

LONGEST = 150


def safe_name(raw: str) -> str:
    """The base name in one normal form, without control or direction characters; "" when nothing is left.

    Both kinds of slash divide, since a browser on Windows may send either.
    """
    base = raw.replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(letter for letter in unicodedata.normalize("NFC", base) if unicodedata.category(letter)[0] != "C")
    text = " ".join(text.split())
    if not text.strip(". "):
        return ""
    suffix = PurePosixPath(text).suffix[:20]
    return text if len(text) <= LONGEST else text[: LONGEST - len(suffix)] + suffix
