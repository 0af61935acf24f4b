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
class Part:
    """One of a partner's rows meets this; if negative, none does. `once`: no partner has two such rows."""

    on: Relation
    rows: Q
    negative: bool = False
    once: bool = False

    @property
    def finds(self) -> bool:
        """Whether its partners can be read off its own rows."""
        return self.on.partner is not None and not self.negative

    def holds(self, key: str = "pk", *, probing: bool = False) -> Q:
        """The condition on a row whose path to the partner's id is `key`.

        `probing`: asked row by row, for whoever walks an index and stops early; otherwise as sets.
        """
        if self.on.partner is None:
            partners = Partner.objects.filter(self.rows).order_by().values("pk")
            return self.rows if key == "pk" else Q(**{f"{key}__in": partners})
        if self.negative or probing:
            found = Q(self.on.exists(self.rows, key=key, probing=probing))
            return ~found if self.negative else found
        return Q(**{f"{key}__in": self.on.partners(self.rows)})


Parts = tuple[Part, ...]
"""All of them hold."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What conditions ask that speak of one and the same row; if negative, the opposite of it.

    Some row meets `rows` (None: no row can), or, where `absent`, there is none at all.
    """

    on: Relation
    rows: Q | None
    absent: bool
    negative: bool
    once: bool


def compile_definition(definition: Definition) -> Q:
    """The condition on `Partner` that exactly the segment's partners meet."""
    return any_holds(ways(definition))


def any_holds(several: Sequence[Parts]) -> Q:
    """The condition that all parts of one of these hold."""
    conditions = [all_hold(parts) for parts in several]
    if len(conditions) < 2:
        return conditions[0] if conditions else NOBODY
    return Q(pk__in=_union(conditions))


def all_hold(parts: Iterable[Part], key: str = "pk", *, probing: bool = False) -> Q:
    """The condition that all these parts hold."""
    return reduce(and_, (part.holds(key, probing=probing) for part in parts))


def ways(definition: Definition) -> list[Parts]:
    """The ways to be in the segment: at least one a group."""
    return _merged([way for group in definition.any for way in ways_of(group)])


def ways_of(group: Group) -> list[Parts]:
    """The ways to be in a group: more than one where having no row at all is one of them.

    A group without conditions is in no definition; should one be asked about, nobody is in it.
    """
    if not group.all:
        return []
    own: list[Q] = []
    parts: list[Part] = []
    or_absent: dict[Relation, list[Part | None]] = {}
    for clause in clauses(group):
        on, rows = clause.on, clause.rows
        if on.partner is None:
            own.append(NOBODY if rows is None else ~rows if clause.negative else rows)
        elif clause.negative:
            parts += [Part(on, ANY_ROW)] if clause.absent else []
            parts += [] if rows is None else [Part(on, rows, negative=True)]
        elif clause.absent:
            or_absent.setdefault(on, []).append(None if rows is None else Part(on, rows))
        else:
            parts.append(Part(on, NOBODY if rows is None else rows, once=clause.once))
    if own:
        # First: what the partner's own row says costs no look-up of others.
        parts.insert(0, Part(PARTNER, reduce(and_, own)))
    return [(*parts, *sum(chosen, ())) for chosen in product(*map(_with_or_without, or_absent.items()))]


def clauses(group: Group) -> list[Clause]:
    """What a group asks for, all of which holds for whoever is in it."""
    return [
        Clause(
            on=CATALOG[conditions[0].field].on,
            rows=_rows(conditions),
            absent=_accept_absence(conditions),
            negative=_operator(conditions[0]).negative,
            once=_are_once(conditions),
        )
        for conditions in on_one_row(group)
    ]


def _with_or_without(asked: tuple[Relation, list[Part | None]]) -> list[Parts]:
    """No row at all; or, unless something asks for just that, rows that meet everything."""
    relation, parts = asked
    met = tuple(part for part in parts if part)
    absent = (Part(relation, ANY_ROW, negative=True),)
    return [absent, met] if len(met) == len(parts) else [absent]


def _merged(several: list[Parts]) -> list[Parts]:
    """The same ways; those that ask the partner alone are one, so that its table is read once."""
    alone = [parts[0] for parts in several if len(parts) == 1 and parts[0].on == PARTNER]
    if len(alone) < 2:
        return several
    others = [parts for parts in several if len(parts) > 1 or parts[0].on != PARTNER]
    return [(Part(PARTNER, reduce(or_, (part.rows for part in alone))),), *others]


def on_one_row(group: Group) -> list[list[Condition]]:
    """The group's conditions; those that speak of one and the same row together."""
    alone: list[list[Condition]] = []
    together: dict[Relation, list[Condition]] = {}
    for condition in group.all:
        relation = CATALOG[condition.field].on
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
    return all(CATALOG[one.field].accepts_absence(one.value) for one in conditions)


def _are_once(conditions: list[Condition]) -> bool:
    return any(CATALOG[one.field].is_once(_operator(one), one.value) for one in conditions)


def _union(conditions: list[Q]) -> QuerySet[Partner, Any]:
    """The ids that any meets. An OR of subqueries in one WHERE would probe each for every partner."""
    first, *others = (Partner.objects.filter(one).order_by().values("pk") for one in conditions)
    return first.union(*others)


def _operator(condition: Condition) -> Operator:
    return CATALOG[condition.field].operator(condition.operator)
