"""The partners of a segment: how many, all their ids, and a page of them.

One set of predicates (compiler.py) in three shapes, each the fastest for what it answers:

- ids are read off the rows of contracts and memberships; the table of partners is only asked for what it
  alone has;
- a count adds and subtracts sets: who is not in a group are all partners less those who are;
- a page of few partners is found first and sorted then, a page of many is met on a walk in order.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, reduce
from operator import or_
from typing import Any, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q, QuerySet

from partners.core.lookups import InMaterialized  # noqa: F401 - registers `__in_materialized`
from partners.models import Partner
from segments import compiler
from segments.compiler import ANY_ROW, NOBODY, Conjunction, Predicate, conjunction_to_q, dnf_to_q
from segments.definition import Definition, Group
from segments.query.keyset import BY_NAME, Cursor, Ordering

SORT_FIRST_BELOW = 5_000
"""Up to here a segment's partners are found first and sorted then; more are met soon on a walk."""
SAMPLE_EVERY = 97
"""An estimate looks at one partner in so many: a prime, which no way of giving out IDs is in step with."""
MAX_CONJUNCTIONS = 40
"""Beyond this many sets, adding and subtracting them is no gain."""
EVERYBODY: Conjunction = ()
Ids = QuerySet[Any, Any]
Details = Callable[[QuerySet[Partner]], QuerySet[Partner]] | None
"""What a page fetches besides the partners."""


class SegmentQuery:
    """The partners of a definition at this moment."""

    def __init__(self, definition: Definition, *, and_also: Group | None = None) -> None:
        """`also` has to hold besides: sound conditions, or None."""
        self.ways = compiler.to_dnf(definition)
        if and_also and and_also.all:
            self.ways = [(*parts, *more) for parts in self.ways for more in compiler.group_to_dnf(and_also)]

    def ids(self) -> Ids:
        """Their ids, each once."""
        if len(self.ways) != 1:
            return _dnf_ids(self.ways)
        [parts] = self.ways
        return conjunction_ids(parts) if _is_once(parts) else conjunction_ids(parts).distinct()

    def condition(self, *, correlated: bool = False) -> Q:
        """What exactly they meet, to be combined with other conditions on partners.

        `probing`: partner by partner, which is fast for many on a walk that ends soon; otherwise as a set.
        """
        return correlated_q(self.ways) if correlated else dnf_to_q(self.ways)

    def condition_for(self, number: int) -> Q:
        """The same, for a page of a list, when they are about so many."""
        return (
            Q(pk__in_materialized=self.ids())
            if number < SORT_FIRST_BELOW
            else self.condition(correlated=True)
        )

    @cached_property
    def count(self) -> int:
        """How many they are."""
        [number] = _evaluate([_signed_terms(self.ways)])
        return number

    def count_of_all(self) -> tuple[int, int]:
        """How many they are, and how many partners there are; both of the same moment."""
        self.count, everybody = _evaluate([_signed_terms(self.ways), [(1, [EVERYBODY])]])
        return self.count, everybody

    def page(
        self, length: int, *, order: Ordering = BY_NAME, at: Cursor | None = None, details: Details = None
    ) -> list[Partner]:
        """So many of them in this order, the first or those next to a place."""
        if not self.count:
            return []
        partners = Partner.objects.filter(self.condition_for(self.count))
        return order.page(details(partners) if details else partners, length, at)

    def estimate(self) -> int:
        """About how many they are: those among every so many-th partner, times so many."""
        sample = Partner.objects.annotate(rest=F("pk") % SAMPLE_EVERY).filter(rest=0)
        return sample.filter(self.condition(correlated=True)).order_by().count() * SAMPLE_EVERY


def count_definitions(definitions: Sequence[Definition]) -> list[int]:
    """How many partners each of them has; all of the same moment, in one query."""
    return _evaluate([_signed_terms(compiler.to_dnf(definition)) for definition in definitions])


def correlated_q(ways: Sequence[Conjunction]) -> Q:
    """The condition that all parts of one of these hold, asked partner by partner."""
    return reduce(or_, (conjunction_to_q(parts, correlated=True) for parts in ways), NOBODY)


def conjunction_ids(parts: Conjunction) -> Ids:
    """The ids of those for whom all parts hold, read off the rows of one part; some more than once."""
    finding = sorted(
        (part for part in parts if part.can_anchor), key=lambda part: not part.unique_per_partner
    )
    if not finding:
        partners = Partner.objects.filter(conjunction_to_q(parts)) if parts else Partner.objects.all()
        return _members(partners, "pk")
    anchor, key = finding[0], f"{finding[0].relation.partner}_id"
    rest = [part for part in parts if part is not anchor]
    rows = cast("Any", anchor.relation.model)._default_manager.filter(anchor.rows)
    return _members(rows.filter(conjunction_to_q(rest, key)) if rest else rows, key)


def _members(rows: QuerySet[Any], key: str) -> Ids:
    ids: Ids = rows.order_by().annotate(member=F(key)).values_list("member", flat=True)
    return ids


def _dnf_ids(ways: Sequence[Conjunction], *, repeated: bool = False) -> Ids:
    if not ways:
        return _members(Partner.objects.none(), "pk")
    first, *others = map(conjunction_ids, ways)
    return first.union(*others, all=repeated) if others else first


def _is_once(parts: Conjunction) -> bool:
    """Whether their ids are there once."""
    return not any(part.can_anchor for part in parts) or any(
        part.can_anchor and part.unique_per_partner for part in parts
    )


SignedTerms = list[tuple[int, list[Conjunction]]]
"""Signed sets, each the partners in any of some ways."""


def _signed_terms(ways: list[Conjunction]) -> SignedTerms:
    """Sets whose sizes add up to the number of partners in any of these ways.

    Not(B) or R, where B is read off an index, is everybody less B, and then those of B who are in R. Those
    with some row but none like B are those with some row, less B.
    """
    for parts in ways:
        others = [other for other in ways if other is not parts]
        if all(part.negative for part in parts) and len(parts) * len(others) <= MAX_CONJUNCTIONS:
            lacking = [replace(part, negative=False) for part in parts]
            both = [_and(part, other) for part in lacking for other in others]
            return [(1, [EVERYBODY]), (-1, [(part,) for part in lacking]), (1, both)]
    if len(ways) == 1 and len(ways[0]) == 2:
        some, none = ways[0]
        if some.rows == ANY_ROW and some.relation == none.relation and none.negative:
            return [(1, [(some,)]), (-1, [(replace(none, negative=False),)])]
    return [(1, ways)]


def _and(part: Predicate, others: Conjunction) -> Conjunction:
    """All of them; who has such a row has a row."""
    implied = part.rows == ANY_ROW and any(
        other.can_anchor and other.relation == part.relation for other in others
    )
    return others if implied else (part, *others)


def _evaluate(sums: list[SignedTerms]) -> list[int]:
    """What each of the sums comes to; all of the same moment, in one query."""
    columns: list[str] = []
    params: list[Any] = []
    for _sign, ways in (term for terms in sums for term in terms):
        sql, values = _count_sql(ways)
        columns.append(sql)
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", params)
        sizes = iter(cursor.fetchone())
    return [sum(sign * next(sizes) for sign, _ways in terms) for terms in sums]


def _count_sql(ways: list[Conjunction]) -> tuple[str, tuple[Any, ...]]:
    """SQL for how many partners are in any of these ways.

    COUNT(DISTINCT …) sorts ids of eight bytes; UNION and GROUP BY hash rows, and take three times as long.
    """
    try:
        sql, params = _dnf_ids(ways, repeated=True).query.sql_with_params()
    except EmptyResultSet:
        return "0", ()
    counted = "*" if len(ways) == 1 and _is_once(ways[0]) else "DISTINCT member"
    return f"(SELECT COUNT({counted}) FROM ({sql}) AS members)", params  # noqa: S608 - SQL of the compiler's own
