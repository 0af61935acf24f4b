"""All partners as of one moment: a large block, and small ones of those who changed since it was read.

The logarithmic method of Bentley and Saxe: what changed becomes a block of its own, in which these partners
are read anew, and the blocks that have them forget them. Before small blocks are many they are merged. So a
change costs as much as what changed, and a state never changes while it is read.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

import numpy as np

from segments.arrays import ArrayColumn, Bits, Bools, Digests, Mask, Values
from segments.attributes import Relation
from segments.conditions import PARTNER
from segments.query.columns.bits import all_bits, bits_at, bools_of, number_of
from segments.query.columns.blocks import Block, merged
from segments.query.columns.layout import PARTNER_ID, Layout
from segments.query.columns.rows import RowBlock, WholeTexts

MERGED_BELOW = 256
"""A block of so few partners is merged with the next one whatever that one's size."""
MIN_USUAL = 5_000


@dataclass(frozen=True, eq=False)
class State:
    """Who of each block is `live`: not deleted, and in no later block."""

    layout: Layout
    blocks: tuple[Block, ...]
    live: tuple[Bits, ...]
    is_part: bool = False
    """Whether there are other partners besides."""

    @classmethod
    def of(cls, layout: Layout, block: Block) -> "State":
        """Just the partners of one block."""
        return cls(layout, (block,), (all_bits(len(block)),))

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """How many of each block are live."""
        return tuple(map(number_of, self.live))

    @property
    def changed(self) -> int:
        """How many partners are kept apart since they changed."""
        return sum(map(len, self.blocks[1:]))

    @property
    def usual(self) -> int:
        """How many partners were read together; where these are few, so many as are read in no time."""
        return max(len(self.blocks[0]), MIN_USUAL)

    @property
    def bytes(self) -> int:
        """The memory that it takes."""
        return sum(block.bytes for block in self.blocks) + sum(live.nbytes for live in self.live)

    def after(self, partners: Collection[int], block: Block) -> "State":
        """The state after these partners changed: `block` has those of them that there still are."""
        ids = np.unique(np.fromiter(partners, np.int64, len(partners)))
        blocks, live = [*self.blocks], [*self.live]
        for at, older in enumerate(blocks):
            if len(places := older.places_of(ids)):
                live[at] = live[at] & ~bits_at(places, len(older))
        blocks.append(block)
        live.append(all_bits(len(block)))
        # The first block is never merged: once the others are a twentieth of it, all partners are read anew.
        while len(blocks) > 2 and len(blocks[-2]) <= max(MERGED_BELOW, 2 * len(blocks[-1])):
            both = merged(self.layout, list(zip(blocks[-2:], live[-2:], strict=True)))
            blocks[-2:], live[-2:] = [both], [all_bits(len(both))]
        return State(self.layout, tuple(blocks), tuple(live))

    def part(self, blocks: Sequence[Block]) -> "State":
        """The partners of some of its blocks."""
        live = tuple(live for block, live in zip(self.blocks, self.live, strict=True) if block in blocks)
        return State(self.layout, tuple(blocks), live, is_part=len(blocks) < len(self.blocks))

    def rows(self, relation: Relation) -> "BlockRows | None":
        """The rows of a relation; None where it is not kept."""
        return BlockRows(self, relation) if relation in self.layout.columns else None

    def everybody(self) -> Mask:
        """All partners."""
        return Mask(self.live)

    def nobody(self) -> Mask:
        """No partner."""
        return Mask(tuple(np.zeros_like(live) for live in self.live))

    def union(self, several: Iterable[Mask]) -> Mask:
        """Who is in any of these sets."""
        first, *others = [*several] or [self.nobody()]
        return reduce(or_, others, first)

    def set_of(self, ids: np.ndarray) -> Mask:
        """These partners, by ID in any order."""
        return Mask(tuple(block.bits_of(ids) for block in self.blocks))

    def count(self, partners: Mask) -> int:
        """How many partners a set has."""
        return sum(number_of(part & live) for part, live in zip(partners.parts, self.live, strict=True))

    def places(self, partners: Mask) -> Iterator[tuple[Block, Bools]]:
        """Block by block, which of its places they have."""
        for block, part, live in zip(self.blocks, partners.parts, self.live, strict=True):
            yield block, bools_of(part & live, len(block))

    def ids(self, partners: Mask) -> np.ndarray:
        """Their Partner IDs, in ascending order."""
        return np.sort(np.concatenate([block.ids[some] for block, some in self.places(partners)]))


@dataclass(frozen=True)
class BlockRows:
    """The rows of a relation in all blocks: what attributes ask (`segments.arrays.Rows`)."""

    state: State
    relation: Relation

    def values(self, column: ArrayColumn) -> Values | None:
        """What the rows have in a column; None where it is not kept."""
        is_id = self.relation == PARTNER and column == PARTNER_ID
        if not is_id and column not in self.state.layout.columns[self.relation]:
            return None
        is_sorted = is_id or column == self.state.layout.sorted_by(self.relation)
        is_own, blocks = self.relation == PARTNER, self.state.blocks
        if isinstance(column.encoding, Digests):
            sorted_indexes = tuple(block.sorted_indexes[column] for block in self._blocks)
            return WholeTexts((), column.encoding, sorted_indexes=sorted_indexes)
        kept = [block if is_own else block.rows[self.relation] for block in blocks]
        return Values(
            tuple(one.columns[column] for one in kept),
            column.encoding,
            is_sorted,
            tuple(one.indexes.get(column) for one in kept),
        )

    def names(self) -> "BlockNames | None":
        """Partners' names; None of other rows."""
        return BlockNames(self.state) if self.relation == PARTNER else None

    def all(self) -> Mask:
        """All rows."""
        if self.relation == PARTNER:
            return self.state.everybody()
        return Mask(tuple(rows.rows() for rows in self._blocks))

    def partners(self, rows: Mask) -> Mask:
        """The partners of these rows."""
        if self.relation == PARTNER:
            return rows
        parts = zip(self._blocks, rows.parts, strict=True)
        return Mask(tuple(block.met_by(part) for block, part in parts))

    def having(self, column: ArrayColumn, values: Sequence[int]) -> Mask | None:
        """The partners with a row with one of these values; None where it is not what rows are sorted by."""
        if self.relation == PARTNER or column != self.state.layout.sorted_by(self.relation):
            return None
        return Mask(tuple(block.having(values) for block in self._blocks))

    def owners(self) -> Mask:
        """The partners that have any."""
        if self.relation == PARTNER:
            return self.state.everybody()
        return Mask(tuple(block.owners for block in self._blocks))

    def counts(self, rows: Mask) -> Values:
        """How many of these rows each partner has."""
        parts = zip(self._blocks, rows.parts, strict=True)
        return Values(tuple(block.counts(part) for block, part in parts), PARTNER_ID.encoding)

    @property
    def _blocks(self) -> Iterator[RowBlock]:
        return (block.rows[self.relation] for block in self.state.blocks)


@dataclass(frozen=True)
class BlockNames:
    """The names of the partners in all blocks (`segments.arrays.Texts`)."""

    state: State

    def containing(self, text: str) -> Mask:
        """The partners whose folded name has this text in it."""
        return self._named([block.names.containing(text) for block in self.state.blocks])

    def starting_with(self, text: str) -> Mask:
        """The partners whose folded name starts with this text."""
        return self._named([block.names.starting_with(text) for block in self.state.blocks])

    def _named(self, found: Iterable[np.ndarray | slice]) -> Mask:
        """The partners at these places in the order of names."""
        blocks = zip(self.state.blocks, found, strict=True)
        return Mask(tuple(bits_at(block.by_name[places], len(block)) for block, places in blocks))
