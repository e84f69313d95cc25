"""Follow-ups: what is asked is clear only from the turns before."""

from __future__ import annotations

from venue.asking import ask, count, gold, yuan

__all__ = ["TURNS"]

TURNS = [
    ask(
        "follow_up",
        "那小孩呢？",
        [yuan(20)],
        gold("visit/tickets.xlsx", "儿童票"),
        after=(("成人票在门口买多少钱？", "成人票门市价58元。"),),
    ),
    ask(
        "follow_up",
        "And how long does it take?",
        [count(55, " minutes", " min", "分钟")],
        gold("visit/getting_here.html", "The ride takes 55 minutes"),
        after=(("Is there a bus from the airport?", "Yes, the airport coach A5 stops at Willow Ferry."),),
    ),
]
