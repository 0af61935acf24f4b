"""What follows from a definition whatever the data: that nobody can meet it, that one part contains another.

Everything rests on `is_satisfiable`. It is False only where no data could ever meet all constraints; where
that can't be seen from the definition, it is True. So whatever is concluded here is true (sound), though not
all that is true is found (not complete). `A implies B` is `not is_satisfiable(A and not B)`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from partners.core.names import fold
from segments.attributes import Attribute, Relation
from segments.compiler import conditions_by_row
from segments.conditions import CATALOG
from segments.constraints import ANY_ROW, RowConstraint, Values
from segments.definition import Condition, Definition, Group


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
        _claim([(CATALOG[one.field], one) for one in conditions]) for conditions in conditions_by_row(group)
    ]


def _claim(asked: list[tuple[Attribute, Condition]]) -> Constraint:
    first, condition = asked[0]
    return Constraint(
        first.relation,
        _all([attribute.constraint(attribute.operator(one.operator), one.value) for attribute, one in asked]),
        absent=all(attribute.matches_missing(one.value) for attribute, one in asked),
        negative=first.operator(condition.operator).negative,
    )


def is_satisfiable(said: Constraints) -> bool:
    """Whether there might be a partner for whom all constraints hold.

    Rows of different relations don't restrict each other, so each relation is looked at alone.
    """
    relations = dict.fromkeys(claim.relation for claim in said)
    return all(
        _is_satisfiable_on(relation, [one for one in said if one.relation == relation])
        for relation in relations
    )


def implied_by(said: Constraints, from_these: Constraints) -> bool:
    """Whether all of `said` certainly holds where `from_these`, which are satisfiable, hold."""
    return all(claim in from_these or _follows(claim, from_these) for claim in said)


def _follows(claim: Constraint, from_these: Constraints) -> bool:
    of_its_relation = [one for one in from_these if one.relation == claim.relation]
    return not _is_satisfiable_on(claim.relation, [*of_its_relation, claim.negated])


def canonical_form(definition: Definition) -> frozenset[Any]:
    """Equal for two definitions only if they always have the same partners; empty if they never have any.

    Groups that can't be met are dropped, and groups that another one contains.
    """
    groups = sorted((_without_implied(constraints(group)) for group in definition.any), key=_keys)
    kept = [group for group in groups if is_satisfiable(group)]
    for group in kept[::-1]:
        others = [other for other in kept if other is not group]
        if any(implied_by(other, group) for other in others):
            kept = others
    return frozenset(frozenset(map(_key, group)) for group in kept)


def says_the_same(one: Condition, other: Condition) -> bool:
    """Whether they say the same, but for the order of values, doubles, and letters of texts."""
    return (one.field, one.operator, _plain(one)) == (other.field, other.operator, _plain(other))


def _plain(condition: Condition) -> Any:
    return fold(condition.value) if isinstance(condition.value, str) else frozenset(condition.value)


def _is_satisfiable_on(relation: Relation, said: Constraints) -> bool:
    """Satisfiable if every required row can exist without satisfying a forbidden one; or with no row at all.

    Rows of a to-many relation are independent of each other. On the partner's own row all required ones are
    one and the same row.
    """
    wanted = [claim for claim in said if not claim.negative]
    refused = [claim for claim in said if claim.negative]
    if relation.partner and all(one.absent for one in wanted) and not any(one.absent for one in refused):
        return True
    rows = [claim.row for claim in wanted] or [ANY_ROW]
    if relation.partner is None:
        rows = [_all(rows)]
    forbidden = [claim.row for claim in refused if claim.row is not None]
    return all(row is not None and _can_be(relation, row, forbidden) for row in rows)


def _all(rows: list[RowConstraint | None]) -> RowConstraint | None:
    """All of these on one and the same row; None if no row can be one of them."""
    together = ANY_ROW
    for row in rows:
        if row is None:
            return None
        together &= row
    return together


def _can_be(relation: Relation, row: RowConstraint, forbidden: list[RowConstraint]) -> bool:
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


def _within(among: dict[str, Values], path: str, values: Values) -> bool:
    return path in among and among[path] <= values


def _every_value_at(relation: Relation, path: str) -> Values | None:
    attributes = (
        attribute
        for attribute in CATALOG.values()
        if attribute.relation == relation and attribute.path == path
    )
    return next(filter(None, (attribute.all_values() for attribute in attributes)), None)


def _without_implied(said: Constraints) -> list[Constraint]:
    """Drop constraints that the others imply; sort for a stable canonical form."""
    kept = sorted(_together(list(map(_canonical, said))), key=_key)
    for claim in kept[::-1]:
        others = [other for other in kept if other is not claim]
        if implied_by([claim], others):
            kept = others
    return kept


def _canonical(claim: Constraint) -> Constraint:
    """NOT IN (S) on a closed choice becomes IN (all - S); “not (no row)” becomes “any row”."""
    if claim.row is None and claim.absent:
        return Constraint(claim.relation, ANY_ROW, negative=not claim.negative)
    if claim.negative and claim.relation.partner is None and claim.row and len(claim.row.among) == 1:
        [(path, values)] = claim.row.among
        if every := _every_value_at(claim.relation, path):
            return Constraint(claim.relation, RowConstraint(among=frozenset({(path, every - values)})))
    return claim


def _together(said: list[Constraint]) -> Iterable[Constraint]:
    """Join the positive constraints on the partner's own row: they speak of the same row."""
    own = [claim for claim in said if claim.relation.partner is None and not claim.negative]
    yield from (claim for claim in said if claim not in own)
    if own:
        yield Constraint(own[0].relation, _all([claim.row for claim in own]))


def _key(claim: Constraint) -> Any:
    row = claim.row or ANY_ROW
    return (
        claim.relation.model._meta.label,
        claim.negative,
        claim.absent,
        claim.row is None,
        tuple(sorted((path, tuple(sorted(values))) for path, values in row.among)),
        tuple(sorted((one.path, type(one).__name__, str(one.value)) for one in row.texts)),
    )


def _keys(said: Constraints) -> Any:
    return [_key(claim) for claim in said]
