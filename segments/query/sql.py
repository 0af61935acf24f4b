"""The partners of a segment by SQL: how many, all their ids, and a page of them.

One set of predicates (compiler.py) in three shapes, each the fastest for what it answers:

- ids are read off the rows of contracts and memberships; the table of partners is only asked for what it
  alone has;
- a count adds and subtracts sets: who is not in a group are all partners less those who are;
- a page of few partners is found first and sorted then, a page of many is met on a walk in order.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q

from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from partners.models import Partner
from segments.attributes import Relation
from segments.compiler import to_dnf
from segments.definition import Definition, Group
from segments.predicates import (
    EVERYBODY,
    AnyPredicate,
    Conjunction,
    Ids,
    Predicate,
    conjunction_ids,
    dnf_ids,
    dnf_to_q,
    yields_each_once,
)
from segments.query.base import Details, SegmentQuery
from segments.query.keyset import BY_NAME, Cursor, Ordering

SORT_FIRST_BELOW = 5_000
"""Fewer partners are found first and sorted then; of more, a walk along the index soon meets a page."""
SORT_S, SORT_S_PER_PARTNER = 0.05, 2e-6
"""About how long it takes to find and sort partners: something for itself, and for each of them."""
SAMPLE_EVERY = 97
"""Sampling step of `estimate`. Prime, so that it can't resonate with IDs assigned in steps."""
MAX_CONJUNCTIONS = 40
"""With more conjunctions than this, counting by signed sets is no gain."""


class SqlQuery(SegmentQuery):
    """The partners of a definition at a moment, found by the database; also as a part of other queries."""

    def __init__(self, definition: Definition, moment: Moment, *, and_also: Group | None = None) -> None:
        """With `and_also`, those of them who meet this group too."""
        self.dnf = to_dnf(definition, moment, and_also=and_also)

    def ids(self) -> Ids:
        if len(self.dnf) != 1:
            return dnf_ids(self.dnf)
        [conjunction] = self.dnf
        ids = conjunction_ids(conjunction)
        return ids if yields_each_once(conjunction) else ids.distinct()

    def condition(self, *, correlated: bool = False) -> Q:
        """What exactly they meet; as of `compile_definition`."""
        return dnf_to_q(self.dnf, correlated=correlated)

    @cached_property
    def count(self) -> int:
        [number] = _evaluate([_signed_terms(self.dnf)])
        return number

    def count_of_all(self) -> tuple[int, int]:
        self.count, everybody = _evaluate([_signed_terms(self.dnf), [(1, [EVERYBODY])]])
        return self.count, everybody

    def page(
        self, length: int, *, order: Ordering = BY_NAME, at: Cursor | None = None, details: Details = None
    ) -> list[Partner]:
        if not self.count:
            return []
        if self.count >= SORT_FIRST_BELOW:
            # A walk may meet hardly any of them: all those on Gold may have names with Z. How far off they
            # are is not known, so it is given up once it has cost as much as finding and sorting all of them
            # would have (“ski rental”): together at most about twice what the better of the two costs.
            with suppress(TooSlowError), time_limit(seconds=SORT_S + SORT_S_PER_PARTNER * self.count):
                return self._page(self.condition(correlated=True), length, order, at, details)
        return self._page(Q(pk__in_materialized=self.ids()), length, order, at, details)

    def _page(
        self, condition: Q, length: int, order: Ordering, at: Cursor | None, details: Details
    ) -> list[Partner]:
        partners = Partner.objects.filter(condition)
        return order.page(details(partners) if details else partners, length, at)

    def estimate(self) -> int:
        """About how many they are: those among every SAMPLE_EVERY-th partner, times SAMPLE_EVERY."""
        sample = Partner.objects.annotate(rest=F("pk") % SAMPLE_EVERY).filter(rest=0)
        return sample.filter(self.condition(correlated=True)).order_by().count() * SAMPLE_EVERY


def count_definitions(definitions: Sequence[Definition], moment: Moment) -> list[int]:
    """How many partners each of them has; all of the same moment, in one query."""
    return _evaluate([_signed_terms(to_dnf(definition, moment)) for definition in definitions])


SignedTerms = list[tuple[int, list[Conjunction]]]
"""Terms (sign, DNF) whose signed counts add up to the size."""


def _signed_terms(dnf: list[Conjunction]) -> SignedTerms:
    """Terms for the number of partners in any of the conjunctions, each cheap to count.

    With R the other conjunctions, `not B or R` leaves out exactly those of B who are not in R:

        |not B or R| = |all| - |B| + |B and R|

    B is an index-only scan; `not B` would be a look-up for every partner. Likewise

        |some row and not B| = |some row| - |B|

    since a partner with a row like B has some row.
    """
    for conjunction in dnf:
        others = [other for other in dnf if other is not conjunction]
        if all(one.negative for one in conjunction) and len(conjunction) * len(others) <= MAX_CONJUNCTIONS:
            # not B1 and … and not Bn = not B, with B = B1 or … or Bn
            excluded = [replace(one, negative=False) for one in conjunction]
            excluded_and_others = [_and(one, other) for one in excluded for other in others]
            # |all| - |B1 or … or Bn| + |(B1 or … or Bn) and R|
            return [(1, [EVERYBODY]), (-1, [(one,) for one in excluded]), (1, excluded_and_others)]
    if len(dnf) == 1 and len(dnf[0]) == 2:
        some, none = dnf[0]
        if some.asks_for_any_row and _relation(some) == _relation(none) and none.negative:
            # |some row| - |B|
            return [(1, [(some,)]), (-1, [(replace(none, negative=False),)])]
    # Nothing to gain: count the partners of the conjunctions themselves.
    return [(1, dnf)]


def _relation(predicate: AnyPredicate) -> Relation | None:
    return predicate.relation if isinstance(predicate, Predicate) else None


def _and(predicate: AnyPredicate, others: Conjunction) -> Conjunction:
    """All of them, without “has some row” where another one asks for a row of the same relation anyway."""
    implied = predicate.asks_for_any_row and any(
        other.can_anchor and _relation(other) == _relation(predicate) for other in others
    )
    return others if implied else (predicate, *others)


def _evaluate(sums: list[SignedTerms]) -> list[int]:
    """The value of each sum. One query, so that all are of the same moment."""
    columns: list[str] = []
    params: list[Any] = []
    for _sign, dnf in (term for terms in sums for term in terms):
        sql, values = _count_sql(dnf)
        columns.append(sql)
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", params)
        # One column a term, in the order of the terms.
        sizes = iter(cursor.fetchone())
    return [sum(sign * next(sizes) for sign, _dnf in terms) for terms in sums]


def _count_sql(dnf: list[Conjunction]) -> tuple[str, tuple[Any, ...]]:
    """SQL for how many partners are in any of the conjunctions.

    COUNT(DISTINCT …) over UNION ALL sorts ids of eight bytes. UNION and GROUP BY hash rows, and take three
    times as long.
    """
    try:
        sql, params = dnf_ids(dnf, repeated=True).query.sql_with_params()
    except EmptyResultSet:
        return "0", ()
    counted = "*" if len(dnf) == 1 and yields_each_once(dnf[0]) else "DISTINCT member"
    return f"(SELECT COUNT({counted}) FROM ({sql}) AS members)", params  # noqa: S608 - SQL of the compiler's own
