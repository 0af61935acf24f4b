"""What differs between two definitions, as written: pure, no query.

The order of groups, conditions and values is no difference, nor is a value given twice. Groups and conditions
are paired so that little has come, gone or changed.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from segments.compiler import conditions_by_row
from segments.definition import Condition, Contracts, Definition, Group

Written = tuple[str, str, frozenset[Hashable], frozenset[Hashable]]
"""A condition's field, operator and value, without what is no difference."""
Pair = tuple[int, int]
"""Places among the old and among the new ones."""
COME_OR_GONE, CHANGED, CHANGED_MORE = 200_000, 200_000, 300_000
"""What it costs that a condition came or went, has another value, or another operator too.

Two that came and went cost more than one that changed, so conditions on the same field are paired.
"""
OTHER_CONTRACTS = 100_000
MAX_LIKENESS = 1_000
"""At most this is added for values not in common: it only decides between pairs of otherwise equal cost."""
MAX_VALUES_COMPARED = 20_000
"""Definitions with more values than this are paired without comparing values that are not all the same."""


@dataclass(frozen=True, slots=True)
class GroupChange:
    """What came, went and changed in a group; its places before and after, None where it was not there.

    Places are those among its own: the groups, or the exceptions.
    """

    before: int | None
    after: int | None
    added: tuple[Condition, ...] = ()
    removed: tuple[Condition, ...] = ()
    changed: tuple[tuple[Condition, Condition], ...] = ()
    contracts: Contracts | None = None
    """On which contracts its conditions are, if that is new."""
    is_exception: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.contracts)


@dataclass(frozen=True, slots=True)
class DefinitionDiff:
    """The groups that differ; whether the rest, if any, is only written in another way."""

    groups: tuple[GroupChange, ...] = ()
    several: bool = False
    """Whether there was or is more than one group, so that places say something."""
    rewritten: bool = False
    """Whether nothing but the order differs, or what has no effect."""


def diff(old: Definition, new: Definition) -> DefinitionDiff:
    """What made the old one the new one."""
    found = [
        *_pairs_of_groups(old.any, new.any),
        *(replace(one, is_exception=True) for one in _pairs_of_groups(old.excepted, new.excepted)),
    ]
    changes = tuple(filter(None, found))
    return DefinitionDiff(changes, max(len(old.any), len(new.any)) > 1, rewritten=not changes and old != new)


def contracts_of(group: Group) -> Contracts:
    """On which contracts its conditions are; “same” where fewer than two could be on one."""
    together = conditions_by_row(replace(group, contracts="same"))
    return group.contracts if any(len(conditions) > 1 for conditions in together) else "same"


def as_written(condition: Condition) -> Written:
    """Equal for conditions that are no difference."""
    where = frozenset(map(as_written, condition.where))
    return condition.field, condition.operator, frozenset(condition.items), where


def _pairs_of_groups(old: Sequence[Group], new: Sequence[Group]) -> Iterable[GroupChange]:
    before, after = [_Sketch(group) for group in old], [_Sketch(group) for group in new]
    values = sum(one.number_of_values for one in (*before, *after))
    likeness = values <= MAX_VALUES_COMPARED
    costs: dict[Pair, tuple[int, int]] = {}
    for (row, one), (column, other) in product(enumerate(before), enumerate(after)):
        cost = one.cost(other, likeness=likeness)
        saved = one.alone + other.alone - cost
        if saved > 0:
            # By what a pair saves, not by its cost: else a small group that went and one that came would be
            # paired before large ones that changed a little. Of those that save as much, equal ones first.
            costs[row, column] = -saved, cost
    new_places = dict(_cheapest(costs))
    old_places = {column: row for row, column in new_places.items()}
    for row, one in enumerate(before):
        if row not in new_places:
            yield GroupChange(row + 1, None, removed=one.group.all, contracts=_if_any(one.contracts))
    for column, other in enumerate(after):
        if column in old_places:
            row = old_places[column]
            yield _change(before[row], row + 1, other, column + 1, likeness=likeness)
        else:
            yield GroupChange(None, column + 1, added=other.group.all, contracts=_if_any(other.contracts))


def _cheapest(costs: Mapping[Pair, tuple[int, int]] | Mapping[Pair, int]) -> list[Pair]:
    """Pairs by rising cost, each place in one at most.

    Greedy: their sum need not be the least. For edits that people make it nearly always is, and where it is
    not, the difference reads as well.
    """
    rows: set[int] = set()
    columns: set[int] = set()
    chosen: list[Pair] = []
    for row, column in sorted(costs, key=costs.__getitem__):
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            chosen.append((row, column))
    return chosen


def _if_any(contracts: Contracts) -> Contracts | None:
    return contracts if contracts == "any" else None


class _Sketch:
    """A group with what is needed to compare it with many others."""

    def __init__(self, group: Group) -> None:
        self.group, self.contracts = group, contracts_of(group)
        self.written = Counter(as_written(condition) for condition in group.all)
        self.alone = COME_OR_GONE * len(group.all)

    @property
    def number_of_values(self) -> int:
        return sum(len(one.items) for one in self.group.all)

    def cost(self, other: "_Sketch", *, likeness: bool) -> int:
        """What making this group the other one costs: an estimate by counting, without pairing conditions.

        Of the conditions that differ, as many as share their field have changed; the rest has come or gone.
        Groups with nothing in common cost extra, so that they come and go rather than change.
        """
        # Counters are multisets: - leaves what the other has not, & keeps as many as both have.
        mine, theirs = self.written - other.written, other.written - self.written
        # So many can be paired by field, and so many of the pairs have the same operator, too. What is not in
        # a pair, which takes one from either side, is alone.
        fields = (_fields(mine, 1) & _fields(theirs, 1)).total()
        operators = (_fields(mine, 2) & _fields(theirs, 2)).total()
        alone = mine.total() + theirs.total() - 2 * fields
        cost = COME_OR_GONE * alone + CHANGED * operators + CHANGED_MORE * (fields - operators)
        if not fields and mine.total() == len(self.group.all):
            return cost + OTHER_CONTRACTS
        cost += OTHER_CONTRACTS if self.contracts != other.contracts else 0
        return cost + (_unlikeness(self.group.all, other.group.all) if likeness else 0)


def _fields(written: "Counter[Written]", parts: int) -> "Counter[Hashable]":
    found: Counter[Hashable] = Counter()
    for condition, number in written.items():
        found[condition[:parts]] += number
    return found


def _change(one: _Sketch, before: int, other: _Sketch, after: int, *, likeness: bool) -> GroupChange:
    gone, came = _without(one.group.all, other.written), _without(other.group.all, one.written)
    changed: list[tuple[Condition, Condition]] = []
    # On the same field alone: a condition on another field is another condition, not a changed one.
    for field in dict.fromkeys(condition.field for condition in gone):
        olds = [condition for condition in gone if condition.field == field]
        news = [condition for condition in came if condition.field == field]
        changed += _paired(olds, news, likeness=likeness)
    return GroupChange(
        before,
        after,
        added=_rest(came, [new for _old, new in changed]),
        removed=_rest(gone, [old for old, _new in changed]),
        changed=tuple(changed),
        contracts=None if one.contracts == other.contracts else other.contracts,
    )


def _without(conditions: Iterable[Condition], written: "Counter[Written]") -> list[Condition]:
    """Those that are not among the written ones: a difference of multisets."""
    left, found = written.copy(), []
    for condition in conditions:
        if left[as_written(condition)]:
            left[as_written(condition)] -= 1
        else:
            found.append(condition)
    return found


def _rest(conditions: list[Condition], taken: list[Condition]) -> tuple[Condition, ...]:
    rest = list(conditions)
    for condition in taken:
        rest.remove(condition)
    return tuple(rest)


def _paired(
    olds: list[Condition], news: list[Condition], *, likeness: bool
) -> list[tuple[Condition, Condition]]:
    """As many pairs as possible: the same operator first, then the most values in common."""
    # Any two have a cost, so that taking the cheapest pair again and again leaves none of the fewer over.
    costs = {
        (row, column): _cost(old, new, likeness=likeness)
        for (row, old), (column, new) in product(enumerate(olds), enumerate(news))
    }
    return [(olds[row], news[column]) for row, column in sorted(_cheapest(costs))]


def _cost(one: Condition, other: Condition, *, likeness: bool) -> int:
    cost = CHANGED if one.operator == other.operator else CHANGED_MORE
    return cost + (_unlikeness([one], [other]) if likeness else 0)


def _unlikeness(some: Sequence[Condition], others: Sequence[Condition]) -> int:
    one, other = _values(some), _values(others)
    return MAX_LIKENESS - MAX_LIKENESS * len(one & other) // (len(one | other) or 1)


def _values(conditions: Iterable[Condition]) -> set[tuple[str, Hashable]]:
    return {(one.field, item) for one in conditions for item in one.items}
