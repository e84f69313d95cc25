"""One-to-one assignment at the least cost (the Hungarian method, by shortest ways), for a few dozen rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["assigned"]


def assigned(costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """The column of each row; there are at least as many columns as rows, and all costs are finite."""
    rows, columns = costs.shape
    assert rows <= columns
    owner = np.full(columns + 1, -1)  # row of each column; the last one is where a search begins
    row_price, column_price = np.zeros(rows), np.zeros(columns + 1)
    for row in range(rows):
        owner[columns] = row
        _take_shortest_way(costs, owner, row_price, column_price)
    found = np.empty(rows, np.int64)
    for column, row in enumerate(owner[:columns]):
        if row >= 0:
            found[row] = column
    return found


def _take_shortest_way(
    costs: NDArray[np.float64],
    owner: NDArray[np.int64],
    row_price: NDArray[np.float64],
    column_price: NDArray[np.float64],
) -> None:
    """Give the waiting row a column; others may move for it. Prices keep all reduced costs at 0 or above."""
    columns = costs.shape[1]
    away, come_from = np.full(columns, np.inf), np.full(columns, columns)
    is_reached = np.zeros(columns + 1, np.bool_)
    at = columns
    while owner[at] >= 0:
        is_reached[at] = True
        row = owner[at]
        reduced = costs[row] - row_price[row] - column_price[:columns]
        is_open = ~is_reached[:columns]
        is_nearer = is_open & (reduced < away)
        away[is_nearer], come_from[is_nearer] = reduced[is_nearer], at
        nearest = int(np.where(is_open, away, np.inf).argmin())
        step = away[nearest]
        row_price[owner[is_reached]] += step
        column_price[is_reached] -= step
        away[is_open] -= step
        at = nearest
    while at != columns:
        owner[at] = owner[come_from[at]]
        at = int(come_from[at])
