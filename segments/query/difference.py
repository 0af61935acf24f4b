"""The partners of some segments who are not in others, by SQL."""

from collections.abc import Sequence
from functools import cached_property, reduce
from operator import and_
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q

from partners.core.moment import Moment
from partners.models import Partner
from segments.definition import Definition, Group
from segments.query.base import Details, PartnerQuery
from segments.query.keyset import BY_NAME, Cursor, Ordering
from segments.query.sql import SORT_FIRST_BELOW, SqlQuery


class SqlDifference(PartnerQuery):
    """The partners of all of some definitions who are not among others', each at its moment."""

    def __init__(
        self,
        definitions: Sequence[Definition],
        less: Sequence[Definition],
        moment: Moment,
        less_at: Moment,
        *,
        and_also: Group | None = None,
    ) -> None:
        """With `and_also`, those of them who meet this group too."""
        self._members = [SqlQuery(one, moment, and_also=and_also) for one in definitions]
        self._others = [SqlQuery(one, less_at) for one in less]

    @property
    def count(self) -> int:
        return self._found[0]

    def ids(self) -> list[int]:
        return [member for (member,) in self._asked("SELECT member FROM found")]

    def page(
        self, length: int, *, order: Ordering = BY_NAME, at: Cursor | None = None, details: Details = None
    ) -> list[Partner]:
        partners = Partner.objects.filter(self._condition())
        return order.page(details(partners) if details else partners, length, at)

    def _condition(self) -> Q:
        """In the shape that is fast for a page of so many partners, as of `SqlQuery.page`.

        Below SORT_FIRST_BELOW the ids are already in memory. Above, correlated EXISTS is used: PostgreSQL's
        NOT IN (subquery) gets many times slower once its hash table is larger than work_mem.
        """
        count, few = self._found
        if count >= SORT_FIRST_BELOW:
            wanted = [members.condition(correlated=True) for members in self._members]
            return reduce(and_, wanted + [~members.condition(correlated=True) for members in self._others])
        return Q(pk__any_of=few)

    @cached_property
    def _found(self) -> tuple[int, list[int]]:
        """How many they are, and up to SORT_FIRST_BELOW of their ids; one query, so both of one moment."""
        rows = self._asked(
            "SELECT (SELECT COUNT(*) FROM found), member FROM found LIMIT %s", SORT_FIRST_BELOW
        )
        return (rows[0][0] if rows else 0), [member for _count, member in rows]

    def _asked(self, select: str, *limit: int) -> list[tuple[Any, ...]]:
        """The rows of a SELECT from `found`, which has the ids in a column `member`."""
        sets: list[str] = []
        values: list[Any] = []
        # First all INTERSECTs: they bind tighter than EXCEPT in PostgreSQL, and as tight in SQLite.
        for word, several in (("INTERSECT", self._members), ("EXCEPT", self._others)):
            for members in several:
                try:
                    sql, params = members.ids().query.sql_with_params()
                except EmptyResultSet:
                    # Django knows that no row matches: nobody is in all of them, or nobody is taken out.
                    if several is self._members:
                        return []
                    continue
                sets += [word, f"SELECT member FROM ({sql}) AS members"]  # noqa: S608 - SQL of the compiler's own
                values += params
        with connection.cursor() as cursor:
            cursor.execute(f"WITH found AS ({' '.join(sets[1:])}) {select}", (*values, *limit))
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
