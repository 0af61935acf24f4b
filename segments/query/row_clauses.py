"""What a group asks of its partners' rows, for those who know which conditions each row meets."""

from collections.abc import Iterator
from dataclasses import dataclass

from segments.attributes import Relation
from segments.compiler import accept_absence, conditions_by_row
from segments.conditions import CATALOG
from segments.definition import Condition, Group


@dataclass(frozen=True, slots=True)
class RowClause:
    """Some row of the relation is as all conditions ask in their positive forms; or, if `absent`, there is
    no row at all. `negative`: the complement of it."""

    relation: Relation
    conditions: tuple[Condition, ...]
    absent: bool
    negative: bool


def row_clauses(group: Group) -> Iterator[RowClause]:
    """The clauses of a group, which all have to hold."""
    for conditions in map(tuple, conditions_by_row(group)):
        attribute = CATALOG[conditions[0].field]
        negative = attribute.operator(conditions[0].operator).negative
        yield RowClause(attribute.relation, conditions, accept_absence(conditions), negative)
