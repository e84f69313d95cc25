"""Drafts are looked up, their length follows what they cost and how often they were right."""

from __future__ import annotations

from jianwen.language.lookup import Drafter, StepCosts

PROMPT = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28]


def fed(*tokens: int) -> Drafter:
    drafter = Drafter(PROMPT, StepCosts())
    for token in tokens:
        drafter.feed(token)
    return drafter


def test_a_quotation_is_drafted_on() -> None:
    """Two tokens that stand in the prompt bring what follows them there."""
    draft = fed(90, 12, 13).draft(15)
    assert draft == PROMPT[4 : 4 + len(draft)]
    assert len(draft) >= 2


def test_nothing_is_drafted_where_nothing_is_alike() -> None:
    """No run of the answer stands in the prompt."""
    assert fed(90, 91).draft(15) == []


def test_the_longest_match_wins() -> None:
    """Of two places, the one that shares more of what was just written."""
    drafter = Drafter([1, 2, 3, 4, 50, 51, 9, 3, 4, 60, 61], StepCosts())
    for token in (2, 3, 4):
        drafter.feed(token)
    assert drafter.draft(15)[0] == 50


def test_a_draft_never_exceeds_what_may_be_written() -> None:
    """At the answer's end one token too many would be wasted."""
    assert len(fed(10, 11).draft(1)) <= 1
    assert fed(10, 11).draft(0) == []


def test_drafts_grow_with_success_and_stop_with_failure() -> None:
    """Right drafts become longer ones; wrong ones end, and are tried again after a while."""
    drafter = fed(10, 11)
    at_first = len(drafter.draft(15))
    for _ in range(10):
        drafter.learn(7, 7)
    assert len(drafter.draft(15)) > at_first
    for _ in range(20):
        drafter.learn(7, 0)
    assert drafter.draft(15) == []
    for _ in range(60):
        drafter.draft(15)
    assert drafter.draft(15) != []


def test_expensive_steps_make_short_drafts() -> None:
    """On a box where reading several tokens costs as much as reading them one by one, nothing is drafted."""
    costs = StepCosts()
    costs.learn(1, 1.0)
    for _ in range(60):
        for tokens in (2, 3, 4, 6, 8, 12, 16):
            costs.learn(tokens, float(tokens))
    drafter = Drafter(PROMPT, costs)
    drafter.feed(10)
    drafter.feed(11)
    assert drafter.draft(15) == []
