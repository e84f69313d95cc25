"""Word files and slides: headings, lists, tables, notes, pages, in document order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import docx
import pptx
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from pptx.util import Inches

from documents.making import of_kind, read_here, texts
from jianwen.documents import passages
from jianwen.places import PageSpan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def filled(table: Any, rows: Sequence[Sequence[str]]) -> Any:
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    return table


def test_word_headings_lists_and_tables_come_in_order(tmp_path: Path) -> None:
    """Styles make headings and lists; a table stands where it stands, each row with its header names."""
    document = docx.Document()
    document.add_heading("参观须知", 0)
    document.add_heading("票价", 1)
    document.add_paragraph("以下价格含讲解。")
    filled(document.add_table(3, 3), [("票种", "价格", "说明"), ("成人", "60", "含讲解"), ("学生", "30", "凭证")])
    document.add_paragraph("请勿携带宠物", style="List Bullet")
    document.add_heading("时间", 2)
    document.add_paragraph("九点开门。")
    document.save(str(tmp_path / "a.docx"))
    found = read_here(tmp_path / "a.docx")
    assert found.title == "参观须知"
    assert [(block.kind, block.text) for block in found.blocks] == [
        ("heading", "参观须知"),
        ("heading", "票价"),
        ("paragraph", "以下价格含讲解。"),
        ("row", "票种: 成人; 价格: 60; 说明: 含讲解"),
        ("row", "票种: 学生; 价格: 30; 说明: 凭证"),
        ("list", "请勿携带宠物"),
        ("heading", "时间"),
        ("paragraph", "九点开门。"),
    ]
    assert [block.level for block in found.blocks if block.kind == "heading"] == [1, 1, 2]
    assert passages(found, source_id="s")[-1].heading_path == ("参观须知", "票价", "时间")


def test_headings_made_by_hand_are_seen(tmp_path: Path) -> None:
    """A short bold line and a numbered line are headings though they have no style."""
    document = docx.Document()
    document.add_paragraph().add_run("Opening hours").bold = True
    document.add_paragraph("We open at nine.")
    document.add_paragraph("一、票价")
    document.add_paragraph("成人六十元。")
    document.save(str(tmp_path / "h.docx"))
    assert of_kind(read_here(tmp_path / "h.docx"), "heading") == ["Opening hours", "一、票价"]


def test_pages_are_counted_by_breaks(tmp_path: Path) -> None:
    """Breaks by hand count; where Word noted its own, those count instead."""
    document = docx.Document()
    document.add_paragraph("第一页。").add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph("第二页。")
    document.save(str(tmp_path / "p.docx"))
    spans = [block.locator for block in read_here(tmp_path / "p.docx").blocks]
    assert spans == [PageSpan(1), PageSpan(2)]
    third = document.add_paragraph("第三页。")
    third.runs[0]._r.insert(0, parse_xml(f"<w:lastRenderedPageBreak {_W}/>"))
    document.save(str(tmp_path / "q.docx"))
    assert [block.locator for block in read_here(tmp_path / "q.docx").blocks][-1] == PageSpan(2)


def test_text_boxes_tracked_changes_and_controls_are_read(tmp_path: Path) -> None:
    """Inserted text is there, deleted text is not, and boxes and content controls are not forgotten."""
    document = docx.Document()
    paragraph = document.add_paragraph("正文")
    paragraph._p.append(parse_xml(f"<w:ins {_W}><w:r><w:t>加上的</w:t></w:r></w:ins>"))
    paragraph._p.append(parse_xml(f"<w:del {_W}><w:r><w:delText>删去的</w:delText></w:r></w:del>"))
    box = "<w:txbxContent><w:p><w:r><w:t>框里的字</w:t></w:r></w:p></w:txbxContent>"
    paragraph._p.append(parse_xml(f"<w:r {_W}><w:pict>{box}</w:pict></w:r>"))
    control = f"<w:sdt {_W}><w:sdtContent><w:p><w:r><w:t>控件里的字</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    document.element.body.insert(1, parse_xml(control))
    document.save(str(tmp_path / "x.docx"))
    assert texts(read_here(tmp_path / "x.docx").blocks) == ["正文加上的", "框里的字", "控件里的字"]


def test_merged_word_cells_are_filled(tmp_path: Path) -> None:
    """A cell over two rows and one over two columns stand in each place that they cover."""
    document = docx.Document()
    rows = [("区域", "票价", ""), ("", "成人", "儿童"), ("东区", "60", "30"), ("", "50", "25")]
    table = filled(document.add_table(4, 3), rows)
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(2, 0).merge(table.cell(3, 0))
    document.save(str(tmp_path / "m.docx"))
    assert of_kind(read_here(tmp_path / "m.docx"), "row") == [
        "区域: 东区; 票价 成人: 60; 票价 儿童: 30",
        "区域: 东区; 票价 成人: 50; 票价 儿童: 25",
    ]


def test_a_slide_is_a_page_with_its_notes(tmp_path: Path) -> None:
    """Title, bullets, table and notes of two slides, each with its page, and shapes with their rectangle."""
    deck = pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "展厅介绍"
    first.placeholders[1].text = "一楼：青铜器\n二楼：书画"
    first.notes_slide.notes_text_frame.text = "讲解员提示：周一闭馆"
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "开放时间"
    table = second.shapes.add_table(3, 2, Inches(1), Inches(2), Inches(5), Inches(1)).table
    filled(table, [("季节", "时间"), ("夏季", "9:00-18:00"), ("冬季", "9:00-17:00")])
    box = second.shapes.add_textbox(Inches(1), Inches(5), Inches(3), Inches(1))
    box.text_frame.text = "节假日除外"
    deck.save(str(tmp_path / "d.pptx"))
    document = read_here(tmp_path / "d.pptx")
    assert (document.title, document.pages) == ("展厅介绍", 2)
    assert [(block.kind, block.text) for block in document.blocks] == [
        ("heading", "展厅介绍"),
        ("list", "一楼：青铜器"),
        ("list", "二楼：书画"),
        ("note", "讲解员提示：周一闭馆"),
        ("heading", "开放时间"),
        ("row", "季节: 夏季; 时间: 9:00-18:00"),
        ("row", "季节: 冬季; 时间: 9:00-17:00"),
        ("paragraph", "节假日除外"),
    ]
    spans = [block.locator for block in document.blocks]
    assert all(isinstance(span, PageSpan) for span in spans)
    assert [span.page for span in spans if isinstance(span, PageSpan)] == [1, 1, 1, 1, 2, 2, 2, 2]
    last = spans[-1]
    assert isinstance(last, PageSpan)
    assert (last.boxes[0].x0, round(last.boxes[0].y0, 2)) == (0.1, 0.67)


def test_merged_slide_cells_are_filled(tmp_path: Path) -> None:
    """A cell that spans two rows stands in both."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(4, 3, Inches(1), Inches(1), Inches(5), Inches(2)).table
    rows = [("区域", "票种", "价格"), ("东区", "成人", "60"), ("", "儿童", "30"), ("西区", "成人", "40")]
    filled(table, rows)
    table.cell(1, 0).merge(table.cell(2, 0))
    deck.save(str(tmp_path / "m.pptx"))
    assert of_kind(read_here(tmp_path / "m.pptx"), "row")[1] == "区域: 东区; 票种: 儿童; 价格: 30"
