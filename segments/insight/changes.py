"""Who would enter a saved segment and who would leave it, if it were saved as it stands in the builder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from partners.models import Partner
from segments.definition import Definition, Group
from segments.models import Segment
from segments.nesting import read_afresh
from segments.query.base import Details
from segments.query.keyset import BY_NAME, Cursor, Ordering
from segments.query.sql import SORT_FIRST_BELOW, SqlQuery
from segments.references import segments_reaching

MAX_PARTNERS_SHOWN = 10
MAX_SEGMENTS_SHOWN = 10


class PartnerDifference:
    """The partners of all of some definitions who are not among others', at a moment."""

    def __init__(
        self,
        *definitions: Definition,
        moment: Moment,
        less: Definition | Sequence[Definition],
        less_at: Moment | None = None,
        and_also: Group | None = None,
    ) -> None:
        """With `and_also`, those of them who meet this group too. `less_at`: the moment of the others."""
        first, *more = definitions
        others = [less] if isinstance(less, Definition) else less
        self.members = [
            SqlQuery(first, moment, and_also=and_also),
            *(SqlQuery(one, moment) for one in more),
        ]
        self.others = [SqlQuery(one, less_at or moment) for one in others]

    @property
    def count(self) -> int:
        return self._found[0]

    def page(
        self, length: int, *, order: Ordering = BY_NAME, at: Cursor | None = None, details: Details = None
    ) -> list[Partner]:
        """Up to `length` of them in this order, the first or those next to a cursor."""
        partners = Partner.objects.filter(self._condition())
        return order.page(details(partners) if details else partners, length, at)

    def _condition(self) -> Q:
        """In the shape that is fast for a page of so many partners, as of `SqlQuery.page`.

        Below SORT_FIRST_BELOW the ids are already in memory. Above, correlated EXISTS is used: PostgreSQL's
        NOT IN (subquery) gets many times slower once its hash table is larger than work_mem.
        """
        count, few = self._found
        if count >= SORT_FIRST_BELOW:
            wanted = [members.condition(correlated=True) for members in self.members]
            return reduce(and_, wanted + [~members.condition(correlated=True) for members in self.others])
        return Q(pk__any_of=few)

    @cached_property
    def _found(self) -> tuple[int, list[int]]:
        """How many they are, and up to SORT_FIRST_BELOW of their ids; one query, so both of one moment."""
        sets: list[str] = []
        values: list[Any] = []
        # First all INTERSECTs: they bind tighter than EXCEPT in PostgreSQL, and as tight in SQLite.
        for word, several in (("INTERSECT", self.members), ("EXCEPT", self.others)):
            for members in several:
                try:
                    sql, params = members.ids().query.sql_with_params()
                except EmptyResultSet:
                    # Django knows that no row matches: nobody is in all of them, or nobody is taken out.
                    if several is self.members:
                        return 0, []
                    continue
                sets += [word, f"SELECT member FROM ({sql}) AS members"]  # noqa: S608 - SQL of the compiler's own
                values += params
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH found AS ({' '.join(sets[1:])})"  # noqa: S608 - compiled by Django
                " SELECT (SELECT COUNT(*) FROM found), member FROM found LIMIT %s",
                (*values, SORT_FIRST_BELOW),
            )
            rows = cursor.fetchall()
        return (rows[0][0] if rows else 0), [member for _count, member in rows]


@dataclass(frozen=True)
class Crowd:
    """So many partners, and the first of them by name."""

    count: int = 0
    partners: list[Partner] = field(default_factory=list)


@dataclass(frozen=True)
class MembershipChange:
    """Who would enter and who would leave; `too_slow`: finding them took too long."""

    enter: Crowd = Crowd()
    leave: Crowd = Crowd()
    too_slow: bool = False


@dataclass(frozen=True)
class OuterChange:
    """How many would enter and how many would leave a segment that names the one that is saved."""

    segment: Segment
    enter: int
    leave: int


@dataclass(frozen=True)
class OuterChanges:
    """The segments that name it, directly or through others; `uncounted`: too many, or it took too long."""

    counted: list[OuterChange]
    uncounted: int = 0


def membership_change(
    stored: Definition, new: Definition, moment: Moment, *, page: str = ""
) -> MembershipChange:
    """From what is stored to what is to be saved; `page` as in `time_limit`, with its SupersededError."""
    try:
        with time_limit(seconds=limits().membership_change_timeout_s, page=page):
            return MembershipChange(
                crowd_of(PartnerDifference(new, moment=moment, less=stored)),
                crowd_of(PartnerDifference(stored, moment=moment, less=new)),
            )
    except TooSlowError:
        return MembershipChange(too_slow=True)


def outer_changes(segment: Segment, new: Definition, moment: Moment, *, page: str = "") -> OuterChanges:
    """What saving the segment like this does to those that name it; `page` as of `membership_change`."""
    after = read_afresh(moment, known={segment.pk: (segment.name, new)})
    outer = list(Segment.objects.filter(pk__in=segments_reaching([segment.pk])))
    counted: list[OuterChange] = []
    try:
        with time_limit(seconds=limits().membership_change_timeout_s, page=page):
            for one in outer[:MAX_SEGMENTS_SHOWN]:
                asked = one.read_or_nobody()
                enter = PartnerDifference(asked, moment=after, less=asked, less_at=moment).count
                leave = PartnerDifference(asked, moment=moment, less=asked, less_at=after).count
                counted.append(OuterChange(one, enter, leave))
    except TooSlowError:
        pass
    return OuterChanges(counted, len(outer) - len(counted))


def crowd_of(difference: PartnerDifference) -> Crowd:
    """How many they are, and the first of them."""
    return Crowd(difference.count, difference.page(MAX_PARTNERS_SHOWN) if difference.count else [])
