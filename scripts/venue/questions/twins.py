"""Questions that only the right one of several nearly equal documents answers."""

from __future__ import annotations

from venue.asking import ask, clock, gold
from venue.facts import SUMMER, WINTER

__all__ = ["TWINS"]

TWINS = [
    ask(
        "near_duplicate",
        "冬天平日博物馆最晚几点还能进？",
        [clock(WINTER.museum_last_entry)],
        gold("visit/opening_winter.html", WINTER.museum_last_entry),
    ),
    ask(
        "near_duplicate",
        "夏天平日博物馆最晚几点还能进？",
        [clock(SUMMER.museum_last_entry)],
        gold("visit/opening_summer.html", SUMMER.museum_last_entry),
    ),
    ask(
        "near_duplicate",
        "第二展厅有多大？",
        [("540平", "540 平", "540㎡", "540 square", "540 m")],
        gold("museum/room2_fire_and_earth.docx", "面积540平方米"),
    ),
]
