"""PDF: order, headings, tables, boxes, and pages that need OCR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from reportlab.platypus import (  # type: ignore[import-untyped]  # it ships no types
    BaseDocTemplate,
    Frame,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
)

from bad_files import pdf_of
from documents.making import (
    HEIGHT,
    WIDTH,
    draw_pages,
    drawn_words,
    of_kind,
    paragraph_style,
    read_here,
    ruled_table,
    texts,
)
from jianwen.documents import Limits, passages, read
from jianwen.errors import TooLarge
from jianwen.places import PageSpan

if TYPE_CHECKING:
    from pathlib import Path

RULES = (
    "本馆全年免费开放，每周一闭馆，国家法定节假日除外。观众须凭本人有效身份证件入馆，每日限流三千人，请提前一天预约。"
)


def test_chinese_lines_join_without_blanks_and_headings_are_found(tmp_path: Path) -> None:
    """A wrapped Chinese paragraph is one line of text again, under its headings, titled by the largest."""
    story = [Paragraph("观众手册", paragraph_style(22)), Paragraph("第一章 须知", paragraph_style(15))]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build([*story, Paragraph(RULES * 2, paragraph_style())])
    document = read_here(tmp_path / "a.pdf")
    assert document.title == "观众手册"
    assert [(block.kind, block.level) for block in document.blocks] == [
        ("heading", 1),
        ("heading", 2),
        ("paragraph", 0),
    ]
    assert document.blocks[2].text == RULES * 2
    span = document.blocks[2].locator
    assert isinstance(span, PageSpan)
    assert len(span.boxes) >= 3
    assert all(0 <= box.x0 < box.x1 <= 1 and 0 <= box.y0 < box.y1 <= 1 for box in span.boxes)
    assert [box.y0 for box in span.boxes] == sorted(box.y0 for box in span.boxes)


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    """The left column comes before the right one, below a title across the page, and broken words are whole."""
    frames = [Frame(50, 50, 240, 620), Frame(310, 50, 240, 620)]

    def across(canvas: Any, _document: Any) -> None:
        canvas.setFont("Helvetica-Bold", 22)
        canvas.drawString(50, 770, "House Rules of the Green Table Billiard Hall")

    words = "The white ball is played from the baulk area at the opening of every frame, says this rule. " * 8
    style = paragraph_style(font="Helvetica")
    story = [Paragraph(f"Rule{number} {words}", style) for number in range(1, 5)]
    document = BaseDocTemplate(str(tmp_path / "two.pdf"))
    document.addPageTemplates(PageTemplate("columns", frames, onPage=across))
    document.build(story)
    found = texts(read_here(tmp_path / "two.pdf").blocks)
    assert found[0] == "House Rules of the Green Table Billiard Hall"
    joined = " ".join(found)
    assert [joined.index(f"Rule{number}") for number in range(1, 5)] == sorted(
        joined.index(f"Rule{number}") for number in range(1, 5)
    )
    assert joined.count(words.strip()) == 4


def test_a_word_broken_at_the_line_end_is_made_whole(tmp_path: Path) -> None:
    """exhi- / bition becomes exhibition; a hyphen within a line stays."""

    def draw(canvas: Any) -> None:
        canvas.drawString(60, 700, "Please leave bags at the entrance of this well-lit exhi-")
        canvas.drawString(60, 686, "bition.")

    document = read_here(draw_pages(tmp_path / "h.pdf", [draw]))
    assert texts(document.blocks) == ["Please leave bags at the entrance of this well-lit exhibition."]


def test_a_ruled_table_becomes_rows_with_header_names(tmp_path: Path) -> None:
    """Each row says its columns; wrapped and merged cells are whole; rows on the next page keep the header."""
    head = ["票种", "价格", "说明"]
    rows = [[f"票{i}", str(10 + i), Paragraph("含讲解服务，不含临时展览", paragraph_style())] for i in range(40)]
    table = ruled_table([head, *rows], [90, 60, 110])
    SimpleDocTemplate(str(tmp_path / "t.pdf")).build([Paragraph("价目", paragraph_style(18)), table])
    document = read_here(tmp_path / "t.pdf")
    found = of_kind(document, "row")
    assert found == [f"票种: 票{i}; 价格: {10 + i}; 说明: 含讲解服务，不含临时展览" for i in range(40)]
    assert document.pages > 1
    assert {block.locator.page for block in document.blocks if isinstance(block.locator, PageSpan)} == set(
        range(1, document.pages + 1)
    )


def test_cells_merged_down_fill_every_row(tmp_path: Path) -> None:
    """The name of a group that spans rows stands in each of them."""
    table = ruled_table([["区域", "票种", "价格"], ["东区", "成人", "60"], ["", "学生", "30"], ["西区", "成人", "80"]])
    table.setStyle([("SPAN", (0, 1), (0, 2))])
    SimpleDocTemplate(str(tmp_path / "m.pdf")).build([table])
    assert of_kind(read_here(tmp_path / "m.pdf"), "row")[1] == "区域: 东区; 票种: 学生; 价格: 30"


def test_a_table_without_rules_becomes_rows_too(tmp_path: Path) -> None:
    """Lines whose pieces stand in columns are told with the header names."""

    def draw(canvas: Any) -> None:
        for index, row in enumerate([("Ticket", "Price", "Remark"), ("Adult", "60", "with guide"), ("Child", "0", "")]):
            for x, cell in zip((60, 250, 400), row, strict=True):
                canvas.drawString(x, 740 - 18 * index, cell)

    found = of_kind(read_here(draw_pages(tmp_path / "p.pdf", [draw])), "row")
    assert found == ["Ticket: Adult; Price: 60; Remark: with guide", "Ticket: Child; Price: 0"]


def test_running_heads_and_page_numbers_are_dropped(tmp_path: Path) -> None:
    """What stands at the edge of every page is no part of the text; what stands there once is."""

    def page(number: int) -> Any:
        def draw(canvas: Any) -> None:
            canvas.drawString(60, HEIGHT - 40, "Green Hall - internal")
            canvas.drawString(60, 600, f"Body of page {number}, which says something of its own.")
            canvas.drawCentredString(WIDTH / 2, 30, f"Page {number} of 4")
            if number == 4:
                canvas.drawString(60, 60, "Printed in May.")

        return draw

    found = texts(read_here(draw_pages(tmp_path / "r.pdf", [page(n) for n in range(1, 5)])).blocks)
    assert found == [f"Body of page {n}, which says something of its own." for n in range(1, 5)] + ["Printed in May."]


def test_slanted_watermarks_are_dropped_and_turned_pages_are_read(tmp_path: Path) -> None:
    """Text at 45° is left out; text that is upright on a turned page has its box where it is shown."""

    def watermark(canvas: Any) -> None:
        canvas.drawString(60, 700, "The text itself stays.")
        canvas.translate(300, 400)
        canvas.rotate(45)
        canvas.setFont("Helvetica", 60)
        canvas.drawString(-100, 0, "CONFIDENTIAL")

    def turned(canvas: Any) -> None:
        canvas.setPageRotation(90)
        canvas.translate(500, 100)
        canvas.rotate(90)
        canvas.setFont("Helvetica", 11)
        canvas.drawString(0, 0, "Shown upright on a turned page.")

    document = read_here(draw_pages(tmp_path / "w.pdf", [watermark, turned]))
    assert texts(document.blocks) == ["The text itself stays.", "Shown upright on a turned page."]
    span = document.blocks[1].locator
    assert isinstance(span, PageSpan)
    box = span.boxes[0]
    assert box.x1 - box.x0 > 4 * (box.y1 - box.y0)


def test_a_scanned_page_is_read_from_its_picture(tmp_path: Path) -> None:
    """A page without text goes to OCR, is named in `ocr_pages`, and its lines have boxes on the page."""
    drawn_words(["Adult ticket 60 yuan", "Closed on Mondays"]).save(tmp_path / "scan.png")

    def scan(canvas: Any) -> None:
        canvas.drawImage(str(tmp_path / "scan.png"), 50, 500, 500, 167)

    def words(canvas: Any) -> None:
        canvas.drawString(60, 700, "A page with a text layer of its own.")

    stages: list[tuple[str, int, int]] = []
    path = draw_pages(tmp_path / "s.pdf", [words, scan])
    document = read(path, name=path.name, progress=lambda *stage: stages.append(stage))
    assert document.ocr_pages == (2,)
    assert "Adult ticket 60 yuan" in " ".join(texts(document.blocks))
    assert stages == [("reading", 1, 2), ("reading", 2, 2), ("ocr", 1, 1)]
    span = document.blocks[-1].locator
    assert isinstance(span, PageSpan)
    assert span.page == 2
    assert 0.19 < span.boxes[0].y0 < 0.42  # where the picture lies


def test_a_garbled_text_layer_is_not_believed(tmp_path: Path) -> None:
    """Characters of the private use area mean that the font lies about its letters, so the page is looked at."""
    mapping = b"1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <20> <7E> <E020> endbfrange"
    cmap = b"/CIDInit /ProcSet findresource begin begincmap " + mapping + b" endcmap end"
    content = b"BT /F 40 Tf 60 600 Td (Closed on Mondays) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(cmap), cmap),
    ]
    (tmp_path / "g.pdf").write_bytes(pdf_of(objects))
    document = read_here(tmp_path / "g.pdf")
    assert document.ocr_pages == (1,)
    assert texts(document.blocks) == ["Closed on Mondays"]


def test_pages_of_monstrous_size_or_detail_are_bounded(tmp_path: Path) -> None:
    """A page of kilometres is rendered small, and a map of 30,000 strokes is not searched for tables."""

    def strokes(canvas: Any) -> None:
        canvas.drawString(60, 800, "A map with very many strokes.")
        for i in range(30_000):
            canvas.line(i % 500, i % 700, (i * 7) % 500, (i * 13) % 700)

    draw_pages(tmp_path / "map.pdf", [strokes])
    assert texts(read_here(tmp_path / "map.pdf").blocks) == ["A map with very many strokes."]

    def vast(canvas: Any) -> None:
        canvas.setFont("Helvetica", 700_000)
        canvas.drawString(500_000, 5_000_000, "VAST SIGN")
        canvas.rect(0, 0, 100, 100)

    document = read_here(draw_pages(tmp_path / "vast.pdf", [vast], size=(10_000_000, 10_000_000)))
    assert "VAST SIGN" in texts(document.blocks)[0]


def test_the_title_of_the_metadata_counts_when_a_person_wrote_it(tmp_path: Path) -> None:
    """A real title wins over the first heading; a program's default does not."""
    for given, expected in (
        ("Guide to the Green Hall", "Guide to the Green Hall"),
        ("Microsoft Word - a.docx", "Rules"),
    ):
        story = [Paragraph("Rules", paragraph_style(24, font="Helvetica"))]
        story += [
            Paragraph("Some words of running text that make up the body of it. " * 3, paragraph_style(font="Helvetica"))
        ]
        SimpleDocTemplate(str(tmp_path / "t.pdf"), title=given).build(story)
        assert read_here(tmp_path / "t.pdf").title == expected


def test_a_passage_stays_on_its_page_and_has_the_boxes_of_its_lines(tmp_path: Path) -> None:
    """A paragraph longer than a passage is split, and each part has the boxes of its own lines only."""
    SimpleDocTemplate(str(tmp_path / "l.pdf")).build([Paragraph(RULES * 22, paragraph_style())])
    document = read_here(tmp_path / "l.pdf")
    found = passages(document, source_id="s")
    assert len(found) >= 3
    spans = [passage.locator for passage in found]
    assert all(isinstance(span, PageSpan) for span in spans)
    first, second = (span for span in spans[:2] if isinstance(span, PageSpan))
    assert first.page == second.page == 1
    assert max(box.y0 for box in first.boxes) <= min(box.y0 for box in second.boxes) + 0.03
    assert "".join(passage.text for passage in found) == RULES * 22


def test_more_pages_than_the_limit_are_refused_before_reading(tmp_path: Path) -> None:
    """Two pages against a limit of one."""
    path = draw_pages(tmp_path / "two.pdf", [lambda canvas: canvas.drawString(9, 9, "a")] * 2)
    with pytest.raises(TooLarge, match="max_pages"):
        read(path, name=path.name, limits=Limits(max_pages=1))
