"""Gives each row a column of its own, so that all together cost the least (the Hungarian method)."""

from collections.abc import Sequence
from math import inf


def min_cost_assignment(costs: Sequence[Sequence[int]]) -> list[int]:
    """The column of each row; `costs` has a line a row, and at least as many columns as rows.

    Invariant: costs[row][column] - row_prices[row] - prices[column] is never negative, and 0 for each pair
    that is assigned. With these reduced costs, each new row is added by a shortest augmenting path
    (Dijkstra).
    """
    columns = range(len(costs[0]) if costs else 0)
    owners: dict[int, int] = {}
    row_prices, prices = [0 for _row in costs], [0 for _column in columns]
    for row in range(len(costs)):
        # Augment along the shortest path to a free column; reassign the rows that it displaces.
        distances: list[float] = [inf for _column in columns]
        came_from: dict[int, int | None] = {}
        passed: set[int] = set()
        column: int | None = None
        while column is None or column in owners:
            mover = row if column is None else owners[column]
            for other in columns:
                distance = costs[mover][other] - row_prices[mover] - prices[other]
                if other not in passed and distance < distances[other]:
                    distances[other], came_from[other] = distance, column
            column = min((one for one in columns if one not in passed), key=distances.__getitem__)
            # Change the prices by the distance, which keeps the invariant and makes the new edge cost 0.
            step = int(distances[column])
            row_prices[row] += step
            for one in columns:
                if one in passed:
                    row_prices[owners[one]] += step
                    prices[one] -= step
                else:
                    distances[one] -= step
            passed.add(column)
        while column is not None:
            previous = came_from[column]
            owners[column] = row if previous is None else owners[previous]
            column = previous
    found = {row: column for column, row in owners.items()}
    return [found[row] for row in range(len(costs))]
