"""Bytes → `Document` → `Passage`s: one reader a format, OCR, tables, cutting by structure.

Does not store, embed or search. Files are hostile: everything is bounded, and each that cannot be read is one
`DocumentError`. The readers' packages are loaded when a file needs them.
"""

from jianwen.documents.chunk import passages
from jianwen.documents.find import find_files
from jianwen.documents.nouns import Block, Document, Found, Limits, Progress, Table
from jianwen.documents.reading import read
from jianwen.documents.sheet import table_around
from jianwen.documents.sniff import SUFFIXES, kind_of, media_type_of
from jianwen.documents.view import page_png

__all__ = [
    "SUFFIXES",
    "Block",
    "Document",
    "Found",
    "Limits",
    "Progress",
    "Table",
    "find_files",
    "kind_of",
    "media_type_of",
    "page_png",
    "passages",
    "read",
    "table_around",
]
