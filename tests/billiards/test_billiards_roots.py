"""The first fall of a polynomial to zero."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jianwen.billiards.roots import first_fall, roots_between

places = st.lists(st.floats(-5, 5), min_size=1, max_size=4)


@given(places)
def test_known_roots_are_found(roots: list[float]) -> None:
    """Of a polynomial made from its roots, those within the bounds come back in order."""
    roots = sorted(roots)
    assume(all(b - a > 0.02 for a, b in pairwise(roots)))
    coefficients = np.polynomial.polynomial.polyfromroots(roots).tolist()
    inside = [root for root in roots if -3 < root < 3]
    assume(all(abs(abs(root) - 3) > 1e-6 for root in roots))
    assert roots_between(coefficients, -3, 3) == pytest.approx(inside, abs=1e-7)


@given(places, st.floats(0.1, 5))
def test_the_first_fall_is_the_first_root_that_is_passed_downwards(roots: list[float], until: float) -> None:
    """Roots passed upwards, before zero or too late do not count."""
    roots = sorted(roots)
    assume(all(b - a > 0.02 for a, b in pairwise(roots)))
    assume(all(min(abs(root), abs(root - until)) > 1e-6 for root in roots))
    coefficients = np.polynomial.polynomial.polyfromroots(roots).tolist()
    falls = roots[::-1][1::2][::-1]  # the last root is passed upwards, the one before it downwards, and so on
    expected = next((root for root in falls if 0 < root <= until), None)
    found = first_fall(coefficients, until)
    assert found is None if expected is None else found == pytest.approx(expected, abs=1e-7)


def test_what_never_falls_gives_nothing() -> None:
    """Constants, zeros and rising lines."""
    for coefficients in ((1.0,), (0.0,), (0.0, 0.0, 0.0), (1.0, 1.0), (-1.0, 0.5), (-1.0, -1.0)):
        assert first_fall(coefficients, 10.0) is None
    assert first_fall((1.0, -2.0), 10.0) == 0.5
