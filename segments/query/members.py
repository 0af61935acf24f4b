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

from partners.core.lookups import InFew  # noqa: F401 - registers `__in_few`
from partners.models import Partner
from segments import compiler
from segments.compiler import ANY_ROW, NOBODY, Part, Parts, all_hold, any_holds
from segments.definition import Definition, Group
from segments.query.keyset import BY_NAME, Order, Place

FEW = 5_000
"""Up to here a segment's partners are found first and sorted then; more are met soon on a walk."""
EVERY = 97
"""An estimate looks at one partner in so many: a prime, which no way of giving out IDs is in step with."""
MOST_WAYS = 40
"""Beyond this many sets, adding and subtracting them is no gain."""
EVERYBODY: Parts = ()
Ids = QuerySet[Any, Any]
Details = Callable[[QuerySet[Partner]], QuerySet[Partner]] | None
"""What a page fetches besides the partners."""


class Members:
    """The partners of a definition at this moment."""

    def __init__(self, definition: Definition, *, also: Group | None = None) -> None:
        """`also` has to hold besides: sound conditions, or None."""
        self.ways = compiler.ways(definition)
        if also and also.all:
            self.ways = [(*parts, *more) for parts in self.ways for more in compiler.ways_of(also)]

    def ids(self) -> Ids:
        """Their ids, each once."""
        if len(self.ways) != 1:
            return _ids_of_any(self.ways)
        [parts] = self.ways
        return ids_of(parts) if _is_once(parts) else ids_of(parts).distinct()

    def condition(self, *, probing: bool = False) -> Q:
        """What exactly they meet, to be combined with other conditions on partners.

        `probing`: partner by partner, which is fast for many on a walk that ends soon; otherwise as a set.
        """
        return asked_alone(self.ways) if probing else any_holds(self.ways)

    def condition_for(self, number: int) -> Q:
        """The same, for a page of a list, when they are about so many."""
        return Q(pk__in_few=self.ids()) if number < FEW else self.condition(probing=True)

    @cached_property
    def count(self) -> int:
        """How many they are."""
        [number] = _sizes([_sum(self.ways)])
        return number

    def count_of_all(self) -> tuple[int, int]:
        """How many they are, and how many partners there are; both of the same moment."""
        self.count, everybody = _sizes([_sum(self.ways), [(1, [EVERYBODY])]])
        return self.count, everybody

    def page(
        self, length: int, *, order: Order = BY_NAME, at: Place | None = None, details: Details = None
    ) -> list[Partner]:
        """So many of them in this order, the first or those next to a place."""
        if not self.count:
            return []
        partners = Partner.objects.filter(self.condition_for(self.count))
        return order.page(details(partners) if details else partners, length, at)

    def estimate(self) -> int:
        """About how many they are: those among every so many-th partner, times so many."""
        sample = Partner.objects.annotate(rest=F("pk") % EVERY).filter(rest=0)
        return sample.filter(self.condition(probing=True)).order_by().count() * EVERY


def sizes_of(definitions: Sequence[Definition]) -> list[int]:
    """How many partners each of them has; all of the same moment, in one query."""
    return _sizes([_sum(compiler.ways(definition)) for definition in definitions])


def asked_alone(ways: Sequence[Parts]) -> Q:
    """The condition that all parts of one of these hold, asked partner by partner."""
    return reduce(or_, (all_hold(parts, probing=True) for parts in ways), NOBODY)


def ids_of(parts: Parts) -> Ids:
    """The ids of those for whom all parts hold, read off the rows of one part; some more than once."""
    finding = sorted((part for part in parts if part.finds), key=lambda part: not part.once)
    if not finding:
        partners = Partner.objects.filter(all_hold(parts)) if parts else Partner.objects.all()
        return _members(partners, "pk")
    anchor, key = finding[0], f"{finding[0].on.partner}_id"
    rest = [part for part in parts if part is not anchor]
    rows = cast("Any", anchor.on.model)._default_manager.filter(anchor.rows)
    return _members(rows.filter(all_hold(rest, key)) if rest else rows, key)


def _members(rows: QuerySet[Any], key: str) -> Ids:
    ids: Ids = rows.order_by().annotate(member=F(key)).values_list("member", flat=True)
    return ids


def _ids_of_any(ways: Sequence[Parts], *, repeated: bool = False) -> Ids:
    if not ways:
        return _members(Partner.objects.none(), "pk")
    first, *others = map(ids_of, ways)
    return first.union(*others, all=repeated) if others else first


def _is_once(parts: Parts) -> bool:
    """Whether their ids are there once."""
    return not any(part.finds for part in parts) or any(part.finds and part.once for part in parts)


Sum = list[tuple[int, list[Parts]]]
"""Signed sets, each the partners in any of some ways."""


def _sum(ways: list[Parts]) -> Sum:
    """Sets whose sizes add up to the number of partners in any of these ways.

    Not(B) or R, where B is read off an index, is everybody less B, and then those of B who are in R. Those
    with some row but none like B are those with some row, less B.
    """
    for parts in ways:
        others = [other for other in ways if other is not parts]
        if all(part.negative for part in parts) and len(parts) * len(others) <= MOST_WAYS:
            lacking = [replace(part, negative=False) for part in parts]
            both = [_and(part, other) for part in lacking for other in others]
            return [(1, [EVERYBODY]), (-1, [(part,) for part in lacking]), (1, both)]
    if len(ways) == 1 and len(ways[0]) == 2:
        some, none = ways[0]
        if some.rows == ANY_ROW and some.on == none.on and none.negative:
            return [(1, [(some,)]), (-1, [(replace(none, negative=False),)])]
    return [(1, ways)]


def _and(part: Part, others: Parts) -> Parts:
    """All of them; who has such a row has a row."""
    implied = part.rows == ANY_ROW and any(other.finds and other.on == part.on for other in others)
    return others if implied else (part, *others)


def _sizes(sums: list[Sum]) -> list[int]:
    """What each of the sums comes to; all of the same moment, in one query."""
    columns: list[str] = []
    params: list[Any] = []
    for _sign, ways in (term for terms in sums for term in terms):
        sql, values = _size(ways)
        columns.append(sql)
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", params)
        sizes = iter(cursor.fetchone())
    return [sum(sign * next(sizes) for sign, _ways in terms) for terms in sums]


def _size(ways: list[Parts]) -> tuple[str, tuple[Any, ...]]:
    """SQL for how many partners are in any of these ways.

    COUNT(DISTINCT …) sorts ids of eight bytes; UNION and GROUP BY hash rows, and take three times as long.
    """
    try:
        sql, params = _ids_of_any(ways, repeated=True).query.sql_with_params()
    except EmptyResultSet:
        return "0", ()
    counted = "*" if len(ways) == 1 and _is_once(ways[0]) else "DISTINCT member"
    return f"(SELECT COUNT({counted}) FROM ({sql}) AS members)", params  # noqa: S608 - SQL of the compiler's own
