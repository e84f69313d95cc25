"""Bytes → `Document`: looks up the reader of a file, and turns whatever goes wrong into one clear error.

The readers themselves are one file a format; each is a function from `Job` to `Document`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jianwen.documents import markdown, pdf, picture, sheet, slides, text, web, word
from jianwen.documents.nouns import DEFAULT_LIMITS, Document, Job, Limits, Progress
from jianwen.documents.prose import clean, one_line
from jianwen.documents.sniff import DOCX, PDF, PPTX, XLSX, file_size, media_type_of
from jianwen.errors import DamagedDocument, EmptyDocument, JianwenError, ReaderFailed, TooLarge, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["read"]

_READERS: dict[str, Callable[[Job], Document]] = {
    PDF: pdf.read,
    DOCX: word.read,
    XLSX: sheet.read,
    PPTX: slides.read,
    "text/csv": sheet.read,
    "text/tab-separated-values": sheet.read,
    "text/html": web.read,
    "text/markdown": markdown.read,
    "text/plain": text.read,
    "image/png": picture.read,
    "image/jpeg": picture.read,
    "image/webp": picture.read,
}
# Formats that are held in memory as a whole take only this part of `max_file_mb`, so that reading stays below 1 GB.
_SHARES = {"text/plain": 5, "text/html": 20, "text/markdown": 50}


def read(path: Path, *, name: str, limits: Limits = DEFAULT_LIMITS, progress: Progress | None = None) -> Document:
    """Read one file; `name` gives the suffix, and is what errors call it.

    Raises:
        DocumentError: it cannot be read; the subclass says why.
    """
    _check_size(file_size(path, name=name), name, limits.max_file_mb)
    media_type = media_type_of(path, name=name)
    _check_size(file_size(path, name=name), name, max(1, limits.max_file_mb // _SHARES.get(media_type, 1)))
    job = Job(path, name, media_type, limits, progress or _silent)
    try:
        document = _READERS[media_type](job)
    except JianwenError:
        raise
    except (PermissionError, FileNotFoundError) as exc:
        raise UnreadableFile(name=name, detail=exc.strerror or type(exc).__name__) from exc
    except MemoryError as exc:
        raise ReaderFailed(name=name, detail="out of memory") from exc
    except Exception as exc:
        raise DamagedDocument(name=name) from exc
    return _tidy(document, job)


def _silent(_stage: str, _done: int, _total: int) -> None:
    """No one watches."""


def _check_size(size_bytes: int, name: str, limit_mb: int) -> None:
    if size_bytes > limit_mb * 1_000_000:
        found_mb = size_bytes // 1_000_000
        raise TooLarge(name=name, found=found_mb, unit="MB", unit_zh="MB", limit=limit_mb, setting="max_file_mb")


def _tidy(document: Document, job: Job) -> Document:
    blocks = tuple(replace(block, text=clean(block.text)) for block in document.blocks)
    blocks = tuple(block for block in blocks if block.text)
    if not blocks:
        raise EmptyDocument(name=job.name)
    return replace(document, title=one_line(document.title) or job.stem, blocks=blocks)
