"""Look-ups of one row of a table. No counting, no sums, no comparing."""

from __future__ import annotations

from typing import Any

from venue.asking import Group, Question, ask, clock, count, gold, yuan
from venue.inventory import INVENTORY

__all__ = ["TABLES"]

TICKETS = "visit/tickets.xlsx"
PARKING = "visit/parking.csv"
BOATS = "visit/boat_timetable.csv"
TOURS = "visit/guided_tours.xlsx"
WORKSHOPS = "museum/workshops.csv"
STORE = "museum/inventory.xlsx"
RENTALS = "billiards/rental_prices.xlsx"
COACHES = "billiards/coaching.csv"
RULES = "billiards/house_rules.pdf"
MENU = "cafe/菜单.pdf"
FLOWERS = "grounds/花历.html"
EMERGENCY = "staff/emergency_plan.pdf"
ROUTE = "visit/getting_here.html"
LEAGUE = "billiards/league.html"


def _row(question: str, answer: Group, source: str, quote: str, **where: str | int) -> Question:
    return ask("table", question, [answer], gold(source, quote, **where))


def _kept(number: int, column: str) -> Any:
    """The inventory's cell in the row with this running number."""
    return INVENTORY.rows[number - 1][INVENTORY.header.index(column)]


_VISIT = [
    _row("学生票现场买多少钱一张？", yuan(29), TICKETS, "学生票"),
    _row("家庭套票在官网上买要多少钱", yuan(100.3), TICKETS, "家庭套票"),
    _row("联票网上买便宜百分之几？", ("12%", "百分之十二", "八八折", "8.8折", "88折"), TICKETS, "博物馆加观星塔联票"),
    _row("夜场票门口买啥价", yuan(32), TICKETS, "夜场票"),
    _row("我献血超过50次，门票打几折？", ("五折", "5折", "半价", "50%"), TICKETS, "献血50次以上者"),
    _row("军人免票要带什么证？", ("军人证",), TICKETS, "现役军人"),
    _row("住在清禾区的买票打几折呢", ("七折", "7折", "70%"), TICKETS, "清禾区居民"),
    _row("亲子卡一次能带几个人进去", (*count(3, "人", "名", "个人", "位"), "可带人数: 3"), TICKETS, "亲子卡"),
    _row("全园卡能用多少天？", (*count(400, "天", "日"), "有效天数: 400"), TICKETS, "全园卡"),
    _row("亲子卡卖到几月几号为止？", ("9月15", "2026-09-15", "九月十五"), TICKETS, "亲子卡"),
    _row("北门停车场停一整天封顶多少？", yuan(28), PARKING, "北门场"),
    _row("西门二号场第一个小时收几块", yuan(6), PARKING, "西门二号场"),
    _row("西门一号场限高多少，我开的是面包车", ("2.1米", "2.1m", "两米一", "二点一米"), PARKING, "西门一号场"),
    _row("周末的登塔讲星几点出发？", clock("15:45"), TOURS, "登塔讲星"),
    _row("请研究员来讲一场多少钱", yuan(680), TOURS, "研究员讲解"),
    _row("平日那场英文讲解是谁带的？", ("Odile", "Brandt"), TOURS, "Odile Brandt", sheet="平日场"),
    _row("亲子寻宝在哪儿集合？", ("米柜",), TOURS, "亲子寻宝"),
]
_MUSEUM = [
    _row("竹编小筐那节课是谁教的？", ("纪长青",), WORKSHOPS, "竹编小筐"),
    _row("制砚体验要多少学费", (*yuan(180), "费用: 180"), WORKSHOPS, "制砚体验"),
    _row("夜观星图是哪天晚上？", ("4月25", "2026-04-25", "四月二十五"), WORKSHOPS, "夜观星图"),
    _row("藏品QY-0507放在哪个库位？", ("恒温柜2",), STORE, "QY-0507"),
    _row("查一下编号 QY-0999 是什么东西", ("无名竹哨",), STORE, "QY-0999"),
    _row("落星砚保险估价多少？", ("900000", "90万", "九十万"), STORE, "落星砚"),
    _row("QY-0345现在归谁保管？", (_kept(345, "保管员"),), STORE, "QY-0345"),
    _row("qy-0618 存在哪个库位呀", (_kept(618, "库位"),), STORE, "QY-0618"),
    _row("编号QY-0872的藏品叫什么名字", (_kept(872, "名称"),), STORE, "QY-0872"),
]
_HALL = [
    _row("周末打斯诺克一小时多少钱", (*yuan(78), "周末及节假日: 78"), RULES, "斯诺克台", page=1),
    _row("礼拜二白天打中式八球，每小时台费多少？", (*yuan(32), "18:00前: 32"), RULES, "中式八球台", page=1),
    _row("不小心把台呢戳了个洞，赔多少？", yuan(600), RULES, "台呢戳破，每处", page=2),
    _row("台球馆里抽烟罚多少钱", yuan(200), RULES, "室内吸烟", page=2),
    _row("在你们那换个皮头多少钱？", yuan(45), RENTALS, "皮头更换"),
    _row("酸梅汤几块钱一杯", yuan(9), RENTALS, "酸梅汤"),
    _row("跳杆怎么租，一小时几块？", yuan(15), RENTALS, "跳杆"),
]
_REST = [
    _row("大杯的雾毫拿铁多少钱？", yuan(34), MENU, "雾毫拿铁"),
    _row("儿童套餐卖多少", yuan(35), MENU, "儿童套餐"),
    _row("荷花哪段时间开得最盛？", ("7月中旬", "七月中旬"), FLOWERS, "7月中旬"),
    _row("鸢尾去哪看好", ("东岸湿地",), FLOWERS, "东岸湿地"),
    _row("局部着火这种橙色等级，几分钟内必须到场？", count(3, "分钟"), EMERGENCY, "局部火情、多人受伤"),
    _row("出发前两天退票扣百分之几手续费", ("15%", "百分之十五"), "visit/ticket_refund.docx", "票价的15%"),
]
_ENGLISH = [
    _row("Which coach should I book for nine-ball?", ("Kolvik", "Marta"), COACHES, "Marta Kolvik"),
    _row("what does one junior class cost", yuan(95), COACHES, "Yan Luo"),
    _row(
        "How long is a lesson with Gu Nanping?",
        ("90 min", "Minutes: 90", "an hour and a half", "1.5 hours"),
        COACHES,
        "Gu Nanping",
    ),
    _row("When does the last ferry leave for Half-Day Island?", clock("17:00"), BOATS, "Half-Day Island ferry"),
    _row("How much is the sunset cruise for an adult?", yuan(88), BOATS, "Sunset cruise"),
    _row("where do i board the lotus pond punt?", ("Tea garden",), BOATS, "Lotus Pond punt"),
    _row("Who is the captain of Heron Street?", ("Lars", "Wetterby"), LEAGUE, "Lars Wetterby"),
    _row("Who referees the match on 30 March?", ("Tao", "Xiaobei"), LEAGUE, "Quarry Boys – The Inkwells"),
    _row("How much is the child fare on the bird cruise?", yuan(30), BOATS, "North Bay bird cruise"),
    _row("Which day off does Wen Zhiyuan have?", ("Tuesday",), COACHES, "Wen Zhiyuan"),
    _row("what colour do the Quarry Boys wear at home", ("black",), LEAGUE, "Shi Zhongyuan"),
    _row(
        "How many minutes on foot from the museum to the Stargazing Tower?",
        ("10 min", "ten min", "Minutes: 10"),
        ROUTE,
        "620 m",
    ),
    _row(
        "How many metres is it from the North Gate to the billiard hall?",
        ("180 m",),
        ROUTE,
        "180 m",
    ),
]

TABLES = [*_VISIT, *_MUSEUM, *_HALL, *_REST, *_ENGLISH]
