"""Partners who are in all of some definitions and in none of others, as one definition: where there is one.

“A and B and not C” is multiplied out into disjunctive normal form, as a definition has it: one conjunction of
clauses becomes one group. Conjunctions that can't be met, and those that others contain, are dropped on the
way (implication.py), or there would soon be too many. What has no opposite, such as a bracket, becomes an
exception, and so does all of C where there would be too many groups. Not everything can be said all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from segments.analysis.findings import is_long
from segments.analysis.implication import (
    Constraint,
    constraints,
    have_nobody_in_common,
    implied_by,
    is_satisfiable,
    leaves_nobody,
)
from segments.compiler import conditions_by_row
from segments.conditions import CATALOG
from segments.definition import MAX_CONDITIONS, MAX_GROUPS, Condition, Contracts, Definition, Group

MAX_CONJUNCTIONS = 150
"""More conjunctions than this are not multiplied out: most would not fit into a definition."""


class InexpressibleError(Exception):
    """There is no such definition, or none that is found; says why in words for the user."""


def as_definition(within: Sequence[Definition], without: Sequence[Definition]) -> Definition:
    """A definition of the partners who are in each of `within` and in none of `without`.

    What can be turned around stands in its groups. Where that can't be said, it becomes exceptions as well.
    """
    if any(map(is_long, [*within, *without])):
        raise InexpressibleError(_("The segments have too many values."))
    try:
        return _as_definition(within, without, turned_around=True)
    except InexpressibleError:
        return _as_definition(within, without, turned_around=False)


def _as_definition(
    within: Sequence[Definition], without: Sequence[Definition], *, turned_around: bool
) -> Definition:
    table = _ClauseTable()
    choices = [[table.term(_clauses(group)) for group in definition.any] for definition in within]
    # not (G1 or G2) = not G1 and not G2
    denied = [group for one in without if not one.excepted for group in one.any]
    opposites = [group for group in denied if turned_around and _has_opposite(group)]
    excepted = [group for one in within for group in one.excepted]
    excepted += [group for group in denied if group not in opposites]
    choices += [table.denied(group) for group in opposites]
    # not (G and not E) = not G or E
    for definition in without:
        otherwise = [table.term(_clauses(group)) for group in definition.excepted]
        if otherwise:
            choices += [[*table.denied(group), *otherwise] for group in definition.any]
    terms: list[_Term] = [()]  # the empty conjunction, which always holds
    # Each choice is a disjunction. Short ones first: they keep the product small.
    for several in sorted(choices, key=len):
        if len(terms) * len(several) > MAX_CONJUNCTIONS:
            raise _too_many()
        products = [table.conjoin(term, more) for term in terms for more in several]
        terms = table.drop_absorbed([product for product in products if product])
    said = [constraints(group) for group in excepted]
    terms = [term for term in terms if not leaves_nobody(table.said(term), said)]
    if not terms:
        raise InexpressibleError(_("No partner can ever be in it."))
    left_out = [
        group
        for group, one in zip(excepted, said, strict=True)
        if not all(have_nobody_in_common(one, table.said(term)) for term in terms)
    ]
    if max(len(terms), len(left_out)) > MAX_GROUPS:
        raise _too_many()
    groups = tuple(_group([table.clauses[number] for number in term]) for term in terms)
    return Definition(groups, tuple(dict.fromkeys(left_out)))


@dataclass(frozen=True)
class _Clause:
    """Conditions on one and the same row, or the complement of them (`is_denied`)."""

    conditions: tuple[Condition, ...]
    is_denied: bool = False

    @property
    def constraint(self) -> Constraint:
        [constraint] = constraints(Group(self.conditions))
        return constraint.negated if self.is_denied else constraint

    @property
    def negated(self) -> "_Clause":
        return replace(self, is_denied=not self.is_denied)

    def written(self) -> tuple[Condition, ...]:
        """The conditions that say it, in one bracket if they are several."""
        if not self.is_denied:
            return self.conditions
        if len(self.conditions) > 1:
            raise InexpressibleError(_("Conditions on the same contract have no exact opposite."))
        return (_opposite(self.conditions[0]),)


def _clauses(group: Group) -> list[_Clause]:
    return [_Clause(tuple(conditions)) for conditions in conditions_by_row(group)]


def _has_opposite(group: Group) -> bool:
    """Whether each of its clauses can be turned around."""
    return all(len(conditions) == 1 and _complement(conditions[0]) for conditions in conditions_by_row(group))


_Term = tuple[int, ...]
"""A conjunction of the normal form, as the numbers of its clauses."""


class _ClauseTable:
    """The clauses by number, with a cache of proofs: the same few clauses meet again and again."""

    def __init__(self) -> None:
        self.clauses: list[_Clause] = []
        self.numbers: dict[_Clause, int] = {}
        self.constraints: list[Constraint] = []
        self._satisfiable: dict[frozenset[int], bool] = {}
        self._implied: dict[tuple[int, frozenset[int]], bool] = {}

    def term(self, clauses: list[_Clause]) -> _Term:
        for clause in clauses:
            if clause not in self.numbers:
                self.numbers[clause] = len(self.clauses)
                self.clauses.append(clause)
                self.constraints.append(clause.constraint)
        return tuple(dict.fromkeys(self.numbers[clause] for clause in clauses))

    def denied(self, group: Group) -> list[_Term]:
        """Who does not meet the group: not (a and b) = not a or not b."""
        return [self.term([clause.negated]) for clause in _clauses(group)]

    def said(self, term: _Term) -> list[Constraint]:
        return [self.constraints[number] for number in term]

    def conjoin(self, term: _Term, more: _Term) -> _Term:
        """Both conjunctions, without clauses that the others imply; () if it can't be met."""
        kept = list(dict.fromkeys([*term, *more]))
        # Clauses on different relations don't restrict each other: satisfiable if each relation's are.
        if not all(self._is_satisfiable(self._on_same_relation(number, kept)) for number in kept):
            return ()
        # The last first: of equivalent clauses, the one that was there before stays.
        for number in kept[::-1]:
            others = [other for other in kept if other != number]
            if others and self._is_implied(number, others):
                kept = others
        return tuple(kept)

    def drop_absorbed(self, terms: list[_Term]) -> list[_Term]:
        """Absorption, A or (A and B) = A: without the conjunctions that imply another one."""
        kept = list(dict.fromkeys(terms))
        # The last first, each against those still kept: of two that imply each other, the first stays.
        for term in kept[::-1]:
            others = [other for other in kept if other != term]
            if any(all(self._is_implied(number, term) for number in other) for other in others):
                kept = others
        return kept

    def _on_same_relation(self, number: int, some: Sequence[int]) -> frozenset[int]:
        """Those on the same relation: no others can contradict or imply it. Short keys let the caches hit."""
        model = self.constraints[number].relation.model
        return frozenset(other for other in some if self.constraints[other].relation.model is model)

    def _is_satisfiable(self, some: frozenset[int]) -> bool:
        if some not in self._satisfiable:
            self._satisfiable[some] = is_satisfiable([self.constraints[number] for number in sorted(some)])
        return self._satisfiable[some]

    def _is_implied(self, number: int, others: Sequence[int]) -> bool:
        key = number, self._on_same_relation(number, others)
        if key not in self._implied:
            premises = [self.constraints[other] for other in sorted(key[1])]
            self._implied[key] = implied_by([self.constraints[number]], premises)
        return self._implied[key]


def _group(term: list[_Clause]) -> Group:
    written = [clause.written() for clause in term]
    together = [conditions for conditions in written if _may_share_a_row(conditions[0])]
    if len(together) > 1 and any(len(conditions) > 1 for conditions in together):
        raise InexpressibleError(
            _(
                "One group can't ask for a contract that meets several conditions, "
                "and for another contract beside it."
            )
        )
    if sum(map(len, written)) > MAX_CONDITIONS:
        raise InexpressibleError(_("It would need more than %s conditions in a group.") % MAX_CONDITIONS)
    contracts: Contracts = "any" if len(together) > 1 else "same"
    return Group(sum(written, ()), contracts)


def _may_share_a_row(condition: Condition) -> bool:
    attribute = CATALOG[condition.field]
    return attribute.relation.one_row and not attribute.operator(condition.operator).negative


def _opposite(condition: Condition) -> Condition:
    """The exact complement."""
    if complement := _complement(condition):
        return replace(condition, operator=complement)
    asked = CATALOG[condition.field].operator(condition.operator)
    raise InexpressibleError(_("“%s” has no opposite.") % asked.label)


def _complement(condition: Condition) -> str:
    return CATALOG[condition.field].operator(condition.operator).complement


def _too_many() -> InexpressibleError:
    return InexpressibleError(_("It would need too many groups."))
