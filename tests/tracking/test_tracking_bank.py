"""What a memory bank keeps, recalls and drops; no network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from jianwen.tracking import DISTRACTOR, QUALITY, RECENT, Bank, Limits, Memory, Policy
from jianwen.tracking.bfloat16 import from_bits, to_bits

LIMITS = Limits()


def memory(frame: int, **facts: Any) -> Memory:
    map_, pointer = np.full((2, 1, 1), frame, np.uint16), np.full(4, frame, np.float32)
    return replace(Memory(frame, map_, pointer, np.zeros((4, 4), np.float32), presence=2.0, quality=0.9), **facts)


def lived(frames: int, *, limits: Limits = LIMITS, policy: Policy = RECENT, pruned: bool = True) -> Bank:
    """Prompted in frame 0, tracked ever since."""
    bank = Bank(limits, policy).with_prompted(memory(0))
    for frame in range(1, frames):
        bank = bank.with_recent(memory(frame))
        bank = bank.pruned(frame + 1) if pruned else bank
    return bank


def rows_of(bank: Bank, frame: int) -> list[tuple[int, int]]:
    return [(row, one.frame) for row, one in bank.recall(frame).maps]


def ages_of(bank: Bank, frame: int) -> list[tuple[int, int]]:
    return [(age, one.frame) for age, one in bank.recall(frame).pointers]


def test_the_frame_before_uses_the_first_row_and_prompted_frames_the_last() -> None:
    """Time slots: row 0 is one frame ago, row 5 six frames ago, row 6 belongs to prompts."""
    rows = rows_of(lived(30), 30)
    assert rows == [(6, 0), (5, 24), (4, 25), (3, 26), (2, 27), (1, 28), (0, 29)]


def test_pointers_reach_further_back_than_maps() -> None:
    """Two horizons: six maps, but fifteen pointers, beside the prompted frame's, however old."""
    assert ages_of(lived(30), 30) == [(30, 0), *((age, 30 - age) for age in range(1, 16))]


def test_a_pruned_bank_recalls_what_an_unpruned_one_does() -> None:
    """Dropping what cannot be asked for changes no recall, at any length."""
    for frames in (1, 2, 6, 7, 8, 15, 16, 17, 40):
        kept, all_ = lived(frames), lived(frames, pruned=False)
        assert rows_of(kept, frames) == rows_of(all_, frames)
        assert ages_of(kept, frames) == ages_of(all_, frames)


def test_reach_keeps_what_an_older_frame_may_ask_for() -> None:
    """With a reach of eight, a prompt eight frames back still sees all its memories; one further does not."""
    kept, all_ = lived(60, limits=Limits(reach=8)), lived(60, pruned=False)
    assert rows_of(kept, 52) == rows_of(all_, 52)
    assert ages_of(kept, 52) == ages_of(all_, 52)
    assert rows_of(kept, 51) != rows_of(all_, 51)


def test_a_bank_does_not_grow() -> None:
    """After a thousand frames it holds no more than after twenty."""
    assert lived(1000).bytes == lived(20).bytes
    assert len(lived(1000).recent) == 15


def test_a_prompt_on_a_later_frame_is_a_map_but_no_pointer() -> None:
    """The future may be seen, yet pointers come from the past alone."""
    bank = lived(10).with_prompted(memory(20))
    assert (6, 20) in rows_of(bank, 10)
    assert 20 not in [frame for _, frame in ages_of(bank, 10)]


def test_a_prompted_frame_is_not_also_a_recent_one() -> None:
    """A correction takes the place of the frame's tracked memory, and leaves a gap among the recent ones."""
    bank = lived(10).with_prompted(memory(8))
    assert rows_of(bank, 10) == [(6, 0), (6, 8), (5, 4), (4, 5), (3, 6), (2, 7), (0, 9)]
    assert [age for age, _ in ages_of(bank, 10)][:3] == [10, 2, 1]


def test_over_the_limit_the_first_prompt_stays_and_the_oldest_other_becomes_ordinary() -> None:
    """Four prompted frames at most: the first tells what the object is, the rest are first in, first out."""
    bank = Bank(LIMITS, RECENT)
    for frame in (0, 2, 4, 6, 8):
        bank = bank.with_prompted(memory(frame))
    assert [one.frame for one in bank.prompted] == [0, 4, 6, 8]
    assert [one.frame for one in bank.recent] == [2]


def test_prompting_a_frame_twice_counts_once() -> None:
    """The later word replaces the earlier one of the same frame."""
    bank = lived(3).with_prompted(memory(0, presence=-1.0))
    assert [one.presence for one in bank.prompted] == [-1.0]


def test_quality_passes_over_frames_in_which_the_object_was_hidden() -> None:
    """After an occlusion the maps recalled are those from before it, and the frame just before."""
    bank = lived(10, policy=QUALITY)
    for frame in range(10, 40):
        bank = bank.with_recent(memory(frame, presence=-2.0)).pruned(frame + 1)
    assert [frame for _, frame in rows_of(bank, 40)] == [0, 39, 9, 8, 7, 6, 5]
    assert [row for row, _ in rows_of(bank, 40)] == [6, 0, 1, 2, 3, 4, 5]


def test_distractor_keeps_frames_that_told_look_alikes_apart() -> None:
    """Three recent maps, and up to three of frames in which another proposal disagreed, some frames apart."""
    bank = Bank(LIMITS, DISTRACTOR).with_prompted(memory(0))
    for frame in range(1, 60):
        bank = bank.with_recent(memory(frame, rivalry=0.6 if 10 <= frame < 30 else 0.0)).pruned(frame + 1)
    rows = rows_of(bank, 60)
    assert rows[0] == (6, 0)
    assert rows[-3:] == [(2, 57), (1, 58), (0, 59)]
    anchors = [frame for _, frame in rows[1:-3]]
    assert 1 <= len(anchors) <= 3
    assert all(10 <= frame < 30 for frame in anchors)


def test_bfloat16_rounds_to_the_nearest_and_halves_to_even() -> None:
    """Bits are those of the format: exact for short numbers, within 1/256 else, halves to the even neighbour."""
    exact = np.array([0, -1.5, 3.0, 2.0**100, -(2.0**-100)], np.float32)
    assert np.array_equal(from_bits(to_bits(exact)), exact)
    halves = np.array([1 + 2**-8, 1 + 3 * 2**-8], np.float32)
    assert np.array_equal(from_bits(to_bits(halves)), np.array([1.0, 1 + 2**-6], np.float32))
    many = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    assert np.abs(from_bits(to_bits(many)) / many - 1).max() <= 2**-8
