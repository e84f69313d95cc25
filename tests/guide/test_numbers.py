"""Values are compared, not spellings."""

from __future__ import annotations

import pytest

from jianwen.guide.numbers import missing, stated, states


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("16:30 停止入馆", "下午四点半停止"),
        ("16:30 停止入馆", "Last entry is 4:30 p.m."),
        ("有效期: 2026-10-01", "10月1日起"),
        ("从10月1日起", "from October 1"),
        ("共 1,200 件", "1200 items"),
        ("价格: 30", "票价三十元"),
        ("9:00–17:00", "9点到17点"),
        ("3.50 元", "3.5 yuan"),
        ("自行车每小时 8 元", "It is 8 yuan."),
        ("當時划筏子的有十四個人", "划筏子的有14人"),
        ("at least ten working days ahead", "至少提前十个工作日"),
        ("twenty-five yuan", "25元"),
        ("捐款两千五百元", "2,500 yuan"),
        ("连续三次犯规判负", "犯规3次算输"),
        ("每周四为会员夜", "会员夜在星期四"),
        ("周二至周日开放", "Open on Thursdays"),
        ("每天开放", "周一开放"),
        ("on the second weekend of October", "在十月的第二周末"),
        ("第十二届", "the twelfth"),
    ],
)
def test_spellings_of_one_value_agree(text: str, claim: str) -> None:
    """A claim is supported however the passage writes the same time, date, amount or count."""
    assert states(stated(text), stated(claim))


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("16:30 停止入馆", "17:30 停止入馆"),
        ("08:00 开门", "20:00 开门"),
        ("票价 60 元", "票价 6 元"),
        ("从10月1日起", "从11月1日起"),
        ("3 号展厅", "票价 5 元"),
        ("一百二十元", "二十元"),
        ("the third weekend", "第二个周末"),
    ],
)
def test_different_values_disagree(text: str, claim: str) -> None:
    """A near miss in a number is a miss."""
    assert not states(stated(text), stated(claim))
    assert missing(stated(text), stated(claim))


def test_a_weekday_is_no_number() -> None:
    """周一 and 一楼大厅's one do not turn into claims about 1, unless they measure something."""
    assert not stated("每周一闭馆").numbers


@pytest.mark.parametrize(("text", "claim"), [("周二至周日开放", "周一开放"), ("weekends only", "on Friday")])
def test_another_day_of_the_week_disagrees(text: str, claim: str) -> None:
    """A day outside the days that a passage names is not supported by it."""
    assert not states(stated(text), stated(claim))


def test_a_classifier_with_one_is_an_article() -> None:
    """A "一个" claims nothing that a passage would have to state."""
    assert not stated("这是一个展厅").numbers
