"""Which partners meet a condition, a group, a definition: sets, put together as the language says.

What no mask can be made of (an attribute that says only what SQL asks) is asked of the database: the ids that
it finds become a set.
"""

import time
from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from operator import and_
from typing import Any, cast

from django.db.models import Q

from partners.core.moment import Moment
from partners.models import Partner
from segments.arrays import ArrayColumn, Mask, Values
from segments.attributes import MAX_VALUES, Attribute, CountAttribute, Relation
from segments.compiler import clauses
from segments.conditions import CATALOG
from segments.definition import Condition, Definition, Group
from segments.nesting import definitions_at, trouble
from segments.operators import ANY_OF, ListOperator, Operator, overridden_together
from segments.predicates import AnyPredicate, Ids, conjunction_ids, members
from segments.query.columns.reading import read_ids
from segments.query.columns.state import BlockRows, State
from segments.query.row_clauses import RowClause, row_clauses

MAX_MET = 64
"""A definition has about so many clauses."""
MAX_KEPT_VALUES = 500
"""Questions with longer lists take more memory than their answers are worth."""


class Evaluator:
    """The partners of a state who meet what is asked at a moment."""

    def __init__(self, state: State, moment: Moment) -> None:
        """To be used within the snapshot that the state is of."""
        self.state, self._moment = state, moment
        self._met: dict[RowClause, Mask] = {}
        """Of the last clauses only: each set has a bit for each partner."""

    def of_definition(self, definition: Definition, and_also: Group | None = None) -> Mask:
        """As `segments.compiler.to_dnf`: nobody if a segment that it names is in trouble."""
        if trouble(definition, self._moment):
            return self.state.nobody()
        found = self._of_any(definition.any)
        if definition.excepted:
            found &= ~self._of_any(definition.excepted)
        return found & self.of_group(and_also) if and_also and and_also.all else found

    def of_group(self, group: Group) -> Mask:
        """Those who meet all of it."""
        return reduce(and_, map(self.of_clause, row_clauses(group)))

    def of_clause(self, clause: RowClause) -> Mask:
        """Those who meet conditions that are about one row, or the only condition of the clause."""
        if clause not in self._met:
            if len(self._met) >= MAX_MET:
                del self._met[next(iter(self._met))]
            positive = self._by_keys(replace(clause, negative=False))
            met = self._kept(positive) if _stays(positive) else self.of_positive(positive)
            self._met[clause] = ~met if clause.negative else met
        return self._met[clause]

    def of_positive(self, clause: RowClause) -> Mask:
        """Those who meet the clause as if it were not negative; worked out anew."""
        condition, attribute = clause.conditions[0], CATALOG[clause.conditions[0].field]
        if attribute.names_segments:
            named = definitions_at([int(key) for key in condition.items], self._moment).values()
            return self.state.union(self.of_definition(inner) for _name, inner in named if inner)
        if attribute.counts:
            return self._having(condition, attribute.counts) or self._by_sql(clause)
        met = self._some_row(clause) or self._by_sql(clause)
        if not clause.absent:
            return met
        rows = self.state.rows(clause.relation)
        return met | ~(rows.owners() if rows else self._by_sql(clause, any_row=True))

    def rows_meeting(
        self, conditions: Iterable[Condition], rows: BlockRows, *, as_asked: bool = False
    ) -> Mask | None:
        """The rows that meet all of these in their positive forms or, `as_asked`, as they are.

        None where one of the conditions has no mask.
        """
        found = None
        for condition in conditions:
            attribute = CATALOG[condition.field]
            operator = attribute.operator(condition.operator)
            met = _row_mask(attribute, operator, condition.value, rows, self._moment)
            if met is None:
                return None
            met = ~met if as_asked and operator.negative else met
            found = met if found is None else found & met
        return rows.all() if found is None else found

    def _by_keys(self, clause: RowClause) -> RowClause:
        """With lists of the rows in whose names a text is found: answers about those can be kept."""
        return replace(clause, conditions=tuple(map(self._condition_by_keys, clause.conditions)))

    def _condition_by_keys(self, condition: Condition) -> Condition:
        attribute = CATALOG[condition.field]
        if not overridden_together(attribute, "keys_of_text", "rows", "mask", "partners"):
            return condition
        found = attribute.keys_of_text(attribute.operator(condition.operator), condition.value, self._moment)
        is_list = found and ANY_OF in attribute.operators and len(found) <= MAX_VALUES
        return Condition(condition.field, ANY_OF.key, tuple(found)) if found and is_list else condition

    def _kept(self, clause: RowClause) -> Mask:
        """What was answered before, block by block: only those that are new are asked."""
        live = dict(zip(self.state.blocks, self.state.numbers, strict=True))
        found = {block: block.answers.get(clause, number) for block, number in live.items()}
        if new := [block for block, met in found.items() if met is None]:
            start = time.perf_counter()
            asked = Evaluator(self.state.part(new), self._moment).of_positive(clause)
            cost = time.perf_counter() - start
            for block, met in zip(new, asked.parts, strict=True):
                block.answers.put(clause, met, len(block), live[block], cost)
                found[block] = met
        return Mask(tuple(met for met in found.values() if met is not None))

    def _of_any(self, groups: Iterable[Group]) -> Mask:
        return self.state.union(map(self.of_group, groups))

    def _some_row(self, clause: RowClause) -> Mask | None:
        """The partners with a row that meets all conditions; None where one of them has no mask."""
        rows = self.state.rows(clause.relation)
        if rows is None:
            return None
        [condition, *more] = clause.conditions
        column = None if more else listed_column(condition)
        if column and (found := rows.having(column, condition.items)):
            return found
        met = self.rows_meeting(clause.conditions, rows)
        return rows.partners(met) if met else None

    def _having(self, condition: Condition, relation: Relation) -> Mask | None:
        """Those with so many rows that are within the condition's limits."""
        rows = self.state.rows(relation)
        some = self.rows_meeting(condition.where, rows, as_asked=True) if rows else None
        return mask_of_counts(condition, rows.counts(some)) if rows and some else None

    def _by_sql(self, clause: RowClause, *, any_row: bool = False) -> Mask:
        """Those with a row that meets all conditions or, with `any_row`, with any row of the relation."""
        [asked] = clauses(Group(clause.conditions), self._moment)
        predicate = asked.any_row if any_row else asked.some
        if predicate is None:
            return self.state.nobody()
        ids = self._ids(replace(predicate, negative=False))
        met = self.state.set_of(read_ids(ids))
        return ~met if predicate.negative else met

    def _ids(self, predicate: AnyPredicate) -> Ids:
        if not self.state.is_part:
            return conjunction_ids((predicate,))
        own = Q(pk__any_of=self.state.ids(self.state.everybody()).tolist())
        return members(Partner.objects.filter(own & predicate.to_q(correlated=True)), "pk")


def _row_mask(
    attribute: Attribute, operator: Operator, value: Any, rows: BlockRows, moment: Moment
) -> Mask | None:
    if attribute.fits_no_row(value):
        return ~rows.all()
    is_told = overridden_together(attribute, "mask", "rows", "partners")
    return attribute.mask(operator, value, rows, moment) if is_told else None


def mask_of_counts(condition: Condition, counts: Values) -> Mask | None:
    """Where a condition holds that counts rows, by how many there are; None where only SQL can tell."""
    attribute = cast("CountAttribute", CATALOG[condition.field])
    operator = attribute.operator(condition.operator)
    is_told = overridden_together(attribute, "mask_of_counts", "partners") and overridden_together(
        operator, "mask", "predicate", "having", "intervals"
    )
    return attribute.mask_of_counts(operator, counts, condition.value) if is_told else None


def listed_column(condition: Condition) -> ArrayColumn | None:
    """The column whose value has to be in the condition's list; None where it asks for anything else."""
    attribute = CATALOG[condition.field]
    is_list = type(attribute.operator(condition.operator)) is ListOperator
    is_told = is_list and overridden_together(attribute, "listed", "mask", "rows", "partners")
    return attribute.listed if is_told else None


def _stays(clause: RowClause) -> bool:
    """Whether the answer about a partner stays right until the partner changes."""
    values = sum(len(condition.items) for condition in clause.conditions)
    is_logged = clause.relation.logged and values <= MAX_KEPT_VALUES
    return is_logged and all(map(_asks_logged_rows_alone, clause.conditions))


def _asks_logged_rows_alone(condition: Condition) -> bool:
    attribute = CATALOG[condition.field]
    told = overridden_together(attribute, "asks_logged_rows_alone", "rows", "mask", "partners")
    return told and attribute.asks_logged_rows_alone(attribute.operator(condition.operator))
