"""From a definition to predicates (`segments.predicates`): no request, and no query about partners."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from operator import and_, or_

from django.db.models import Q

from partners.core.moment import Moment
from segments.attributes import Relation
from segments.conditions import CATALOG, PARTNER
from segments.definition import Condition, Definition, Group
from segments.nesting import definitions_at, trouble
from segments.operators import Operator
from segments.predicates import (
    ANY_ROW,
    NOBODY,
    AnyPredicate,
    Conjunction,
    Predicate,
    SetPredicate,
    dnf_to_q,
    set_of,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """What conditions on one and the same row ask; `negative`: the complement of it.

    The partner has `some` row that meets them (None: no row can), or, if `any_row` is given, no row at all.
    """

    relation: Relation
    some: AnyPredicate | None
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


def to_dnf(definition: Definition, moment: Moment, *, and_also: Group | None = None) -> list[Conjunction]:
    """The definition in disjunctive normal form: a list of conjunctions; [] for one without groups.

    With `and_also`, of those of its partners who meet this group too; one without conditions asks nothing.
    If a segment that it names is broken, gone or in a circle, nobody is left: never everybody.
    """
    if trouble(definition, moment):
        return []
    dnf = _merged(_groups_to_dnf(definition.any, moment))
    left_out = _left_out(_groups_to_dnf(definition.excepted, moment))
    dnf = [(*conjunction, *left_out) for conjunction in dnf]
    if not and_also or not and_also.all:
        return dnf
    return [(*one, *more) for one in dnf for more in group_to_dnf(and_also, moment)]


def _groups_to_dnf(groups: Iterable[Group], moment: Moment) -> list[Conjunction]:
    return [conjunction for group in groups for conjunction in group_to_dnf(group, moment)]


def _left_out(excepted: Sequence[Conjunction]) -> Conjunction:
    """What a partner meets who is in none of these: not (A or B) = not A and not B.

    Where each asks one thing, each is negated by itself; otherwise they are taken out as one set.
    """
    if all(len(conjunction) == 1 for conjunction in excepted):
        return tuple(_negated(one) for [one] in excepted)
    return (set_of(excepted, negative=True),)


def _negated(predicate: AnyPredicate) -> AnyPredicate:
    if isinstance(predicate, Predicate) and predicate.relation.partner is None:
        return Predicate(PARTNER, ~predicate.rows)
    return replace(predicate, negative=not predicate.negative)


def group_to_dnf(group: Group, moment: Moment) -> list[Conjunction]:
    """The group in disjunctive normal form: several conjunctions where “has no row” is an alternative.

    No definition has a group without conditions. It gives [], so it matches no partner (fails closed).
    """
    if not group.all:
        return []
    own: list[Q] = []
    predicates: list[AnyPredicate] = []
    or_absent: dict[Relation, list[AnyPredicate | None]] = {}
    for clause in clauses(group, moment):
        on, some = clause.relation, clause.some
        if isinstance(some, SetPredicate):
            predicates.append(replace(some, negative=some.negative is not clause.negative))
        elif on.partner is None:
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
    attribute, condition = CATALOG[conditions[0].field], conditions[0]
    relation, negative = attribute.relation, _operator(condition).negative
    if found := _partners(condition, moment):
        return Clause(relation, found, None, negative)
    rows = row_condition(conditions, moment)
    some = None if rows is None else Predicate(relation, rows, unique_per_partner=_are_once(conditions))
    any_row = Predicate(relation, ANY_ROW) if accept_absence(conditions) else None
    return Clause(relation, some, any_row, negative)


def row_condition(conditions: Iterable[Condition], moment: Moment) -> Q | None:
    """What one row is asked to meet all of these conditions, if positive; None where no row can."""
    asked = [_rows(one, moment) for one in conditions]
    wanted = [rows for rows in asked if rows is not None]
    return reduce(and_, wanted) if len(wanted) == len(asked) else None


def _partners(condition: Condition, moment: Moment) -> SetPredicate | None:
    """The partners who meet the positive form, where it asks for a set of partners and not for one row."""
    attribute = CATALOG[condition.field]
    if attribute.names_segments:
        named = definitions_at([int(key) for key in condition.items], moment).values()
        inner = [definition for _name, definition in named if definition]
        return set_of([one for definition in inner for one in to_dnf(definition, moment)])
    where = Q()
    for limit in condition.where:
        rows = _rows(limit, moment)
        met = NOBODY if rows is None else rows
        where &= ~met if _operator(limit).negative else met
    return attribute.partners(_operator(condition), condition.value, where, moment)


def _rows(condition: Condition, moment: Moment) -> Q | None:
    if found := _partners(condition, moment):
        return found.to_q(correlated=True)
    return CATALOG[condition.field].rows(_operator(condition), condition.value, moment)


def _with_or_without(asked: tuple[Relation, list[AnyPredicate | None]]) -> list[Conjunction]:
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
    alone = [
        one[0].rows
        for one in dnf
        if len(one) == 1 and isinstance(one[0], Predicate) and one[0].relation == PARTNER
    ]
    if len(alone) < 2:
        return dnf
    others = [
        one
        for one in dnf
        if len(one) > 1 or not (isinstance(one[0], Predicate) and one[0].relation == PARTNER)
    ]
    return [(Predicate(PARTNER, reduce(or_, alone)),), *others]


def conditions_by_row(group: Group) -> list[list[Condition]]:
    """The group's conditions, those on one and the same row together.

    Only positive ones can share a row: “no contract is …” is about all of them.
    """
    alone: list[list[Condition]] = []
    together: dict[Relation, list[Condition]] = {}
    for condition in group.all:
        if shares_row(condition, group):
            together.setdefault(CATALOG[condition.field].relation, []).append(condition)
        else:
            alone.append([condition])
    return [*together.values(), *alone]


def shares_row(condition: Condition, group: Group) -> bool:
    """Whether one row has to meet it and the others of the group that share one of the same relation."""
    is_of_one_row = CATALOG[condition.field].relation.one_row and group.contracts == "same"
    return is_of_one_row and not _operator(condition).negative


def accept_absence(conditions: Iterable[Condition]) -> bool:
    """Whether a partner without any row meets all of them, in their positive forms."""
    return all(CATALOG[one.field].matches_missing(one.value) for one in conditions)


def _are_once(conditions: list[Condition]) -> bool:
    return any(CATALOG[one.field].is_unique_per_partner(_operator(one), one.value) for one in conditions)


def _operator(condition: Condition) -> Operator:
    return CATALOG[condition.field].operator(condition.operator)
