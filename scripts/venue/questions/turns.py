"""Follow-ups: what is asked is clear only from the turns before."""

from __future__ import annotations

from venue.asking import Gold, Group, Question, ask, clock, count, gold, yuan
from venue.facts import INKSTONE_KG, SUMMER, WINTER
from venue.memberships import MEMBERS_2025, MEMBERS_2026

__all__ = ["TURNS"]

IN_SUMMER = "visit/opening_summer.html"
IN_WINTER = "visit/opening_winter.html"
ROOM_1 = "museum/room1_water_and_stone.docx"
ROOM_3 = "museum/room3_silk_and_sound.docx"

_CLOSED = ("闭馆", "不开", "休馆", "关闭", "关门", "不营业")
_WEIGHT = (f"{INKSTONE_KG}公斤", f"{INKSTONE_KG}千克", f"{INKSTONE_KG}kg", "7300克", "重量（克）: 7300")


def _next(first: str, reply: str, question: str, answer: Group, *proofs: Gold) -> Question:
    return ask("follow_up", question, [answer], *proofs, after=((first, reply),))


TURNS = [
    _next("成人票在门口买多少钱？", "成人票门市价58元。", "那小孩呢？", yuan(20), gold("visit/tickets.xlsx", "儿童票")),
    _next(
        "博物馆夏天周二几点开门？",
        f"夏季周二{SUMMER.museum_open}开门。",
        "那周一呢？",
        _CLOSED,
        gold(IN_SUMMER, "每周一闭馆"),
        gold(IN_WINTER, "每周一闭馆"),
    ),
    _next(
        "夏季湖滨园区几点开？",
        f"夏季每天{SUMMER.grounds_open}开。",
        "冬天呢",
        clock(WINTER.grounds_open),
        gold(IN_WINTER, WINTER.grounds_open),
    ),
    _next("小柜存一天最多收多少？", "小柜每日封顶15元。", "大柜呢？", yuan(30), gold("visit/lockers.txt", "大柜30元")),
    _next(
        "周末打中式八球多少钱一小时？",
        "周末中式八球台每小时56元。",
        "那换成九球台呢",
        (*yuan(62), "周末及节假日: 62"),
        gold("billiards/house_rules.pdf", "九球台", page=1),
    ),
    _next(
        "落星砚是谁发现的？",
        "是渔民柳三省1957年在北湾发现的。",
        "它有多重？",
        _WEIGHT,
        gold(ROOM_1, f"重{INKSTONE_KG}公斤"),
        gold("museum/inventory.xlsx", "落星砚"),
    ),
    _next(
        "蓝木琴的制琴人是谁？",
        "制琴人是卫迟。",
        "他一辈子做了几张琴？",
        count(3, "张", "把"),
        gold(ROOM_3, "制琴人卫迟一生只做了三张琴"),
    ),
    _next(
        "2026年会员手环丢了补办多少钱？",
        f"2026年版章程规定补办费{MEMBERS_2026.band}元。",
        "2025年的时候是多少？",
        yuan(MEMBERS_2025.band),
        gold("billiards/membership_2025.docx", f"手环遗失补办费{MEMBERS_2025.band}元"),
    ),
    _next(
        "端午香囊是谁教？",
        "是罗小满。",
        "几月几号上课？",
        ("6月6", "2026-06-06", "六月六"),
        gold("museum/workshops.csv", "端午香囊"),
    ),
    _next(
        "橙色响应要几分钟到场？",
        "橙色响应3分钟到场。",
        "红色的呢？",
        count(2, "分钟"),
        gold("staff/emergency_plan.pdf", "大火、地震、暴力事件"),
    ),
    _next("石榴气泡水小杯多少钱？", "小杯22元。", "大杯的话", yuan(27), gold("cafe/菜单.pdf", "石榴气泡水")),
    ask(
        "follow_up",
        "那里一共有多少个车位",
        [(*count(96, "个", "车位"), "车位数: 96")],
        gold("visit/parking.csv", "北门场"),
        after=(("台球馆附近能停车吗？", "可以停北门停车场。"), ("首小时多少钱？", "首小时5元。")),
    ),
    _next(
        "Is there a bus from the airport?",
        "Yes, the airport coach A5 stops at Willow Ferry.",
        "And how long does it take?",
        ("55 min", "fifty-five min", "55分钟"),
        gold("visit/getting_here.html", "The ride takes 55 minutes"),
    ),
    _next(
        "What's the permit for a commercial shoot for half a day?",
        "It costs 800 yuan for half a day.",
        "and a full day?",
        yuan(1400),
        gold("visit/photography.md", "1,400 yuan for a full day"),
    ),
    _next(
        "Who teaches snooker?",
        "Wen Zhiyuan teaches snooker break building.",
        "How much does he charge?",
        yuan(260),
        gold("billiards/coaching.csv", "Wen Zhiyuan"),
    ),
    _next(
        "Are there schools that come for free?",
        "Schools from mountain counties come free of charge.",
        "What do the others pay per pupil?",
        yuan(12),
        gold("museum/school_groups.pptx", "12 yuan a pupil"),
    ),
    _next(
        "How much is adopting a small object?",
        "A small object costs 300 yuan for a year.",
        "What about a large one?",
        yuan(2500),
        gold("museum/donation.html", "a large one 2,500 yuan"),
    ),
    _next(
        "How much is the sunset cruise?",
        "88 yuan for an adult.",
        "and for children?",
        yuan(44),
        gold("visit/boat_timetable.csv", "Sunset cruise"),
    ),
    ask(
        "follow_up",
        "And when was it found again?",
        [("1981",)],
        gold("museum/guide_booklet_en.pdf", "found it in 1981"),
        after=(
            ("What is the boat in the glass hall?", "It is the Ice Boat, built in 1911."),
            ("Did it ever sink?", "Yes, it sank in March 1923."),
        ),
    ),
    _next(
        "Who is captain of The Inkwells?",
        "Priya Sandhu.",
        "What's their home colour?",
        ("navy",),
        gold("billiards/league.html", "navy"),
    ),
]
