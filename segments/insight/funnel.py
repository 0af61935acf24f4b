"""What each condition and each group does to a segment, in numbers. Each is the size of a segment.

They are asked for together, in one query: of a few conditions in one group as they are; of more by counting
the bit patterns of all that the conditions ask, of which every number is a sum (`segments.query.bitmaps`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from segments.analysis.finding import as_drawn
from segments.arrays import Mask
from segments.definition import Definition, Group
from segments.nesting import trouble
from segments.query.bitmaps import BitIndex, PatternCounts, all_hold
from segments.query.columns.evaluation import Evaluator
from segments.query.members import evaluator
from segments.query.sql import count_definitions

MAX_COUNTED_SINGLY = 4
"""Up to so many conditions in one group are counted one by one: these are few short counts."""


@dataclass(frozen=True)
class ConditionNumbers:
    """How many partners meet a condition alone; how many meet it and all that stand above it in its group;
    how many would be in the segment without it (None: no group would be left).

    Of an exception, the first two are how many of those who are in a group."""

    alone: int
    remain: int
    without: int | None


@dataclass(frozen=True)
class GroupNumbers:
    """How many partners a group has, how many of them the segment has through no other; its conditions, as it
    has them. Of an exception, how many it takes out of the groups, and how many of them no other one does."""

    size: int
    only: int
    conditions: tuple[ConditionNumbers, ...]


@dataclass(frozen=True)
class Funnel:
    """The numbers of each group, then of each exception; `too_slow`: counting them takes too long."""

    groups: tuple[GroupNumbers, ...] = ()
    too_slow: bool = False


def funnel(definition: Definition, moment: Moment, *, page: str = "") -> Funnel:
    """The numbers of a moment; `page` as in `time_limit`, with its SupersededError."""
    groups = [_GroupParts.of(group) for group in definition.groups]
    if trouble(definition, moment):
        return Funnel(tuple(group.nobody() for group in groups))
    few = len(groups) == 1 and len(groups[0].alone) <= MAX_COUNTED_SINGLY
    timeout_s, memory_mb = limits().funnel_timeout_s, limits().funnel_memory_mb
    try:
        with time_limit(seconds=timeout_s, memory_mb=memory_mb, page=page):
            if masks := evaluator(moment):
                return Funnel(_by_masks(groups, masks, many=len(definition.any)))
            return Funnel(_of_one_group(groups[0], moment)) if few else _of_all(definition, groups, moment)
    except TooSlowError:
        return Funnel(too_slow=True)


@dataclass(frozen=True)
class _GroupParts:
    """A group, and the shorter groups that its numbers are the sizes of: three for each condition.

    A group of one condition has none without it.
    """

    whole: Group
    alone: list[Group]
    remain: list[Group]
    without: list[Group]

    @classmethod
    def of(cls, group: Group) -> "_GroupParts":
        def only(some: Iterable[int]) -> Group:
            return replace(group, all=tuple(group.all[index] for index in some))

        drawn, indexes = as_drawn(group), range(len(group.all))
        return cls(
            group,
            alone=[only([index]) for index in indexes],
            remain=[only(drawn[: drawn.index(index) + 1]) for index in indexes],
            without=[only(other for other in indexes if other != index) for index in indexes]
            if len(indexes) > 1
            else [],
        )

    @property
    def all(self) -> list[Group]:
        return list(dict.fromkeys([self.whole, *self.alone, *self.remain, *self.without]))

    def nobody(self) -> GroupNumbers:
        """Its numbers where nobody is in the segment, whatever its conditions say."""
        return self.numbers(Counter(), 0, [0] * len(self.alone))

    def numbers(self, sizes: Mapping[Group, int], only: int, without: Iterable[int | None]) -> GroupNumbers:
        alone, remain = ([sizes[part] for part in parts] for parts in (self.alone, self.remain))
        each = (ConditionNumbers(*numbers) for numbers in zip(alone, remain, without, strict=True))
        return GroupNumbers(sizes[self.whole], only, tuple(each))


def _by_masks(groups: Sequence[_GroupParts], masks: Evaluator, *, many: int) -> tuple[GroupNumbers, ...]:
    """The numbers of so `many` groups and of the exceptions behind them, each counted from a mask."""
    wholes = [masks.of_group(group.whole) for group in groups]
    some, exceptions = wholes[:many], wholes[many:]
    inside, out = masks.state.union(some), masks.state.union(exceptions)

    def of_group(at: int) -> GroupNumbers:
        others = masks.state.union(some[:at] + some[at + 1 :])
        return _numbers(groups[at], masks, masks.state.everybody(), lambda met: (others | met) & ~out)

    def of_exception(at: int) -> GroupNumbers:
        others = masks.state.union(exceptions[:at] + exceptions[at + 1 :])
        return _numbers(groups[many + at], masks, inside, lambda met: inside & ~(others | met))

    found = [*map(of_group, range(many)), *map(of_exception, range(len(exceptions)))]
    if many == 1 and not groups[0].without:
        # Without its only condition there would be no group left.
        [only] = found[0].conditions
        found[0] = replace(found[0], conditions=(replace(only, without=None),))
    return tuple(found)


def _numbers(
    group: _GroupParts, masks: Evaluator, among: Mask, segment_with: Callable[[Mask], Mask]
) -> GroupNumbers:
    """Those of a group whose conditions are counted `among` some partners.

    `segment_with` makes of the partners of the group, or of another in its place, those of the segment.
    """
    count, parts = masks.state.count, {part: masks.of_group(part) for part in group.all}
    sizes = {part: count(among & met) for part, met in parts.items()}
    size, rest = (count(segment_with(met)) for met in (parts[group.whole], masks.state.nobody()))
    without = [count(segment_with(parts[part])) for part in group.without]
    return group.numbers(sizes, abs(size - rest), without or [rest])


def _of_one_group(group: _GroupParts, moment: Moment) -> tuple[GroupNumbers, ...]:
    definitions = [Definition((part,)) for part in group.all]
    sizes = dict(zip(group.all, count_definitions(definitions, moment), strict=True))
    without: list[int | None] = [sizes[part] for part in group.without]
    return (group.numbers(sizes, sizes[group.whole], without or [None]),)


def _of_all(definition: Definition, groups: Sequence[_GroupParts], moment: Moment) -> Funnel:
    """All numbers from one count of partners by bit pattern."""
    index = BitIndex(moment)
    counters = [_GroupCounter(group, index) for group in groups]
    if not index.are_few:
        return Funnel(too_slow=True)
    patterns = index.count(everybody=any(counter.may_hold_without_bits() for counter in counters))
    return Funnel(_from_patterns(patterns, counters, many=len(definition.any)))


def _from_patterns(
    patterns: PatternCounts, counters: Sequence["_GroupCounter"], *, many: int
) -> tuple[GroupNumbers, ...]:
    """The numbers of so `many` groups and of the exceptions behind them.

    Without one of several conditions of a group the segment grows by the partners in no group whom this
    condition alone keeps out. Without a group's only condition it shrinks by the partners who are in no other
    group. Of exceptions it is the other way round.
    """
    size, only = 0, [0] * len(counters)
    moved = [[0] * len(counter.parts.without) for counter in counters]
    in_a_group: dict[int, int] = {}
    for pattern, number in patterns.items():
        # All partners of one pattern meet the same conditions, so one look decides for all of them.
        states = [counter.state(pattern) for counter in counters]
        met = [at for at, (is_met, _near) in enumerate(states) if is_met]
        inside, out = [at for at in met if at < many], [at for at in met if at >= many]
        if inside:
            in_a_group[pattern] = number
        if inside and not out:
            size += number
        if inside and len(out or inside) == 1:
            only[(out or inside)[0]] += number
        if not out:
            for at in range(many, len(counters)) if inside else range(many):
                for condition in states[at][1]:
                    moved[at][condition] += number
    found = []
    for at, (counter, alone, moving) in enumerate(zip(counters, only, moved, strict=True)):
        if at < many:
            sizes, without = counter.sizes(patterns), [size + more for more in moving]
            last = size - alone if many > 1 else None
        else:
            sizes, without = counter.sizes(in_a_group), [size - more for more in moving]
            last = size + alone
        found.append(counter.parts.numbers(sizes, alone, without or [last]))
    return tuple(found)


class _GroupCounter:
    """What bit patterns mean for one group. Patterns that agree in the bits it tests are counted as one."""

    def __init__(self, parts: _GroupParts, index: BitIndex) -> None:
        self.parts = parts
        self.tests = {part: index.tests(part) for part in parts.all}
        self.bits = reduce(or_, (test.bits for tests in self.tests.values() for test in tests))
        self._states: dict[int, tuple[bool, list[int]]] = {}

    def may_hold_without_bits(self) -> bool:
        """Whether a part of it holds for pattern 0, the partners in none of the id sets."""
        return any(all_hold(tests, 0) for tests in self.tests.values())

    def state(self, pattern: int) -> tuple[bool, list[int]]:
        """Whether such partners are in the group; if not, without which one condition they would be."""
        own = pattern & self.bits
        if own not in self._states:
            is_in = all_hold(self.tests[self.parts.whole], own)
            near = [index for index, part in enumerate(self.parts.without) if all_hold(self.tests[part], own)]
            self._states[own] = is_in, [] if is_in else near
        return self._states[own]

    def sizes(self, patterns: PatternCounts) -> dict[Group, int]:
        """How many partners each part has."""
        own = Counter[int]()
        for pattern, number in patterns.items():
            own[pattern & self.bits] += number
        return {
            part: sum(number for pattern, number in own.items() if all_hold(tests, pattern))
            for part, tests in self.tests.items()
        }
