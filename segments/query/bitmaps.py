"""Count partners by bit pattern: bit i is set if the partner is in id set i. One query for all of them.

Whatever is made of these sets by and, or and not can then be counted without the database: it is the sum
over the patterns that satisfy it. Partners in no set are never read: pattern 0 is all partners less
the others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from partners.core.moment import Moment
from segments.compiler import Clause, clauses, conditions_by_row
from segments.definition import Condition, Group
from segments.predicates import EVERYBODY, AnyPredicate, Ids, conjunction_ids

PatternCounts = Mapping[int, int]
"""The number of partners by bit pattern; patterns without partners are left out."""
BITS_PER_WORD = 60
"""The number of bits in one integer of the database, which has 63 and a sign; more take several columns."""
MAX_BITS = 400
"""SQLite puts no more than 500 SELECTs together, and plans more of them for longer than anybody waits."""


@dataclass(frozen=True, slots=True)
class BitTest:
    """A clause as a test of a bit pattern: `some` is the bit of its rows, `none` that of any row at all."""

    some: int
    none: int
    negative: bool

    @property
    def bits(self) -> int:
        """All that it asks about."""
        return self.some | self.none

    def holds(self, pattern: int) -> bool:
        """Whether partners with this pattern meet the clause."""
        # (some row is like this, or there is none) xor negative
        met = bool(pattern & self.some) or bool(self.none and not pattern & self.none)
        return met is not self.negative


BitTests = tuple[BitTest, ...]
"""All of them hold."""


def all_hold(tests: BitTests, pattern: int) -> bool:
    """Whether partners with this pattern meet all of them."""
    return all(test.holds(pattern) for test in tests)


class BitIndex:
    """The predicates that some groups ask for, each with a bit of its own."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._bits: dict[AnyPredicate, int] = {}
        self._tests: dict[tuple[Condition, ...], BitTest] = {}

    def tests(self, group: Group) -> BitTests:
        """What a group asks for, as tests of bit patterns. The same conditions have the same bits."""
        found = []
        for conditions in map(tuple, conditions_by_row(group)):
            if conditions not in self._tests:
                [clause] = clauses(Group(conditions), self._moment)
                self._tests[conditions] = self._test(clause)
            found.append(self._tests[conditions])
        return tuple(found)

    def _test(self, clause: Clause) -> BitTest:
        some, negative = clause.some, clause.negative
        if some and some.negative:
            # Those who are in a set are read, never those who are not.
            some, negative = replace(some, negative=False), not negative
        return BitTest(
            some=self._bit(some) if some else 0,
            none=self._bit(clause.any_row) if clause.any_row else 0,
            negative=negative,
        )

    def _bit(self, fact: AnyPredicate) -> int:
        return self._bits.setdefault(fact, 1 << len(self._bits))

    @property
    def are_few(self) -> bool:
        """Whether they can be counted at all."""
        return len(self._bits) <= MAX_BITS

    def count(self, *, everybody: bool) -> PatternCounts:
        """The number of partners by pattern; with `everybody`, pattern 0 too. Only if they `are_few`."""
        return count_combinations([conjunction_ids((fact,)) for fact in self._bits], everybody=everybody)


def count_combinations(sets: Sequence[Ids], *, everybody: bool = False) -> PatternCounts:
    """How many partners are in which of these sets: the first has the lowest bit. One query.

    With `everybody` also how many are in none of them.
    """
    sql, params = _sql(sets, everybody=everybody)
    if not sql:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    found = {_joined(words): number for *words, number in rows if words[0] is not None}
    total = sum(number for first, *_rest, number in rows if first is None)
    return {**found, 0: total - sum(found.values())} if everybody else found


def _sql(sets: Sequence[Ids], *, everybody: bool) -> tuple[str, list[Any]]:
    """SQL with a row for each pattern: its words and the number of partners; NULL words: all partners."""
    words = range(max(1, -(-len(sets) // BITS_PER_WORD)))
    names = ", ".join(f"word_{word}" for word in words)
    selects: list[str] = []
    params: list[Any] = []
    for number, (sql, values) in _selects(sets):
        # Set `number` owns bit `number % BITS_PER_WORD` of one word and none of the others.
        bits = (1 << number % BITS_PER_WORD if number // BITS_PER_WORD == word else 0 for word in words)
        columns = ", ".join(f"{bit} AS word_{word}" for word, bit in enumerate(bits))
        selects.append(f"SELECT member, {columns} FROM ({sql}) AS rows_{number}")  # noqa: S608 - as in members.py
        params += values
    parts = []
    if selects:
        # SQLite has no BIT_OR. Each row has at most one bit, so the sum of the distinct ones is the same.
        both = "BIT_OR({0})" if connection.vendor == "postgresql" else "SUM(DISTINCT {0})"
        sums = ", ".join(f"{both.format(f'word_{word}')} AS word_{word}" for word in words)
        parts.append(
            f"SELECT {names}, COUNT(*) FROM (SELECT member, {sums} FROM ("  # noqa: S608 - see above
            f"{' UNION ALL '.join(selects)}) AS facts GROUP BY member) AS patterns GROUP BY {names}"
        )
    if everybody:
        # A row of its own in the same statement, so that the total is of the same moment as the patterns.
        sql, values = conjunction_ids(EVERYBODY).query.sql_with_params()
        nothing = ", ".join("NULL" for _word in words)
        parts.append(f"SELECT {nothing}, COUNT(*) FROM ({sql}) AS partners")  # noqa: S608 - see above
        params += values
    return " UNION ALL ".join(parts), params


def _selects(sets: Sequence[Ids]) -> Iterator[tuple[int, tuple[str, tuple[Any, ...]]]]:
    """For each set that may have somebody, its number, and how it is read."""
    for number, ids in enumerate(sets):
        try:
            yield number, ids.query.sql_with_params()
        except EmptyResultSet:
            continue


def _joined(words: Sequence[int]) -> int:
    return sum(int(word) << BITS_PER_WORD * number for number, word in enumerate(words))
