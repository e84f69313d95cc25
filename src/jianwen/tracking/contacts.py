"""Why ways bend: which touches, of balls that were near enough, account for all changes of speed together.

A touch pushes along the line of centres, or out of the cushion, and by friction a little across. Pushes only push, so
the few that fit best are found by least squares without negatives. A strike pushes a resting ball anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Contact", "Pushed", "explained"]

SLIP_M_S = 0.02  # how well masses and lines are known, whatever the cameras see
SHARE = 0.06  # and of the change itself
RIDGE = 1e-9  # of the largest product, so that touches along one line can be told apart
STEEP = 1e-9  # slope from which a push would help


@dataclass(frozen=True, slots=True)
class Contact:
    """A touch that may have been."""

    kind: Literal["ball_ball", "ball_cushion", "strike"]
    balls: tuple[int, ...]  # rows of the changes; the second is pushed the opposite way
    pushes: Floats  # (k, 2): directions, in which the first ball may be pushed, together
    place: Floats  # (2,)
    time_s: float
    handicap: float = 0.0  # what it must explain before it is believed
    is_sure: bool = False  # known otherwise; it only takes its share of what is to be explained


@dataclass(frozen=True, slots=True)
class Pushed:
    """A touch that was."""

    contact: Contact
    push_m_s: float
    evidence: float  # by how much the sum of squares falls with it


def explained(changes: Floats, sigmas: Floats, contacts: Sequence[Contact], *, least_m_s: float) -> list[Pushed]:
    """The contacts that account for changes (n, 2) with their standard deviations (n, 2)."""
    sigmas = np.sqrt(sigmas**2 + SLIP_M_S**2 + (SHARE * np.linalg.norm(changes, axis=1, keepdims=True)) ** 2)
    target = (changes / sigmas).ravel()
    columns = [_columns(contact, sigmas) for contact in contacts]
    ends = np.cumsum([0, *(one.shape[1] for one in columns)]).tolist()
    spans = [slice(start, end) for start, end in pairwise(ends)]
    squares = _Squares.of(np.concatenate(columns, axis=1), target) if columns else None
    chosen, allowed = list(range(len(contacts))), np.ones(ends[-1], np.bool_)
    while chosen and squares:
        # from nothing, so that of pushes that could stand for each other as few as possible are taken
        pushes = squares.least(allowed, np.zeros(ends[-1]))
        cost, found = squares.cost(pushes), []
        for index in chosen:
            size = float(np.linalg.norm(pushes[spans[index]] @ contacts[index].pushes))
            without = squares.cost(squares.least(*_cleared(spans[index], allowed, pushes))) if size else cost
            found.append(Pushed(contacts[index], size, without - cost))
        weak = [
            (pushed.evidence - pushed.contact.handicap, place)
            for place, pushed in enumerate(found)
            if not pushed.contact.is_sure and (pushed.push_m_s < least_m_s or pushed.evidence < pushed.contact.handicap)
        ]
        if not weak:
            return found
        least = min([worth for worth, place in weak if found[place].push_m_s > 0], default=np.inf)
        # what pushes nothing leaves nothing behind, so all such go at once
        idle = [place for worth, place in weak if found[place].push_m_s == 0 and worth <= least]
        gone = [chosen[place] for place in idle or [min(weak)[1]]]
        for index in gone:
            allowed[spans[index]] = False
        chosen = [index for index in chosen if index not in gone]
    return []


def _cleared(span: slice, allowed: NDArray[np.bool_], pushes: Floats) -> tuple[NDArray[np.bool_], Floats]:
    allowed, pushes = allowed.copy(), pushes.copy()
    allowed[span], pushes[span] = False, 0.0
    return allowed, pushes


def _columns(contact: Contact, sigmas: Floats) -> Floats:
    columns = np.zeros((*sigmas.shape, len(contact.pushes)))
    for ball, sign in zip(contact.balls, (1.0, -1.0), strict=False):
        columns[ball] = sign * contact.pushes.T / sigmas[ball][:, None]
    return columns.reshape(-1, len(contact.pushes))


@dataclass(frozen=True, slots=True)
class _Squares:
    """What is left of a target by columns, as products: many subsets of the columns are tried, each from the last."""

    products: Floats  # (k, k) of the columns
    right: Floats  # (k,) of columns and target
    whole: float

    @classmethod
    def of(cls, matrix: Floats, target: Floats) -> _Squares:
        products = matrix.T @ matrix
        products[np.diag_indices_from(products)] += RIDGE * max(float(products.diagonal().max()), 1e-12)
        return cls(products, matrix.T @ target, float(target @ target))

    def cost(self, values: Floats) -> float:
        return self.whole - 2 * float(values @ self.right) + float(values @ self.products @ values)

    def least(self, allowed: NDArray[np.bool_], start: Floats) -> Floats:
        """Numbers of at least 0, and 0 where not allowed, that fit best (Lawson and Hanson 1974, chapter 23)."""
        values, free = start.copy(), start > 0
        for _ in range(3 * len(values) + 3):
            values, free = self._settled(values, free)
            slope = np.where(allowed & ~free, self.right - self.products @ values, -np.inf)
            if slope.max(initial=-np.inf) <= STEEP:
                break
            free[int(slope.argmax())] = True
        return values

    def _settled(self, values: Floats, free: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
        """The best of the free numbers, after those that would fall below 0 are set to 0 and free no more."""
        while free.any():
            trial = np.zeros(len(values))
            trial[free] = np.linalg.solve(self.products[np.ix_(free, free)], self.right[free])
            down = np.flatnonzero(free & (trial <= 0))
            if not len(down):
                return trial, free
            shares = values[down] / np.maximum(values[down] - trial[down], 1e-300)
            values = np.maximum(values + shares.min() * (trial - values), 0.0)
            free = free & (values > 1e-12)
            free[down[shares.argmin()]] = False
            values = np.where(free, values, 0.0)
        return np.zeros(len(values)), free
