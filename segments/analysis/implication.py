"""What follows from a definition whatever the data: that nobody can meet it, that one part contains another.

Everything rests on `is_satisfiable`. It is False only where no data could ever meet all constraints; where
that can't be seen from the definition, it is True. So whatever is concluded here is true (sound), though not
all that is true is found (not complete). `A implies B` is `not is_satisfiable(A and not B)`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from partners.core.names import fold
from segments.attributes import Attribute, Relation
from segments.compiler import conditions_by_row
from segments.conditions import CATALOG
from segments.constraints import ANY_ROW, RowConstraint, ValueSet
from segments.definition import Condition, Definition, Group

MAX_CHOICES = 150
"""Exceptions whose conditions combine in more ways than this are not proved to leave nobody."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """The partner has a row satisfying `row` (or, if `absent`, no row at all); the opposite if `negative`."""

    relation: Relation
    row: RowConstraint | None
    """None: no row can satisfy it."""
    absent: bool = False
    negative: bool = False

    @property
    def negated(self) -> "Constraint":
        """What holds for exactly the other partners."""
        return replace(self, negative=not self.negative)


Constraints = Sequence[Constraint]
"""All of them hold."""


def constraints(group: Group) -> list[Constraint]:
    """What a group says, as constraints that all hold; none for a group without conditions."""
    return [
        _on_one_row([(CATALOG[one.field], one) for one in conditions])
        for conditions in conditions_by_row(group)
    ]


def _on_one_row(asked: list[tuple[Attribute, Condition]]) -> Constraint:
    first, condition = asked[0]
    return Constraint(
        first.relation,
        _all([_of_one_condition(attribute, one) for attribute, one in asked]),
        absent=all(attribute.matches_missing(one.value) for attribute, one in asked),
        negative=first.operator(condition.operator).negative,
    )


def _of_one_condition(attribute: Attribute, condition: Condition) -> RowConstraint | None:
    row = attribute.constraint(attribute.operator(condition.operator), condition.value)
    where = sorted({_in_order(_plain(one)) for one in condition.where})
    return row.limited(" ".join(where)) if row and where else row


def is_satisfiable(given: Constraints) -> bool:
    """Whether there might be a partner for whom all constraints hold.

    Rows of different relations don't restrict each other, so each relation is looked at alone.
    """
    relations = dict.fromkeys(constraint.relation for constraint in given)
    return all(
        _is_satisfiable_on(relation, [one for one in given if one.relation == relation])
        for relation in relations
    )


def implied_by(conclusions: Constraints, premises: Constraints) -> bool:
    """Whether all of `conclusions` certainly hold where `premises`, which are satisfiable, hold."""
    return all(one in premises or _is_implied(one, premises) for one in conclusions)


def _is_implied(conclusion: Constraint, premises: Constraints) -> bool:
    of_its_relation = [one for one in premises if one.relation == conclusion.relation]
    return not _is_satisfiable_on(conclusion.relation, [*of_its_relation, conclusion.negated])


def leaves_nobody(given: Constraints, exceptions: Sequence[Constraints]) -> bool:
    """Whether exceptions certainly take out everybody for whom `given`, which is satisfiable, holds.

    Who is in none of them misses a constraint of each: none of all ways to do so may be left.
    """
    if prod(map(len, exceptions)) > MAX_CHOICES:
        return any(implied_by(exception, given) for exception in exceptions)
    return not any(
        is_satisfiable([*given, *(constraint.negated for constraint in missed)])
        for missed in product(*exceptions)
    )


def have_nobody_in_common(some: Constraints, others: Constraints) -> bool:
    """Whether certainly no partner meets both."""
    return not is_satisfiable([*some, *others])


def canonical_form(definition: Definition) -> frozenset[Any]:
    """Equal for two definitions only if they always have the same partners; empty if they never have any.

    Groups that can't be met are dropped, those that another one contains, and those that exceptions take out;
    so are exceptions that take nobody out of what is left.
    """
    groups, excepted = _fewest_groups(definition.any), _fewest_groups(definition.excepted)
    groups = [group for group in groups if not leaves_nobody(group, excepted)]
    left_out = [one for one in excepted if not all(have_nobody_in_common(one, group) for group in groups)]
    form: set[Any] = {frozenset(map(_key, group)) for group in groups}
    if left_out:
        form.add(("except", frozenset(frozenset(map(_key, one)) for one in left_out)))
    return frozenset(form)


def _fewest_groups(groups: Iterable[Group]) -> list[list[Constraint]]:
    """What they say, in an order of its own, without those that can't be met or that another one contains."""
    said = sorted((_without_implied(constraints(group)) for group in groups), key=_keys)
    kept = [group for group in said if is_satisfiable(group)]
    # The last first: of groups that imply each other, the one that sorts first stays.
    for group in kept[::-1]:
        others = [other for other in kept if other is not group]
        if any(implied_by(other, group) for other in others):
            kept = others
    return kept


def says_the_same(one: Condition, other: Condition) -> bool:
    """Whether they say the same, but for the order of values, doubles, and letters of texts."""
    return bool(_plain(one) == _plain(other))


def _plain(condition: Condition) -> Any:
    value = fold(condition.value) if isinstance(condition.value, str) else frozenset(condition.items)
    return condition.field, condition.operator, value, frozenset(map(_plain, condition.where))


def _is_satisfiable_on(relation: Relation, given: Constraints) -> bool:
    """Satisfiable if every required row can exist without satisfying a forbidden one; or with no row at all.

    Rows of a to-many relation are independent of each other. On the partner's own row all required ones are
    one and the same row.
    """
    wanted = [constraint for constraint in given if not constraint.negative]
    refused = [constraint for constraint in given if constraint.negative]
    # A partner without any row meets all of them, unless one asks for a row: a positive one that doesn't
    # accept absence, or the negation of one that does.
    if relation.partner and all(one.absent for one in wanted) and not any(one.absent for one in refused):
        return True
    # Where none is wanted there is one all the same: the partner's own, or the one that a refused absence
    # asks for.
    rows = [constraint.row for constraint in wanted] or [ANY_ROW]
    if relation.partner is None:
        rows = [_all(rows)]
    # None forbids nothing: no row could be so anyway.
    forbidden = [constraint.row for constraint in refused if constraint.row is not None]
    return all(row is not None and _row_can_exist(relation, row, forbidden) for row in rows)


def _all(rows: list[RowConstraint | None]) -> RowConstraint | None:
    """All of these on one and the same row; None if no row can be one of them."""
    together = ANY_ROW
    for row in rows:
        if row is None:
            return None
        together &= row
    return together


def _row_can_exist(relation: Relation, row: RowConstraint, forbidden: list[RowConstraint]) -> bool:
    """Whether there might be a row that satisfies `row` and none of `forbidden`.

    Unit propagation: a forbidden row of which only one list is left to differ by takes its values out of what
    this row can have there. That may leave one list of another forbidden row, so it is repeated until nothing
    changes. A forbidden row with nothing left to differ by, or an empty list of values, is a contradiction.
    """
    if row.is_contradictory:
        return False
    among, left = dict(row.among), list(forbidden)
    narrowed = True
    while narrowed:
        narrowed = False
        for other in tuple(left):
            # What this row can differ by: a text that does not follow from its own, a list without some of
            # what it may have there. One such difference is enough.
            texts = [one for one in other.texts if not any(one.follows_from(two) for two in row.texts)]
            lists = [(path, values) for path, values in other.among if not _within(among, path, values)]
            if not texts and not lists:
                return False
            if not texts and len(lists) == 1:
                [(path, values)] = lists
                known = among.get(path) or _every_value_at(relation, path)
                left.remove(other)
                if known is None:
                    # Any number of values: the row can always take one that is not forbidden.
                    continue
                among[path] = known - values
                narrowed = True
                if not among[path]:
                    return False
    return True


def _within(among: dict[str, ValueSet], path: str, values: ValueSet) -> bool:
    return path in among and among[path] <= values


def _every_value_at(relation: Relation, path: str) -> ValueSet | None:
    attributes = (
        attribute
        for attribute in CATALOG.values()
        if attribute.relation == relation and attribute.path == path
    )
    return next(filter(None, (attribute.all_values() for attribute in attributes)), None)


def _without_implied(given: Constraints) -> list[Constraint]:
    """Drop constraints that the others imply; sort for a stable canonical form."""
    kept = sorted(_together(list(map(_canonical, given))), key=_key)
    for constraint in kept[::-1]:
        others = [other for other in kept if other is not constraint]
        if implied_by([constraint], others):
            kept = others
    return kept


def _canonical(one: Constraint) -> Constraint:
    """NOT IN (S) on a closed choice becomes IN (all - S); “not (no row)” becomes “any row”."""
    if one.row is None and one.absent:
        return Constraint(one.relation, ANY_ROW, negative=not one.negative)
    if one.negative and one.relation.partner is None and one.row and len(one.row.among) == 1:
        [(path, values)] = one.row.among
        if every := _every_value_at(one.relation, path):
            return Constraint(one.relation, RowConstraint(among=frozenset({(path, every - values)})))
    return one


def _together(given: list[Constraint]) -> Iterable[Constraint]:
    """Join the positive constraints on the partner's own row: they are about the same row."""
    own = [
        constraint for constraint in given if constraint.relation.partner is None and not constraint.negative
    ]
    yield from (constraint for constraint in given if constraint not in own)
    if own:
        yield Constraint(own[0].relation, _all([constraint.row for constraint in own]))


def _key(constraint: Constraint) -> Any:
    row = constraint.row or ANY_ROW
    return (
        constraint.relation.model._meta.label,
        constraint.negative,
        constraint.absent,
        constraint.row is None,
        tuple(sorted((path, tuple(sorted(values))) for path, values in row.among)),
        tuple(sorted((one.path, type(one).__name__, _in_order(one.value)) for one in row.texts)),
    )


def _in_order(value: Any) -> str:
    """Equal for equal values: sets are written down in any order."""
    if isinstance(value, frozenset):
        return str(sorted(map(str, value)))
    return str(tuple(map(_in_order, value)) if isinstance(value, tuple) else value)


def _keys(given: Constraints) -> Any:
    return [_key(constraint) for constraint in given]
