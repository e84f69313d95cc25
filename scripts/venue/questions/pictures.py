"""Questions whose answer exists only in a picture or on a scanned page."""

from __future__ import annotations

from venue.asking import ask, clock, gold, yuan

__all__ = ["PICTURES"]

PICTURES = [
    ask(
        "scan",
        "北岸的木栈道什么时候重新开放？",
        [("6月19", "6 月 19", "2026-06-19", "June 19", "19 June")],
        gold("grounds/closure_notice_scan.pdf", "预计 2026 年 6 月 19 日恢复通行"),
    ),
    ask("scan", "环湖晨跑几点集合？", [clock("06:40")], gold("grounds/closure_notice_scan.pdf", "06:40 集合")),
    ask("picture", "用锁球器押金要多少？", [yuan(100)], gold("billiards/lockbox_notice.png", "交押金 100 元")),
    ask("picture", "湖边钓鱼一天多少钱？", [yuan(40)], gold("grounds/fishing_notice.webp", "每日钓费 40 元")),
    ask(
        "picture",
        "Does the lotus cake have nuts in it?",
        [("walnut", "核桃")],
        gold("cafe/allergy_notice.jpg", "Our lotus cake contains walnut and milk"),
    ),
]
