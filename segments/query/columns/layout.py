"""What is kept in memory: the columns that the catalog's attributes ask about."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from partners.models import Partner
from segments.arrays import ArrayColumn, DayNumbers, Digests, Keys
from segments.attributes import Attribute, Relation
from segments.conditions import PARTNER
from segments.query.columns.rows import PADDED

PLACE_BYTES = 4
"""Of a row in a column that is kept by value."""
PARTNER_ID = ArrayColumn("pk", Keys())
JOINED = ArrayColumn("original_joined_date", DayNumbers())


@dataclass(frozen=True)
class Layout:
    """The columns of each relation, without the Partner ID that each of its rows has."""

    columns: dict[Relation, tuple[ArrayColumn, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, attributes: Iterable[Attribute]) -> "Layout":
        """What these attributes ask about, of relations whose changes are logged."""
        found: dict[Relation, dict[ArrayColumn, None]] = {PARTNER: {JOINED: None}}
        for attribute in attributes:
            relation = attribute.counts or attribute.relation
            if relation.logged:
                columns = found.setdefault(relation, {})
                if attribute.relation == relation and attribute.array not in (None, PARTNER_ID):
                    columns[attribute.array] = None
        return cls({relation: tuple(columns) for relation, columns in found.items()})

    @property
    def others(self) -> list[Relation]:
        """All relations but the partners themselves."""
        return [relation for relation in self.columns if relation.model is not Partner]

    def row_bytes(self, relation: Relation) -> int:
        """About the memory that a row takes: its columns, and eight bytes for its partner and the order."""
        times = 1 if relation == PARTNER or self.sorted_by(relation) else PADDED
        encodings = [column.encoding for column in self.columns[relation]]
        return 8 + sum(
            PLACE_BYTES + one.dtype.itemsize if isinstance(one, Digests) else times * one.dtype.itemsize
            for one in encodings
        )

    def sorted_by(self, relation: Relation) -> ArrayColumn | None:
        """The column by which its rows are sorted: the key, where they have nothing else.

        So the members of a group are beside each other. Other rows are sorted by partner, which is faster to
        put together with others of the same partner.
        """
        columns = self.columns[relation]
        return columns[0] if len(columns) == 1 and isinstance(columns[0].encoding, Keys) else None
