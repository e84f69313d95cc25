"""Files and folders that a person names → the files to add, and what cannot be added.

Looks at names and kinds only and opens nothing; never follows a link out of the folder.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jianwen.documents.nouns import Found
from jianwen.documents.sniff import SUFFIXES, file_size
from jianwen.errors import DocumentError, UnreadableFile, UnsafePath, UnsupportedFormat

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["find_files"]

_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


def find_files(paths: Sequence[Path]) -> tuple[list[Found], list[DocumentError]]:
    """Every readable file, folders walked in sorted order, and one error for each that cannot be added.

    Hidden files, system files and the lock files of Office programs are passed over without a word.
    """
    found: list[Found] = []
    errors: list[DocumentError] = []
    for path in paths:
        for result in _walk(path) if os.path.isdir(path) else [_judge(path, path.name)]:  # noqa: PTH112 - never raises
            if isinstance(result, Found):
                found.append(result)
            else:
                errors.append(result)
    return found, errors


def _walk(root: Path) -> Iterator[Found | DocumentError]:
    top = _real(root)
    refused: list[OSError] = []
    for folder, subfolders, files in os.walk(root, onerror=refused.append):
        subfolders.sort()
        here = type(root)(folder)
        for name in subfolders:
            link = here / name
            if link.is_symlink() and not _is_skipped(name) and not _real(link).is_relative_to(top):
                yield UnsafePath(name=_shown(link, root))
        # A link to a folder inside is not followed: what it points to is walked anyway.
        subfolders[:] = [name for name in subfolders if not _is_skipped(name) and not (here / name).is_symlink()]
        for name in sorted(files):
            path = here / name
            if _is_skipped(name):
                continue
            if path.is_symlink() and not _real(path).is_relative_to(top):
                yield UnsafePath(name=_shown(path, root))
            else:
                yield _judge(path, _shown(path, root))
    for error in refused:
        yield UnreadableFile(name=_printable(str(error.filename)), detail=error.strerror)


def _real(path: Path) -> Path:
    """Without links. Unlike `Path.resolve` it does not raise for links that go in circles."""
    return type(path)(os.path.realpath(path))


def _is_skipped(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in _SYSTEM_FILES


def _shown(path: Path, root: Path) -> str:
    return _printable(path.relative_to(root).as_posix())


def _printable(name: str) -> str:
    """File names are bytes; those that are no UTF-8 would fit into no database."""
    return os.fsencode(name).decode("utf-8", "replace")


def _judge(path: Path, name: str) -> Found | DocumentError:
    name = _printable(name)
    try:
        file_size(path, name=name)
    except UnreadableFile as error:
        return error
    if path.suffix.lower() not in SUFFIXES:
        return UnsupportedFormat(name=name)
    return Found(path, name)
