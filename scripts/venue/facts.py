"""What is true at the invented venue, wherever more than one file says it. Nothing here exists outside this project.

A fact told in one place only stands in that place (`texts/`, `sheets.py` …); `questions` then quotes it, and the
quote is looked up in the finished file, so that documents and questions cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["ANCHOR_KG", "FACTS", "INKSTONE_KG", "MADE_ON", "SUMMER", "VENUE", "WINTER", "Season"]

VENUE = "栖砚湖文化园 Qiyan Lake Culture Park"
MADE_ON = date(2026, 2, 20)
INKSTONE_KG = 7.3
ANCHOR_KG = 48.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Opening hours of one half of the year. Clock times as printed, "HH:MM"."""

    name: str
    first_day: str
    last_day: str
    museum_open: str
    museum_close: str
    museum_last_entry: str
    late_days: str
    late_close: str
    late_last_entry: str
    hall_open: str
    hall_close: str
    grounds_open: str
    grounds_close: str
    cafe_open: str
    cafe_close: str
    tower_open: str
    tower_close: str
    tower_days: str
    boats: str
    edition: str


SUMMER = Season(
    name="夏季",
    first_day="4月1日",
    last_day="10月31日",
    museum_open="09:00",
    museum_close="17:30",
    museum_last_entry="16:45",
    late_days="周五、周六",
    late_close="20:30",
    late_last_entry="19:45",
    hall_open="11:00",
    hall_close="24:00",
    grounds_open="06:00",
    grounds_close="21:30",
    cafe_open="09:30",
    cafe_close="18:00",
    tower_open="09:30",
    tower_close="17:00",
    tower_days="周二至周日",
    boats="每30分钟一班",
    edition="2026年3月10日",
)
WINTER = Season(
    name="冬季",
    first_day="11月1日",
    last_day="次年3月31日",
    museum_open="09:30",
    museum_close="16:30",
    museum_last_entry="15:40",
    late_days="周六",
    late_close="18:00",
    late_last_entry="17:10",
    hall_open="12:00",
    hall_close="23:00",
    grounds_open="07:00",
    grounds_close="18:30",
    cafe_open="10:00",
    cafe_close="16:00",
    tower_open="10:30",
    tower_close="15:00",
    tower_days="周六、周日",
    boats="停航",
    edition="2025年10月12日",
)

FACTS: dict[str, object] = {
    "summer": SUMMER,
    "winter": WINTER,
    "park": "栖砚湖文化园",
    "park_en": "Qiyan Lake Culture Park",
    "museum": "栖砚博物馆",
    "museum_en": "Qiyan Museum",
    "hall": "落星台球馆",
    "hall_en": "Fallen Star Billiard Hall",
    "tower": "观星塔",
    "tower_en": "Stargazing Tower",
    "phone": "0100-555-0188",
    "lost_phone": "0100-555-0172",
    "hall_phone": "0100-555-0139",
    "first_aid_phone": "0100-555-0120",
    "anchor_kg": ANCHOR_KG,
    "site": "qiyan.example",
}
