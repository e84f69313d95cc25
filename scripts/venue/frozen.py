"""Makes files equal from run to run: clocks inside Office files and PDFs are set to one fixed day.

Does not touch contents. Chromium's font subsets are equal as long as Chromium and the font are.
"""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

from venue.facts import MADE_ON

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["freeze_office", "freeze_pdf"]

_CLOCK = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?")
_PDF_DATE = re.compile(rb"\(D:\d{14}[^)]*\)")


def freeze_office(path: Path) -> None:
    """Rewrites the zip with one date for every member and in docProps/core.xml."""
    with zipfile.ZipFile(path) as packed:
        members = [(info.filename, packed.read(info)) for info in packed.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, data in members:
            info = zipfile.ZipInfo(name, (MADE_ON.year, MADE_ON.month, MADE_ON.day, 9, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            clock = f"{MADE_ON.isoformat()}T09:00:00Z".encode()
            packed.writestr(info, _CLOCK.sub(clock, data) if name == "docProps/core.xml" else data)


def freeze_pdf(path: Path) -> None:
    """Replaces dates in the PDF by others of the same length, so that no offset in it moves."""

    def same_length(found: re.Match[bytes]) -> bytes:
        return b"(D:" + MADE_ON.strftime("%Y%m%d").encode() + b"090000" + found[0][17:]

    path.write_bytes(_PDF_DATE.sub(same_length, path.read_bytes()))
