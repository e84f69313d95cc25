"""Sheets: headers, merged cells, formats, encodings, and rows as tables again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from documents.making import of_kind, read_here, texts
from jianwen.documents import Limits, passages, table_around
from jianwen.documents.cells import shown
from jianwen.documents.sniff import XLSX
from jianwen.errors import NotFound
from jianwen.places import RowSpan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def workbook(path: Path, sheets: Mapping[str, Any]) -> Any:
    """A workbook with these rows in these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return book


def test_each_row_is_a_passage_with_its_header_names_and_row_number(tmp_path: Path) -> None:
    """A title line, a blank line and a header above the data; two sheets, one of them hidden."""
    path = tmp_path / "票务.xlsx"
    book = workbook(
        path,
        {
            "票价": [["2026年票价表"], [], ["票种", "价格"], ["成人", 60.0], [], ["学生", 0.1 + 0.2]],
            "排班": [["姓名", "日期", "上班"], ["张三", date(2026, 10, 1), time(16, 30)]],
        },
    )
    book["票价"].merge_cells("A1:B1")
    book["排班"].sheet_state = "hidden"
    book.save(path)
    document = read_here(path)
    found = passages(document, source_id="s")
    assert document.pages == 3
    assert [passage.text for passage in found] == [
        "票种: 成人; 价格: 60",
        "票种: 学生; 价格: 0.3",
        "姓名: 张三; 日期: 2026-10-01; 上班: 16:30",
    ]
    assert [passage.locator for passage in found] == [RowSpan("票价", 4), RowSpan("票价", 6), RowSpan("排班", 2)]
    assert found[0].heading_path == ("票务", "票价", "2026年票价表")
    assert found[2].heading_path == ("票务", "排班")


def test_merged_cells_are_filled(tmp_path: Path) -> None:
    """A group name stands in every row it covers, and a header of two storeys names each column in full."""
    path = tmp_path / "m.xlsx"
    rows = [["区域", "票价", None], [None, "成人", "儿童"], ["东区", 60, 30], [None, 50, 25], ["西区", 40, 20]]
    book = workbook(path, {"S": rows})
    for cells in ("A1:A2", "B1:C1", "A3:A4"):
        book["S"].merge_cells(cells)
    book.save(path)
    assert of_kind(read_here(path), "row") == [
        "区域: 东区; 票价 成人: 60; 票价 儿童: 30",
        "区域: 东区; 票价 成人: 50; 票价 儿童: 25",
        "区域: 西区; 票价 成人: 40; 票价 儿童: 20",
    ]


def test_a_merge_over_the_whole_sheet_costs_nothing(tmp_path: Path) -> None:
    """A1:XFD1048576 fills the rows that are there, and only as far as a table could reach."""
    path = tmp_path / "huge.xlsx"
    book = workbook(path, {"S": [["a"]]})
    book["S"]["C3"] = "b"
    book.save(path)
    import zipfile  # noqa: PLC0415 - only here

    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    merge = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    parts[sheet] = parts[sheet].replace(b"</sheetData>", b"</sheetData>" + merge)
    with zipfile.ZipFile(path, "w") as archive:
        for name, contents in parts.items():
            archive.writestr(name, contents)
    assert len(read_here(path).blocks) <= 4


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (60.0, "General", "60"),
        (0.1 + 0.2, "General", "0.3"),
        (13800138000.0, "General", "13800138000"),
        (1e20, "General", "1e+20"),
        (-4, "0_);(0)", "-4"),
        (0.85, "0%", "85%"),
        (0.125, "0.0%", "12.5%"),
        (60, '"¥"#,##0.00', "¥60"),
        (1234.5, "[$¥-804]#,##0.00", "¥1234.5"),
        (-60, "_($* #,##0_)", "-$60"),
        (60, '0"元"', "60元"),
        (60, '0"元/人"', "60元/人"),
        (42, "00000", "00042"),
        (True, "General", "TRUE"),
        (None, "General", ""),
        ("#REF!", "General", ""),
        ("  名称 ", "General", "名称"),
        (date(2026, 10, 1), "yyyy-mm-dd", "2026-10-01"),
        (datetime(2026, 10, 1, 16, 29, 59, 999_999, tzinfo=UTC), "", "2026-10-01 16:30"),
        (time(9, 0), "h:mm", "09:00"),
        (timedelta(hours=26, minutes=5), "[h]:mm", "26:05"),
    ],
)
def test_cells_read_as_people_see_them(value: object, number_format: str, expected: str) -> None:
    """Numbers without float noise, ISO dates, percent and currency kept."""
    assert shown(value, number_format) == expected


def test_a_list_of_facts_is_not_given_a_header(tmp_path: Path) -> None:
    """Two columns of names and values keep each name with its own value."""
    workbook(tmp_path / "f.xlsx", {"联系": [["地址", "青山路1号"], ["电话", "0571-88886666"], ["邮编", 310000]]})
    assert of_kind(read_here(tmp_path / "f.xlsx"), "row") == ["地址: 青山路1号", "电话: 0571-88886666", "邮编: 310000"]


def test_a_second_table_below_has_its_own_header(tmp_path: Path) -> None:
    """After a gap, a row of names where the table above has numbers begins a new table."""
    rows = [
        ["票种", "价格", "人数"],
        ["成人", 60, 2],
        ["儿童", 30, 1],
        [],
        ["姓名", "电话", "职务"],
        ["张三", 139, "班长"],
    ]
    workbook(tmp_path / "two.xlsx", {"S": rows})
    assert of_kind(read_here(tmp_path / "two.xlsx"), "row")[-1] == "姓名: 张三; 电话: 139; 职务: 班长"


def test_a_remark_below_the_table_is_no_value_of_its_first_column(tmp_path: Path) -> None:
    """A sentence alone in a row stands for itself."""
    rows = [["票种", "价格"], ["成人", 60], ["儿童", 30], ["网上价只在官网购买时有效，请提前。", None]]
    workbook(tmp_path / "r.xlsx", {"S": rows})
    assert of_kind(read_here(tmp_path / "r.xlsx"), "row")[-1] == "网上价只在官网购买时有效，请提前。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_every_common_encoding(tmp_path: Path, encoding: str) -> None:
    """The same rows from four encodings, with a quoted line break and a blank line counted as Excel does."""
    path = tmp_path / "展品.csv"
    path.write_bytes('编号,名称,年代\n001,青铜鼎,商代\n\n002,"玉璧\n（双联）",战国\n'.encode(encoding))
    document = read_here(path)
    assert of_kind(document, "row") == [
        "编号: 001; 名称: 青铜鼎; 年代: 商代",
        "编号: 002; 名称: 玉璧（双联）; 年代: 战国",
    ]
    assert [passage.locator for passage in passages(document, source_id="s")] == [
        RowSpan("展品", 2),
        RowSpan("展品", 4),
    ]


@pytest.mark.parametrize(("name", "sign"), [("a.tsv", "\t"), ("a.csv", ";"), ("a.csv", "\t"), ("a.csv", "|")])
def test_other_delimiters_are_seen(tmp_path: Path, name: str, sign: str) -> None:
    """Tabs, semicolons and bars divide cells as commas do."""
    (tmp_path / name).write_text(f"name{sign}price\nadult, full{sign}60\nchild, half{sign}30\n")
    assert of_kind(read_here(tmp_path / name), "row")[0] == "name: adult, full; price: 60"


def test_the_rows_around_a_row_come_under_their_header(tmp_path: Path) -> None:
    """Two before and one after, numbered as in the spreadsheet, each as wide as the header."""
    path = tmp_path / "t.xlsx"
    rows = [["价目"], ["票种", "价格", "备注"], *[[f"票{i}", i] for i in range(1, 21)]]
    workbook(path, {"S": rows, "T": [["a", "b"], [1, 2]]})
    table = table_around(path, media_type=XLSX, sheet="S", row=10, before=2, after=1)
    assert table.header == ("票种", "价格", "备注")
    assert table.rows == tuple((n, (f"票{n - 2}", str(n - 2), "")) for n in (8, 9, 10, 11))
    for sheet, row in (("nowhere", 3), ("S", 500)):
        with pytest.raises(NotFound):
            table_around(path, media_type=XLSX, sheet=sheet, row=row, limits=Limits())


def test_the_rows_around_a_csv_row_need_no_sheet_name(tmp_path: Path) -> None:
    """A csv file has one sheet, whatever its temporary path is called."""
    path = tmp_path / "original"
    path.write_text("name,price\na,1\nb,2\nc,3\n")
    table = table_around(path, media_type="text/csv", sheet="价目", row=3, before=1, after=0)
    assert (table.sheet, table.header, table.rows) == ("价目", ("name", "price"), ((2, ("a", "1")), (3, ("b", "2"))))


def test_text_above_and_single_columns_are_kept(tmp_path: Path) -> None:
    """A sheet that is one column of lines loses none of them."""
    workbook(tmp_path / "one.xlsx", {"S": [["第一行"], ["第二行"], ["第三行"]]})
    assert {"第一行", "第二行", "第三行"} <= set(texts(read_here(tmp_path / "one.xlsx").blocks))
