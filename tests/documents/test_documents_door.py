"""The door of the documents room."""

from __future__ import annotations

import subprocess
import sys

import jianwen.documents as room

_HEAVY = "numpy PIL pypdfium2 pdfplumber openpyxl docx pptx selectolax markdown_it rapidocr onnxruntime".split()  # noqa: SIM905 - a list of names


def test_the_door_lists_what_it_offers_in_order() -> None:
    """`__all__` is sorted as ruff sorts it, and every name in it exists."""
    constants = [name for name in room.__all__ if name.isupper()]
    classes = [name for name in room.__all__ if name[0].isupper() and not name.isupper()]
    functions = [name for name in room.__all__ if name[0].islower()]
    assert room.__all__ == sorted(constants) + sorted(classes) + sorted(functions)
    assert all(hasattr(room, name) for name in room.__all__)


def test_looking_through_the_door_loads_no_heavy_package() -> None:
    """Importing the room loads no reader's package, no numpy and no model."""
    code = f"import sys, jianwen.documents; print([name for name in {_HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
