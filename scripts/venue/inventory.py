"""The museum's inventory: a thousand rows, drawn from word lists with a fixed seed, a few of them written by hand.

Only the code is unique; names repeat, as in a real store room, so questions name the code or one of the rows by hand.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from venue.facts import ANCHOR_KG, INKSTONE_KG
from venue.sheets import Cell, Sheet

__all__ = ["INVENTORY"]

_ROWS = 1000
_MATERIALS = ("青铜", "青瓷", "白陶", "竹", "丝", "漆木", "砚石", "琉璃", "铁", "纸")
_PATTERNS = ("缠枝", "双鱼", "云雷", "水波", "莲瓣", "飞鹭", "星点", "回纹", "菱格", "芦苇", "山形", "素面")
_THINGS: dict[str, tuple[str, ...]] = {
    "青铜": ("铃", "镜", "灯", "勺", "炉"),
    "青瓷": ("碗", "壶", "盏", "罐", "盘"),
    "白陶": ("瓮", "豆", "鬶", "纺轮", "哨"),
    "竹": ("笔筒", "篓", "扇骨", "笛", "尺"),
    "丝": ("帕", "带", "香囊", "帘", "经袱"),
    "漆木": ("盒", "案", "梳", "琴轸", "屐"),
    "砚石": ("砚", "镇纸", "印料", "水盂", "墨床"),
    "琉璃": ("珠", "灯罩", "簪", "杯", "瓦当"),
    "铁": ("锚", "鱼叉", "秤砣", "犁", "锁"),
    "纸": ("账册", "地契", "曲谱", "星图", "船票"),
}
_CONDITIONS = ("完好", "微损", "缺口", "待修", "修复中")
_SOURCES = ("发掘", "捐赠", "征集", "移交", "购藏")
_KEEPERS = ("沈墨池", "裴石生", "季云岫", "邬望舒", "柯一鸣")
_HAND: dict[int, tuple[str, str, str, float, int]] = {
    1: ("落星砚", "砚石", "A01-01", INKSTONE_KG * 1000, 900000),
    214: ("渡口铁锚", "铁", "C17-08", ANCHOR_KG * 1000, 32000),
    507: ("十三弦蓝木琴", "漆木", "恒温柜2", 2640.0, 460000),
    763: ("湖志残卷", "纸", "恒温柜5", 185.5, 275000),
    999: ("无名竹哨", "竹", "D30-12", 12.3, 150),
}


def _row(number: int, dice: random.Random) -> tuple[Cell, ...]:
    code = f"QY-{number:04d}"
    received = date(1958, 5, 1) + timedelta(days=dice.randrange(24_000))
    ending = (dice.choice(_CONDITIONS), dice.choice(_SOURCES), received, dice.choice(_KEEPERS))
    if number in _HAND:
        name, material, shelf, grams, yuan = _HAND[number]
        return (code, name, material, shelf, grams, yuan, *ending)
    material = dice.choice(_MATERIALS)
    name = f"{dice.choice(_PATTERNS)}纹{material}{dice.choice(_THINGS[material])}"
    shelf = f"{dice.choice('ABCD')}{dice.randrange(1, 41):02d}-{dice.randrange(1, 13):02d}"
    return (code, name, material, shelf, round(dice.uniform(8, 9000), 1), dice.randrange(3, 900) * 100, *ending)


def _rows() -> list[tuple[Cell, ...]]:
    dice = random.Random(20260220)  # noqa: S311 - invented goods, not secrets
    return [_row(number, dice) for number in range(1, _ROWS + 1)]


INVENTORY = Sheet(
    name="馆藏清单",
    title="栖砚博物馆馆藏清单（2026年1月盘点）",
    header=("编号", "名称", "质地", "库位", "重量（克）", "保险估值", "现状", "来源", "入藏日期", "保管员"),
    rows=_rows(),
    formats={"保险估值": '"¥"#,##0', "入藏日期": "yyyy-mm-dd", "重量（克）": "#,##0.0"},
)
