"""Questions that only the right one of several nearly equal documents answers."""

from __future__ import annotations

from venue.asking import Group, Question, ask, clock, count, gold, yuan
from venue.facts import SUMMER, WINTER
from venue.memberships import MEMBERS_2025, MEMBERS_2026

__all__ = ["TWINS"]

IN_SUMMER = "visit/opening_summer.html"
IN_WINTER = "visit/opening_winter.html"
ROOM_1 = "museum/room1_water_and_stone.docx"
ROOM_2 = "museum/room2_fire_and_earth.docx"
ROOM_3 = "museum/room3_silk_and_sound.docx"
RULES_2025 = "billiards/membership_2025.docx"
RULES_2026 = "billiards/membership_2026.docx"


def _twin(question: str, answer: Group, source: str, quote: str) -> Question:
    return ask("near_duplicate", question, [answer], gold(source, quote))


TWINS = [
    _twin("冬天平日博物馆最晚几点还能进？", clock(WINTER.museum_last_entry), IN_WINTER, WINTER.museum_last_entry),
    _twin("夏天平日博物馆最晚几点还能进？", clock(SUMMER.museum_last_entry), IN_SUMMER, SUMMER.museum_last_entry),
    _twin("冬季观星塔几点关门", clock(WINTER.tower_close), IN_WINTER, WINTER.tower_close),
    _twin("夏季园区大门晚上几点关？就是湖边那片", clock(SUMMER.grounds_close), IN_SUMMER, SUMMER.grounds_close),
    _twin("冬天周六博物馆开到几点？", clock(WINTER.late_close), IN_WINTER, WINTER.late_close),
    _twin("夏天咖啡馆几点打烊", clock(SUMMER.cafe_close), IN_SUMMER, SUMMER.cafe_close),
    _twin("What time does the billiard hall open in winter?", clock(WINTER.hall_open), IN_WINTER, WINTER.hall_open),
    _twin("when does the billiard hall close at night in summer", clock(SUMMER.hall_close), IN_SUMMER, "24:00"),
    _twin(
        "What are the museum's last admissions on a winter Saturday?", clock(WINTER.late_last_entry), IN_WINTER, "17:10"
    ),
    _twin(
        "What's the annual fee of a black-eight member in 2026?", yuan(MEMBERS_2026.black_fee), RULES_2026, "黑八会员"
    ),
    _twin("第二展厅有多大？", ("540平", "540㎡", "540m", "540 square", "五百四十平"), ROOM_2, "面积540平方米"),
    _twin("第三展厅里温度是多少度", count(18, "摄氏度", "度", "℃", "°C"), ROOM_3, "常年温度18摄氏度"),
    _twin("第一展厅是谁设计的？", ("陆槐生",), ROOM_1, "展陈设计由陆槐生完成"),
    _twin("第三展厅一批最多进多少人？", count(50, "人", "名", "位"), ROOM_3, "每批最多容纳50人"),
    _twin("第二展厅的讲解器从几号开始按", ("201",), ROOM_2, "讲解器编号从201号开始"),
    _twin(
        "On which date was Room 3 opened?",
        (
            "2012年6月9",
            "2012-06-09",
            "9 June 2012",
            "June 9 2012",
            "9th of June 2012",
            "June 9th 2012",
            "9th June 2012",
        ),
        ROOM_3,
        "2012年6月9日起对外开放",
    ),
    _twin("2026年白球会员一年多少钱？", yuan(MEMBERS_2026.white_fee), RULES_2026, "白球会员"),
    _twin(
        "去年2025版章程里，黑八会员每月能免费打几小时",
        count(MEMBERS_2025.black_hours, "小时", "个小时"),
        RULES_2025,
        "黑八会员",
    ),
    _twin("按2026年的章程，会员夜在星期几？", ("周四", "星期四", "礼拜四"), RULES_2026, "每周四19:00至22:00为会员夜"),
    _twin(
        "How many points did one free hour take under the 2025 membership rules?",
        (str(MEMBERS_2025.points),),
        RULES_2025,
        "500分可以兑换1小时台费",
    ),
]
