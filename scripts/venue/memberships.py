"""The billiard hall's membership rules of two years: the same clauses, other figures."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MEMBERSHIPS", "MEMBERS_2025", "MEMBERS_2026", "Membership"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Everything `texts/billiards/membership.md` asks for. Money in yuan."""

    year: int
    start: str
    end: str
    white_fee: int
    white_discount: str
    white_hours: int
    white_guests: int
    red_fee: int
    red_discount: str
    red_hours: int
    red_guests: int
    black_fee: int
    black_discount: str
    black_hours: int
    black_guests: int
    band: int
    points: int
    points_end: str
    pause: int
    transfer: int
    night: str
    locker: int
    arrears: int
    birthday: str
    officer: str


MEMBERS_2025 = Membership(
    year=2025,
    start="2025年1月1日",
    end="2025年12月31日",
    white_fee=380,
    white_discount="九折",
    white_hours=1,
    white_guests=1,
    red_fee=880,
    red_discount="八折",
    red_hours=3,
    red_guests=2,
    black_fee=1980,
    black_discount="七折",
    black_hours=8,
    black_guests=3,
    band=20,
    points=500,
    points_end="12月31日",
    pause=60,
    transfer=100,
    night="周二",
    locker=25,
    arrears=45,
    birthday="果汁两杯",
    officer="田砚秋",
)
MEMBERS_2026 = Membership(
    year=2026,
    start="2026年1月1日",
    end="2026年12月31日",
    white_fee=420,
    white_discount="九折",
    white_hours=2,
    white_guests=1,
    red_fee=960,
    red_discount="七八折",
    red_hours=4,
    red_guests=2,
    black_fee=2180,
    black_discount="六五折",
    black_hours=10,
    black_guests=4,
    band=35,
    points=450,
    points_end="6月30日",
    pause=90,
    transfer=150,
    night="周四",
    locker=30,
    arrears=30,
    birthday="斯诺克台2小时",
    officer="贺一帆",
)

MEMBERSHIPS: dict[str, Membership] = {
    "billiards/membership_2025.docx": MEMBERS_2025,
    "billiards/membership_2026.docx": MEMBERS_2026,
}
