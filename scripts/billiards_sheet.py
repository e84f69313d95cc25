"""Writes a picture of many rendered looks of the billiards table.

    python scripts/billiards_sheet.py                                     docs/pictures/billiards.png
    python scripts/billiards_sheet.py --boxes                             docs/pictures/lock-box.png, of lock boxes
    python scripts/billiards_sheet.py /tmp/report.png --beside a.png b.png     with frames of one's own on top

A sheet with frames of one's own is for oneself: it is written where it was asked for and nowhere else.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jianwen.billiards import box_sheet, contact_sheet

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "docs" / "pictures" / "billiards.png"
BOXES = ROOT / "docs" / "pictures" / "lock-box.png"


def main() -> None:
    parser = argparse.ArgumentParser(description="Many looks of the rendered table in one picture.")
    parser.add_argument("path", type=Path, nargs="?", default=SHIPPED)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--width", type=int, help="of one frame; its height is 9/16 of that")
    parser.add_argument("--beside", type=Path, nargs="*", default=[], help="pictures that are put on top")
    parser.add_argument("--boxes", action="store_true", help="lock boxes instead of tables, in their own picture")
    asked = parser.parse_args()
    if asked.boxes:
        place = BOXES if asked.path == SHIPPED else asked.path
        box_sheet(place, seed=asked.seed)
        print(place)
        return
    if asked.beside and asked.path.resolve().is_relative_to(ROOT):
        sys.exit("A sheet with frames of your own may not lie in the project: name a path outside of it.")
    width = asked.width or (208 if asked.path == SHIPPED else 480)
    contact_sheet(
        asked.path, count=asked.count, width=width, height=width * 9 // 16, seed=asked.seed, beside=asked.beside
    )
    print(asked.path)


if __name__ == "__main__":
    main()
