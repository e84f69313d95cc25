"""Markdown: the tokens of markdown-it as headings, paragraphs, list items and table rows.

HTML inside of Markdown is left out, its text kept. Everything stands on page 1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jianwen.documents.nouns import Block, Document, Job
from jianwen.documents.prose import join_lines, sensible_title
from jianwen.documents.rows import table_rows
from jianwen.documents.text import check_lines, decode
from jianwen.documents.titles import opening_title
from jianwen.places import PageSpan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

__all__ = ["read"]

_FRONT_MATTER = re.compile(r"\A\ufeff?---\n(.*?)\n(?:---|\.\.\.)\n", re.DOTALL)
_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_TAG = re.compile(r"<[^<>]*>")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_PART_CHARS = 100_000
_HERE = PageSpan(1)


def read(job: Job) -> Document:
    """Raises DamagedDocument when no encoding fits, TooLarge for too many lines."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only Markdown files need it

    text = decode(job.path, name=job.name).replace("\r\n", "\n")
    matter = _FRONT_MATTER.match(text)
    check_lines(text.count("\n"), job)
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parts = _parts(text[matter.end() :] if matter else text)
    blocks = tuple(block for part in parts for block in _blocks(parser.parse(part)))
    job.progress("reading", 1, 1)
    named = _TITLE.search(matter.group(1)) if matter else None
    title = sensible_title(named.group(1)) if named else ""
    return Document(title or opening_title(blocks) or job.stem, job.media_type, blocks, pages=1)


def _parts(text: str) -> Iterator[str]:
    """Cut at blank lines outside of fences: the parser's tokens take hundreds of times the memory of their text.

    A part that goes on and on without a blank line is cut at a line, and a line without end anywhere.
    """
    part: list[str] = []
    size, fence = 0, ""
    for line in _short_lines(text):
        mark = _FENCE.match(line)
        if mark and (not fence or mark.group(1).startswith(fence)):
            fence = "" if fence else mark.group(1)
        if (size > _PART_CHARS and not fence and not line.strip()) or size > 4 * _PART_CHARS:
            yield "".join(part)
            part, size = [], 0
        part.append(line)
        size += len(line)
    yield "".join(part)


def _short_lines(text: str) -> Iterator[str]:
    for line in text.splitlines(keepends=True):
        yield from (line[start : start + _PART_CHARS] for start in range(0, len(line), _PART_CHARS))


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    level, in_list = 0, 0
    grid: list[list[str]] = []
    for token in tokens:
        match token.type:
            case "heading_open":
                level = int(token.tag[1])
            case "heading_close":
                level = 0
            case "list_item_open":
                in_list += 1
            case "list_item_close":
                in_list -= 1
            case "tr_open":
                grid.append([])
            case "table_close":
                yield from (Block("row", row, _HERE) for row in table_rows(grid, header_rows=1))
                grid = []
            case "inline" if grid:
                grid[-1].append(_words(token))
            case "inline":
                yield Block("heading" if level else "list" if in_list else "paragraph", _words(token), _HERE, level)
            case "fence" | "code_block":
                yield Block("paragraph", token.content, _HERE)
            case "html_block":
                yield Block("paragraph", _TAG.sub(" ", token.content), _HERE)


def _words(token: Token) -> str:
    """The text of a line without its marks; a picture gives its description."""
    lines = [""]
    for child in token.children or ():
        if child.type in {"softbreak", "hardbreak"}:
            lines.append("")
        elif child.type != "html_inline":
            lines[-1] += child.content
    return join_lines(lines)
