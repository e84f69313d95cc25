"""Questions in the other language than the only document that answers them."""

from __future__ import annotations

from venue.asking import ask, gold, yuan

__all__ = ["CROSSINGS"]

CROSSINGS = [
    ask(
        "cross_language",
        "冰船是哪一年沉下去的？",
        [("1923",)],
        gold("museum/guide_booklet_en.pdf", "The boat sank in March 1923"),
    ),
    ask(
        "cross_language",
        "What happens if I break one of the house cues?",
        [yuan(260)],
        gold("billiards/house_rules.pdf", "折断公用球杆"),
    ),
]
