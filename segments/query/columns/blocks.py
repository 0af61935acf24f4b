"""Some partners with all that is kept of them, as arrays. What a block has of them never changes."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from segments.arrays import Array, ArrayColumn, Bits, among, fitting
from segments.attributes import Relation
from segments.query.columns.answers import Answers
from segments.query.columns.bits import bits_at, bools_of
from segments.query.columns.layout import JOINED, PARTNER_ID, Layout
from segments.query.columns.names import Names
from segments.query.columns.rows import Index, RowBlock, bits_in, compact, indexes_of, row_block

MANY = 20
"""From a 20th of a block's partners on they are looked up in a table, instead of each in the block."""


@dataclass(frozen=True, eq=False)
class Block:
    """Partners have places from 0 on, in the order of their IDs.

    `by_name` has their places in the order of (folded name, ID), and `names` the folded names in this order.
    """

    ids: Array
    columns: Mapping[ArrayColumn, Array]
    indexes: Mapping[ArrayColumn, Index]
    rows: Mapping[Relation, RowBlock]
    by_name: Array
    names: Names
    answers: Answers = field(default_factory=Answers)
    """Which of them meet what was asked before: right as long as the block is, for none of them changed."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def bytes(self) -> int:
        """The memory of its arrays."""
        arrays = [self.ids, self.by_name, *self.columns.values(), *bits_in(self.indexes)]
        rows = sum(rows.bytes for rows in self.rows.values())
        return sum(array.nbytes for array in arrays) + rows + self.names.bytes

    @cached_property
    def ranks(self) -> Array:
        """Where each partner stands in the order of names."""
        found = np.empty(len(self), np.int32)
        found[self.by_name] = np.arange(len(self), dtype=np.int32)
        return found

    @cached_property
    def by_joined(self) -> Array:
        """The places of those who have joined, in the order of (first day, ID)."""
        days = self.columns[JOINED]
        order = np.argsort(days, kind="stable").astype(np.int32)
        return order[np.count_nonzero(days == JOINED.encoding.missing) :]

    def place_of_name(self, name: str, key: int) -> int:
        """Where the order of names has a partner, or would have it."""
        return bisect_left(
            range(len(self)),
            (name.encode(), key),
            key=lambda at: (self.names[at], int(self.ids[self.by_name[at]])),
        )

    def places_of(self, ids: Array) -> Array:
        """The places of those of these partners that are in the block; `ids` in ascending order."""
        ids = fitting(ids, self.ids)
        places = np.searchsorted(self.ids, ids)
        inside = places < len(self.ids)
        found: Array = places[inside][self.ids[places[inside]] == ids[inside]]
        return found

    def bits_of(self, ids: Array) -> Bits:
        """The set of those of these partners that are in the block; `ids` in any order, also repeated."""
        if len(ids) * MANY > len(self.ids):
            return np.packbits(among(self.ids, ids))
        return bits_at(self.places_of(np.sort(ids)), len(self))


def block_of(
    layout: Layout,
    own: Mapping[ArrayColumn, Array],
    rows: Mapping[Relation, tuple[Array, Mapping[ArrayColumn, Array]]],
    by_name: Array,
    names: Names,
) -> Block:
    """A block of columns as they were read, in any order: `rows` has the Partner ID of each row.

    Rows of other partners are left out. `by_name` has Partner IDs in the order of `names`.
    """
    order = np.argsort(own[PARTNER_ID], kind="stable")
    columns = {column: array[order] for column, array in own.items()}
    ids = columns[PARTNER_ID] = compact(columns[PARTNER_ID])
    kept = {
        relation: _rows_of(ids, partners, arrays, layout.sorted_by(relation))
        for relation, (partners, arrays) in rows.items()
    }
    places = np.searchsorted(ids, by_name).astype(np.int32)
    return Block(ids, columns, indexes_of(columns), kept, places, names)


def _rows_of(
    ids: Array, partners: Array, columns: Mapping[ArrayColumn, Array], sorted_by: ArrayColumn | None
) -> RowBlock:
    places = np.searchsorted(ids, partners).astype(np.int32)
    known = places < len(ids)
    known[known] = ids[places[known]] == partners[known]
    columns = {column: array[known] for column, array in columns.items()}
    return row_block(len(ids), places[known], columns, sorted_by)


def merged(layout: Layout, blocks: Sequence[tuple[Block, Bits]]) -> Block:
    """One block of those partners of several that the sets name, each of them once."""
    lives = [(block, bools_of(live, len(block))) for block, live in blocks]
    own = {
        column: np.concatenate([block.columns[column][live] for block, live in lives])
        for column in blocks[0][0].columns
    }
    # The order of bytes is that of letters, as both databases sort them.
    named = sorted(
        (block.names[at], int(block.ids[place]))
        for block, live in lives
        for at, place in enumerate(block.by_name.tolist())
        if live[place]
    )
    rows = {}
    for relation in blocks[0][0].rows:
        parts = [block.rows[relation].of(live, block.ids) for block, live in blocks]
        columns = parts[0][1]
        rows[relation] = (
            np.concatenate([partners for partners, _columns in parts]),
            {column: np.concatenate([arrays[column] for _partners, arrays in parts]) for column in columns},
        )
    by_name = np.array([key for _name, key in named], np.int64)
    names = b"".join(name for name, _key in named)
    lengths = np.array([len(name) for name, _key in named], np.int64)
    return block_of(layout, own, rows, by_name, Names.of_lengths(names, lengths))
