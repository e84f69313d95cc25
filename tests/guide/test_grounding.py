"""Citations are checked by code, whatever the model wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwen.guide import check_citations, is_refusal
from jianwen.guide.grounding import best_quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwen.guide import Answer, Evidence
    from jianwen.places import Passage

    Make = Callable[..., list[Evidence]]

WINTER = "冬令时（10月1日至次年3月31日）：每日9:00开放，16:30停止入馆。"
TICKETS = "成人票: 60 元; 学生票: 30 元"


def unlike(_text: str, _passage: Passage) -> float:
    return 0.0


def alike(_text: str, _passage: Passage) -> float:
    return 0.9


def check(reply: str, evidence: list[Evidence], *, question: str = "？") -> Answer:
    return check_citations(reply, evidence, question=question, similarity=unlike)


def test_a_right_citation_stays_with_the_words_it_rests_on(evidence: Make) -> None:
    """The citation names the passage and quotes the piece of it that says so."""
    answer = check("冬令时16:30停止入馆[1]。", evidence(WINTER, TICKETS))
    assert answer.text == "冬令时16:30停止入馆 [1]。"
    assert [c.passage.id for c in answer.citations] == ["p1"]
    assert "16:30停止入馆" in answer.citations[0].quote
    assert not answer.unsupported


def test_a_wrong_citation_is_moved_to_the_passage_that_says_so(evidence: Make) -> None:
    """The model's number is only a hint."""
    answer = check("学生票30元[1]。", evidence(WINTER, TICKETS))
    assert [c.passage.id for c in answer.citations] == ["p2"]


def test_a_missing_citation_is_supplied(evidence: Make) -> None:
    """Small models often forget the brackets."""
    answer = check("学生票30元。", evidence(WINTER, TICKETS))
    assert [c.passage.id for c in answer.citations] == ["p2"]


def test_a_citation_of_a_passage_that_was_never_found_vanishes(evidence: Make) -> None:
    """No citation ever points outside what the search found."""
    answer = check("学生票30元[9]。", evidence(WINTER, TICKETS))
    assert [c.passage.id for c in answer.citations] == ["p2"]
    assert "[9]" not in answer.text


def test_a_number_that_no_passage_states_is_flagged_and_named(evidence: Make) -> None:
    """The rest of the answer stays cited; the wrong sentence is marked from its first to its last character."""
    answer = check("学生票30元[2]。成人票80元[2]。", evidence(WINTER, TICKETS))
    assert len(answer.citations) == 1
    (span,) = answer.unsupported
    assert answer.text[span.start : span.end] == "成人票80元。"
    assert "80" in span.why
    assert "80" in span.why_zh


def test_a_name_that_no_passage_has_is_flagged(evidence: Make) -> None:
    """Invented people do not pass for quoted ones."""
    passages = evidence("The hall was opened in 1998 by the city.", "Tickets cost 30 yuan.")
    answer = check("Tickets cost 30 yuan. The hall was opened in 1998 by Edward Thornton.", passages)
    (span,) = answer.unsupported
    assert "Edward Thornton" in span.why


def test_an_answer_without_any_support_is_a_refusal(evidence: Make) -> None:
    """What the model knows from elsewhere is not an answer here."""
    assert check("法国的首都是巴黎。", evidence(WINTER, TICKETS)).refused


def test_numbers_of_the_question_may_be_repeated(evidence: Make) -> None:
    """An answer may take up "for 40 people" though the passage speaks of groups."""
    passages = evidence("团体参观请提前三天预约，由专人接待。")
    answer = check("40人的团体参观请提前三天预约。", passages, question="我们40人要预约吗？")
    assert not answer.refused
    assert not answer.unsupported


def test_sources_are_numbered_as_they_appear(evidence: Make) -> None:
    """A reader meets [1] before [2], whatever their order in the prompt."""
    answer = check("学生票30元[2]。冬令时16:30停止入馆[1]。", evidence(WINTER, TICKETS))
    assert answer.text == "学生票30元 [1]。冬令时16:30停止入馆 [2]。"
    assert [(c.n, c.passage.id) for c in answer.citations] == [(1, "p2"), (2, "p1")]


def test_a_looping_model_is_cut_short(evidence: Make) -> None:
    """The same sentence again and again is said once."""
    answer = check("学生票30元。" * 5, evidence(TICKETS))
    assert answer.text.count("学生票") == 1


def test_across_languages_numbers_and_likeness_decide(evidence: Make) -> None:
    """An English answer from a Chinese passage is carried by its numbers, or by its vector's likeness."""
    passages = evidence(TICKETS)
    assert not check("A student ticket costs 30 yuan.", passages).refused
    assert check("Swimming is allowed.", passages).refused
    assert not check_citations("Students pay less.", passages, question="?", similarity=alike).refused


@pytest.mark.parametrize(
    "text",
    ["资料中没有提到。", "资料中没有提到馆长的电话。", "The documents do not say.", "文档中未提供相关信息", "不知道"],
)
def test_a_refusal_is_recognised(text: str) -> None:
    """Whatever words the model finds for it."""
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text", ["没有停车费。", "免费，无需预约。", "The museum does not allow flash.", "未满6岁免票。"]
)
def test_a_negative_answer_is_no_refusal(text: str) -> None:
    """To say that there is no fee answers the question."""
    assert not is_refusal(text)


def test_words_of_the_question_need_no_proof(evidence: Make) -> None:
    """People ask in other words than documents use: what an answer adds must be found, not what it repeats."""
    passages = evidence("落星砚，清代。光绪年间由渔民柳三省网得，后归本馆。")
    answer = check("落星砚是渔民柳三省从湖里捞上来的。", passages, question="落星砚是谁从湖里捞上来的？")
    assert [citation.n for citation in answer.citations] == [1]
    wrong = check("落星砚是船工马德福从湖里捞上来的。", passages, question="落星砚是谁从湖里捞上来的？")
    assert wrong.refused


def test_an_inventory_number_is_looked_for_without_the_words_behind_it(evidence: Make) -> None:
    """Chinese writes no blank between a number and what follows."""
    passages = evidence("编号: QY-0345; 名称: 青瓷碗; 保管员: 裴石生")
    assert check("QY-0345现在归裴石生保管。", passages, question="QY-0345现在归谁保管？").citations
    assert check("QY-0346现在归裴石生保管。", passages, question="QY-0346现在归谁保管？").refused


def test_a_name_is_found_between_other_words(evidence: Make) -> None:
    """Chinese has no blanks: pairs of characters across a name's ends stand in no document."""
    passages = evidence("日期: 2026-05-09; 课程: 竹编小筐; 讲师: 纪长青; 费用: 90")
    assert check("竹编小筐那节课是由纪长青教的。", passages, question="竹编小筐那节课是谁教的？").citations
    assert check("竹编小筐那节课是由欧阳明教的。", passages, question="竹编小筐那节课是谁教的？").refused


def test_a_date_is_a_date_however_it_is_written(evidence: Make) -> None:
    """The day 2026-04-25 carries 2026年4月25日, and a month's English name needs no Latin letters in the passage."""
    table = evidence("日期: 2026-04-25; 时间: 19:00; 课程: 夜观星图")
    assert check("2026年4月25日晚上。", table, question="夜观星图是哪天晚上？").citations
    assert check("2026年4月26日晚上。", table, question="夜观星图是哪天晚上？").refused
    room = evidence("第三展厅，2012年6月9日起对外开放。")
    answer = check_citations(
        "Room 3 opened on June 9, 2012.", room, question="When was Room 3 opened?", similarity=alike
    )
    assert answer.citations


def test_money_is_not_a_day_of_the_month(evidence: Make) -> None:
    """The same number as something else is no support."""
    passages = evidence("轮休表每月25日公布，展厅人员的工资另行通知。")
    assert check("展厅人员的月工资是25元。", passages, question="展厅人员的月工资是多少").refused
    assert check("月工资是25元。", evidence("月工资: 25"), question="月工资是多少").citations


@pytest.mark.parametrize(
    ("question", "reply", "passage"),
    [
        ("锅炉年检是谁检的", "锅炉年检是由祝清和进行的。", "检验结论：合格\n检验员：祝清和 报告编号：GL-2025-0417"),
        ("九球连着犯规几回算输", "九球连着犯规三次算输一局。", "九球馆规\n连续三次犯规判负一局，裁判须提醒。"),
        ("会员夜在星期几？", "会员夜在星期四。", "每周四19:00至22:00为会员夜。"),
        ("有几个人划筏子？", "划筏子的有十四个人。", "當時划筏子的有十四個人，他們的名字刻在石板上。"),
    ],
)
def test_what_an_answer_adds_may_stand_elsewhere_in_other_words(
    evidence: Make, question: str, reply: str, passage: str
) -> None:
    """Only what the answer adds to the question must be found, whatever words join it."""
    assert check(reply, evidence(passage), question=question).citations


def test_a_name_that_the_passage_does_not_have_is_not_carried(evidence: Make) -> None:
    """Words of the question alone do not carry an invented name."""
    answer = check(
        "锅炉年检是由马怀远进行的。", evidence("检验结论：合格\n检验员：祝清和"), question="锅炉年检是谁检的"
    )
    assert answer.refused


@pytest.mark.parametrize(
    ("question", "is_carried"), [("球馆的台球桌是什么牌子的？", False), ("球馆有台球桌吗？", True)]
)
def test_an_answer_that_only_repeats_the_question_answers_yes_or_no(
    evidence: Make, question: str, *, is_carried: bool
) -> None:
    """To a question for a name or a number, the question's own words are no answer."""
    answer = check("球馆有台球桌。", evidence("球馆一楼有台球桌十张。"), question=question)
    assert answer.refused != is_carried


@pytest.mark.parametrize(
    ("answer", "is_carried"),
    [
        ("落星台球馆的斯诺克台是斯诺克台。", False),
        ("斯诺克4张球台是牌子的。", False),
        ("斯诺克台是星牌的。", True),
        ("星牌是斯诺克台的牌子。", False),
    ],
)
def test_what_is_asked_for_is_no_predicate(evidence: Make, answer: str, *, is_carried: bool) -> None:
    """Asked what a thing is, an answer that says "A is A" or gives back the question's word says nothing."""
    passages = evidence("落星台球馆有斯诺克4张球台，是星牌的。")
    assert check(answer, passages, question="球馆的斯诺克台是什么牌子的？").refused != is_carried


def test_a_quote_of_a_table_is_the_row() -> None:
    """A cell alone does not say what it is of."""
    rows = "花名: 荷花; 盛花: 7月中旬; 观赏地点: 北湾\n花名: 鸢尾; 盛花: 5月; 观赏地点: 东岸湿地"
    assert best_quote("鸢尾去东岸湿地看好。", rows) == "花名: 鸢尾; 盛花: 5月; 观赏地点: 东岸湿地"


def test_a_quote_of_english_text_is_a_sentence() -> None:
    """Not the whole paragraph, whose end would be cut off."""
    text = "The tower is 31 metres high. Dr. Lin gave the telescope in 1998. Its lens is 12 cm wide."
    assert best_quote("The lens is 12 cm.", text) == "Its lens is 12 cm wide."
    assert best_quote("Dr. Lin gave it in 1998.", text) == "Dr. Lin gave the telescope in 1998."
