"""From a definition to SQL: pure, no request, no query.

Never a join across a to-many path, `distinct()` over partners, or `~Q(pk__in=subquery)`: the first two are
slow and, with a negative condition beside a positive one, wrong; the last falls off a cliff on PostgreSQL.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import and_, or_
from typing import Any

from django.db.models import Q, QuerySet

from partners.models import Partner
from segments.attributes import Relation
from segments.conditions import CATALOG, PARTNER
from segments.definition import Condition, Definition, Group
from segments.operators import Operator

NOBODY = Q(pk__in=[])
ANY_ROW = Q()


@dataclass(frozen=True, slots=True)
class Predicate:
    """One of a partner's rows meets this; if negative, none does. `once`: no partner has two such rows."""

    relation: Relation
    rows: Q
    negative: bool = False
    unique_per_partner: bool = False

    @property
    def can_anchor(self) -> bool:
        """Whether its partners can be read off its own rows."""
        return self.relation.partner is not None and not self.negative

    def to_q(self, key: str = "pk", *, correlated: bool = False) -> Q:
        """The condition on a row whose path to the partner's id is `key`.

        `probing`: asked row by row, for whoever walks an index and stops early; otherwise as sets.
        """
        if self.relation.partner is None:
            partners = Partner.objects.filter(self.rows).order_by().values("pk")
            return self.rows if key == "pk" else Q(**{f"{key}__in": partners})
        if self.negative or correlated:
            found = Q(self.relation.exists(self.rows, key=key, correlated=correlated))
            return ~found if self.negative else found
        return Q(**{f"{key}__in": self.relation.partners(self.rows)})


Conjunction = tuple[Predicate, ...]
"""All of them hold."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What conditions ask that speak of one and the same row; if negative, the opposite of it.

    Some row meets `rows` (None: no row can), or, where `absent`, there is none at all.
    """

    relation: Relation
    rows: Q | None
    absent: bool
    negative: bool
    unique_per_partner: bool


def compile_definition(definition: Definition) -> Q:
    """The condition on `Partner` that exactly the segment's partners meet."""
    return dnf_to_q(to_dnf(definition))


def dnf_to_q(several: Sequence[Conjunction]) -> Q:
    """The condition that all parts of one of these hold."""
    conditions = [conjunction_to_q(parts) for parts in several]
    if len(conditions) < 2:
        return conditions[0] if conditions else NOBODY
    return Q(pk__in=_union(conditions))


def conjunction_to_q(parts: Iterable[Predicate], key: str = "pk", *, correlated: bool = False) -> Q:
    """The condition that all these parts hold."""
    return reduce(and_, (part.to_q(key, correlated=correlated) for part in parts))


def to_dnf(definition: Definition) -> list[Conjunction]:
    """The ways to be in the segment: at least one a group."""
    return _merged([way for group in definition.any for way in group_to_dnf(group)])


def group_to_dnf(group: Group) -> list[Conjunction]:
    """The ways to be in a group: more than one where having no row at all is one of them.

    A group without conditions is in no definition; should one be asked about, nobody is in it.
    """
    if not group.all:
        return []
    own: list[Q] = []
    parts: list[Predicate] = []
    or_absent: dict[Relation, list[Predicate | None]] = {}
    for clause in clauses(group):
        on, rows = clause.relation, clause.rows
        if on.partner is None:
            own.append(NOBODY if rows is None else ~rows if clause.negative else rows)
        elif clause.negative:
            parts += [Predicate(on, ANY_ROW)] if clause.absent else []
            parts += [] if rows is None else [Predicate(on, rows, negative=True)]
        elif clause.absent:
            or_absent.setdefault(on, []).append(None if rows is None else Predicate(on, rows))
        else:
            parts.append(
                Predicate(on, NOBODY if rows is None else rows, unique_per_partner=clause.unique_per_partner)
            )
    if own:
        # First: what the partner's own row says costs no look-up of others.
        parts.insert(0, Predicate(PARTNER, reduce(and_, own)))
    return [(*parts, *sum(chosen, ())) for chosen in product(*map(_with_or_without, or_absent.items()))]


def clauses(group: Group) -> list[Clause]:
    """What a group asks for, all of which holds for whoever is in it."""
    return [
        Clause(
            relation=CATALOG[conditions[0].field].relation,
            rows=_rows(conditions),
            absent=_accept_absence(conditions),
            negative=_operator(conditions[0]).negative,
            unique_per_partner=_are_once(conditions),
        )
        for conditions in conditions_by_row(group)
    ]


def _with_or_without(asked: tuple[Relation, list[Predicate | None]]) -> list[Conjunction]:
    """No row at all; or, unless something asks for just that, rows that meet everything."""
    relation, parts = asked
    met = tuple(part for part in parts if part)
    absent = (Predicate(relation, ANY_ROW, negative=True),)
    return [absent, met] if len(met) == len(parts) else [absent]


def _merged(several: list[Conjunction]) -> list[Conjunction]:
    """The same ways; those that ask the partner alone are one, so that its table is read once."""
    alone = [parts[0] for parts in several if len(parts) == 1 and parts[0].relation == PARTNER]
    if len(alone) < 2:
        return several
    others = [parts for parts in several if len(parts) > 1 or parts[0].relation != PARTNER]
    return [(Predicate(PARTNER, reduce(or_, (part.rows for part in alone))),), *others]


def conditions_by_row(group: Group) -> list[list[Condition]]:
    """The group's conditions; those that speak of one and the same row together."""
    alone: list[list[Condition]] = []
    together: dict[Relation, list[Condition]] = {}
    for condition in group.all:
        relation = CATALOG[condition.field].relation
        if relation.one_row and group.contracts == "same" and not _operator(condition).negative:
            together.setdefault(relation, []).append(condition)
        else:
            alone.append([condition])
    return [*together.values(), *alone]


def _rows(conditions: list[Condition]) -> Q | None:
    """What one row is asked to meet all of them; None where no row can."""
    asked = [CATALOG[one.field].rows(_operator(one), one.value) for one in conditions]
    wanted = [rows for rows in asked if rows is not None]
    return reduce(and_, wanted) if len(wanted) == len(asked) else None


def _accept_absence(conditions: list[Condition]) -> bool:
    return all(CATALOG[one.field].matches_missing(one.value) for one in conditions)


def _are_once(conditions: list[Condition]) -> bool:
    return any(CATALOG[one.field].is_unique_per_partner(_operator(one), one.value) for one in conditions)


def _union(conditions: list[Q]) -> QuerySet[Partner, Any]:
    """The ids that any meets. An OR of subqueries in one WHERE would probe each for every partner."""
    first, *others = (Partner.objects.filter(one).order_by().values("pk") for one in conditions)
    return first.union(*others)


def _operator(condition: Condition) -> Operator:
    return CATALOG[condition.field].operator(condition.operator)
