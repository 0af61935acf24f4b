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
from segments.moment import Moment
from segments.operators import Operator

NOBODY = Q(pk__in=[])
ANY_ROW = Q()


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate on one relation: EXISTS a row matching `rows`, or NOT EXISTS if `negative`.

    `unique_per_partner`: no partner has two such rows, so the ids read off them need no DISTINCT.
    """

    relation: Relation
    rows: Q
    negative: bool = False
    unique_per_partner: bool = False

    @property
    def can_anchor(self) -> bool:
        """Whether its partners can be read off its own rows, as ids without the table of partners."""
        return self.relation.partner is not None and not self.negative

    def to_q(self, key: str = "pk", *, correlated: bool = False) -> Q:
        """The condition on a row whose path to the partner's id is `key`.

        `correlated`: tested row by row, for a walk along an index that stops early; otherwise as a set.
        """
        if self.relation.partner is None:
            partners = Partner.objects.filter(self.rows).order_by().values("pk")
            return self.rows if key == "pk" else Q(**{f"{key}__in": partners})
        # NOT EXISTS, never NOT IN a subquery: PostgreSQL hashes NOT IN only while it fits into work_mem.
        if self.negative or correlated:
            found = Q(self.relation.exists(self.rows, key=key, correlated=correlated))
            return ~found if self.negative else found
        return Q(**{f"{key}__in": self.relation.partners(self.rows)})


Conjunction = tuple[Predicate, ...]
"""All of them hold."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What conditions on one and the same row ask; `negative`: the complement of it.

    The partner has `some` row that meets them (None: no row can), or, if `any_row` is given, no row at all.
    """

    relation: Relation
    some: Predicate | None
    any_row: Predicate | None
    negative: bool


def compile_definition(
    definition: Definition,
    moment: Moment | None = None,
    *,
    and_also: Group | None = None,
    correlated: bool = False,
) -> Q:
    """The condition on `Partner` that exactly the segment's partners meet.

    Asked of this moment; of now where none is given, which is for scripts: in the program it is passed on.
    With `and_also`, those of them who meet this group too. `correlated`: tested partner by partner, fast on a
    walk that ends soon; otherwise as a set.
    """
    dnf = to_dnf(definition, moment or Moment.now(), and_also=and_also)
    return dnf_to_q(dnf, correlated=correlated)


def dnf_to_q(dnf: Sequence[Conjunction], *, correlated: bool = False) -> Q:
    """The condition that at least one of the conjunctions holds; `correlated` as of `compile_definition`."""
    conditions = [conjunction_to_q(conjunction, correlated=correlated) for conjunction in dnf]
    if len(conditions) > 1 and not correlated:
        return Q(pk__in=_union(conditions))
    return reduce(or_, conditions) if conditions else NOBODY


def conjunction_to_q(predicates: Iterable[Predicate], key: str = "pk", *, correlated: bool = False) -> Q:
    """The condition that all these predicates hold."""
    return reduce(and_, (predicate.to_q(key, correlated=correlated) for predicate in predicates))


def to_dnf(definition: Definition, moment: Moment, *, and_also: Group | None = None) -> list[Conjunction]:
    """The definition in disjunctive normal form: a list of conjunctions; [] for one without groups.

    With `and_also`, of those of its partners who meet this group too; one without conditions asks nothing.
    """
    dnf = _merged([conjunction for group in definition.any for conjunction in group_to_dnf(group, moment)])
    if not and_also or not and_also.all:
        return dnf
    return [(*one, *more) for one in dnf for more in group_to_dnf(and_also, moment)]


def group_to_dnf(group: Group, moment: Moment) -> list[Conjunction]:
    """The group in disjunctive normal form: several conjunctions where “has no row” is an alternative.

    No definition has a group without conditions. It gives [], so it matches no partner (fails closed).
    """
    if not group.all:
        return []
    own: list[Q] = []
    predicates: list[Predicate] = []
    or_absent: dict[Relation, list[Predicate | None]] = {}
    for clause in clauses(group, moment):
        on, some = clause.relation, clause.some
        if on.partner is None:
            own.append(NOBODY if some is None else ~some.rows if clause.negative else some.rows)
        elif clause.negative:
            # not(A or no row) = not A and some row
            predicates += [clause.any_row] if clause.any_row else []
            predicates += [Predicate(on, some.rows, negative=True)] if some else []
        elif clause.any_row:
            or_absent.setdefault(on, []).append(some)
        else:
            predicates.append(some or Predicate(on, NOBODY))
    if own:
        # First, since the partner's own row is at hand: no look-up of other rows.
        predicates.insert(0, Predicate(PARTNER, reduce(and_, own)))
    # Each relation with an alternative doubles the number of conjunctions; there are few relations.
    return [(*predicates, *sum(chosen, ())) for chosen in product(*map(_with_or_without, or_absent.items()))]


def clauses(group: Group, moment: Moment) -> list[Clause]:
    """What a group asks for, as clauses that all have to hold; conditions on one row are one clause."""
    return [_clause(conditions, moment) for conditions in conditions_by_row(group)]


def _clause(conditions: list[Condition], moment: Moment) -> Clause:
    relation, rows = CATALOG[conditions[0].field].relation, row_condition(conditions, moment)
    some = None if rows is None else Predicate(relation, rows, unique_per_partner=_are_once(conditions))
    any_row = Predicate(relation, ANY_ROW) if accept_absence(conditions) else None
    return Clause(relation, some, any_row, _operator(conditions[0]).negative)


def row_condition(conditions: Iterable[Condition], moment: Moment) -> Q | None:
    """What one row is asked to meet all of these conditions, if positive; None where no row can."""
    asked = [CATALOG[one.field].rows(_operator(one), one.value, moment) for one in conditions]
    wanted = [rows for rows in asked if rows is not None]
    return reduce(and_, wanted) if len(wanted) == len(asked) else None


def _with_or_without(asked: tuple[Relation, list[Predicate | None]]) -> list[Conjunction]:
    """Expand “has no row OR has a matching row” into the two conjunctions it stands for.

    With several clauses: (none or A) and (none or B) = none or (A and B). A None among them asks for no row
    alone, which leaves only the first.
    """
    relation, predicates = asked
    met = tuple(predicate for predicate in predicates if predicate)
    absent = (Predicate(relation, ANY_ROW, negative=True),)
    return [absent, met] if len(met) == len(predicates) else [absent]


def _merged(dnf: list[Conjunction]) -> list[Conjunction]:
    """The same, with conjunctions on the partner's own row alone joined by OR: its table is read once."""
    alone = [one[0] for one in dnf if len(one) == 1 and one[0].relation == PARTNER]
    if len(alone) < 2:
        return dnf
    others = [one for one in dnf if len(one) > 1 or one[0].relation != PARTNER]
    return [(Predicate(PARTNER, reduce(or_, (predicate.rows for predicate in alone))),), *others]


def conditions_by_row(group: Group) -> list[list[Condition]]:
    """The group's conditions, those on one and the same row together.

    Only positive ones can share a row: “no contract is …” is about all of them.
    """
    alone: list[list[Condition]] = []
    together: dict[Relation, list[Condition]] = {}
    for condition in group.all:
        relation = CATALOG[condition.field].relation
        if relation.one_row and group.contracts == "same" and not _operator(condition).negative:
            together.setdefault(relation, []).append(condition)
        else:
            alone.append([condition])
    return [*together.values(), *alone]


def accept_absence(conditions: Iterable[Condition]) -> bool:
    """Whether a partner without any row meets all of them, in their positive forms."""
    return all(CATALOG[one.field].matches_missing(one.value) for one in conditions)


def _are_once(conditions: list[Condition]) -> bool:
    return any(CATALOG[one.field].is_unique_per_partner(_operator(one), one.value) for one in conditions)


def _union(conditions: list[Q]) -> QuerySet[Partner, Any]:
    """The ids that any meets. An OR of subqueries in one WHERE would probe each for every partner."""
    first, *others = (Partner.objects.filter(one).order_by().values("pk") for one in conditions)
    return first.union(*others)


def _operator(condition: Condition) -> Operator:
    return CATALOG[condition.field].operator(condition.operator)
