"""Plain text, Markdown and web pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from documents.making import of_kind, read_here, texts
from jianwen.documents import passages
from jianwen.documents.prose import clean, heading_level, is_list_item, join_lines, sensible_title, sentences

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gb18030"])
def test_text_is_read_in_every_common_encoding(tmp_path: Path, encoding: str) -> None:
    """Title, numbered headings and paragraphs from UTF-8, UTF-16 with its mark, and GB18030."""
    words = "青山规则\n\n第一章 总则\n本规则适用于全部球台。\n一、开球\n开球时母球须置于开球区内。\n"
    words += "1.2 犯规\n落袋即为犯规。\n"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (tmp_path / "r.txt").write_bytes((mark + words).encode(encoding))
    document = read_here(tmp_path / "r.txt")
    assert document.title == "青山规则"
    assert of_kind(document, "heading") == ["青山规则", "第一章 总则", "一、开球", "1.2 犯规"]
    assert of_kind(document, "paragraph") == ["本规则适用于全部球台。", "开球时母球须置于开球区内。", "落袋即为犯规。"]
    assert passages(document, source_id="s")[1].heading_path == ("青山规则", "第一章 总则", "一、开球")


def test_a_cut_last_character_does_not_change_the_encoding(tmp_path: Path) -> None:
    """A UTF-8 text that ends within a character is still UTF-8."""
    (tmp_path / "c.txt").write_bytes("落袋即为犯规。母球落袋".encode()[:-1])
    assert texts(read_here(tmp_path / "c.txt").blocks)[0].startswith("落袋即为犯规。母球落")


def test_wrapped_lines_join_and_deliberate_lines_do_not(tmp_path: Path) -> None:
    """What an editor wrapped at seventy columns is one paragraph; an address is three lines."""
    wrapped = "The rules of the table were wrapped at some seventy columns by an editor\n" * 3 + "and end here.\n"
    (tmp_path / "w.txt").write_text(wrapped + "\nGreen Hall\n1 Hill Road\nHangzhou\n")
    found = texts(read_here(tmp_path / "w.txt").blocks)
    assert found[0].count("\n") == 0
    assert found[0].endswith("and end here.")
    assert found[1:] == ["Green Hall", "1 Hill Road", "Hangzhou"]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("第一章 总则", 1),
        ("第三节 票务", 2),
        ("一、开放时间", 2),
        ("（二）交通", 3),
        ("1.2 犯规", 2),
        ("1.2.3 Fouls", 3),
        ("一、游船限乘十二人。", 0),
        ("1.5 metres is the lowest height at which a child may ride alone", 0),
        ("第一章 总则……3", 0),
        ("2026.10", 0),
        ("60.5", 0),
    ],
)
def test_numbered_headings_are_told_from_sentences(line: str, level: int) -> None:
    """Short numbered lines are headings; sentences, figures and lines of a table of contents are not."""
    assert heading_level(line) == level


def test_cleaning_keeps_the_wording_and_drops_what_cannot_be_seen() -> None:
    """Traditional and full-width characters stay; zero-width, broken and look-alike characters go."""
    assert clean("歡迎\u200b光臨\x00　ＡＢ１２") == "歡迎光臨　ＡＢ１２"
    assert clean("\u2f42物 o\ufb03ce \ud83d") == "文物 office"
    assert clean("a \t b\r\n\r\n c") == "a b\nc"


def test_lines_join_as_the_script_asks() -> None:
    """Nothing between Chinese lines, a blank between English ones, and a blank where the two meet."""
    assert join_lines(["青山", "博物馆"]) == "青山博物馆"
    assert join_lines(["共有", "30人"]) == "共有30人"
    assert join_lines(["open", "daily"]) == "open daily"
    assert join_lines(["使用", "WiFi", "上网"]) == "使用 WiFi 上网"
    assert join_lines(["exhi-", "bition"]) == "exhibition"


def test_sentences_give_the_text_back() -> None:
    """Cutting loses nothing, and a closing quotation mark stays with its sentence."""
    text = "他说：“走吧。”然后走了！Really? Yes. It is 3.5 m.\n下一行"
    assert "".join(sentences(text)) == text
    assert sentences(text)[0] == "他说：“走吧。”"
    assert "It is 3.5 m." in [sentence.strip() for sentence in sentences(text)]


def test_small_facts_about_lines() -> None:
    """Bullets and item numbers are seen; titles that no person wrote are not taken."""
    assert all(map(is_list_item, ["• a", "1. a", "（1）a", "①a", "- a", "2、a"]))
    assert not any(map(is_list_item, ["1.5 m", "a", "2026年", "-"]))
    assert sensible_title("Microsoft Word - x") == sensible_title("无标题") == sensible_title("a.docx") == ""
    assert sensible_title(" 青山  手册 ") == "青山 手册"


def test_markdown_tokens_become_blocks(tmp_path: Path) -> None:
    """Headings, nested lists, a table, code and front matter; marks and tags are gone."""
    (tmp_path / "a.md").write_text(
        "---\ntitle: 青山指南\n---\n# 青山\n\n欢迎**光临**[官网](http://x)。\n\n- 索道\n  - 夜场\n\n"
        "| 票种 | 价格 |\n|---|---|\n| 成人 | 60 |\n\n```\ncode\n```\n\n<div>框里</div>\n",
        encoding="utf-8",
    )
    document = read_here(tmp_path / "a.md")
    assert document.title == "青山指南"
    assert [(block.kind, block.text) for block in document.blocks] == [
        ("heading", "青山"),
        ("paragraph", "欢迎光临官网。"),
        ("list", "索道"),
        ("list", "夜场"),
        ("row", "票种: 成人; 价格: 60"),
        ("paragraph", "code"),
        ("paragraph", "框里"),
    ]


def test_a_web_page_is_read_as_a_visitor_sees_it(tmp_path: Path) -> None:
    """No scripts, navigation or hidden elements; headings, lists and a table with merged header cells."""
    (tmp_path / "a.html").write_text(
        "<html><head><title>青山景区</title><style>p{}</style></head><body><nav>首页</nav><h1>欢迎</h1>"
        "<p>欢迎<b>光临</b>青山\n景区。<br>电话：123</p><p hidden>秘密</p><p style='display: none'>x</p>"
        "<ul><li>索道<ul><li>夜场</li></ul></li></ul><script>alert(1)</script>"
        "<table><tr><th rowspan=2>项目</th><th colspan=2>价格</th></tr><tr><th>成人</th><th>儿童</th></tr>"
        "<tr><td>索道</td><td>80</td><td>40</td></tr></table></body></html>",
        encoding="utf-8",
    )
    document = read_here(tmp_path / "a.html")
    assert document.title == "青山景区"
    assert [(block.kind, block.text) for block in document.blocks] == [
        ("heading", "欢迎"),
        ("paragraph", "欢迎光临青山景区。\n电话：123"),
        ("list", "索道"),
        ("list", "夜场"),
        ("row", "项目: 索道; 价格 成人: 80; 价格 儿童: 40"),
    ]


def test_a_web_page_in_gbk_is_read_by_what_it_declares(tmp_path: Path) -> None:
    """The declared character set is used when the bytes agree, and not believed when they do not."""
    page = '<html><head><meta charset="gb2312"></head><body><p>青山景区欢迎您，朱镕基題。</p></body></html>'
    (tmp_path / "g.html").write_bytes(page.encode("gb18030"))
    (tmp_path / "u.html").write_bytes(page.encode())
    for name in ("g.html", "u.html"):
        assert texts(read_here(tmp_path / name).blocks) == ["青山景区欢迎您，朱镕基題。"]


def test_a_page_that_only_uses_tables_for_layout_keeps_its_structure(tmp_path: Path) -> None:
    """A heading and a paragraph inside of a layout table stay a heading and a paragraph."""
    (tmp_path / "l.html").write_text("<table><tr><td><h2>Hours</h2><p>Nine to five.</p></td></tr></table>")
    assert [block.kind for block in read_here(tmp_path / "l.html").blocks] == ["heading", "paragraph"]


def test_pages_made_to_stall_the_parser_are_read_quickly(tmp_path: Path) -> None:
    """Giant spans and Markdown quotes are cut down."""
    (tmp_path / "spans.html").write_text("<table><tr>" + "<td colspan=9999 rowspan=9999>a" * 500 + "<tr><td>x" * 50)
    assert len(read_here(tmp_path / "spans.html").blocks) <= 60
    (tmp_path / "quotes.md").write_text("words\n\n" + ">" * 50_000 + " a\n" + "[" * 20_000)
    assert texts(read_here(tmp_path / "quotes.md").blocks)[0] == "words"


def test_a_long_markdown_file_is_parsed_in_parts(tmp_path: Path) -> None:
    """Half a megabyte of sections and fences comes out whole and in order."""
    part = (
        "## Section {0}\n\nWords of section {0}. "
        + "More words follow here. " * 40
        + "\n\n```\n# no heading {0}\n\n```\n\n"
    )
    (tmp_path / "long.md").write_text("".join(part.format(number) for number in range(400)))
    document = read_here(tmp_path / "long.md")
    assert of_kind(document, "heading") == [f"Section {number}" for number in range(400)]
    assert [text for text in of_kind(document, "paragraph") if "no heading" in text] == [
        f"# no heading {number}" for number in range(400)
    ]
