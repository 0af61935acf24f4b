"""Who would enter a saved segment and who would leave it, if it were saved as it stands in the builder."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q

from partners.models import Partner
from segments.definition import Definition, Group
from segments.limits import TooSlowError, limited
from segments.members import FEW, Details, Members
from segments.orders import BY_NAME, Order, Place

FIRST = 10
SECONDS = 10.0
"""How long one question about a change may take."""


class Difference:
    """The partners of one definition who are not among another's, at this moment."""

    def __init__(self, definition: Definition, *, less: Definition, also: Group | None = None) -> None:
        """`also` has to hold besides, as in Members."""
        self.members, self.others = Members(definition, also=also), Members(less)

    @property
    def count(self) -> int:
        """How many they are."""
        return self._found[0]

    def page(
        self, length: int, *, order: Order = BY_NAME, at: Place | None = None, details: Details = None
    ) -> list[Partner]:
        """So many of them in this order, the first or those next to a place."""
        partners = Partner.objects.filter(self._condition())
        return order.page(details(partners) if details else partners, length, at)

    def _condition(self) -> Q:
        """As of Members: few are known by now; NOT IN a set would fall off a cliff on PostgreSQL."""
        count, few = self._found
        if count >= FEW:
            return self.members.condition(probing=True) & ~self.others.condition(probing=True)
        return Q(pk__among=few)

    @cached_property
    def _found(self) -> tuple[int, list[int]]:
        """How many they are, and the ids of so many of them as are few; both of one look."""
        sets: list[str] = []
        values: list[Any] = []
        for members in (self.members, self.others):
            try:
                sql, params = members.ids().query.sql_with_params()
            except EmptyResultSet:
                break
            sets.append(f"SELECT member FROM ({sql}) AS members")  # noqa: S608 - SQL of the compiler's own
            values += params
        if not sets:
            return 0, []
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH found AS ({' EXCEPT '.join(sets)})"  # noqa: S608
                " SELECT (SELECT COUNT(*) FROM found), member FROM found LIMIT %s",
                (*values, FEW),
            )
            rows = cursor.fetchall()
        return (rows[0][0] if rows else 0), [member for _count, member in rows]


@dataclass(frozen=True)
class Crowd:
    """So many partners, and the first of them by name."""

    count: int = 0
    partners: list[Partner] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """Who would enter and who would leave; `too_slow`: finding them took too long."""

    enter: Crowd = Crowd()
    leave: Crowd = Crowd()
    too_slow: bool = False


def change(stored: Definition, new: Definition, *, page: str = "") -> Change:
    """From what is stored to what is to be saved; `page` as in `limited`, with its OvertakenError."""
    try:
        with limited(seconds=SECONDS, page=page):
            return Change(crowd_of(Difference(new, less=stored)), crowd_of(Difference(stored, less=new)))
    except TooSlowError:
        return Change(too_slow=True)


def crowd_of(difference: Difference) -> Crowd:
    """How many they are, and the first of them."""
    return Crowd(difference.count, difference.page(FIRST) if difference.count else [])
