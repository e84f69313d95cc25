"""Tables as words: which row is the header, and a row as ``"header: value; header: value"``.

Serves sheets, PDF, Office, web and Markdown tables alike; cells are strings as a person reads them.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from jianwen.documents.prose import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["find_header", "is_number", "merge_header", "row_text", "table_rows"]

Grid = "Sequence[Sequence[str]]"

# A number with sign, currency, unit or percent; a date; a time; a span of them.
_AMOUNT = (
    r"[-+−]?\s*(?:[¥￥$€£]|RMB|CNY|USD)?\s*\d[\d,]*(?:\.\d+)?\s*(?:%|‰|元|万元|万|亿|人|个|张|米|公里|m|km|kg|cm|°C|℃)?"
)
_DATE = r"\d{2,4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?|月)?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
_TIME = r"\d{1,2}[:：]\d{2}(?:[:：]\d{2})?"
_ONE = rf"(?:{_DATE}|{_TIME}|{_AMOUNT})"
_NUMBER = re.compile(rf"\s*{_ONE}(?:\s*[-–—~～至]\s*{_ONE})?\s*")
_HEADER_WORD = re.compile(
    r"(?i)(?:序号|编号|名称|姓名|项目|类别|类型|时间|日期|价格|票价|单价|金额|数量|人数|说明|备注|内容|地点|位置|楼层|电话|规格"
    r"|单位|费|费用|标准|方式|条件|对象|期限|等级|情形|行为|罚款|要求|场次"
    r"|no\.?|id|name|item|type|kind|category|time|date|price|fee|cost|amount|quantity|description|notes?|place|floor|unit)$"
)
_LOOK_AHEAD = 10  # rows above the header that may be titles and remarks


def is_number(cell: str) -> bool:
    """Whether the cell is a number, date, time or span of these, with or without its unit."""
    return bool(_NUMBER.fullmatch(cell))


def find_header(rows: Sequence[Sequence[str]], *, likely: bool = False) -> tuple[int, int] | None:
    """The index of the first header row, and how many rows the header has (1 or 2); None when there is none.

    Args:
        rows: the first rows of the table, blank ones left out.
        likely: the format promises a header, so two columns of plain words do not need further evidence.
    """
    width = max((len({cell for cell in row if cell}) for row in rows), default=0)
    for index, row in enumerate(rows[:_LOOK_AHEAD]):
        filled = [cell for cell in row if cell]
        if len(set(filled)) < 2 or len(filled) < 0.6 * width:
            continue  # a title or a remark above the table
        below = rows[index + 1 :]
        if not below or not _names_columns(row) or not (likely or _has_evidence(row, below)):
            return None
        return index, 2 if len(below) > 1 and _is_two_storied(row, below[0]) else 1
    return None


def _names_columns(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    distinct = len(set(filled)) >= 2
    return distinct and not any(is_number(cell) for cell in filled) and all(len(cell) <= 40 for cell in filled)


def _has_evidence(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Two columns are as often a list of facts (地址, 电话) as a table: they need proof that row one names them."""
    filled = [cell for cell in row if cell]
    if len(filled) > 2 or all(_HEADER_WORD.search(cell) for cell in filled):
        return True
    if len(below) < 2 or any(char.isdigit() for cell in filled for char in cell):
        return False
    return any(_mostly_numbers([r[column] for r in below if column < len(r)]) for column in range(len(row)))


def _mostly_numbers(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(map(is_number, filled)) * 2 > len(filled)


def _is_two_storied(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """A group name merged over several columns, each named in the row below."""
    groups = [(a, b) for a, b in pairwise(upper) if a and a == b]
    return bool(groups) and _names_columns(lower) and len(set(filter(None, lower))) > len(set(filter(None, upper)))


def merge_header(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One name a column, out of one or two header rows: 票价 over 成人 gives 票价 成人."""
    width = max(map(len, rows))
    columns = ([one_line(row[i]) if i < len(row) else "" for row in rows] for i in range(width))
    return tuple(" ".join(dict.fromkeys(name for name in column if name)) for column in columns)


def row_text(header: Sequence[str], cells: Sequence[str]) -> str:
    """``"header: value; header: value"`` of the cells that are not blank."""
    values = [one_line(cell) for cell in cells]
    filled = [value for value in values if value]
    if len(set(filled)) == 1 and max(len(values), len(header)) > 1:
        return filled[0] if filled.count(filled[0]) > 1 or not header or not header[0] else _only(header, values)
    if not any(header) and len(values) == 2:
        return ": ".join(filled)
    names = [*header, *[""] * len(values)]
    return "; ".join(f"{name}: {value}" if name else value for name, value in zip(names, values, strict=False) if value)


def _only(header: Sequence[str], values: Sequence[str]) -> str:
    """A row with one value: in the first column it is a remark or a group name, elsewhere a value of its column."""
    column = next(i for i, value in enumerate(values) if value)
    name = header[column] if column < len(header) else ""
    return values[column] if (column == 0 and len(values[0]) > 12) or not name else f"{name}: {values[column]}"


def table_rows(grid: Sequence[Sequence[str]], *, header_rows: int | None = None) -> list[str]:
    """A whole table as row texts, header names in each.

    Args:
        grid: all rows, merged cells filled.
        header_rows: how many rows the format itself marks as header; None: find out.
    """
    rows = [[one_line(cell) for cell in row] for row in grid if any(cell.strip() for cell in row)]
    if header_rows is None:
        first, count = find_header(rows) or (0, 0)
    else:
        first, count = 0, min(header_rows, max(0, len(rows) - 1))
    header = merge_header(rows[first : first + count]) if count else ()
    heads = {tuple(row) for row in rows[first : first + count]}
    above = [row_text((), list(dict.fromkeys(row))) for row in rows[:first]]
    return above + [row_text(header, row) for row in rows[first + count :] if tuple(row) not in heads]
