"""Partners who are in all of some definitions and in none of others, as one definition: where there is one.

“A and B and not C” is multiplied out into disjunctive normal form, as a definition has it: one conjunction of
clauses becomes one group. Conjunctions that can't be met, and those that others contain, are dropped on the
way (implication.py), or there would soon be too many. Not everything can be said: a bracket has no opposite.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from segments.analysis.findings import is_long
from segments.analysis.implication import Constraint, constraints, implied_by, is_satisfiable
from segments.compiler import conditions_by_row
from segments.conditions import CATALOG
from segments.definition import MAX_CONDITIONS, MAX_GROUPS, Condition, Contracts, Definition, Group

MAX_CONJUNCTIONS = 150
"""More conjunctions than this are not multiplied out: most would not fit into a definition."""


class InexpressibleError(Exception):
    """There is no such definition, or none that is found; says why in its user's words."""


def as_definition(within: Sequence[Definition], without: Sequence[Definition]) -> Definition:
    """A definition of the partners who are in each of `within` and in none of `without`."""
    if any(map(is_long, [*within, *without])):
        raise InexpressibleError(_("The segments have too many values."))
    known = _Known()
    # not (G1 or G2) = not G1 and not G2; not (a and b) = not a or not b
    denied = [group for definition in without for group in definition.any]
    choices = [[known.way(_clauses(group)) for group in definition.any] for definition in within]
    choices += [[known.way([clause.negated]) for clause in _clauses(group)] for group in denied]
    ways: list[_Way] = [()]
    # Each choice is a disjunction. Short ones first: they keep the product small.
    for several in sorted(choices, key=len):
        if len(ways) * len(several) > MAX_CONJUNCTIONS:
            raise _too_many()
        joined = [known.joined(way, more) for way in ways for more in several]
        ways = known.without_contained([way for way in joined if way])
    if not ways:
        raise InexpressibleError(_("Nobody can ever be in it."))
    if len(ways) > MAX_GROUPS:
        raise _too_many()
    return Definition(tuple(_group([known.clauses[number] for number in way]) for way in ways))


@dataclass(frozen=True)
class _Clause:
    """Conditions on one and the same row, or the complement of them (`is_denied`)."""

    conditions: tuple[Condition, ...]
    is_denied: bool = False

    @property
    def claim(self) -> Constraint:
        [claim] = constraints(Group(self.conditions))
        return claim.negated if self.is_denied else claim

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


_Way = tuple[int, ...]
"""A conjunction: the numbers of clauses that all hold."""


class _Known:
    """The clauses by number, and what was found out about some: the same few meet again and again."""

    def __init__(self) -> None:
        self.clauses: list[_Clause] = []
        self.numbers: dict[_Clause, int] = {}
        self.claims: list[Constraint] = []
        self._can_hold: dict[frozenset[int], bool] = {}
        self._follows: dict[tuple[int, frozenset[int]], bool] = {}

    def way(self, clauses: list[_Clause]) -> _Way:
        for clause in clauses:
            if clause not in self.numbers:
                self.numbers[clause] = len(self.clauses)
                self.clauses.append(clause)
                self.claims.append(clause.claim)
        return tuple(dict.fromkeys(self.numbers[clause] for clause in clauses))

    def joined(self, way: _Way, more: _Way) -> _Way:
        """Both conjunctions, without clauses that the others imply; () if it can't be met."""
        kept = list(dict.fromkeys([*way, *more]))
        if not all(self._may_hold(self._beside(number, kept)) for number in kept):
            return ()
        for number in kept[::-1]:
            others = [other for other in kept if other != number]
            if others and self._is_said_by(number, others):
                kept = others
        return tuple(kept)

    def without_contained(self, ways: list[_Way]) -> list[_Way]:
        """Without the conjunctions that imply another one: they add no partner to it."""
        kept = list(dict.fromkeys(ways))
        for way in kept[::-1]:
            others = [other for other in kept if other != way]
            if any(all(self._is_said_by(number, way) for number in other) for other in others):
                kept = others
        return kept

    def _beside(self, number: int, some: Sequence[int]) -> frozenset[int]:
        """Those on the same relation: no other can contradict or imply it."""
        model = self.claims[number].relation.model
        return frozenset(other for other in some if self.claims[other].relation.model is model)

    def _may_hold(self, some: frozenset[int]) -> bool:
        if some not in self._can_hold:
            self._can_hold[some] = is_satisfiable([self.claims[number] for number in sorted(some)])
        return self._can_hold[some]

    def _is_said_by(self, number: int, others: Sequence[int]) -> bool:
        key = number, self._beside(number, others)
        if key not in self._follows:
            said = [self.claims[other] for other in sorted(key[1])]
            self._follows[key] = implied_by([self.claims[number]], said)
        return self._follows[key]


def _group(way: list[_Clause]) -> Group:
    written = [clause.written() for clause in way]
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
    attribute = CATALOG[condition.field]
    asked = attribute.operator(condition.operator)
    for operator in attribute.operators:
        if type(operator) is type(asked) and operator.negative is not asked.negative:
            return replace(condition, operator=operator.key)
    raise InexpressibleError(_("“%s” has no opposite.") % asked.label)


def _too_many() -> InexpressibleError:
    return InexpressibleError(_("It would need too many groups."))
