"""Why ways bend: which touches, of balls that were near enough, account for all changes of speed together.

A touch pushes along the line of centres, or out of the cushion, and by friction a little across. Pushes only push, so
the few that fit best are found by least squares without negatives. A strike pushes a resting ball anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Contact", "Pushed", "explained"]

SLIP_M_S = 0.02  # how well masses and lines are known, whatever the cameras see
SHARE = 0.06  # and of the change itself


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
    chosen = list(range(len(contacts)))
    while chosen:
        matrix = np.concatenate([columns[index] for index in chosen], axis=1)
        pushes, cost = least_squares(matrix, target)
        ends = np.cumsum([columns[index].shape[1] for index in chosen])
        shares = np.split(pushes, ends[:-1])
        found = []
        for place, index in enumerate(chosen):
            others = [columns[other] for other in chosen if other != index]
            without = least_squares(np.concatenate(others, axis=1), target)[1] if others else float(target @ target)
            size = float(np.linalg.norm(shares[place] @ contacts[index].pushes))
            found.append(Pushed(contacts[index], size, without - cost))
        weak = [
            (pushed.evidence - pushed.contact.handicap, place)
            for place, pushed in enumerate(found)
            if not pushed.contact.is_sure and (pushed.push_m_s < least_m_s or pushed.evidence < pushed.contact.handicap)
        ]
        if not weak:
            return found
        del chosen[min(weak)[1]]
    return []


def _columns(contact: Contact, sigmas: Floats) -> Floats:
    columns = np.zeros((*sigmas.shape, len(contact.pushes)))
    for ball, sign in zip(contact.balls, (1.0, -1.0), strict=False):
        columns[ball] = sign * contact.pushes.T / sigmas[ball][:, None]
    return columns.reshape(-1, len(contact.pushes))


def least_squares(matrix: Floats, target: Floats) -> tuple[Floats, float]:
    """Numbers of at least 0 that fit best, and what is left of the squares (Lawson and Hanson 1974, chapter 23)."""
    count = matrix.shape[1]
    free = np.zeros(count, np.bool_)
    values = np.zeros(count)
    for _ in range(3 * count + 3):
        slope = matrix.T @ (target - matrix @ values)
        slope[free] = -np.inf
        if not count or slope.max() <= 1e-9:
            break
        free[int(np.argmax(slope))] = True
        while True:
            trial = np.zeros(count)
            trial[free] = np.linalg.lstsq(matrix[:, free], target, rcond=None)[0]
            if not free.any() or trial[free].min() > 0:
                values = trial
                break
            down = free & (trial <= 0)
            step = (values[down] / np.maximum(values[down] - trial[down], 1e-300)).min()
            values = values + step * (trial - values)
            free &= values > 1e-12
            values[~free] = 0.0
    return values, float(((target - matrix @ values) ** 2).sum())
