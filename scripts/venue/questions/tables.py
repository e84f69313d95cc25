"""Look-ups of one row of a table. No counting, no sums, no comparing."""

from __future__ import annotations

from venue.asking import ask, count, gold, yuan

__all__ = ["TABLES"]

TABLES = [
    ask("table", "学生票现场买多少钱一张？", [yuan(29)], gold("visit/tickets.xlsx", "学生票")),
    ask("table", "家庭套票在官网买打几折，要多少钱？", [yuan(100.3)], gold("visit/tickets.xlsx", "家庭套票")),
    ask(
        "table", "亲子卡一次能带几个人进去", [count(3, "人", "名", "个人", "位")], gold("visit/tickets.xlsx", "亲子卡")
    ),
    ask("table", "北门停车场停一整天封顶多少？", [yuan(28)], gold("visit/parking.csv", "北门场")),
    ask("table", "竹编小筐那节课是谁教的？", [("纪长青",)], gold("museum/workshops.csv", "竹编小筐")),
    ask(
        "table", "周末打斯诺克一小时多少钱", [yuan(78)], gold("billiards/house_rules.pdf", "斯诺克台 45 68 78", page=1)
    ),
    ask("table", "藏品QY-0507放在哪个库位？", [("恒温柜2",)], gold("museum/inventory.xlsx", "QY-0507")),
    ask(
        "table",
        "Which coach teaches nine-ball?",
        [("Marta Kolvik", "Kolvik")],
        gold("billiards/coaching.csv", "Marta Kolvik"),
    ),
]
