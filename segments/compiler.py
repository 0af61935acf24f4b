"""From a definition to SQL: pure, no request, no query.

Never a join across a to-many path, `distinct()`, or `~Q(pk__in=subquery)`: the first two are slow and, with
a negative condition beside a positive one, wrong; the last falls off a cliff on PostgreSQL.
"""

from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Q, QuerySet

from partners.models import Partner
from segments.conditions import CATALOG
from segments.definition import Condition, Definition, Group
from segments.errors import DefinitionError
from segments.kinds import Relation
from segments.operators import Operator

NOBODY = Q(pk__in=[])


def compile_definition(definition: Definition) -> Q:
    """The condition on `Partner` that exactly the segment's partners meet; nobody does if it is broken."""
    try:
        sound = Definition.from_json(definition.to_json())
    except DefinitionError:
        return NOBODY
    groups = [compile_group(group) for group in sound.any]
    return groups[0] if len(groups) == 1 else Q(pk__in=_union(groups))


def compile_group(group: Group) -> Q:
    """All conditions of a group. Those that speak of one and the same row share one subquery."""
    alone: list[Q] = []
    together: dict[Relation, list[Condition]] = {}
    for condition in group.all:
        relation = CATALOG[condition.field].on
        if relation.one_row and group.contracts == "same" and not _operator(condition).negative:
            together.setdefault(relation, []).append(condition)
        else:
            alone.append(compile_condition(condition))
    return reduce(and_, [*(_some_row(*shared) for shared in together.items()), *alone])


def compile_condition(condition: Condition) -> Q:
    """One condition by itself. A negative one is the exact complement of its positive form."""
    kind = CATALOG[condition.field]
    operator = _operator(condition)
    if kind.on.partner is None:
        holds = kind.rows(operator, condition.value)
        return NOBODY if holds is None else ~holds if operator.negative else holds
    return _no_row(kind.on, condition) if operator.negative else _some_row(kind.on, [condition])


def _some_row(relation: Relation, conditions: list[Condition]) -> Q:
    """One row satisfies all these conditions; or there is no row, and each of them accepts that."""
    ways: list[Q] = []
    rows = [CATALOG[condition.field].rows(_operator(condition), condition.value) for condition in conditions]
    wanted = [row for row in rows if row is not None]
    if len(wanted) == len(rows):
        ways.append(Q(pk__in=relation.partners(reduce(and_, wanted))))
    if all(CATALOG[condition.field].accepts_absence(condition.value) for condition in conditions):
        ways.append(~Q(relation.exists()))
    return reduce(or_, ways) if ways else NOBODY


def _no_row(relation: Relation, condition: Condition) -> Q:
    """No row satisfies the positive form; where that form accepts that there is none, there is a row."""
    kind = CATALOG[condition.field]
    rows = kind.rows(_operator(condition), condition.value)
    parts = [] if rows is None else [~Q(relation.exists(rows))]
    if kind.accepts_absence(condition.value):
        parts.append(Q(relation.exists()))
    return reduce(and_, parts)


def _union(groups: list[Q]) -> QuerySet[Partner, Any]:
    """The ids that any group matches. An OR of subqueries in one WHERE would probe each for every partner."""
    first, *others = (Partner.objects.filter(group).order_by().values("pk") for group in groups)
    return first.union(*others)


def _operator(condition: Condition) -> Operator:
    return CATALOG[condition.field].operator(condition.operator)
