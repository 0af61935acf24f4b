"""The rows of a relation that a block's partners have, laid out so that nothing is looked up.

The first row of each partner has the partner's place, the second one the same place in another layer, which
is as long, and so on while enough partners have so many. So which partners have a row that meets something is
`|` of layers. The places of partners who have no such row are empty: what stands there means nothing. The few
rows beyond come last, each with the place of its partner.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import numpy as np

from segments.arrays import Array, ArrayColumn, Bits, Bools, Digests, Mask, Values
from segments.query.columns.bits import all_bits, bits_at, bools_of, places_of

FILLED = 16
"""There is a layer if one of so many partners has a row in it,"""
PADDED = 3
"""and all layers together are at most so many times as long as rows are many."""
COMMON = 32
"""Bits are kept of a value if one of so many has it: they take no more than the places do."""
INDEXED_FROM = 10_000
"""Fewer rows are compared in no time."""
INTEGERS = (np.int8, np.int16, np.int32)
Index = Mapping[int, Bits]
"""Which rows have which value, for all values."""


@dataclass(frozen=True, eq=False)
class SortedIndex:
    """What the rows of a part have in a column of many values, lowest first, and the place of each row."""

    values: Array
    places: Array
    length: int
    """How many places there are for rows."""

    @classmethod
    def of(cls, values: Array, places: Array, length: int) -> "SortedIndex":
        """Of rows in any order."""
        order = np.argsort(values)
        return cls(values[order], places[order].astype(np.int32), length)

    @property
    def bytes(self) -> int:
        """The memory of its arrays."""
        return self.values.nbytes + self.places.nbytes

    def array(self) -> Array:
        """What each place has."""
        found = np.zeros(self.length, self.values.dtype)
        found[self.places] = self.values
        return found

    def isin(self, values: Array) -> Bits:
        """The rows that have one of these."""
        starts, ends = (np.searchsorted(self.values, values, side) for side in ("left", "right"))
        found = (self.places[start:end] for start, end in zip(starts, ends, strict=True))
        return bits_at(np.concatenate([self.places[:0], *found]), self.length)


@dataclass(frozen=True, eq=False)
class WholeTexts(Values):
    """What each row has in a column of `Digests`: to be looked up."""

    sorted_indexes: tuple[SortedIndex, ...] = ()
    """Part by part; there are no other `parts`."""

    def isin(self, texts: Sequence[Any]) -> Mask:
        """The rows that have one of these."""
        wanted = self.encoding.encode(texts)
        return Mask(tuple(part.isin(wanted) for part in self.sorted_indexes))

    def where(self, holds: Callable[[Array], Bools]) -> Mask:
        """The rows for whose digests this holds."""
        return Mask(tuple(np.packbits(holds(part.array())) for part in self.sorted_indexes))


@dataclass(frozen=True, eq=False)
class RowBlock:
    """The rows that partners have, who are `length` many."""

    length: int
    layers: tuple[Bits, ...]
    """Which places of each are rows."""
    partners: Array
    """The places of the other rows' partners."""
    columns: Mapping[ArrayColumn, Array]
    indexes: Mapping[ArrayColumn, Index]
    sorted_indexes: Mapping[ArrayColumn, SortedIndex]
    """The other columns: those of `Digests`, which are only looked up."""
    owners: Bits
    """The partners who have any row."""
    members: Mapping[int, Array]
    """Of rows that are sorted by a column, which have no layers: whose they are, by value."""
    common: Mapping[int, Bits]
    """The same of values that many partners have."""

    @property
    def bytes(self) -> int:
        """The memory of its arrays."""
        bits = [*self.layers, self.owners, *self.common.values()]
        arrays = [self.partners, *self.columns.values(), *bits, *bits_in(self.indexes)]
        return sum(one.nbytes for one in arrays) + sum(one.bytes for one in self.sorted_indexes.values())

    @property
    def layer_bytes(self) -> int:
        """How many bytes the bits of a layer are."""
        return len(self.owners)

    def rows(self) -> Bits:
        """Which places are rows."""
        return np.concatenate([*self.layers, all_bits(len(self.partners))])

    def of(self, partners: Bits, ids: Array) -> tuple[Array, dict[ArrayColumn, Array]]:
        """The rows of some partners: the ID of each row's partner, and the columns."""
        some = self.of_partners(bools_of(partners, self.length)) & self.bools(self.rows())
        found = {column: array[some] for column, array in self.columns.items()}
        found |= {column: kept.array()[some] for column, kept in self.sorted_indexes.items()}
        return self.of_partners(ids)[some], found

    def bools(self, rows: Bits) -> Bools:
        """With a bool for each place."""
        return bools_of(rows, 8 * self.layer_bytes * len(self.layers) + len(self.partners))

    def of_partners(self, values: Array) -> Array:
        """At each place, what these say of its partner."""
        layer = np.zeros(8 * self.layer_bytes, values.dtype)
        layer[: self.length] = values
        return np.concatenate([*(layer for _layer in self.layers), values[self.partners]])

    def met_by(self, rows: Bits) -> Bits:
        """The partners who have any of these rows."""
        *layers, beyond = self._parts(rows)
        found = bits_at(self._whose(beyond), self.length)
        for layer, met in zip(self.layers, layers, strict=True):
            found |= layer & met
        return found

    def counts(self, rows: Bits) -> Array:
        """How many of these rows each partner has."""
        *layers, beyond = self._parts(rows)
        found = np.bincount(self._whose(beyond), minlength=self.length)
        for layer, met in zip(self.layers, layers, strict=True):
            found += bools_of(layer & met, self.length)
        return found

    def having(self, values: Sequence[int]) -> Bits:
        """The partners who have any of these values in the column that rows are sorted by."""
        found = np.zeros(self.length, np.bool_)
        for value in self.members.keys() & values - self.common.keys():
            found[self.members[value]] = True
        many = (self.common[value] for value in self.common.keys() & values)
        return reduce(or_, many, np.packbits(found))

    def _parts(self, rows: Bits) -> list[Bits]:
        """Layer by layer, and those beyond."""
        return np.split(rows, [self.layer_bytes * (at + 1) for at in range(len(self.layers))])

    def _whose(self, beyond: Bits) -> Array:
        """`partners[beyond]`, in half the time: the processor can't guess the next bit of a mask."""
        found: Array = self.partners.take(places_of(beyond, len(self.partners)))
        return found


def compact(array: Array) -> Array:
    """Whole numbers of eight bytes in as few as they need."""
    if array.dtype != np.int64:
        return array
    low, high = (int(array.min()), int(array.max())) if len(array) else (0, 0)
    fits = (kind for kind in INTEGERS if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return array.astype(next(fits, np.int64))


def indexes_of(columns: Mapping[ArrayColumn, Array]) -> dict[ArrayColumn, Index]:
    """An index of each column of many rows and few values."""
    return {
        column: {value: np.packbits(array == value) for value in values.tolist()}
        for column, array in columns.items()
        if array.itemsize == 1 and len(array) >= INDEXED_FROM
        if len(values := np.unique(array)) <= COMMON
    }


def bits_in(indexes: Mapping[ArrayColumn, Index]) -> Iterable[Bits]:
    """All that they keep."""
    return (bits for index in indexes.values() for bits in index.values())


def row_block(
    length: int, places: Array, columns: Mapping[ArrayColumn, Array], sorted_by: ArrayColumn | None
) -> RowBlock:
    """Rows in any order, each with the place of its partner, one of so many."""
    columns = {column: compact(array) for column, array in columns.items()}
    order = np.argsort(columns[sorted_by] if sorted_by else places, kind="stable")
    columns = {column: array[order] for column, array in columns.items()}
    partners, owners = places[order], bits_at(places, length)
    if sorted_by:
        values, starts = np.unique(columns[sorted_by], return_index=True)
        members = dict(zip(values.tolist(), np.split(partners, starts[1:]), strict=False))
        common = {
            value: bits_at(whose, length) for value, whose in members.items() if len(whose) * COMMON >= length
        }
        return RowBlock(length, (), partners, columns, {}, {}, owners, members, common)
    # Each partner's rows are numbered from 0.
    number = np.arange(len(partners)) - np.searchsorted(partners, partners)
    filled = int(np.count_nonzero(np.bincount(number) * FILLED >= length)) if len(partners) else 0
    layers = min(filled, PADDED * len(partners) // max(length, 1))
    beyond, start = number >= layers, layers * 8 * len(owners)
    at, end = number * 8 * len(owners) + partners, start + int(np.count_nonzero(beyond))
    at[beyond] = np.arange(start, end)
    laid_out, sorted_indexes = {}, {}
    for column, array in columns.items():
        if isinstance(column.encoding, Digests):
            sorted_indexes[column] = SortedIndex.of(array, at, end)
        else:
            laid_out[column] = np.zeros(end, array.dtype)
            laid_out[column][at] = array
    are_rows = tuple(bits_at(partners[number == layer], length) for layer in range(layers))
    indexes = indexes_of(laid_out)
    return RowBlock(length, are_rows, partners[beyond], laid_out, indexes, sorted_indexes, owners, {}, {})
