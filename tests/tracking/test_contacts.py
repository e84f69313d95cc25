"""Which touches account for changes of speed: the true ones among many that may have been."""

import numpy as np
import pytest

from jianwen.tracking.contacts import Contact, explained

SIGMA_M_S = 0.02


def _touch(one: int, other: int, angle: float, handicap: float = 6.0) -> Contact:
    push = np.array([[np.cos(angle), np.sin(angle)]])
    return Contact("ball_ball", (one, other), push, np.zeros(2), 0.0, handicap)


def _changes(count: int, touches: list[Contact], pushes: list[float]) -> np.ndarray:
    changes = np.zeros((count, 2))
    for touch, size in zip(touches, pushes, strict=True):
        for ball, sign in zip(touch.balls, (1.0, -1.0), strict=True):
            changes[ball] += sign * size * touch.pushes[0]
    return changes


def test_true_touches_are_told_among_many() -> None:
    """Sixty balls in pairs, and two more touches a ball that were not: such a chain once took a quarter of an hour."""
    rng = np.random.default_rng(1)
    true = [_touch(2 * pair, 2 * pair + 1, angle) for pair, angle in enumerate(rng.uniform(0, 2 * np.pi, 30))]
    pushes = rng.uniform(0.5, 3.0, 30).tolist()
    false = [
        _touch(one, int(other), angle)
        for one in range(60)
        for other, angle in zip(rng.choice(np.delete(np.arange(60), one), 2), rng.uniform(0, 2 * np.pi, 2), strict=True)
    ]
    changes = _changes(60, true, pushes)
    found = explained(changes, np.full((60, 2), SIGMA_M_S), [*false, *true], least_m_s=0.1)
    assert {one.contact.balls for one in found} == {one.balls for one in true}
    sizes = {one.contact.balls: one.push_m_s for one in found}
    assert [sizes[one.balls] for one in true] == pytest.approx(pushes, rel=0.05)


def test_what_only_pushes_never_pulls() -> None:
    """A ball that went off the other way was not pushed by this one."""
    touch = _touch(0, 1, 0.0)
    changes = _changes(2, [touch], [-1.0])
    assert explained(changes, np.full((2, 2), SIGMA_M_S), [touch], least_m_s=0.1) == []


def test_no_touch_no_push() -> None:
    """Nothing may have been, so nothing was."""
    assert explained(np.ones((1, 2)), np.full((1, 2), SIGMA_M_S), [], least_m_s=0.1) == []


def test_two_touches_on_one_line_are_one() -> None:
    """Either explains the change as well; one of them is told, and not both by halves."""
    touch = _touch(0, 1, 0.5)
    changes = _changes(2, [touch], [1.0])
    found = explained(changes, np.full((2, 2), SIGMA_M_S), [touch, _touch(0, 1, 0.5)], least_m_s=0.1)
    assert [one.push_m_s for one in found] == pytest.approx([1.0], rel=1e-3)
