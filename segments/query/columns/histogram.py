"""How many partners have a row with each value of a column, or are moved by it: all values at once."""

from collections import Counter
from collections.abc import Callable

import numpy as np

from segments.arrays import Array, ArrayColumn, Bits, Bools, Mask, Values
from segments.conditions import PARTNER
from segments.query.columns.bits import bools_of, number_of
from segments.query.columns.rows import Index
from segments.query.columns.state import BlockRows

PLACE_BITS = 32
"""A place of a partner fits into so many."""
PLACE = (1 << PLACE_BITS) - 1
"""Gives the place out of a value and a place in one number."""


def partners_by_value(
    rows: BlockRows, column: ArrayColumn, among: Mask, partners: Mask, *, each_row: bool
) -> Counter[int]:
    """For each number in the column, how many of these partners have a row with it, among those rows.

    `each_row`: count rows, which are as many where no partner has two with the same number. `column` is one
    that is kept.
    """
    found = Counter[int]()
    values = rows.values(column)
    if values is None:
        return found
    indexes = values.indexes or (None,) * len(values.parts)
    parts = zip(rows.state.places(partners), values.parts, among.parts, indexes, strict=True)
    for (block, wanted), part, of_those, index in parts:
        own = None if rows.relation == PARTNER else block.rows[rows.relation]
        if own:
            met = own.bools(of_those & own.rows()) & own.of_partners(wanted)
        else:
            met = bools_of(of_those, len(block)) & wanted
        if index is not None and each_row:
            numbers, counts = _counts_indexed(index, np.packbits(met))
        elif values.is_sorted and each_row:
            numbers, counts = _counts_sorted(part, met)
        elif own is None or each_row:
            numbers, counts = np.unique_counts(part[met])
        else:
            places = own.of_partners(np.arange(len(block), dtype=np.int32))
            numbers, counts = _counts_of_pairs(part[met], places[met])
        found.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
    return found


def partners_moved_by_value(
    rows: BlockRows,
    column: ArrayColumn,
    among: Mask,
    partners: Mask,
    counts: Values,
    moved: Callable[[Array, Array], Array],
) -> Counter[int]:
    """For each number in the column, the sum of what its rows, of those, make of each of these partners.

    `moved` says that, 1, 0 or -1, of what `counts` has for each partner and of how many such rows the partner
    has. `column` is one that is kept, of rows that are no partners.
    """
    found = Counter[int]()
    values = rows.values(column)
    if values is None:
        return found
    parts = zip(rows.state.places(partners), values.parts, among.parts, counts.parts, strict=True)
    for (block, wanted), part, of_those, counted in parts:
        own = block.rows[rows.relation]
        met = own.bools(of_those & own.rows()) & own.of_partners(wanted)
        places = own.of_partners(np.arange(len(block), dtype=np.int32))
        pairs, many = np.unique(_pairs(part[met], places[met]), return_counts=True)
        if len(pairs):
            change = moved(counted[pairs & PLACE], many)
            numbers, starts = np.unique(pairs >> PLACE_BITS, return_index=True)
            found.update(dict(zip(numbers.tolist(), np.add.reduceat(change, starts).tolist(), strict=True)))
    return found


def _pairs(values: Array, places: Array) -> Array:
    """Each value and place as one number."""
    found: Array = (values.astype(np.int64) << PLACE_BITS) | places
    return found


def _counts_indexed(index: Index, met: Bits) -> tuple[Array, Array]:
    """Of rows of which there are bits for each value, how many are met."""
    counts = {value: number_of(bits & met) for value, bits in index.items()}
    some = {value: count for value, count in counts.items() if count}
    return np.array([*some]), np.array([*some.values()])


def _counts_sorted(values: Array, met: Bools) -> tuple[Array, Array]:
    """Of rows with one value beside each other, how many are met."""
    if not len(values):
        return values, values
    starts = np.flatnonzero(_differ_from_the_one_before(values))
    return values[starts], np.add.reduceat(met, starts, dtype=np.int64)


def _counts_of_pairs(values: Array, places: Array) -> tuple[Array, Array]:
    """Each partner once a value: both are one number, and sorting it is as fast as anything."""
    pairs = np.sort(_pairs(values, places))
    return _counts_sorted(pairs >> PLACE_BITS, _differ_from_the_one_before(pairs))


def _differ_from_the_one_before(values: Array) -> Bools:
    found = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found
