"""Some partners with all that is kept of them, as arrays. What a block has of them never changes."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from segments.arrays import Array, ArrayColumn, Bools, among
from segments.attributes import Relation
from segments.query.columns.answers import Answers
from segments.query.columns.layout import JOINED, PARTNER_ID, Layout
from segments.query.columns.names import Names

INT32 = np.iinfo(np.int32)
MANY = 20
"""From a 20th of a block's partners on they are looked up in a table, instead of each in the block."""


@dataclass(frozen=True, eq=False)
class RowBlock:
    """The rows of a relation that the block's partners have: `partners` has the place of each row's."""

    partners: Array
    columns: Mapping[ArrayColumn, Array]


@dataclass(frozen=True, eq=False)
class Block:
    """Partners have places from 0 on, in the order of their IDs.

    `by_name` has their places in the order of (folded name, ID), and `names` the folded names in this order.
    """

    ids: Array
    own: Mapping[ArrayColumn, Array]
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
        arrays = [self.ids, self.by_name, *self.own.values()]
        for rows in self.rows.values():
            arrays += [rows.partners, *rows.columns.values()]
        return sum(array.nbytes for array in arrays) + self.names.bytes

    @cached_property
    def by_joined(self) -> Array:
        """The places of those who have joined, in the order of (first day, ID)."""
        days = self.own[JOINED]
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
        places = np.searchsorted(self.ids, ids)
        inside = places < len(self.ids)
        found: Array = places[inside][self.ids[places[inside]] == ids[inside]]
        return found

    def mask_of(self, ids: Array) -> Bools:
        """The set of those of these partners that are in the block; `ids` in any order, also repeated."""
        if len(ids) * MANY > len(self.ids):
            return among(self.ids, ids)
        found = np.zeros(len(self.ids), np.bool_)
        found[self.places_of(np.sort(ids))] = True
        return found


def compact(array: Array) -> Array:
    """Numbers of eight bytes in four, if they fit."""
    fits = array.dtype == np.int64 and (
        not len(array) or (array.min() >= INT32.min and array.max() <= INT32.max)
    )
    return array.astype(np.int32) if fits else array


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
        relation: _row_block(ids, partners, arrays, layout.sorted_by(relation))
        for relation, (partners, arrays) in rows.items()
    }
    return Block(ids, columns, kept, np.searchsorted(ids, by_name).astype(np.int32), names)


def _row_block(
    ids: Array, partners: Array, columns: Mapping[ArrayColumn, Array], sorted_by: ArrayColumn | None
) -> RowBlock:
    places = np.searchsorted(ids, partners).astype(np.int32)
    known = places < len(ids)
    known[known] = ids[places[known]] == partners[known]
    order = np.argsort(columns[sorted_by] if sorted_by else places, kind="stable")
    order = order[known[order]]
    return RowBlock(places[order], {column: compact(array[order]) for column, array in columns.items()})


def merged(layout: Layout, blocks: Sequence[tuple[Block, Bools]]) -> Block:
    """One block of those partners of several that the masks name, each of them once."""
    own = {
        column: np.concatenate([block.own[column][live] for block, live in blocks])
        for column in blocks[0][0].own
    }
    # The order of bytes is that of letters, as both databases sort them.
    named = sorted(
        (block.names[at], int(block.ids[place]))
        for block, live in blocks
        for at, place in enumerate(block.by_name.tolist())
        if live[place]
    )
    rows = {}
    for relation in blocks[0][0].rows:
        parts = [(block, block.rows[relation], live[block.rows[relation].partners]) for block, live in blocks]
        partners = np.concatenate([block.ids[part.partners[some]] for block, part, some in parts])
        rows[relation] = (
            partners,
            {
                column: np.concatenate([part.columns[column][some] for _block, part, some in parts])
                for column in blocks[0][0].rows[relation].columns
            },
        )
    by_name = np.array([key for _name, key in named], np.int64)
    names = b"".join(name for name, _key in named)
    lengths = np.array([len(name) for name, _key in named], np.int64)
    return block_of(layout, own, rows, by_name, Names.of_lengths(names, lengths))
