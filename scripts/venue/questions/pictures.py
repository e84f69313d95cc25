"""Questions whose answer exists only in a picture or on a scanned page."""

from __future__ import annotations

from venue.asking import ask, clock, count, gold, yuan

__all__ = ["PICTURES"]

CLOSURE = "grounds/closure_notice_scan.pdf"
BOILER = "staff/boiler_inspection_scan.pdf"
LOCK_BOX = "billiards/lockbox_notice.png"
POSTER = "billiards/tournament_poster.jpg"
FISHING = "grounds/fishing_notice.webp"
ALLERGY = "cafe/allergy_notice.jpg"

_REOPENING = ("6月19", "2026-06-19", "June 19", "19 June", "六月十九")
_INSPECTION = ("9月22", "2026-09-22", "September 22", "九月二十二")

PICTURES = [
    ask("scan", "北岸的木栈道什么时候重新开放？", [_REOPENING], gold(CLOSURE, "预计 2026 年 6 月 19 日恢复通行")),
    ask("scan", "栈道修路要绕行的话，绕的那条路有多长？", [count(680, "米", "m")], gold(CLOSURE, "全程约 680 米")),
    ask("scan", "四月那次环湖晨跑几点集合？", [clock("06:40")], gold(CLOSURE, "06:40 集合")),
    ask("scan", "北岸施工的现场负责人叫啥", [("石仲元",)], gold(CLOSURE, "现场负责人 石仲元")),
    ask(
        "scan",
        "Which number do wheelchair users ring for the buggy while the boardwalk is closed?",
        [("0100-555-0151", "01005550151", "555-0151")],
        gold(CLOSURE, "预约电话：0100-555-0151"),
    ),
    ask("scan", "锅炉下次检验最晚是什么时候？", [_INSPECTION], gold(BOILER, "2026 年 9 月 22 日前")),
    ask("scan", "锅炉年检是谁检的", [("祝清和",)], gold(BOILER, "检验员：祝清和")),
    ask("picture", "用锁球器押金要多少？", [yuan(100)], gold(LOCK_BOX, "交押金 100 元")),
    ask(
        "picture",
        "三号台的锁球器坏了，改用几号台？",
        [("七号", "7号", "7 号")],
        gold(LOCK_BOX, "三号台锁球器检修，请改用七号台"),
    ),
    ask(
        "picture",
        "落星杯报名到哪一天截止",
        [("5月8", "2026-05-08", "五月八")],
        gold(POSTER, "报名截止：2026年5月8日 18:00"),
    ),
    ask("picture", "落星杯第一名奖金有多少？", [(*yuan(6000), "六千")], gold(POSTER, "冠军奖金 6000 元")),
    ask("picture", "湖边钓鱼一天收多少钱？", [yuan(40)], gold(FISHING, "每日钓费 40 元")),
    ask(
        "picture",
        "钓到多小的鱼得放回去",
        [count(20, "厘米", "公分", "cm")],
        gold(FISHING, "不足 20 厘米的鱼必须放回湖中"),
    ),
    ask(
        "picture",
        "Does the lotus cake have nuts in it? Which ones?",
        [("walnut", "核桃")],
        gold(ALLERGY, "Our lotus cake contains walnut and milk"),
    ),
    ask("picture", "who is the kitchen manager", [("Wanqiu",)], gold(ALLERGY, "Kitchen manager: Lin Wanqiu")),
]
